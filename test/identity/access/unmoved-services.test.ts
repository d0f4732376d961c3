import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StationScope, stationScopes } from '../../../src/identity/access/scopes.ts';
import { filledTables } from '../../../src/identity/access/sql/fill-stations.ts';
import { writtenByOwner } from '../../../src/identity/access/written-by-owner.ts';
import { models } from '../../../src/registry/models.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { eachMajor, openServerDatabase, type ServerDatabase } from '../../support/databases.ts';
import { applyMigrations, baselineMigration, migrationsAfterBaseline } from '../../support/migrate.ts';

const scopes: Readonly<Record<string, StationScope>> = stationScopes;
/** The tables that unmoved services know. */
const tables = models()
  .map(({ name }) => name)
  .filter((name) => {
    const [, old] = (tableRenames.find(({ to }) => to === name)?.from ?? name).split('.');
    return baselineMigration.statements.some(
      (statement) => statement.includes(`CREATE TABLE`) && statement.includes(`"${old}" (`),
    );
  })
  .sort();

/** The first migration of station access: earlier ones are not tested here. */
const first = migrationsAfterBaseline.findIndex(({ name }) => name.endsWith('_station_access_identity'));

/** What a role sees of a table and can do with it, in a form that does not depend on newly created ids. */
interface Outcome {
  readonly rows: unknown;
  readonly update: unknown;
  readonly insert: unknown;
  readonly delete: unknown;
  readonly plans: readonly string[];
}

async function outcomesFor(client: pg.Client): Promise<Record<string, Outcome>> {
  const tried = async (statement: string) => {
    await client.query('BEGIN');
    try {
      return (await client.query(statement)).rowCount;
    } catch (error) {
      return (error as { code?: string }).code;
    } finally {
      await client.query('ROLLBACK');
    }
  };
  const outcomes: Record<string, Outcome> = {};
  // Tables grow with what was written and rolled back; plans must not depend on that.
  await client.query('SET enable_seqscan = off');
  for (const table of tables) {
    const { rows: columns } = await client.query(
      `SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [table],
    );
    const names = columns.map(({ name }) => String(name));
    const [key = ''] = names;
    const copied = names.map((name) => (name === 'id' ? 'gen_random_uuid()' : name));
    const plan = async (statement: string) =>
      (await client.query(`EXPLAIN (COSTS OFF) ${statement}`)).rows.map((row) => row['QUERY PLAN']).join('\n');
    // The grants of the station roles are rows of their own.
    const seeded = ['identity.roles', 'identity.permissions', 'identity.role_permissions'].includes(table);
    // Unmoved services do not know the new column, which is filled.
    const known = filledTables.includes(table) ? `(to_jsonb(row_of) - 'station_id')::text` : 'row_of::text';
    const hash = `SELECT count(*)::int, md5(string_agg(${known}, ',' ORDER BY ${known})) FROM ${table} AS row_of`;
    outcomes[table] = {
      rows: seeded ? 'seeded' : (await client.query(hash)).rows,
      update: seeded ? 'seeded' : await tried(`UPDATE ${table} SET ${key} = ${key}`),
      insert: await tried(
        `INSERT INTO ${table} (${names.join(', ')}) SELECT ${copied.join(', ')} FROM ${table} ORDER BY ${key} LIMIT 1 RETURNING *`,
      ),
      delete: await tried(
        `DELETE FROM ${table} WHERE ${key} = (SELECT max(${key}::text) FROM ${table})::uuid RETURNING *`,
      ),
      plans: [
        await plan(`SELECT * FROM ${table} WHERE ${key} = '00000000-0000-4000-8000-000000000000'`),
        await plan(`SELECT * FROM ${table} WHERE ${key}::text LIKE 'a%' ORDER BY ${key} LIMIT 5`),
        await plan(`UPDATE ${table} SET ${key} = ${key} WHERE ${key} = '00000000-0000-4000-8000-000000000000'`),
      ],
    };
  }
  return outcomes;
}

/** Who may do what with the tables that functions write with the rights of their owner. */
async function privilegesOf(client: pg.Client, roles: readonly string[]): Promise<readonly Privilege[]> {
  const { rows } = await client.query(
    `SELECT written AS "table", role, privilege, has_table_privilege(role, written, privilege) AS held
     FROM unnest($1::text[]) AS written, unnest($2::text[]) AS role,
       unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS privilege
     ORDER BY 1, 2, 3`,
    [writtenByOwner, roles],
  );
  return rows;
}
interface Privilege {
  readonly table: string;
  readonly role: string;
  readonly privilege: string;
  readonly held: boolean;
}

/** What an error says. */
interface Failure {
  readonly code: string;
  readonly detail?: string;
  readonly table: string;
  readonly column?: string;
  readonly constraint?: string;
}

async function failuresFor(client: pg.Client): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  for (const statement of [
    'INSERT INTO customers SELECT * FROM customers LIMIT 1',
    'UPDATE customers SET first_name = NULL',
    'UPDATE bookings SET guest_count = 0',
    `UPDATE bookings SET customer_id = '00000000-0000-4000-8000-000000000000'`,
    'DELETE FROM customers',
  ]) {
    await client.query('BEGIN');
    const failure = await client.query(statement).then(
      () => expect.fail(`${statement} did not fail`),
      (error) => error,
    );
    await client.query('ROLLBACK');
    const { code, detail, table, column, constraint } = failure;
    failures.push({ code, detail, table, column, constraint });
  }
  return failures;
}

eachMajor((major) => {
  let database: ServerDatabase;
  let other: pg.Client;
  let role: string;
  const before: Record<string, Record<string, Outcome>> = {};
  let failuresBefore: readonly Failure[];
  let privilegesBefore: readonly Privilege[];
  beforeAll(async () => {
    database = await openServerDatabase(major, 'legacy');
    await applyMigrations(database.query, migrationsAfterBaseline.slice(0, first));
    role = `billing_${database.name}`;
    await database.exec(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA public, identity TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA public, identity TO ${role}; ANALYZE;
      CREATE ROLE "${role} Jr."; GRANT TRIGGER ON identity.station_audit_logs TO ${role} WITH GRANT OPTION; SET ROLE ${role};
      GRANT TRIGGER ON identity.station_audit_logs TO "${role} Jr."; RESET ROLE;
      GRANT SELECT, TRIGGER ON identity.station_access_tokens TO PUBLIC`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'x';
    other = new pg.Client(url.href);
    await other.connect();
    before['owner'] = await outcomesFor(database.client);
    before['another role'] = await outcomesFor(other);
    failuresBefore = await failuresFor(other);
    privilegesBefore = await privilegesOf(database.client, [role, `${role} Jr.`]);
    await applyMigrations(database.query, migrationsAfterBaseline.slice(first));
  });
  afterAll(async () => {
    await other.end();
    await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}, "${role} Jr."`);
    await database.close();
  });

  test.each(['owner', 'another role'])('%s sees and writes the same as before, with the same plans', async (name) => {
    const after = await outcomesFor(name === 'owner' ? database.client : other);
    expect(Object.keys(after)).toHaveLength(43);
    const trail = 'identity.station_audit_logs';
    const appendOnly = { ...before[name]?.[trail], update: '42501', delete: '42501' };
    // The owner may do everything; for anybody else the trail is append-only from here on.
    expect(after).toEqual({ ...before[name], [trail]: name === 'owner' ? before[name]?.[trail] : appendOnly });
  });

  test('a role other than the owner gets its errors without what they told of rows, and with it by BYPASSRLS', async () => {
    const key = / \(.*\)=\(.*\)/;
    expect(failuresBefore.map(({ code, detail }) => [code, detail])).toEqual([
      ['23505', expect.stringMatching(key)],
      ['23502', expect.stringContaining('Failing row contains')],
      ['23514', expect.stringContaining('Failing row contains')],
      ['23503', expect.stringMatching(key)],
      ['23503', expect.stringMatching(key)],
    ]);
    expect(await failuresFor(database.client)).toEqual(
      failuresBefore.map((failure) => ({ ...failure, detail: expect.any(String) })),
    );
    expect(await failuresFor(other)).toEqual(
      failuresBefore.map((failure) => ({
        ...failure,
        detail: failure.code === '23503' ? failure.detail?.replace(key, '') : undefined,
      })),
    );
    await database.exec(`ALTER ROLE ${role} BYPASSRLS`);
    expect((await failuresFor(other)).map(({ detail }) => typeof detail)).toEqual(failuresBefore.map(() => 'string'));
    await database.exec(`ALTER ROLE ${role} NOBYPASSRLS`);
  });

  test('a role other than the owner puts no trigger on what functions write with the rights of the owner', async () => {
    expect(privilegesBefore.filter(({ privilege, held }) => privilege === 'TRIGGER' && held)).toHaveLength(
      writtenByOwner.length + 2,
    );
    // All else is granted as before.
    expect(await privilegesOf(database.client, [role, `${role} Jr.`])).toEqual(
      privilegesBefore.map((each) => (each.privilege === 'TRIGGER' ? { ...each, held: false } : each)),
    );
  });

  test('a view of another role has the same rows for it and for a superuser', async () => {
    await database.exec(
      `GRANT CREATE ON SCHEMA public TO ${role}; SET ROLE ${role}; CREATE VIEW of_a_report AS SELECT * FROM customers; RESET ROLE`,
    );
    const count = async (client: pg.Client) =>
      (await client.query('SELECT count(*)::int AS n FROM of_a_report')).rows[0].n;
    expect(await count(database.client)).toBe(await count(other));
    expect(await count(other)).toBeGreaterThan(0);
    await database.exec(`DROP VIEW of_a_report; REVOKE CREATE ON SCHEMA public FROM ${role}`);
  });

  test('a role other than the owner can no longer COPY into a table with row-level security', async () => {
    // Without a stream the client breaks COPY off: then PostgreSQL had begun it.
    const copy = (client: pg.Client, table: string) =>
      client.query(`COPY ${table} FROM STDIN`).catch(({ code }) => code);
    for (const table of tables) {
      expect(await copy(database.client, table), table).toBe('57014');
      const scope = scopes[table];
      const hasPolicies = scope?.by !== 'none' || scope.insert !== undefined;
      expect(await copy(other, table), table).toBe(hasPolicies ? '0A000' : '57014');
    }
    await database.exec(`ALTER ROLE ${role} BYPASSRLS`);
    expect(await copy(other, 'public.bookings')).toBe('57014');
    await database.exec(`ALTER ROLE ${role} NOBYPASSRLS`);
  });
});
