import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { type StationTokenContext, withStation } from '../../../src/identity/access/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { eachOfFewMajors, type TestDatabase } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { rowsOf } from './drivers.ts';

// What SQL of one caller could leave on a connection for the next one, as a pool hands it from station to station.

const [A, B] = ['aaaaaaaa-0000-4000-8000-00000000003a', 'aaaaaaaa-0000-4000-8000-00000000003b'];
const [ofA, ofB] = ['bbbbbbbb-0000-4000-8000-00000000003a', 'bbbbbbbb-0000-4000-8000-00000000003b'];
const inA = { userId: ofA, stationId: A };
const world = `
  INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${A}', 'A', 'PLANT-A', 'A'), ('${B}', 'B', 'PLANT-B', 'B');
  INSERT INTO identity.users (id, email, status) VALUES ('${ofA}', 'planted-a@example.com', 'active'), ('${ofB}', 'planted-b@example.com', 'active');
  INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${ofA}', '${A}', 'admin'), ('${ofB}', '${B}', 'admin');
  INSERT INTO customers (station_id, first_name, last_name, email, phone)
  SELECT station.id, station.name, 'l', 'e', '1' FROM identity.stations AS station, generate_series(1, 3) WHERE station.code LIKE 'PLANT-_';
  CREATE SEQUENCE public.planted_runs;
  GRANT USAGE ON SEQUENCE public.planted_runs TO PUBLIC`;

/** Puts a statement that counts its runs, even if they are rolled back, in the place of each that the driver keeps on the connection. */
const plant = sql.raw(`DO $plant$
DECLARE
  kept record;
BEGIN
  FOR kept IN SELECT name, parameter_types FROM pg_prepared_statements LOOP
    EXECUTE format('DEALLOCATE %I', kept.name);
    EXECUTE format('PREPARE %I%s AS SELECT nextval(%L)::text AS entered, nextval(%L)::text AS path', kept.name,
      CASE WHEN cardinality(kept.parameter_types) > 0 THEN '(' || array_to_string(kept.parameter_types, ', ') || ')' END,
      'public.planted_runs', 'public.planted_runs');
  END LOOP;
END
$plant$`);

/** The settings that every role may change, and that are not as before when a context ends, each with the reason. */
const unkept: readonly (readonly [names: RegExp, reason: string])[] = [
  [/^(row_security|search_path)$/, 'a context has its own, which are as before, too'],
  [/^transaction_(deferrable|isolation|read_only)$/, 'ends with the transaction'],
  [/^(enable|geqo|jit|cpu|parallel|min_parallel|max_parallel)(_|$)/, 'only the plan'],
  [/_page_cost$|^(debug_parallel_query|force_parallel_mode|plan_cache_mode|constraint_exclusion)$/, 'only the plan'],
  [/^((from|join)_collapse_limit|cursor_tuple_fraction|default_statistics_target)$/, 'only the plan'],
  [/^(effective_cache_size|recursive_worktable_factor)$/, 'only the plan'],
  [/_mem$|^(hash_mem_multiplier|temp_buffers|gin_pending_list_limit|synchronize_seqscans)$/, 'only the speed'],
  [/_io_concurrency$|^(io_combine_limit|backend_flush_after|file_copy_method|commit_siblings)$/, 'only the speed'],
  [/^(vacuum|wal)_/, 'only VACUUM and replication'],
  [
    /^(check_function_bodies|createrole_self_grant|temp_tablespaces|default_(table_access_method|tablespace))$/,
    'only DDL',
  ],
  [/^(default_toast_compression|password_encryption|scram_iterations|icu_validation_level)$/, 'only DDL'],
  [/^(client_connection_check_interval|tcp_keepalives_.*)$/, 'only connections that are dead'],
  [/^(debug_pretty_print|trace_.*|.*_warnings?|debug_logical_replication_streaming)$/, 'only messages'],
  [/^(local_preload_libraries|stats_fetch_consistency)$/, 'only new sessions, and statistics'],
];

/** Other values of settings whose values are neither numbers nor a choice. */
const otherTexts: Readonly<Record<string, string>> = {
  TimeZone: 'Asia/Tokyo',
  timezone_abbreviations: 'Australia',
  DateStyle: 'SQL, DMY',
  client_encoding: 'LATIN1',
  lc_monetary: 'POSIX',
  lc_numeric: 'POSIX',
  lc_time: 'POSIX',
  default_text_search_config: 'pg_catalog.french',
  restrict_nonsystem_relation_kind: 'foreign-table',
  application_name: 'another service',
};

/** What SQL can set for the session, each with a value that it does not have. */
async function changesOn({ query }: TestDatabase): Promise<Readonly<Record<string, string>>> {
  const { rows } = await query(`SELECT name, setting, vartype, enumvals, min_val, max_val FROM pg_settings
    WHERE context = 'user' AND name NOT LIKE '%.%' ORDER BY name`);
  const other = ({ name, setting, vartype, enumvals, min_val, max_val }: Record<string, unknown>) => {
    switch (vartype) {
      case 'bool':
        return setting === 'on' ? 'off' : 'on';
      case 'enum':
        return (enumvals as string[]).filter((value) => value !== setting).at(-1);
      case 'integer':
        // The longest time, as a short one would end the test.
        return setting === max_val ? min_val : max_val;
      default:
        return otherTexts[String(name)];
    }
  };
  return Object.fromEntries(
    rows
      .filter(({ name }) => !unkept.some(([names]) => names.test(String(name))))
      .map((row) => [row['name'], String(other(row))]),
  );
}

/** A connection of a service: of node-postgres with statements that have names, of postgres-js, which names its `COMMIT`, too. */
interface Connected {
  readonly db: PostgresDatabase;
  end(): Promise<void>;
}
const connections: Readonly<Record<string, (url: string) => Promise<Connected>>> = {
  'node-postgres': async (url) => {
    const client = new pg.Client(url);
    await client.connect();
    return { db: drizzle({ client }), end: () => client.end() };
  },
  'postgres-js': async (url) => {
    const client = postgres(url, { max: 1, onnotice: () => {} });
    return { db: drizzlePostgresJs({ client }) as PostgresDatabase, end: () => client.end({ timeout: 1 }) };
  },
};

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let inB: StationTokenContext;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(world);
    const { token } = await issueStationToken(database.owner, { userId: ofB, stationId: B, issuerId: ofB });
    inB = { token, stationId: B };
  });
  afterAll(() => database.close());

  const page = async (tx: PostgresDatabase) => {
    // Only those of the world: a test writes others.
    const ofWorld = tx.select({ station: Customer.firstName }).from(Customer).where(eq(Customer.lastName, 'l'));
    const prepared = ofWorld.limit(sql.placeholder('limit'));
    const rows = await prepared.prepare('page_of_customers').execute({ limit: 10 });
    return rows.map(({ station }) => station).join('');
  };
  const runs = async () =>
    Number(
      (await database.query('SELECT last_value - 1 + is_called::int AS n FROM public.planted_runs')).rows[0]?.['n'],
    );

  describe.each(Object.entries(connections))('%s', (_, connect) => {
    const plants = async (tx: PostgresDatabase) => {
      await page(tx);
      await tx.execute(plant);
    };
    /** A statement of the service between two calls. */
    const outside = (db: PostgresDatabase) => page(db).catch(() => {});
    /** How the statements come to be on the connection of the call in B. */
    const ways: Readonly<Record<string, (db: PostgresDatabase) => Promise<unknown>>> = {
      'an earlier callback': async (db) => {
        await withStation(db, inA, plants);
        await outside(db);
        return withStation(db, inB, page);
      },
      'an earlier callback that failed': async (db) => {
        const failing = withStation(db, inA, async (tx) => {
          await plants(tx);
          throw new RangeError('on purpose');
        });
        await expect(failing).rejects.toThrow(RangeError);
        await outside(db);
        return withStation(db, inB, page);
      },
      'the callback around it': (db) =>
        withStation(db, inA, async (tx) => {
          await plants(tx);
          return withStation(tx, inB, page);
        }),
      'a failed callback beside it': (db) =>
        withStation(db, inB, async (tx) => {
          const failing = withStation(tx, inA, async (inner) => {
            await plants(inner);
            throw new RangeError('on purpose');
          });
          await expect(failing).rejects.toThrow(RangeError);
          return page(tx);
        }),
      'a statement outside of all contexts': async (db) => {
        await withStation(db, inA, page);
        await db.execute(plant);
        return withStation(db, inB, page);
      },
    };
    test.each(Object.entries(ways))(
      'statements that SQL of %s prepared under names of the driver are not run',
      async (_way, run) => {
        const { db, end } = await connect(database.serviceUrl);
        try {
          await withStation(db, inB, page);
          const before = await runs();
          // The driver’s statement is gone: node-postgres fails, postgres-js prepares it again.
          const seen = await Promise.race([
            run(db).catch((error: Error) => (error.cause as { code?: string })?.code),
            sleep(10_000, 'no end', { ref: false }),
          ]);
          expect(['BBB', '26000']).toContain(seen);
          expect(await runs()).toBe(before);
        } finally {
          await end();
        }
      },
    );
  });

  test.each(Object.entries(connections))(
    'what a callback writes is kept, also if SQL of it or of an earlier one drops the statements of the driver: %s',
    async (driver, connect) => {
      const { db, end } = await connect(database.serviceUrl);
      const kept = async (mark: string) =>
        (await database.query('SELECT FROM customers WHERE last_name = $1 AND email = $2', [mark, driver])).rows.length;
      const write = (mark: string) => async (tx: PostgresDatabase) => {
        await tx.execute(
          sql.raw(`INSERT INTO customers (station_id, first_name, last_name, email, phone)
            SELECT id, name, '${mark}', '${driver}', '1' FROM identity.stations`),
        );
      };
      const drop = (tx: PostgresDatabase) => tx.execute(sql.raw('DEALLOCATE ALL'));
      try {
        await withStation(db, inB, write('before'));
        await withStation(db, inA, async (tx) => {
          await write('dropped by it')(tx);
          await drop(tx);
        });
        await withStation(db, inB, write('after it'));
        const failing = withStation(db, inA, async (tx) => {
          await drop(tx);
          throw new RangeError('on purpose');
        });
        await expect(failing).rejects.toThrow(RangeError);
        await withStation(db, inB, write('after one that failed'));
        for (const mark of ['before', 'dropped by it', 'after it', 'after one that failed']) {
          expect(await kept(mark), mark).toBe(1);
        }
      } finally {
        await end();
      }
    },
  );

  test.each(Object.entries(connections))(
    'settings that a callback sets for the session are as before for the next caller: %s',
    async (_, connect) => {
      const { db, end } = await connect(database.serviceUrl);
      const changes = await changesOn(database);
      const setAll = async (tx: PostgresDatabase) => {
        for (const [name, value] of Object.entries(changes)) await tx.execute(sql.raw(`SET ${name} = '${value}'`));
        await tx.execute(sql.raw('SET search_path = pg_catalog'));
        await tx.execute(sql.raw('SET ROLE station_service_every'));
      };
      const columns = Object.keys(changes).map((name) => `current_setting('${name}') AS "${name}"`);
      const settingsNow = sql.raw(
        `SELECT ${columns.join(', ')}, current_user = session_user AS itself, current_setting('search_path') AS search_path`,
      );
      const settings = async (on: PostgresDatabase) =>
        rowsOf<Record<string, unknown>>(await on.execute(settingsNow))[0];
      try {
        const before = await settings(db);
        expect(before).toMatchObject({ itself: true });
        await withStation(db, inA, async (tx) => {
          await setAll(tx);
          const inContext = await settings(tx);
          for (const name of Object.keys(changes)) expect(inContext?.[name], name).not.toBe(before?.[name]);
        });
        expect(await settings(db)).toEqual(before);
        await withStation(db, inA, async (tx) => {
          const inContext = await settings(tx);
          await withStation(tx, inB, setAll);
          expect(await settings(tx)).toEqual(inContext);
        });
        expect(await settings(db)).toEqual(before);
        await expect(
          withStation(db, inA, async (tx) => {
            await setAll(tx);
            throw new RangeError('on purpose');
          }),
        ).rejects.toThrow(RangeError);
        expect(await settings(db)).toEqual(before);
        // What the caller set for a transaction of its own ends with it.
        await db.transaction(async (tx) => {
          await tx.execute(sql.raw(`SET LOCAL statement_timeout = '5s'`));
          await withStation(tx, inA, async (inner) => {
            await inner.execute(sql.raw(`SET LOCAL statement_timeout = '50s'`));
            await inner.execute(sql.raw('SET ROLE station_service_every'));
          });
          expect(await settings(tx)).toEqual({ ...before, statement_timeout: '5s' });
        });
        expect(await settings(db)).toEqual(before);
      } finally {
        await end();
      }
    },
  );

  test('a statement of node-postgres that SQL has dropped fails once, and is prepared again then', async () => {
    const { db, end } = await (connections['node-postgres'] as (url: string) => Promise<Connected>)(
      database.serviceUrl,
    );
    try {
      expect(await withStation(db, inB, page)).toBe('BBB');
      await withStation(db, inA, (tx) => tx.execute(sql.raw('DEALLOCATE ALL')));
      await expect(withStation(db, inB, page)).rejects.toMatchObject({ cause: { code: '26000' } });
      expect(await withStation(db, inB, page)).toBe('BBB');
    } finally {
      await end();
    }
  });

  test('nor does SQL that makes a statement of node-postgres look dropped break it for good', async () => {
    const { db, end } = await (connections['node-postgres'] as (url: string) => Promise<Connected>)(
      database.serviceUrl,
    );
    try {
      expect(await withStation(db, inB, page)).toBe('BBB');
      const misled = withStation(db, inA, async (tx) => {
        for (const statement of [
          `CREATE FUNCTION pg_temp.lie() RETURNS varchar LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '26000'; END $$`,
          `CREATE TEMP VIEW customers AS SELECT id, station_id, pg_temp.lie()::varchar(100) AS first_name, 'l'::varchar(100) AS last_name
            FROM public.customers`,
          'SET LOCAL search_path = pg_temp, public',
        ]) {
          await tx.execute(sql.raw(statement));
        }
        return page(tx);
      });
      await expect(misled).rejects.toMatchObject({ cause: { code: '26000' } });
      await expect(withStation(db, inB, page)).rejects.toMatchObject({ cause: { code: '42P05' } });
      expect(await withStation(db, inB, page)).toBe('BBB');
    } finally {
      await end();
    }
  });

  test('a type of the connection that has the name of one of PostgreSQL’s is not used to enter', async () => {
    const client = new pg.Client(database.serviceUrl);
    await client.connect();
    const seen: (string | undefined)[] = [];
    client.on('notice', ({ message }) => seen.push(message));
    try {
      for (const type of ['json', 'name', 'int8', 'text', 'uuid', 'bool']) {
        await client.query(`CREATE FUNCTION pg_temp.look(pg_catalog.${type}) RETURNS boolean LANGUAGE plpgsql AS
          $$ BEGIN RAISE NOTICE 'reached %', (SELECT count(*) FROM public.customers); RETURN true; END $$`);
        await client.query(`CREATE DOMAIN pg_temp.${type} AS pg_catalog.${type} CHECK (pg_temp.look(VALUE))`);
      }
      expect(await withStation(drizzle({ client }), inB, page)).toMatch(/^B{3,}$/);
      expect(seen.filter((message) => message?.startsWith('reached'))).toEqual([]);
    } finally {
      await client.end();
    }
  });
});
