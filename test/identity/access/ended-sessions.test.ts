import { stat } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { B, endOf, gate, inA, inB, names, twoStations, uncaughtIn, withPostgresJs } from './two-stations.ts';

// A connection of postgres-js whose session has ended is connected again for the next caller, as the same object. A callback that outlives
// its session would go on there.

eachOfFewMajors((major) => {
  let database: StationDatabase;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(twoStations);
  });
  afterAll(() => database.close());

  const endSessions = () =>
    database.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [database.serviceRole]);
  const marked = async (phone: string) => {
    const { rows } = await database.query(
      'SELECT first_name, station_id FROM customers WHERE phone = $1 ORDER BY first_name',
      [phone],
    );
    await database.query(`UPDATE customers SET phone = '1' WHERE phone = $1`, [phone]);
    return rows;
  };

  describe.each([true, false])('prepare: %s', (prepare) => {
    /** A call whose session SQL ends while the service does other work. */
    const outliving = (db: PostgresJsDatabase, work: Promise<void>) =>
      withStation(db, inA, async (tx) => {
        await tx.execute(sql.raw('SET LOCAL idle_in_transaction_session_timeout = 10'));
        await work;
      });

    test('a call whose session has ended commits nothing of the next, and takes no context from it', () =>
      withPostgresJs(database, { prepare }, async (db, ended) => {
        const seen: unknown[] = [];
        const work = gate();
        const uncaught = await uncaughtIn(async () => {
          const first = outliving(db, work.opened).catch((error: Error) => error);
          await ended();
          const second = withStation(db, inB, async (tx) => {
            seen.push(await names(tx));
            await tx.update(Customer).set({ phone: '77' });
            work.open();
            await sleep(100);
            seen.push(await names(tx).catch((error: unknown) => error));
            throw new Error('to roll back');
          }).catch((error: Error) => error.message);
          await first;
          seen.push(await second);
        });
        expect([uncaught, seen, await marked('77')]).toEqual([[], ['BBB', 'BBB', 'to roll back'], []]);
      }));

    test('nor has the next read and changed rows of the one after it', () =>
      withPostgresJs(database, { prepare }, async (db, ended) => {
        const seen: unknown[] = [];
        const [work, later] = [gate(), gate()];
        const uncaught = await uncaughtIn(async () => {
          outliving(db, work.opened).catch(() => {});
          await ended();
          const second = withStation(db, inB, async (tx) => {
            seen.push(await names(tx));
            work.open();
            await sleep(100);
            later.open();
            await sleep(200);
            seen.push(await names(tx).catch((error: unknown) => error));
            await tx.update(Customer).set({ phone: '88' });
          });
          await later.opened;
          const third = withStation(db, inA, (tx) => sleep(300).then(() => names(tx)));
          seen.push(await endOf(second), await endOf(third));
        });
        const changed = await marked('88');
        expect([uncaught, seen]).toEqual([[], ['BBB', 'BBB', 'settled', 'AAA']]);
        expect(new Set(changed.map(({ station_id }) => station_id))).toEqual(new Set([B]));
      }));

    test('nor does it end the process, or the connection, if there is no next yet', () =>
      withPostgresJs(database, { prepare }, async (db, ended) => {
        const ends: unknown[] = [];
        const work = gate();
        const uncaught = await uncaughtIn(async () => {
          const first = outliving(db, work.opened);
          first.catch(() => {});
          await ended();
          ends.push(await endOf(first));
          work.open();
          await sleep(50);
          ends.push(await endOf(withStation(db, inB, names)));
        });
        expect([uncaught, ends]).toEqual([[], ['Error', 'BBB']]);
      }));

    test('a call in a transaction of the service whose session has ended reaches nothing of the next', () =>
      withPostgresJs(database, { prepare }, async (db, ended) => {
        const seen: unknown[] = [];
        const [isIn, work] = [gate(), gate()];
        const uncaught = await uncaughtIn(async () => {
          const first = db
            .transaction((own) =>
              withStation(own, inA, async (tx) => {
                await names(tx);
                isIn.open();
                await work.opened;
                seen.push(await names(tx).catch((error: Error) => error.name));
                await tx.update(Customer).set({ phone: '55' });
              }),
            )
            .catch(() => 'failed');
          await isIn.opened;
          await Promise.all([ended(), endSessions()]);
          const second = withStation(db, inB, async (tx) => {
            await names(tx);
            work.open();
            await sleep(100);
            return names(tx);
          });
          seen.push(await endOf(second), await endOf(first));
        });
        expect([uncaught, seen]).toEqual([[], [expect.stringMatching(/Error|ContextClosed/), 'BBB', 'failed']]);
        expect(await marked('55')).toEqual([]);
      }));

    test('nor does it end the process, if there is no next while its callback goes on', () =>
      withPostgresJs(database, { prepare }, async (db, ended) => {
        const ends: unknown[] = [];
        const [isIn, work] = [gate(), gate()];
        const uncaught = await uncaughtIn(async () => {
          const first = db.transaction((own) =>
            withStation(own, inA, async (tx) => {
              await names(tx);
              isIn.open();
              await work.opened;
            }),
          );
          first.catch(() => {});
          await isIn.opened;
          await Promise.all([ended(), endSessions()]);
          ends.push(await endOf(first));
          work.open();
          await sleep(50);
          ends.push(await endOf(withStation(db, inB, names)));
        });
        expect([uncaught, ends]).toEqual([[], ['Error', 'BBB']]);
      }));

    test('nor does one that has sent nothing in its callback', () =>
      withPostgresJs(database, { prepare }, async (db, ended) => {
        const ends: unknown[] = [];
        const [isIn, work] = [gate(), gate()];
        const uncaught = await uncaughtIn(async () => {
          const first = withStation(db, inA, async () => {
            isIn.open();
            await work.opened;
          });
          first.catch(() => {});
          await isIn.opened;
          await Promise.all([ended(), endSessions()]);
          ends.push(await endOf(first));
          const second = withStation(db, inB, async (tx) => {
            work.open();
            await sleep(100);
            return names(tx);
          });
          ends.push(await endOf(second));
        });
        expect([uncaught, ends]).toEqual([[], ['Error', 'BBB']]);
      }));

    test('a socket that is reset under a statement ends the call, and the connection serves the next', () => {
      let isBroken = false;
      const { hostname, port } = new URL(database.serviceUrl);
      // As Node has it: the error comes before the end of the socket.
      const socket = () =>
        new Promise<net.Socket>((resolve) => {
          const opened = net.connect(Number(port), hostname, () => resolve(opened));
          const write = opened.write.bind(opened) as (...chunk: unknown[]) => boolean;
          opened.write = ((...chunk: unknown[]) => {
            if (!isBroken) return write(...chunk);
            stat('/', () => opened.destroy(Object.assign(new Error('read ECONNRESET'), { syscall: 'read' })));
            return true;
          }) as typeof opened.write;
        });
      const options = { prepare, socket } as postgres.Options<Record<string, never>>;
      return withPostgresJs(database, options, async (db) => {
        const ends: unknown[] = [];
        const uncaught = await uncaughtIn(async () => {
          const call = withStation(db, inA, async (tx) => {
            await names(tx);
            isBroken = true;
            await names(tx).catch(() => names(tx));
          });
          ends.push(await endOf(call));
          isBroken = false;
          for (let next = 0; next < 2; next++) ends.push(await endOf(withStation(db, inB, names)));
        });
        expect([uncaught, ends]).toEqual([[], ['Error', 'BBB', 'BBB']]);
      });
    });

    test('a parameter that the driver cannot send fails its statement, and not the connection', () =>
      withPostgresJs(database, { prepare }, async (db) => {
        const invalid = sql`SELECT ${new Date('none')}::timestamptz`;
        await expect(withStation(db, inA, (tx) => tx.execute(invalid))).rejects.toThrow();
        const goesOn = withStation(db, inA, async (tx) => {
          await tx.transaction((inner) => inner.execute(invalid)).catch(() => {});
          return names(tx);
        });
        expect(await endOf(goesOn)).toBe('AAA');
        expect(await endOf(withStation(db, inB, names))).toBe('BBB');
      }));

    test('a statement of the service around the transaction that it gave delays the call, and does not end it', () =>
      withPostgresJs(database, { prepare }, async (db) => {
        const call = db.transaction((around) =>
          around.transaction((given) =>
            withStation(given, inA, async (tx) => {
              void around.execute(sql`SELECT ${'a parameter'}::text, pg_sleep(0.05)::text`);
              await sleep(5);
              return names(tx);
            }),
          ),
        );
        expect(await endOf(call)).toBe('AAA');
        expect(await endOf(withStation(db, inB, names))).toBe('BBB');
      }));
  });
});
