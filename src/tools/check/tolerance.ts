import type { DescribedObject } from '../database/describe.ts';
import type { Query } from '../database/query.ts';
import type { Deviation } from '../deviations/deviation.ts';
import type { ObjectDifference } from './compare.ts';
import type { SchemaDifference } from './report.ts';

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

/**
 * Finds who but the owner may put triggers on tables that functions write with the owner's rights, and which triggers others have put there.
 *
 * @param tables With their PostgreSQL schemas.
 */
export async function findForeignTriggers(query: Query, tables: readonly string[]): Promise<SchemaDifference[]> {
  const { rows } = await query(
    `WITH written AS (
       SELECT c.oid, c.relowner, c.relacl, format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE format('%I.%I', n.nspname, c.relname) = ANY ($1::text[])
     )
     SELECT written.name, NULL AS trigger, coalesce(quote_ident(grantee.rolname), 'PUBLIC') AS holder
     FROM written CROSS JOIN LATERAL aclexplode(written.relacl) AS granted
     LEFT JOIN pg_catalog.pg_roles grantee ON grantee.oid = granted.grantee
     WHERE granted.privilege_type = 'TRIGGER' AND granted.grantee <> written.relowner AND grantee.rolsuper IS NOT TRUE
     UNION
     SELECT written.name, quote_ident(g.tgname), quote_ident(maker.rolname)
     FROM written JOIN pg_catalog.pg_trigger g ON g.tgrelid = written.oid AND NOT g.tgisinternal
     JOIN pg_catalog.pg_proc p ON p.oid = g.tgfoid JOIN pg_catalog.pg_roles maker ON maker.oid = p.proowner
     WHERE p.proowner <> written.relowner AND NOT maker.rolsuper
     ORDER BY 1, 2, 3`,
    [tables],
  );
  const breach = 'it runs what it likes with the rights of the owner of the table';
  return rows.map(
    ({ name, trigger, holder }): SchemaDifference =>
      trigger === null
        ? {
            kind: 'privilege',
            object: `${name}.TRIGGER`,
            expected: null,
            found: `held by ${holder}`,
            foundBy: 'catalogs',
            sql: [`REVOKE TRIGGER ON ${name} FROM ${holder} CASCADE;`],
            breach,
          }
        : {
            kind: 'trigger',
            object: `${name}.${trigger}`,
            expected: null,
            found: `a function of ${holder}`,
            foundBy: 'catalogs',
            sql: [`DROP TRIGGER ${trigger} ON ${name};`],
            breach,
          },
  );
}

function keyOf({ kind, name }: DescribedObject, property?: string): string {
  return property === undefined ? `${kind} ${name}` : `${kind} ${name} ${property}`;
}
