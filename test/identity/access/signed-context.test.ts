import { createHmac } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { eachMajor, thorough } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

const [A, B] = ['aaaaaaaa-0000-4000-8000-00000000000a', 'aaaaaaaa-0000-4000-8000-00000000000b'];
const [ofA, ofB, superAdmin] = [1, 2, 3].map((number) => `bbbbbbbb-0000-4000-8000-00000000000${number}`) as [
  string,
  string,
  string,
];
const world = `
  INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${A}', 'A', 'SIGNED-A', 'A'), ('${B}', 'B', 'SIGNED-B', 'B');
  INSERT INTO identity.users (id, email, status, is_super_admin) VALUES
    ('${ofA}', 'a@example.com', 'active', false), ('${ofB}', 'b@example.com', 'active', false), ('${superAdmin}', 's@example.com', 'active', true);
  INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${ofA}', '${A}', 'customer_support'), ('${ofB}', '${B}', 'admin');
  INSERT INTO customers (station_id, first_name, last_name, email, phone)
  SELECT station.id, 'f', station.code, 'e', '1' FROM identity.stations AS station, generate_series(1, 50) WHERE station.code LIKE 'SIGNED-_';
  INSERT INTO customer_message_threads (station_id, customer_id, channel)
  SELECT station_id, id, 'sms' FROM customers WHERE last_name LIKE 'SIGNED-_';
  INSERT INTO customer_messages (thread_id, sender_type, content)
  SELECT thread.id, 'customer', 'c' FROM customer_message_threads AS thread WHERE station_id IN ('${A}', '${B}');
  ANALYZE`;

/** Sets the context by hand, as far as it can be. */
const forge = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings)
    .map(([name, value]) => `set_config('canonical_models.${name}', '${value}', true)`)
    .join(', ');
const asB = { user_id: ofB, station_id: B };
const enterB = `identity.enter_station('${ofB}', '${B}', NULL, NULL, NULL`;
const read = 'SELECT station_id::text AS station FROM customers';
const readMessages = `SELECT thread.station_id::text AS station FROM customer_messages AS message
  JOIN customer_message_threads AS thread ON thread.id = message.thread_id`;

/** What is injected into the callback of a user of A, a statement at a time. Whatever it returns must not be of B. */
const attacks: Readonly<Record<string, readonly string[]>> = {
  'sets the station': [`SELECT ${forge({ station_id: B })}`, read, readMessages],
  'sets user and station': [`SELECT ${forge(asB)}`, read, readMessages],
  'sets a super admin': [`SELECT ${forge({ user_id: superAdmin, station_id: B })}`, read],
  'sets every station': [
    `SELECT ${forge({ user_id: superAdmin, station_id: 'every' })}, set_config('role', 'station_service_every', true)`,
    read,
    readMessages,
  ],
  'sets the assigned stations': [
    `SELECT ${forge({ user_id: ofB, station_id: 'assigned' })}, set_config('role', 'station_service_assigned', true)`,
    read,
  ],
  'sets what was once the sign of a context': [
    `SELECT ${forge(asB)}, set_config('canonical_models.entered', extract(epoch FROM transaction_timestamp())::text, true)`,
    read,
  ],
  'sets them in a CTE of the same statement': [
    `WITH x AS MATERIALIZED (SELECT ${forge(asB)}) SELECT customer.station_id::text AS station FROM x, customers AS customer`,
  ],
  'sets them in a UNION': [`SELECT left(concat(${forge(asB)}), 0) AS station UNION ALL ${read}`],
  'sets them row by row': [`SELECT station_id::text AS station, ${forge(asB)} FROM customers`],
  'sets them row by row, without an index': [
    'SET LOCAL enable_indexscan = off',
    'SET LOCAL enable_bitmapscan = off',
    `SELECT station_id::text AS station, ${forge(asB)} FROM customers`,
    `SELECT thread.station_id::text AS station, ${forge(asB)} FROM customer_messages AS message
      JOIN customer_message_threads AS thread ON thread.id = message.thread_id`,
  ],
  'sets them before a lateral rescan': [
    `SELECT found.station FROM (
      SELECT set_config('canonical_models.station_id', CASE WHEN turn > 1 THEN '${B}' ELSE '${A}' END, true) AS changed, turn
      FROM generate_series(1, 3) AS turn
    ) AS changes, LATERAL (${read} WHERE changes.changed IS NOT NULL LIMIT 500) AS found`,
  ],
  'sets them while a cursor is open': [
    `DECLARE opened CURSOR FOR ${read}`,
    'FETCH 3 FROM opened',
    `SELECT ${forge(asB)}`,
    'FETCH 500 FROM opened',
  ],
  'sets the signature': [`SELECT ${forge({ ...asB, signature: '0'.repeat(64) })}`, read],
  'enters again': [`SELECT ${enterB}, NULL)`, read, readMessages],
  'enters again with what it knows for a proof': [
    `SELECT ${enterB}, current_setting('canonical_models.signature'))`,
    read,
  ],
  'enters again after it has let go of everything': [
    'RESET ALL',
    'SELECT pg_advisory_unlock_all()',
    'RESET ROLE',
    `SELECT ${enterB}, NULL)`,
    `SELECT set_config('role', 'station_service', true)`,
    read,
  ],
  'enters every station': [
    `SELECT identity.enter_stations('${superAdmin}', 'every', NULL)`,
    `SELECT set_config('role', 'station_service_every', true)`,
    read,
  ],
  'resets all': ['RESET ALL', read],
  'resets the role': ['RESET ROLE', read],
  'takes the role of every station': ['SET ROLE station_service_every', read],
  'takes the role of the assigned stations': ['SET ROLE station_service_assigned', read],
  'brings its own operator': [
    `CREATE FUNCTION pg_temp.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
    'CREATE OPERATOR pg_temp.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.yes)',
    'SET search_path = pg_temp, pg_catalog, public',
    `SELECT ${forge(asB)}`,
    read,
  ],
  'reads the key': [`SELECT encode(inner_pad, 'hex') || ' ${B}' AS station FROM drizzle.canonical_models_context_key`],
};

/** What somebody tries who holds a connection of the service: with its role, and with those that it can take. */
const heldAttempts = (login: string): readonly string[] => [
  'SELECT * FROM customers',
  'TABLE identity.station_users',
  'SELECT * FROM drizzle.canonical_models_context_key',
  'SET row_security = off; SELECT * FROM customers',
  'ALTER TABLE customers DISABLE ROW LEVEL SECURITY',
  'ALTER TABLE customers OWNER TO CURRENT_USER',
  'DROP POLICY station_select ON customers',
  'CREATE POLICY mine ON customers USING (true)',
  `CREATE TRIGGER mine BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
  `CREATE RULE mine AS ON INSERT TO customers DO INSTEAD NOTHING`,
  `CREATE OR REPLACE FUNCTION identity.permitted_station(permission text) RETURNS uuid LANGUAGE sql AS $$ SELECT '${B}'::uuid $$`,
  `CREATE FUNCTION identity.permitted_station(permission varchar) RETURNS uuid LANGUAGE sql AS $$ SELECT '${B}'::uuid $$`,
  'ALTER FUNCTION identity.permitted_station(text) SECURITY INVOKER',
  `ALTER FUNCTION identity.permitted_station(text) SET search_path = pg_temp`,
  'DROP FUNCTION identity.user_in_context() CASCADE',
  `ALTER ROLE ${login} BYPASSRLS`,
  `ALTER ROLE ${login} SUPERUSER`,
  `ALTER ROLE station_service BYPASSRLS`,
  `GRANT pg_read_all_data TO ${login}`,
  `GRANT station_service_every TO ${login}`,
  'SET SESSION AUTHORIZATION postgres; SELECT * FROM customers',
  'SET ROLE pg_database_owner; SELECT * FROM customers',
  'SET session_replication_role = replica; DELETE FROM customers',
  'SET log_statement = all',
  `SELECT pg_read_file('postgresql.conf')`,
  `COPY customers TO PROGRAM 'cat'`,
  `COPY (SELECT * FROM customers) TO '/tmp/customers'`,
  'COPY customers FROM STDIN',
  'LOCK TABLE drizzle.canonical_models_context_key',
  'CREATE EXTENSION dblink',
  `CREATE PUBLICATION mine FOR TABLE customers`,
  `REASSIGN OWNED BY ${login} TO station_service`,
  'TRUNCATE customers CASCADE',
  `DELETE FROM customers`,
  `UPDATE customers SET first_name = 'held'`,
  `INSERT INTO customers (station_id, first_name, last_name, email, phone) VALUES ('${B}', 'held', 'l', 'e', '1')`,
  `INSERT INTO identity.station_audit_logs (station_id, action, success) VALUES ('${B}', 'access.granted', true)`,
  `INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${ofA}', '${B}', 'admin')`,
  `INSERT INTO identity.station_access_tokens (user_id, station_id, token_hash, jwt_id, role, permissions, expires_at)
    VALUES ('${ofB}', '${B}', 'h', 'j', 'admin', '[]', now() + interval '1 day')`,
  `SELECT identity.station_standing('${ofB}', '${B}')`,
  `SELECT identity.station_token_standing('x', '${B}')`,
  `SELECT identity.replace_context_key()`,
  `SELECT identity.record_denial('${ofB}', '${B}', 'not-assigned', repeat('0', 64), NULL, NULL, NULL, NULL, false, NULL)`,
  `BEGIN; SELECT ${forge({ ...asB, token_id: '', signature: '0'.repeat(64) })}; ${read}`,
  `SELECT query_to_xml('SELECT * FROM customers', true, false, '')::text`,
  `SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'customers'`,
  `SELECT stxdmcv::text FROM pg_statistic_ext_data`,
  `CREATE TEMP VIEW mine AS SELECT * FROM customers; SELECT * FROM mine`,
  `CREATE TEMP TABLE mine AS SELECT * FROM customers; SELECT * FROM mine`,
  `DO $$ BEGIN PERFORM set_config('role', 'none', false); EXECUTE 'ALTER TABLE customers DISABLE ROW LEVEL SECURITY'; EXCEPTION WHEN OTHERS THEN NULL; END $$; SELECT * FROM customers`,
  `PREPARE TRANSACTION 'mine'`,
  'DISCARD ALL',
];

eachMajor((major) => {
  let database: StationDatabase;
  let db: PostgresDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(world);
    db = drizzle({ client: database.service({ max: 1 }) });
  });
  afterAll(() => database.close());

  const rowsOf = async (tx: PostgresDatabase, statement: string) =>
    ((await tx.execute(sql.raw(statement))) as unknown as { rows: { station?: string }[] }).rows;
  const inA = <Value>(run: (tx: PostgresDatabase) => Promise<Value>) =>
    withStation(db, { userId: ofA, stationId: A }, run);

  test('the context reads the rows of its station', async () => {
    const seen = await inA(async (tx) => [await rowsOf(tx, read), await rowsOf(tx, readMessages)]);
    expect(seen).toEqual([Array(50).fill({ station: A }), Array(50).fill({ station: A })]);
  });

  describe('SQL in the callback that', () => {
    test.each(Object.entries(attacks))('%s reaches no row of another station', async (_, statements) => {
      const stations: string[] = [];
      await inA(async (tx) => {
        for (const statement of statements) {
          // A statement that fails must not keep the next from being tried.
          const rows = await tx.transaction((savepoint) => rowsOf(savepoint, statement)).catch(() => []);
          stations.push(...rows.flatMap(({ station }) => station ?? []));
        }
      });
      expect(stations.filter((station) => station.includes(B))).toEqual([]);
      // Nothing stays for the next caller.
      expect(await rowsOf(db, read)).toEqual([]);
    });

    test.each([
      ['another user', forge(asB)],
      ['every station', forge({ user_id: superAdmin, station_id: 'every' })],
    ])('sets %s and writes, writes nothing', async (_, forged) => {
      const values = `'${B}'::uuid, 'forged', 'l', 'e', '1'`;
      for (const statement of [
        `WITH x AS MATERIALIZED (SELECT ${forged}) INSERT INTO customers (station_id, first_name, last_name, email, phone) SELECT ${values} FROM x`,
        `INSERT INTO customers (station_id, first_name, last_name, email, phone) SELECT ${values} FROM (SELECT ${forged}) AS x`,
        `UPDATE customers SET first_name = 'forged' FROM (SELECT ${forged} OFFSET 0) AS x WHERE station_id = '${B}'`,
        `WITH x AS MATERIALIZED (SELECT ${forged}) DELETE FROM customers USING x WHERE station_id = '${B}'`,
      ]) {
        await inA((tx) => rowsOf(tx, statement)).catch(() => {});
      }
      const { rows } = await database.query(
        `SELECT count(*)::int AS rows, count(*) FILTER (WHERE first_name = 'forged')::int AS forged FROM customers WHERE station_id = '${B}'`,
      );
      expect(rows).toEqual([{ rows: 50, forged: 0 }]);
    });
  });

  test('a context cannot be used in another transaction, nor on another connection', async () => {
    const [client, other] = [0, 1].map(() => new pg.Client(database.serviceUrl));
    if (!client || !other) throw new Error('no clients');
    await client.connect();
    await other.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT identity.enter_station('${ofA}', '${A}', NULL, NULL, NULL, NULL)`);
      const names = ['user_id', 'station_id', 'token_id', 'signature'];
      const { rows } = await client.query(
        `SELECT ${names.map((name) => `current_setting('canonical_models.${name}') AS ${name}`).join(', ')}`,
      );
      const again = `SELECT ${forge(rows[0])}, set_config('role', 'station_service', true)`;
      const seen = async (on: pg.Client) => (await on.query(`SELECT count(*)::int AS n FROM customers`)).rows[0].n;
      await client.query(again);
      expect(await seen(client)).toBe(50);
      await client.query('COMMIT');
      for (const on of [client, other]) {
        await on.query('BEGIN');
        await on.query(again);
        expect(await seen(on)).toBe(0);
        await on.query('COMMIT');
      }
    } finally {
      await client.end();
      await other.end();
    }
  });

  // Transactions of one message begin at the same time, so that the signature of one is that of the next.
  test.each([
    ['read committed', 50],
    ['repeatable read', 0],
    ['serializable', 0],
  ])(
    'a context that a message takes to its next transaction reads nothing unless that sees ends: %s',
    async (level, seen) => {
      const names = `unnest('{user_id,station_id,token_id,signature}'::text[]) AS name`;
      const client = new pg.Client(database.serviceUrl);
      await client.connect();
      try {
        await client.query(`
        BEGIN;
        SELECT identity.enter_station('${ofA}', '${A}', NULL, NULL, NULL, NULL);
        SELECT set_config('kept.' || name, current_setting('canonical_models.' || name), false) FROM ${names};
        COMMIT;
        BEGIN ISOLATION LEVEL ${level};
        SELECT set_config('canonical_models.' || name, current_setting('kept.' || name), true) FROM ${names};
        SELECT set_config('role', 'station_service', true)`);
        expect((await client.query('SELECT count(*)::int AS n FROM customers')).rows).toEqual([{ n: seen }]);
      } finally {
        await client.end();
      }
    },
  );

  test('a context follows into a parallel query', async () => {
    const seen = await inA(async (tx) => {
      await tx.execute(sql.raw(`SET LOCAL ${major < 16 ? 'force_parallel_mode' : 'debug_parallel_query'} = on`));
      for (const name of ['parallel_setup_cost', 'parallel_tuple_cost', 'min_parallel_table_scan_size']) {
        await tx.execute(sql.raw(`SET LOCAL ${name} = 0`));
      }
      await tx.execute(sql.raw('SET LOCAL enable_indexscan = off'));
      await tx.execute(sql.raw('SET LOCAL enable_bitmapscan = off'));
      const plan = await rowsOf(tx, 'EXPLAIN (COSTS OFF) SELECT count(*) FROM customers');
      return { plan: JSON.stringify(plan), rows: await rowsOf(tx, `${read} GROUP BY station_id`) };
    });
    expect(seen.plan).toContain('Gather');
    expect(seen.rows).toEqual([{ station: A }]);
  });

  test('no role but the owner reads the key, even if it may read every table', async () => {
    const role = `reader_${database.name}`;
    await database.exec(`CREATE ROLE ${role} LOGIN PASSWORD 'x' IN ROLE station_service, pg_read_all_data;
      GRANT USAGE ON SCHEMA drizzle TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA drizzle TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'x';
    const client = new pg.Client(url.href);
    await client.connect();
    try {
      expect((await client.query('SELECT * FROM drizzle.canonical_models_context_key')).rows).toEqual([]);
      await expect(client.query('INSERT INTO drizzle.canonical_models_context_key VALUES (false)')).rejects.toThrow();
    } finally {
      await client.end();
      await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
    expect(
      (await database.query('SELECT count(*)::int AS keys FROM drizzle.canonical_models_context_key')).rows,
    ).toEqual([{ keys: 1 }]);
  });

  test('the signature is the HMAC-SHA-256 of Node, with a key of 32 random bytes', async () => {
    const { rows } = await database.query(`SELECT inner_pad, outer_pad FROM drizzle.canonical_models_context_key`);
    const { inner_pad: inner, outer_pad: outer } = rows[0] as { inner_pad: Buffer; outer_pad: Buffer };
    const key = inner.map((byte) => byte ^ 0x36);
    expect(outer.map((byte) => byte ^ 0x5c)).toEqual(key);
    expect([...key.subarray(32)]).toEqual(Array(32).fill(0));
    expect(new Set(key.subarray(0, 32)).size).toBeGreaterThan(16);
    await inA(async (tx) => {
      const [row] = (await rowsOf(
        tx,
        `SELECT jsonb_build_array('context', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), '${ofA}', '${A}', '')::text AS message,
          current_setting('canonical_models.signature') AS signature`,
      )) as unknown as { message: string; signature: string }[];
      expect(row?.signature).toBe(
        createHmac('sha256', key)
          .update(row?.message ?? '')
          .digest('hex'),
      );
    });
  });

  test('who holds a connection, without a user or a key, reads and changes nothing, whatever they try', async () => {
    const state = async () =>
      (
        await database.query(`SELECT
          (SELECT md5(string_agg(customers::text, ',' ORDER BY id)) FROM customers) AS customers,
          (SELECT md5(string_agg(p.oid || proname || prosrc || proowner || coalesce(proacl::text, ''), ',' ORDER BY p.oid))
            FROM pg_proc AS p WHERE pronamespace IN ('identity'::regnamespace, 'public'::regnamespace)) AS functions,
          (SELECT md5(string_agg(c.oid || relname || relrowsecurity || relforcerowsecurity || relowner || coalesce(relacl::text, ''), ',' ORDER BY c.oid))
            FROM pg_class AS c WHERE relnamespace IN ('identity'::regnamespace, 'public'::regnamespace, 'drizzle'::regnamespace)) AS relations,
          (SELECT md5(string_agg(pg_policy::text, ',' ORDER BY oid)) FROM pg_policy) AS policies,
          (SELECT count(*)::int FROM pg_trigger) AS triggers,
          (SELECT md5(string_agg(rolname || rolsuper || rolbypassrls || rolinherit || rolcanlogin, ',' ORDER BY rolname))
            FROM pg_roles WHERE rolname LIKE 'station_service%' OR rolname = '${database.serviceRole}') AS roles,
          (SELECT md5(string_agg(m::text, ',' ORDER BY m)) FROM pg_auth_members AS m
            WHERE m.member::regrole::text LIKE 'station_service%' OR m.member::regrole::text = '${database.serviceRole}') AS members,
          (SELECT count(*)::int FROM identity.station_audit_logs) AS trail`)
      ).rows;
    const before = await state();
    const client = new pg.Client(database.serviceUrl);
    await client.connect();
    const found: string[] = [];
    try {
      for (const role of ['NONE', 'station_service', 'station_service_assigned', 'station_service_every']) {
        for (const statement of heldAttempts(database.serviceRole)) {
          await client.query(`RESET ALL; SET ROLE ${role}`);
          const results = await client.query(statement).catch(() => undefined);
          for (const { rows } of [results ?? []].flat() as pg.QueryResult[])
            found.push(...rows.map((row) => JSON.stringify(row)));
          await client.query('ROLLBACK').catch(() => {});
        }
      }
    } finally {
      await client.end();
    }
    expect(found.filter((row) => /SIGNED|_pad|example/.test(row))).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('no view of the server shows other sessions the proof, the key or the token of an entry', async () => {
    const { token } = await issueStationToken(database.owner, { userId: ofA, stationId: A, issuerId: ofA });
    const pool = database.service({ max: 2 });
    const watcher = new pg.Client(database.serviceUrl);
    await watcher.connect();
    const through = drizzle({ client: pool });
    let isDone = false;
    const seen = new Set<string>();
    const watching = async () => {
      while (!isDone) {
        const { rows } =
          await watcher.query(`SELECT query FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()
          UNION ALL SELECT statement FROM pg_prepared_statements UNION ALL SELECT statement FROM pg_cursors`);
        for (const { query } of rows) seen.add(query);
      }
    };
    const calling = async () => {
      for (let round = 0; round < (thorough ? 40 : 5); round++) {
        await withStation(through, { token, stationId: A }, async (tx) => {
          await withStation(tx, { userId: ofA, stationId: A }, (inner) => rowsOf(inner, read));
          await withStation(tx, { token: 'cmst_none', stationId: A }, async () => 1).catch(() => {});
        });
      }
      isDone = true;
    };
    try {
      await Promise.all([watching(), calling()]);
    } finally {
      await watcher.end();
    }
    const texts = [...seen].join('\n');
    expect(texts).toContain('identity.enter_station');
    expect(texts).not.toMatch(/[0-9a-f]{32}|cmst_/);
  });

  test('calls one after the other in a transaction of the caller, and one in the other, each reach their station', async () => {
    const stations = async (tx: PostgresDatabase) => rowsOf(tx, `${read} GROUP BY station_id`);
    const seen = await db.transaction(async (tx) => [
      await withStation(tx, { userId: ofA, stationId: A }, stations),
      await withStation(tx, { userId: ofB, stationId: B }, async (inner) => [
        await stations(inner),
        await withStation(inner, { userId: ofA, stationId: A }, stations),
        await inner.transaction((savepoint) => withStation(savepoint, { userId: ofA, stationId: A }, stations)),
        await stations(inner),
      ]),
      await stations(tx),
    ]);
    const [a, b] = [[{ station: A }], [{ station: B }]];
    expect(seen).toEqual([a, [b, a, a, b], []]);
  });
});
