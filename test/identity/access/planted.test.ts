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
import { eachOfFewMajors } from '../../support/databases.ts';
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

/** What SQL can set for the session, with values that are no defaults. */
const changes: Readonly<Record<string, string>> = {
  TimeZone: 'Asia/Tokyo',
  DateStyle: 'SQL, DMY',
  IntervalStyle: 'sql_standard',
  client_encoding: 'LATIN1',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_read_only: 'on',
  statement_timeout: '77s',
  lock_timeout: '78s',
  idle_in_transaction_session_timeout: '79s',
  log_parameter_max_length_on_error: '0',
};
const settingsNow = sql.raw(
  `SELECT ${Object.keys(changes)
    .map((name) => `current_setting('${name}') AS "${name}"`)
    .join(', ')}, current_user = session_user AS itself, current_setting('search_path') AS search_path`,
);
const setAll = async (tx: PostgresDatabase) => {
  for (const [name, value] of Object.entries(changes)) await tx.execute(sql.raw(`SET ${name} = '${value}'`));
  await tx.execute(sql.raw('SET search_path = pg_catalog'));
  await tx.execute(sql.raw('SET ROLE station_service_every'));
};

/** A connection of a service: of node-postgres with statements that have names, of postgres-js, which names all of them. */
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
      const settings = async (on: PostgresDatabase) =>
        rowsOf<Record<string, unknown>>(await on.execute(settingsNow))[0];
      try {
        const before = await settings(db);
        expect(before).toMatchObject({ itself: true });
        await withStation(db, inA, setAll);
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

  test('a type of the connection that has the name of one of PostgreSQL’s is not used to enter', async () => {
    const client = new pg.Client(database.serviceUrl);
    await client.connect();
    const seen: (string | undefined)[] = [];
    client.on('notice', ({ message }) => seen.push(message));
    try {
      for (const type of ['json', 'name', 'int8', 'text']) {
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
