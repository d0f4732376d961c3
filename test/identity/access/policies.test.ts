import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StationScope, stationScopes } from '../../../src/identity/access/scopes.ts';
import { type DatabaseDescription, describeDatabase, differences } from '../../../src/tools/database/describe.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import type { Context } from './oracle.ts';
import { type AccessDatabase, openAccessDatabase, type Session, takenBack } from './session.ts';
import { type Form, formsOf, leaksOf } from './statement-forms.ts';
import { type Person, type ScopedModel, scopedModels } from './world.ts';

/** A policy as the catalog describes it. */
interface Policy {
  readonly name: string;
  readonly table: string;
  readonly permissive: string;
  readonly command: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'ALL';
  readonly role: string;
  readonly using: string | null;
  readonly withCheck: string | null;
}

/** Ways to spoil a policy: the statement that creates it again; undefined if it is left out. */
const spoilt = {
  'taken away': () => '',
  'made permissive': (policy: Policy) => createPolicy({ ...policy, permissive: otherKind(policy) }),
  'left without WITH CHECK': (policy: Policy) => createPolicy({ ...policy, withCheck: null }),
  'left with WITH CHECK (true)': (policy: Policy) => createPolicy({ ...policy, withCheck: 'true' }),
} as const;
type Spoiling = keyof typeof spoilt;

/** Two are permissive, so the reverse applies. */
const otherKind = ({ permissive }: Policy) => (permissive === 'PERMISSIVE' ? 'RESTRICTIVE' : 'PERMISSIVE');

function createPolicy({ name, table, permissive, command, role, using, withCheck }: Policy): string {
  const conditions = `${using === null ? '' : ` USING (${using})`}${withCheck === null ? '' : ` WITH CHECK (${withCheck})`}`;
  return `CREATE POLICY ${name} ON ${table} AS ${permissive} FOR ${command} TO ${role}${conditions}`;
}

const spoil = (policy: Policy, how: Spoiling) =>
  `DROP POLICY ${policy.name} ON ${policy.table}; ${spoilt[how](policy)}`;

/** Whether there is anything to spoil: a policy without a WITH CHECK cannot lose it. */
const canBe = (policy: Policy, how: Spoiling): boolean => {
  const takesCheck = policy.command !== 'SELECT' && policy.command !== 'DELETE';
  return how.startsWith('left') ? takesCheck && policy.withCheck !== null && policy.withCheck !== 'true' : true;
};

/** Whether a WITH CHECK repeats USING, and names the table when it refuses. */
const isSameButForRefusal = (withCheck: string | null, using: string | null): boolean =>
  withCheck?.replace(/^\((.*) OR identity\.refuse\('[\w.]+'::regclass\)\)$/s, '$1') === using;

/**
 * Whether a spoilt policy lets something through, or holds something back. It does not where nothing is granted that it would have to
 * refuse, and where PostgreSQL asks the same of USING instead.
 */
function makesALeak({ scope }: ScopedModel, { name, using, withCheck }: Policy, how: Spoiling): boolean {
  const { permissions } = scope;
  switch (name) {
    case 'everyone_else':
      // Without it those outside of the groups reach nothing, as `unmoved-services.test.ts` would see.
      return how !== 'taken away';
    case 'station_groups':
    case 'station_select':
      return true;
    case 'station_insert':
      return permissions.insert !== 'never';
    case 'station_delete':
      return permissions.delete !== 'never';
    case 'station_update':
      return (
        permissions.update !== 'never' && !(how === 'left without WITH CHECK' && isSameButForRefusal(withCheck, using))
      );
    case 'assigned_stations':
      return !how.startsWith('left');
    case 'every_station':
      if (how === 'left without WITH CHECK') return false;
      return how === 'left with WITH CHECK (true)' ? permissions.insert !== 'never' : true;
    default:
      throw new Error(`${name} is a policy of which the test does not know what it keeps from leaking`);
  }
}

/** The forms that show what each policy keeps from leaking. */
const telling: Readonly<Record<string, RegExp>> = {
  everyone_else: /^SELECT of /,
  station_groups: /^SELECT of /,
  station_select: /^SELECT of /,
  station_insert: /^INSERT of /,
  station_update: /^UPDATE of /,
  station_delete: /^DELETE of /,
  assigned_stations: /^SELECT of /,
  every_station: /^(SELECT|INSERT) of /,
};

eachOfFewMajors((major) => {
  let access: AccessDatabase;
  let policies: readonly Policy[];
  let before: DatabaseDescription;
  const forms = new Map<string, readonly Form[]>();
  beforeAll(async () => {
    access = await openAccessDatabase(major);
    const { rows } = await access.database.query(
      `SELECT policyname::text AS name, schemaname || '.' || tablename AS table, permissive, cmd AS command, array_to_string(roles, ', ') AS role,
        qual AS using, with_check AS "withCheck" FROM pg_policies ORDER BY 2, 1`,
    );
    policies = rows as unknown as Policy[];
    before = await describeDatabase(access.database.query);
  });
  afterAll(() => access?.close());

  const person = (title: string): Person => {
    const found = access.world.people.find((each) => each.title === title);
    if (!found) throw new Error(`Nobody is "${title}"`);
    return found;
  };

  /** Contexts in which a policy has something to refuse. */
  const contextsFor = (name: string): Context[] => {
    if (name === 'assigned_stations') return [{ kind: 'assigned', person: person('support with more') }];
    if (name === 'every_station') {
      return [{ kind: 'outside', role: 'station_service_every', person: person('admin everywhere') }];
    }
    return [{ kind: 'station', person: person('super admin by the flag'), station: 0 }];
  };

  /** What leaks on a table that the policy of this name should protect. */
  async function leaksPast(session: Session, name: string, model: ScopedModel): Promise<string[]> {
    const leaks: string[] = [];
    for (const context of contextsFor(name)) {
      const key = `${JSON.stringify(context)} ${model.name}`;
      const all = forms.get(key) ?? formsOf(access.oracle, context, [model]);
      forms.set(key, all);
      const shown = all.filter((form) => telling[name]?.test(form.name));
      expect(shown.length, `${name} on ${model.name}`).toBeGreaterThan(0);
      leaks.push(...(await leaksOf(session, context, shown)));
    }
    return leaks;
  }

  test('every scoped table has the policies of its model, and row-level security', async () => {
    const { rows } = await access.database.query(
      "SELECT oid::regclass::text AS table FROM pg_class WHERE relrowsecurity AND relnamespace IN ('public'::regnamespace, 'identity'::regnamespace)",
    );
    const taking = Object.values<StationScope>(stationScopes).filter((scope) => scope.by === 'none' && scope.insert);
    expect(rows).toHaveLength(scopedModels.length + taking.length);
    for (const { name } of scopedModels) {
      const found = policies.filter(({ table }) => table === name).map((policy) => policy.name);
      expect(found, name).toEqual(Object.keys(telling).sort());
    }
    expect(policies).toHaveLength(scopedModels.length * Object.keys(telling).length + taking.length * 5);
  });

  test('nothing leaks past the intact policies', async () => {
    for (const model of scopedModels) {
      const leaks = await takenBack(access.owner, async (session) => {
        const found: string[] = [];
        for (const name of Object.keys(telling)) found.push(...(await leaksPast(session, name, model)));
        return found;
      });
      expect(leaks).toEqual([]);
    }
  });

  // A short run spoils each policy of each table in one way, and each kind of policy in every way on some tables.
  const ways = Object.keys(spoilt) as Spoiling[];
  const isTried = (model: ScopedModel, policy: Policy, how: Spoiling) => {
    const possible = ways.filter((way) => canBe(policy, way));
    const turn = scopedModels.indexOf(model) + Object.keys(telling).indexOf(policy.name);
    return thorough || possible[turn % possible.length] === how;
  };

  describe.for(scopedModels.map((model) => [model.name, model] as const))('%s', ([, model]) => {
    test.for(ways)('a policy that is %s leaks', async (how) => {
      const own = policies.filter(
        (policy) => policy.table === model.name && canBe(policy, how) && isTried(model, policy, how),
      );
      const found: Record<string, boolean> = {};
      for (const policy of own) {
        found[policy.name] = await takenBack(access.owner, async (session) => {
          await access.owner.client.query(spoil(policy, how));
          return (await leaksPast(session, policy.name, model)).length > 0;
        });
      }
      expect(found).toEqual(Object.fromEntries(own.map((policy) => [policy.name, makesALeak(model, policy, how)])));
    });
  });

  test.for(ways)('check sees each policy that is %s', async (how) => {
    const own = policies.filter((policy) => canBe(policy, how));
    expect(own.length).toBeGreaterThanOrEqual(scopedModels.length);
    const found = await takenBack(access.owner, async () => {
      await access.owner.client.query(own.map((policy) => spoil(policy, how)).join('; '));
      return differences(before, await describeDatabase(access.database.query));
    });
    expect(
      found
        .map(({ kind, object }) => `${kind} ${object}`)
        .filter((name, index, all) => all.indexOf(name) === index)
        .sort(),
    ).toEqual(own.map((policy) => `policy ${policy.table}.${policy.name}`).sort());
  });

  test('disabled row-level security leaks, and check sees it', async () => {
    for (const model of scopedModels) {
      const leaks = await takenBack(access.owner, async (session) => {
        await access.owner.client.query(`ALTER TABLE ${model.name} DISABLE ROW LEVEL SECURITY`);
        return leaksPast(session, 'station_select', model);
      });
      expect(leaks.length, model.name).toBeGreaterThan(0);
    }
    const found = await takenBack(access.owner, async () => {
      await access.owner.client.query(
        scopedModels.map(({ name }) => `ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`).join('; '),
      );
      return differences(before, await describeDatabase(access.database.query));
    });
    expect(found.map(({ kind, object }) => `${kind} ${object}`).sort()).toEqual(
      scopedModels.map(({ name }) => `table ${name}`).sort(),
    );
  });

  test('an added permissive policy widens nothing', async () => {
    for (const model of scopedModels) {
      const leaks = await takenBack(access.owner, async (session) => {
        await access.owner.client.query(
          ['station_service', 'station_service_assigned', 'station_service_every', 'public']
            .map(
              (role, number) =>
                `CREATE POLICY added_${number} ON ${model.name} TO ${role} USING (true) WITH CHECK (true)`,
            )
            .join('; '),
        );
        const found: string[] = [];
        for (const name of Object.keys(telling)) found.push(...(await leaksPast(session, name, model)));
        return found;
      });
      expect(leaks).toEqual([]);
    }
  });
});
