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
import { B, endOf, inA, inB, names, twoStations, uncaughtIn, withPostgresJs } from './two-stations.ts';

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
    const outliving = (db: PostgresJsDatabase, ms: number) =>
      withStation(db, inA, async (tx) => {
        await tx.execute(sql.raw('SET LOCAL idle_in_transaction_session_timeout = 10'));
        await sleep(ms);
      });

    test('a call whose session has ended commits nothing of the next, and takes no context from it', () =>
      withPostgresJs(database, { prepare }, async (db) => {
        const seen: unknown[] = [];
        const uncaught = await uncaughtIn(async () => {
          const first = outliving(db, 200).catch((error: Error) => error);
          await sleep(100);
          const second = withStation(db, inB, async (tx) => {
            seen.push(await names(tx));
            await tx.update(Customer).set({ phone: '77' });
            await sleep(250);
            seen.push(await names(tx).catch((error: unknown) => error));
            throw new Error('to roll back');
          }).catch((error: Error) => error.message);
          await first;
          seen.push(await second);
        });
        expect([uncaught, seen, await marked('77')]).toEqual([[], ['BBB', 'BBB', 'to roll back'], []]);
      }));

    test('nor has the next read and changed rows of the one after it', () =>
      withPostgresJs(database, { prepare }, async (db) => {
        const seen: unknown[] = [];
        await uncaughtIn(async () => {
          void outliving(db, 200).catch(() => {});
          await sleep(100);
          const second = withStation(db, inB, async (tx) => {
            seen.push(await names(tx));
            await sleep(300);
            seen.push(await names(tx).catch((error: unknown) => error));
            await tx.update(Customer).set({ phone: '88' });
          });
          await sleep(200);
          const third = withStation(db, inA, (tx) => sleep(300).then(() => names(tx)));
          seen.push(await endOf(second, 2000), await endOf(third, 2000));
        });
        const changed = await marked('88');
        expect(seen).toEqual(['BBB', 'BBB', 'settled', 'AAA']);
        expect(new Set(changed.map(({ station_id }) => station_id))).toEqual(new Set([B]));
      }));

    test('nor does it end the process, or the connection, if there is no next yet', () =>
      withPostgresJs(database, { prepare }, async (db) => {
        const ends: unknown[] = [];
        const uncaught = await uncaughtIn(async () => {
          ends.push(await endOf(outliving(db, 100), 1000));
          await sleep(150);
          ends.push(await endOf(withStation(db, inB, names), 2000));
        });
        expect([uncaught, ends]).toEqual([[], ['Error', 'BBB']]);
      }));

    test('a call in a transaction of the service whose session has ended reaches nothing of the next', () =>
      withPostgresJs(database, { prepare }, async (db) => {
        const seen: unknown[] = [];
        const uncaught = await uncaughtIn(async () => {
          const first = db
            .transaction((own) =>
              withStation(own, inA, async (tx) => {
                await names(tx);
                await sleep(250);
                seen.push(await names(tx).catch((error: Error) => error.name));
                await tx.update(Customer).set({ phone: '55' });
              }),
            )
            .catch(() => 'failed');
          await sleep(30);
          await endSessions();
          await sleep(50);
          const second = withStation(db, inB, async (tx) => {
            await names(tx);
            await sleep(300);
            return names(tx);
          });
          seen.push(await endOf(second, 3000), await endOf(first, 1000));
        });
        expect([uncaught, seen]).toEqual([[], [expect.stringMatching(/Error|ContextClosed/), 'BBB', 'failed']]);
        expect(await marked('55')).toEqual([]);
      }));

    test('nor does it end the process, if there is no next while its callback goes on', () =>
      withPostgresJs(database, { prepare }, async (db) => {
        const ends: unknown[] = [];
        const uncaught = await uncaughtIn(async () => {
          const first = db.transaction((own) =>
            withStation(own, inA, async (tx) => {
              await names(tx);
              await sleep(100);
            }),
          );
          first.catch(() => {});
          await sleep(30);
          await endSessions();
          ends.push(await endOf(first, 1000));
          await sleep(100);
          ends.push(await endOf(withStation(db, inB, names), 2000));
        });
        expect([uncaught, ends]).toEqual([[], ['Error', 'BBB']]);
      }));

    test('nor does one that has sent nothing in its callback', () =>
      withPostgresJs(database, { prepare }, async (db) => {
        const ends: unknown[] = [];
        const uncaught = await uncaughtIn(async () => {
          const first = withStation(db, inA, () => sleep(150));
          first.catch(() => {});
          await sleep(30);
          await endSessions();
          ends.push(await endOf(first, 1000));
          const second = withStation(db, inB, async (tx) => {
            await sleep(250);
            return names(tx);
          });
          ends.push(await endOf(second, 2000));
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
          ends.push(await endOf(call, 2000));
          isBroken = false;
          for (let next = 0; next < 2; next++) ends.push(await endOf(withStation(db, inB, names), 2000));
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
        expect(await endOf(goesOn, 2000)).toBe('AAA');
        expect(await endOf(withStation(db, inB, names), 2000)).toBe('BBB');
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
        expect(await endOf(call, 2000)).toBe('AAA');
        expect(await endOf(withStation(db, inB, names), 2000)).toBe('BBB');
      }));
  });
});
