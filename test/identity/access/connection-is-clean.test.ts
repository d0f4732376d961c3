import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContextClosed, withStation } from '../../../src/identity/access/index.ts';
import { eachEngine } from '../../support/databases.ts';
import { at, type Driver, type Drivers, openDrivers, read, readAt, rowsOf, type ServiceDatabase } from './drivers.ts';

eachEngine((engine) => {
  let opened: Drivers;
  beforeAll(async () => {
    opened = await openDrivers(engine);
  });
  afterAll(() => opened.close());

  /** What a session keeps: in order, by one statement on each connection of a driver. */
  const kept = async ({ db, isOneConnection }: Driver) => {
    const asked = Array.from({ length: isOneConnection ? 1 : 4 }, () =>
      db.execute(sql`SELECT pg_sleep(0.005)::text,
        (SELECT count(*)::int FROM pg_cursors WHERE is_holdable) AS cursors,
        (SELECT count(*)::int FROM pg_listening_channels()) AS channels,
        (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND pid = pg_backend_pid()) AS locks,
        (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS temporary,
        current_setting('search_path') AS path`),
    );
    return (await Promise.all(asked)).map((result) => {
      const [{ pg_sleep: _, ...row }] = rowsOf<Record<string, unknown>>(result) as [Record<string, unknown>];
      return row;
    });
  };
  const nothing = (path: unknown) => ({ cursors: 0, channels: 0, locks: 0, temporary: 0, path });
  const leavings = [
    sql`CREATE TEMPORARY TABLE customers (LIKE public.customers)`,
    sql`DECLARE kept CURSOR WITH HOLD FOR SELECT 1`,
    sql`LISTEN somebody`,
    sql`SELECT pg_advisory_lock(42)`,
    sql`SELECT set_config('search_path', 'pg_temp, public', false)`,
  ];

  describe('what SQL in a callback leaves on the connection', () => {
    test('ends with the context, however it ends', async () => {
      for (const driver of opened.drivers) {
        const [before] = await kept(driver);
        const clean = nothing(before?.['path']);
        const leave = async (tx: ServiceDatabase) => {
          for (const statement of leavings) await tx.execute(statement);
        };
        await withStation(driver.db, at('A'), leave);
        expect(new Set((await kept(driver)).map((row) => JSON.stringify(row))), driver.name).toEqual(
          new Set([JSON.stringify(clean)]),
        );
        for (const fails of [sql`SELECT 1`, sql`SELECT 1 / 0`]) {
          const failing = withStation(driver.db, at('A'), async (tx) => {
            await leave(tx);
            await tx.execute(fails);
            throw new Error('on purpose');
          });
          await expect(failing).rejects.toThrow();
          expect(new Set((await kept(driver)).map((row) => JSON.stringify(row))), driver.name).toEqual(
            new Set([JSON.stringify(clean)]),
          );
        }
        // A call in a transaction of the service, too.
        await driver.db.transaction(async (tx) => {
          await withStation(tx, at('A'), leave);
          expect(await kept({ ...driver, db: tx as ServiceDatabase, isOneConnection: true })).toEqual([clean]);
          const failing = withStation(tx, at('A'), async (inner) => {
            await inner.execute(sql`SELECT pg_advisory_lock(42)`);
            throw new Error('on purpose');
          });
          await expect(failing).rejects.toThrow('on purpose');
          expect(await kept({ ...driver, db: tx as ServiceDatabase, isOneConnection: true })).toEqual([clean]);
        });
      }
    });

    test('stays for a nested call with the same context, and the rest of the one around it', async () => {
      for (const { db } of opened.drivers) {
        await withStation(db, at('A'), async (tx) => {
          await tx.execute(sql`CREATE TEMPORARY TABLE noted (body text)`);
          await withStation(tx, at('A'), (inner) => inner.execute(sql`INSERT INTO noted VALUES ('of the inner one')`));
          await tx.execute(sql`INSERT INTO noted VALUES ('kept')`);
          expect(await tx.execute(sql`SELECT body FROM noted`).then(rowsOf)).toHaveLength(2);
        });
      }
    });

    const objects = {
      'a cursor': {
        make: 'DECLARE shared CURSOR WITHOUT HOLD FOR SELECT 1',
        use: 'FETCH ALL FROM shared',
        missing: '34000',
      },
      'a temporary table': {
        make: 'CREATE TEMPORARY TABLE noted (body text)',
        use: 'INSERT INTO noted VALUES (1)',
        missing: '42P01',
      },
    };
    test.each(Object.entries(objects))('%s is in no context beside its own', async (_, { make, use, missing }) => {
      const isMissing = async (tx: ServiceDatabase) =>
        expect(
          await tx
            .transaction((savepoint) => savepoint.execute(sql.raw(use)))
            .then(
              () => 'there',
              (error) => error.cause.code,
            ),
        ).toBe(missing);
      for (const { db } of opened.drivers) {
        await withStation(db, at('A'), async (tx) => {
          await tx.execute(sql.raw(make));
          await withStation(tx, at('B'), async (inner) => {
            await isMissing(inner);
            await inner.execute(sql.raw(make));
          });
          await isMissing(tx);
        });
        const tampered = withStation(db, at('A'), async (tx) => {
          await tx.execute(sql.raw(make));
          await tx.execute(sql.raw(`SELECT set_config('canonical_models.signature', '', true)`));
          await withStation(tx, at('B'), isMissing);
        });
        // Over postgres-js that is the end of the context.
        await tampered.catch((error) => expect(error).toBeInstanceOf(ContextClosed));
      }
    });
  });

  test('a temporary table of an earlier caller hides no table of the service', async () => {
    for (const driver of opened.drivers) {
      const { db, isOneConnection } = driver;
      const all = isOneConnection ? 1 : 4;
      const make = () =>
        db
          .execute(sql`SELECT pg_sleep(0.005)::text`)
          .then(() => db.execute(sql`CREATE TEMPORARY TABLE IF NOT EXISTS customers (LIKE public.customers)`));
      await Promise.all(Array.from({ length: all }, make));
      const found = await Promise.all(
        Array.from({ length: all }, () =>
          withStation(db, at('B'), async (tx) => {
            const seen = await read(tx);
            await tx.execute(sql`INSERT INTO customers (station_id, first_name, last_name, email, phone)
              VALUES (${at('B').stationId}, 'B', 'of a caller', 'e', '1')`);
            const [path] = rowsOf<{ path: string }>(
              await tx.execute(sql`SELECT current_setting('search_path') AS path`),
            );
            return { seen, path: path?.path };
          }),
        ),
      );
      for (const { seen, path } of found) {
        // With what the calls beside it have written.
        expect(seen).toMatch(/^B{5,9}$/);
        expect(path).toBe('public, pg_temp');
      }
      const { rows } = await opened.administrator(
        `WITH gone AS (DELETE FROM public.customers WHERE last_name = 'of a caller' RETURNING 1) SELECT count(*)::int AS n FROM gone`,
      );
      expect(rows).toEqual([{ n: all }]);
      expect(new Set((await kept(driver)).map(({ temporary }) => temporary))).toEqual(new Set([0]));
    }
  });

  describe('of the search_path of a connection', () => {
    beforeAll(async () => {
      for (const schema of ['app', '"Odd, ""Name"""']) {
        await opened.administrator(`CREATE SCHEMA ${schema}`);
        await opened.administrator(`GRANT USAGE ON SCHEMA ${schema} TO PUBLIC`);
      }
    });

    const pathOf = async (db: ServiceDatabase) => {
      const [row] = rowsOf<{ path: string }>(await db.execute(sql`SELECT current_setting('search_path') AS path`));
      return row?.path;
    };
    const setPath = (db: ServiceDatabase, path: string | undefined) =>
      db.execute(sql`SELECT set_config('search_path', ${path}, false)`);
    const hide = sql`CREATE TEMPORARY TABLE customers (LIKE public.customers)`;
    const look = async (tx: ServiceDatabase) => [await pathOf(tx), await read(tx)];

    test.each([
      ['app, public', 'app, public, pg_temp'],
      ['"Odd, ""Name""", public', '"Odd, ""Name""", public, pg_temp'],
      ['pg_temp, public', 'public, pg_temp'],
      ['pg_temp, app, public, pg_catalog', 'app, public, pg_catalog, pg_temp'],
      ['"$user", public', 'public, pg_temp'],
      ['nowhere, public', 'public, pg_temp'],
    ])(
      '%s: a context has the schemas that are there, temporary objects last, and leaves it as it was',
      async (path, expected) => {
        // A pool would give another of its connections.
        for (const { name, db } of opened.drivers.filter(({ isOneConnection }) => isOneConnection)) {
          const before = await pathOf(db);
          await setPath(db, path);
          await db.execute(hide);
          expect(await withStation(db, at('A'), look), name).toEqual([expected, readAt('A')]);
          // Calls in a callback that has put temporary objects first.
          const nested = withStation(db, at('A'), async (tx) => {
            await setPath(tx, 'pg_temp, public');
            await tx.execute(hide);
            expect(await read(tx)).toBe('');
            return [await withStation(tx, at('A'), look), await withStation(tx, at('B'), look)];
          });
          expect(await nested, name).toEqual([
            ['public, pg_temp', readAt('A')],
            ['public, pg_temp', readAt('B')],
          ]);
          expect(await pathOf(db), name).toBe(path);
          await setPath(db, before);
        }
      },
    );
  });

  test('named statements of the connection stay', async () => {
    for (const { db } of opened.drivers) {
      for (const station of ['A', 'B', 'A'] as const) {
        const seen = await withStation(db, at(station), async (tx) => {
          const prepared = tx.query.Customer.findMany({ columns: { firstName: true } }).prepare('clean_connection');
          return (await prepared.execute()).map(({ firstName }) => firstName).join('');
        });
        expect(seen).toBe(readAt(station));
      }
    }
  });
});
