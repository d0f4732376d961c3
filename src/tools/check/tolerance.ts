import type { DescribedObject } from '../database/describe.ts';
import type { Query } from '../database/query.ts';
import type { Deviation } from '../deviations/deviation.ts';
import type { ObjectDifference } from './compare.ts';

/** Leaves out of a comparison what is taken as it is. */
export function withoutTaken(
  differs: readonly ObjectDifference[],
  deviations: readonly Deviation[],
): readonly ObjectDifference[] {
  const taken = new Set<string>();
  const open = new Set<string>();
  for (const { treatment, property, expected, found } of deviations) {
    const keys = treatment === 'taken' ? taken : open;
    for (const object of [expected, found]) {
      if (!object) continue;
      keys.add(keyOf(object, property));
      if (treatment !== 'taken') open.add(keyOf(object));
    }
  }
  const isTaken = (object: DescribedObject | undefined, property?: string) =>
    object === undefined || (taken.has(keyOf(object, property)) && !open.has(keyOf(object, property)));
  return differs.flatMap((difference): ObjectDifference[] => {
    const { expected, found, properties } = difference;
    // On one side only here; taken if it is on one side only there too, or the same under another name.
    if (properties.length === 0) {
      const object = expected ?? found;
      const isElsewhere = object && taken.has(keyOf(object, 'name')) && !open.has(keyOf(object));
      return isTaken(object) || isElsewhere ? [] : [difference];
    }
    const left = properties.filter((property) => !(isTaken(expected, property) && isTaken(found, property)));
    return left.length === 0 ? [] : [{ ...difference, properties: left }];
  });
}

/** Which of these roles are, or pass on their rights to, roles of the groups that station access narrows: as policies name them. */
export async function readStationRoles(query: Query, groups: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await query(
    `SELECT DISTINCT quote_ident(holder.rolname) AS name
     FROM pg_catalog.pg_roles member
     JOIN pg_catalog.pg_roles station ON station.rolname = ANY ($1::text[]) AND pg_has_role(member.oid, station.oid, 'MEMBER')
     JOIN pg_catalog.pg_roles holder ON pg_has_role(member.oid, holder.oid, 'MEMBER')
     WHERE NOT member.rolsuper`,
    [groups],
  );
  return new Set(['PUBLIC', ...rows.map(({ name }) => String(name))]);
}

/**
 * What a policy that is not expected does to the rows that station access guards.
 *
 * @returns undefined if it applies to no role that station access narrows.
 */
export function findBreach(policy: DescribedObject, stationRoles: ReadonlySet<string>): string | undefined {
  const roles = Array.isArray(policy.properties['roles']) ? policy.properties['roles'].map(String) : [];
  const applying = roles.filter((role) => stationRoles.has(role));
  if (policy.kind !== 'policy' || applying.length === 0) return undefined;
  return policy.properties['permissive'] === true
    ? `it opens rows to ${applying.join(', ')} beside station access`
    : `it hides rows from ${applying.join(', ')} that station access shows`;
}

function keyOf({ kind, name }: DescribedObject, property?: string): string {
  return property === undefined ? `${kind} ${name}` : `${kind} ${name} ${property}`;
}
