import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { ContextClosed, type TransactionOf, withStation } from '../../../src/identity/access/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { rowsOf } from './drivers.ts';

// postgres-js keeps the statements by which it ends transactions and savepoints under names, which SQL of a callback can EXECUTE.

const [A, B] = ['aaaaaaaa-0000-4000-8000-00000000004a', 'aaaaaaaa-0000-4000-8000-00000000004b'];
const user = 'bbbbbbbb-0000-4000-8000-00000000004a';
const [inA, inB] = [A, B].map((stationId) => ({ userId: user, stationId })) as [
  { userId: string; stationId: string },
  { userId: string; stationId: string },
];
const world = `
  INSERT INTO identity.stations (id, name, code, display_name) VALUES ('${A}', 'A', 'EXEC-A', 'A'), ('${B}', 'B', 'EXEC-B', 'B');
  INSERT INTO identity.users (id, email, status) VALUES ('${user}', 'executed@example.com', 'active');
  INSERT INTO identity.station_users (user_id, station_id, role) VALUES ('${user}', '${A}', 'admin'), ('${user}', '${B}', 'admin');
  INSERT INTO customers (station_id, first_name, last_name, email, phone)
  SELECT station.id, station.name, 'l', 'e', '1' FROM identity.stations AS station, generate_series(1, 3) WHERE station.code LIKE 'EXEC-_'`;

const read = async (tx: PostgresDatabase) => {
  const rows = await (tx as PostgresJsDatabase).select({ name: Customer.firstName }).from(Customer);
  return rows.map(({ name }) => name).join('');
};
const named = (statement: string) =>
  `(SELECT name FROM pg_prepared_statements WHERE statement = '${statement}' AND NOT from_sql LIMIT 1)`;

/** The ways in which SQL runs a statement that the driver keeps. */
const executions: Readonly<Record<string, (tx: TransactionOf<PostgresJsDatabase>, kept: string) => Promise<unknown>>> =
  {
    'by EXECUTE': async (tx, kept) => {
      const [{ name } = {}] = await tx.execute<{ name: string }>(sql.raw(`SELECT ${named(kept)} AS name`));
      await tx.execute(sql.raw(`EXECUTE "${name}"`));
    },
    'in a block': (tx, kept) => tx.execute(sql.raw(`DO $$ BEGIN EXECUTE format('EXECUTE %I', ${named(kept)}); END $$`)),
    'in a function': async (tx, kept) => {
      await tx.execute(
        sql.raw(`CREATE FUNCTION pg_temp.leave() RETURNS void LANGUAGE plpgsql AS
          $$ BEGIN EXECUTE format('EXECUTE %I', ${named(kept)}); END $$`),
      );
      await tx.execute(sql.raw('SELECT pg_temp.leave()::text'));
    },
    'without waiting for it': async (tx, kept) => {
      void tx
        .execute(sql.raw(`DO $$ BEGIN EXECUTE format('EXECUTE %I', ${named(kept)}); END $$`))
        .catch(() => undefined);
    },
  };

eachOfFewMajors((major) => {
  let database: StationDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(world);
  });
  afterAll(() => database.close());

  // postgres-js gives the connection to a transaction that waits in the same turn, and the question would wait for one that is over.
  test.each(['commit', 'rollback'])(
    'the call settles after an executed %s, though a transaction of the service waits',
    async (kept) => {
      const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
      const db = drizzle({ client });
      try {
        await withStation(db, inA, read);
        await withStation(db, inA, () => Promise.reject(new Error('x'))).catch(() => {});
        let waiting: Promise<unknown> | undefined;
        const attack = withStation(db, inA, async (tx) => {
          // A row that is refused: the denial is recorded all the same.
          await tx.transaction((inner) => inner.update(Customer).set({ stationId: B })).catch(() => {});
          waiting = db.transaction((own) => own.execute(sql`SELECT 1 AS n`));
          await executions['in a block']?.(tx, kept);
        });
        expect(await attack.catch((error: unknown) => error)).toBeInstanceOf(ContextClosed);
        await waiting;
        expect(await withStation(db, inB, read)).toBe('BBB');
        const { rows } = await database.query(
          `DELETE FROM identity.station_audit_logs WHERE station_id = $1 AND error_message = 'row-refused' RETURNING id`,
          [A],
        );
        expect(rows).toHaveLength(1);
      } finally {
        await client.end({ timeout: 1 });
      }
    },
  );

  describe.each(Object.entries(executions))('%s', (_, execute) => {
    test('SQL that commits reaches nothing of the next caller, who loses nothing', async () => {
      const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
      const db = drizzle({ client });
      try {
        await withStation(db, inA, read);
        const seen: unknown[] = [];
        const attempt = async (work: () => Promise<unknown>) => seen.push(await work().catch((error) => error));
        let next: Promise<unknown> | undefined;
        const attack = withStation(db, inA, async (tx) => {
          next = withStation(db, inB, async (other) => {
            await other
              .insert(Customer)
              .values({ stationId: B, firstName: 'B', lastName: 'new', email: 'e', phone: '1' });
            await sleep(100);
            const found = await read(other);
            await other.delete(Customer).where(sql`last_name = 'new'`);
            return found;
          });
          await attempt(() => execute(tx, 'commit'));
          await sleep(30);
          await attempt(() => read(tx));
          await attempt(() => tx.update(Customer).set({ lastName: 'changed' }));
          await sleep(150);
          await attempt(() => read(tx));
        });
        expect(await attack.catch((error: unknown) => error)).toBeInstanceOf(ContextClosed);
        expect(await next).toBe('BBBB');
        expect(JSON.stringify(seen)).not.toContain('B');
        const { rows } = await database.query(
          'SELECT station_id, last_name, count(*)::int AS n FROM customers WHERE station_id = ANY($1) GROUP BY 1, 2 ORDER BY 1',
          [[A, B]],
        );
        expect(rows).toEqual([
          { station_id: A, last_name: 'l', n: 3 },
          { station_id: B, last_name: 'l', n: 3 },
        ]);
        expect(await withStation(db, inB, read)).toBe('BBB');
      } finally {
        await client.end({ timeout: 1 });
      }
    });

    test('SQL of a nested callback does not return to the context around it', async () => {
      const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
      const db = drizzle({ client });
      try {
        const failed = withStation(db, inA, (tx) =>
          withStation(tx, inB, async () => {
            throw new RangeError('on purpose');
          }),
        );
        await expect(failed).rejects.toThrow(RangeError);
        const seen: unknown[] = [];
        const attack = withStation(db, inA, (tx) =>
          withStation(tx, inB, async (inner) => {
            const attempt = async (work: () => Promise<unknown>) => seen.push(await work().catch((error) => error));
            await attempt(() => execute(inner, 'rollback to "s0"'));
            await sleep(10);
            await attempt(() => read(inner));
          }),
        );
        expect(await attack.catch((error: unknown) => error)).toBeInstanceOf(ContextClosed);
        expect(seen).not.toContain('AAA');
        expect(await withStation(db, inB, read)).toBe('BBB');
      } finally {
        await client.end({ timeout: 1 });
      }
    });
  });

  test('what a call that SQL has ended leaves there is of no use to the next, and gone after it', async () => {
    const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
    const db = drizzle({ client });
    try {
      await withStation(db, inA, read);
      const attack = withStation(db, inA, async (tx) => {
        for (const statement of [
          `SELECT set_config('role', 'none', true)`,
          `CREATE TEMP TABLE customers AS SELECT 'planted' AS first_name`,
          `CREATE FUNCTION pg_temp.go() RETURNS void LANGUAGE plpgsql AS
            $$ BEGIN EXECUTE format('EXECUTE %I', ${named('commit')}); END $$`,
          `CREATE FUNCTION pg_temp.steal() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
            PERFORM identity.take_context(identity.enter_station('${user}', '${B}', NULL, NULL, NULL, ''), 'station_service', false);
            RETURN (SELECT string_agg(first_name, '') FROM public.customers); END $$`,
          `DO $$ BEGIN PERFORM set_config('default_transaction_read_only', 'on', false);
            EXECUTE format('EXECUTE %I', ${named('commit')}); END $$`,
        ]) {
          await tx.execute(sql.raw(statement));
        }
      });
      await expect(attack).rejects.toThrow(ContextClosed);
      const seen: unknown[] = [];
      const again = withStation(db, inA, async (tx) => {
        for (const statement of ['SELECT pg_temp.go()::text', 'SELECT pg_temp.steal() AS stolen']) {
          seen.push(await tx.execute(sql.raw(statement)).catch((error: unknown) => error));
        }
      });
      await again.catch(() => {});
      for (const error of seen) expect(error).toBeInstanceOf(Error);
      expect(await withStation(db, inB, read)).toBe('BBB');
      const left = await db.execute(
        sql.raw(
          `SELECT concat(to_regclass('pg_temp.customers'), current_setting('default_transaction_read_only')) AS left`,
        ),
      );
      expect(rowsOf(left)).toEqual([{ left: 'off' }]);
      await withStation(db, inB, (tx) => tx.update(Customer).set({ phone: '2' }));
    } finally {
      await client.end({ timeout: 1 });
    }
  });

  test('a COMMIT after which SQL would make the question fail is the end, and not the end of the next call', async () => {
    const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
    const db = drizzle({ client });
    try {
      await withStation(db, inA, read);
      const seen: unknown[] = [];
      // Before the COMMIT, so that it waits for the connection.
      const next = expect
        .poll(
          async () => {
            const { rows } = await database.query(
              `SELECT FROM pg_stat_activity WHERE usename = $1 AND state = 'active' AND query LIKE 'DO %'`,
              [database.serviceRole],
            );
            return rows.length > 0;
          },
          { interval: 2, timeout: 10_000 },
        )
        .toBe(true)
        .then(() =>
          withStation(db, inB, async (other) => {
            await other.update(Customer).set({ phone: '3' });
            return read(other);
          }),
        );
      const attack = withStation(db, inA, async (tx) => {
        const attempt = async (statement: string) =>
          seen.push(await tx.execute(sql.raw(statement)).catch((error: unknown) => error));
        // A worker has to be given all that the session has set: longer than a statement may take then.
        await attempt(`DO $$ BEGIN PERFORM set_config('x.y', repeat('a', 200000000), false), set_config('statement_timeout', '60ms', false);
          PERFORM set_config(name, 'on', false) FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
          EXECUTE format('EXECUTE %I', ${named('commit')}); END $$`);
        await attempt(`SELECT identity.enter_station('${user}', '${B}', NULL, NULL, NULL, '')`);
      });
      await expect(attack).rejects.toThrow(ContextClosed);
      for (const error of seen) expect(error).toBeInstanceOf(ContextClosed);
      expect(await next).toBe('BBB');
    } finally {
      await client.end({ timeout: 1 });
    }
  });

  describe('a question that fails while the transaction is there', () => {
    type Handle = TransactionOf<PostgresJsDatabase>;
    const unanswered = (tx: Handle, before = '') =>
      tx.execute(
        sql.raw(`DO $$ BEGIN ${before} PERFORM set_config('client_encoding', 'LATIN1', true),
          set_config('canonical_models.signature', U&'\\+01F600', true); END $$`),
      );
    const failing: Readonly<Record<string, (tx: Handle) => Promise<unknown>>> = {
      'has no answer in the encoding of the client': unanswered,
      'is answered too late': async (tx) => {
        await tx.execute(sql.raw(`SELECT set_config('canonical_models.signature', repeat('x', 40000000), true)`));
        await tx.execute(sql.raw('SET LOCAL statement_timeout = 1'));
      },
      'comes after the callback has settled': async (tx) => {
        void unanswered(tx, 'PERFORM pg_sleep(0.3);').catch(() => {});
        await sleep(150);
      },
      'comes in a savepoint': (tx) => tx.transaction((savepoint) => unanswered(savepoint as Handle)),
      'comes after a savepoint that was rolled back with a statement around it': async (tx) => {
        const rolledBack = tx.transaction(async () => {
          await tx.execute(sql.raw('SET LOCAL work_mem = 1000'));
          throw new RangeError('on purpose');
        });
        await rolledBack.catch(() => {});
        await unanswered(tx);
      },
    };
    const write = (tx: PostgresJsDatabase) => tx.update(Customer).set({ lastName: 'changed' });

    test.each(Object.entries(failing))('%s: it rolls back, and the connection is free', async (_, fail) => {
      const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
      const db = drizzle({ client });
      const ends: unknown[] = [];
      try {
        const attempt = (tx: PostgresJsDatabase, context: typeof inA, catches: boolean) =>
          withStation(tx, context, async (inner) => {
            await write(inner);
            await (catches ? fail(inner).catch(() => {}) : fail(inner));
          }).catch((error: unknown) => ends.push(error));
        await attempt(db, inA, false);
        await attempt(db, inA, true);
        const nested = await withStation(db, inB, async (tx) => {
          await attempt(tx, inA, true);
          return read(tx);
        });
        const ofTheService = await db.transaction(async (tx) => {
          await attempt(tx as unknown as PostgresJsDatabase, inA, true);
          return withStation(tx as unknown as PostgresJsDatabase, inB, read);
        });
        expect([nested, ofTheService, await withStation(db, inB, read)]).toEqual(['BBB', 'BBB', 'BBB']);
        expect(ends).toHaveLength(4);
        for (const error of ends) expect(error).toBeInstanceOf(ContextClosed);
        const { rows } = await database.query(
          `SELECT FROM customers WHERE last_name = 'changed'
            UNION ALL SELECT FROM pg_stat_activity WHERE usename = $1 AND state <> 'idle'`,
          [database.serviceRole],
        );
        expect(rows).toEqual([]);
      } finally {
        await client.end({ timeout: 1 });
      }
    });
  });

  test('a row that was refused before SQL commits is recorded, though the next call waits for this one', async () => {
    const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
    const db = drizzle({ client });
    try {
      await withStation(db, inA, read);
      const recorded = async () => {
        const { rows } = await database.query(
          `SELECT FROM identity.station_audit_logs WHERE station_id = $1 AND error_message = 'row-refused'`,
          [A],
        );
        return rows.length;
      };
      const before = await recorded();
      const attack = withStation(db, inA, async (tx) => {
        const refused = tx.transaction((savepoint) => savepoint.update(Customer).set({ stationId: B }));
        await refused.catch(() => {});
        await tx.execute(sql.raw(`DO $$ BEGIN EXECUTE format('EXECUTE %I', ${named('commit')}); END $$`));
      }).catch((error: unknown) => error);
      expect(await withStation(db, inB, () => attack)).toBeInstanceOf(ContextClosed);
      await expect.poll(recorded).toBe(before + 1);
    } finally {
      await client.end({ timeout: 1 });
    }
  });

  // On a connection where postgres-js has not committed yet, or after a refused row, the library commits in its place.
  test.each(['a new connection', 'a refused row', 'a new connection, before one of the service'])(
    'a COMMIT that fails after %s ends nothing of the next call',
    async (after) => {
      const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
      const db = drizzle({ client });
      await database.exec(`
      CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too late'; END $$;
      CREATE CONSTRAINT TRIGGER fail_late AFTER INSERT ON customers DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION fail_late()`);
      try {
        if (after === 'a refused row') await withStation(db, inA, read);
        const late = { stationId: A, firstName: 'A', lastName: 'late', email: 'e', phone: '1' };
        const first = withStation(db, inA, async (tx) => {
          const refuse = () => tx.transaction((savepoint) => savepoint.update(Customer).set({ stationId: B }));
          if (after === 'a refused row') await refuse().catch(() => {});
          await tx.insert(Customer).values(late);
        }).catch((error: unknown) => error);
        const ofTheService = after.endsWith('service')
          ? db.transaction((tx) => tx.execute(sql`SELECT pg_sleep(0.05)`))
          : undefined;
        const next = withStation(db, inB, async (tx) => {
          await tx.update(Customer).set({ phone: after.length.toString() });
          await sleep(50);
          return read(tx);
        });
        expect(await first).toMatchObject({ cause: { message: 'too late' } });
        await ofTheService;
        expect(await next).toBe('BBB');
        const { rows } = await database.query(
          `SELECT DISTINCT phone FROM customers WHERE station_id = $1 UNION ALL SELECT last_name FROM customers WHERE last_name = 'late'`,
          [B],
        );
        expect(rows).toEqual([{ phone: after.length.toString() }]);
      } finally {
        await database.exec('DROP TRIGGER fail_late ON customers; DROP FUNCTION fail_late()');
        await client.end({ timeout: 1 });
      }
    },
  );

  test('a statement beside one that fails ends no more than the transaction, also one of the service', async () => {
    const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
    const db = drizzle({ client });
    const both = (tx: PostgresJsDatabase) =>
      withStation(tx, inA, async (inner) => {
        const ends = await Promise.allSettled([
          inner.execute(sql.raw('DO $$ BEGIN PERFORM 1; END $$')),
          inner.select({ n: sql`1 / 0` }).from(Customer),
        ]);
        return ends.map(({ status }) => status).join();
      });
    try {
      for (const run of [() => both(db), () => db.transaction((tx) => both(tx as unknown as PostgresJsDatabase))]) {
        const ended = await run().catch((error: unknown) => error);
        expect(ended).toBeInstanceOf(Error);
        expect(ended).not.toBeInstanceOf(ContextClosed);
      }
      expect(await withStation(db, inB, read)).toBe('BBB');
    } finally {
      await client.end({ timeout: 1 });
    }
  });

  test('statements that end nothing run as before', async () => {
    const client = postgres(database.serviceUrl, { max: 1, onnotice: () => {} });
    const db = drizzle({ client });
    try {
      await withStation(db, inA, read);
      const found = await withStation(db, inA, async (tx) => {
        await tx.execute(sql.raw('DO $$ BEGIN PERFORM 1; END $$'));
        const [first, second] = await Promise.all([
          read(tx),
          tx.execute(sql.raw('CREATE TEMPORARY TABLE noted (n int)')).then(() => read(tx)),
        ]);
        const failed = await tx
          .transaction((savepoint) => savepoint.execute(sql.raw('DO $$ BEGIN PERFORM 1 / 0; END $$')))
          .catch((error: unknown) => error);
        const inner = await withStation(tx, inB, async (nested) => {
          await nested.execute(sql.raw('DO $$ BEGIN PERFORM 1; END $$'));
          return read(nested);
        });
        return [first, second, failed instanceof Error, inner, await read(tx)];
      });
      expect(found).toEqual(['AAA', 'AAA', true, 'BBB', 'AAA']);
    } finally {
      await client.end({ timeout: 1 });
    }
  });
});
