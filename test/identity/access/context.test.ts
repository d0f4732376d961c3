import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { entityKind, eq, sql } from 'drizzle-orm';
import { Cache, type MutationOption } from 'drizzle-orm/cache/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import {
  ContextBusy,
  ContextClosed,
  ContextNotLive,
  CopyRefused,
  StationRowRefused,
  TransactionControlRefused,
  withStation,
} from '../../../src/identity/access/index.ts';
import { type Engine, eachEngine, shareOf } from '../../support/databases.ts';
import {
  at,
  customersOf,
  type Driver,
  type Drivers,
  expectNothingLeftOn,
  kinds,
  openDrivers,
  read,
  readAt,
  rowsOf,
  type ServiceDatabase,
  type ServiceTransaction,
  stations,
} from './drivers.ts';

/** In a short run the versions share the drivers. */
const driverNames = (engine: Engine) =>
  engine === 'pglite'
    ? ['PGlite']
    : shareOf(['node-postgres, a pool', 'node-postgres, a client', 'postgres-js'], engine);

/** The error, or the one behind Drizzle's. */
const thrownBy = (work: PromiseLike<unknown>) =>
  Promise.resolve(work).then(
    () => undefined,
    (error: Error) => (error.name === 'DrizzleQueryError' || 'query' in error ? error.cause : error),
  );

/** Fails in place of hanging. */
const inTime = <Value>(work: Promise<Value>): Promise<Value> =>
  Promise.race([
    work,
    sleep(20_000, undefined, { ref: false }).then(() => Promise.reject(new Error('found no end after 20 s'))),
  ]);

/** Frees what nothing holds. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Reads twice, with time for others in between, and writes what it reaches. */
const work = async (tx: ServiceDatabase) => {
  const first = await read(tx);
  await sleep(5);
  const written = await tx.update(Customer).set({ phone: '2' }).returning({ station: Customer.firstName });
  return [first, written.map(({ station }) => station).join(''), await read(tx)];
};
const worked = (station: keyof typeof stations) => Array(3).fill(readAt(station));

eachEngine((engine) => {
  let opened: Drivers;
  beforeAll(async () => {
    opened = await openDrivers(engine);
  });
  afterAll(() => opened.close());

  describe.each(driverNames(engine))('%s', (name) => {
    let driver: Driver;
    let db: ServiceDatabase;
    beforeAll(() => {
      driver = opened.drivers.find((one) => one.name === name) as Driver;
      db = driver.db;
    });

    const expectNothingLeft = () => expectNothingLeftOn(driver);

    test('a closed handle keeps nothing of what its callback returned', async () => {
      let closed: ServiceDatabase | undefined;
      const returned = new WeakRef(
        await withStation(db, at('A'), async (tx) => {
          closed = tx;
          return { rows: await read(tx) };
        }),
      );
      // postgres-js itself keeps the result of the last transaction of each connection.
      for (let n = 0; n < 5; n++) await withStation(db, at('B'), async () => undefined);
      // A WeakRef holds its object until the code that made it gives way.
      await sleep(1);
      collectGarbage();
      expect(returned.deref()).toBeUndefined();
      expect(await thrownBy(read(closed as ServiceDatabase))).toBeInstanceOf(ContextClosed);
    });

    describe('parallel calls', () => {
      const both = (db: ServiceDatabase) =>
        inTime(
          Promise.all([
            withStation(db, at('A'), work),
            withStation(db, at('B'), work),
            withStation(db, at('A'), (tx) => tx.transaction(work)),
            withStation(db, at('B'), work),
          ]),
        );
      const expected = [worked('A'), worked('B'), worked('A'), worked('B')];

      test('with one database', async () => {
        expect(await both(db)).toEqual(expected);
        await expectNothingLeft();
      });

      test('on the handle of a callback', async () => {
        expect(await withStation(db, at('A'), both)).toEqual(expected);
        await expectNothingLeft();
      });

      test('on a transaction that the caller began', async () => {
        expect(await db.transaction(both)).toEqual(expected);
        await expectNothingLeft();
      });

      test('on a savepoint of a callback', async () => {
        expect(await withStation(db, at('B'), (tx) => tx.transaction(both))).toEqual(expected);
      });

      test('of which the second waits for the first, whose row was refused', async () => {
        const waits = async (db: ServiceDatabase) => {
          const first = withStation(db, at('A'), (tx) =>
            tx
              .insert(Customer)
              .values({ stationId: stations.B, firstName: 'B', lastName: 'l', email: 'e', phone: '1' }),
          );
          const refused = thrownBy(first);
          return inTime(withStation(db, at('B'), () => refused));
        };
        expect(await waits(db)).toBeInstanceOf(StationRowRefused);
        expect(await db.transaction(waits)).toBeInstanceOf(StationRowRefused);
        await expectNothingLeft();
      });

      test('the one that fails takes no change of another with it', async () => {
        const phone = String(Math.random()).slice(0, 20);
        await withStation(db, at('A'), async (tx) => {
          const [done, failed] = await Promise.allSettled([
            withStation(tx, at('B'), (inner) => inner.update(Customer).set({ phone })),
            withStation(tx, at('A'), async (inner) => {
              await inner.update(Customer).set({ phone: '-' });
              throw new RangeError('on purpose');
            }),
          ]);
          expect([done.status, failed.status]).toEqual(['fulfilled', 'rejected']);
        });
        const rows = await opened.administrator(
          `SELECT first_name AS station, count(*)::int AS n FROM customers WHERE phone = $1 GROUP BY 1`,
          [phone],
        );
        expect(rows.rows).toEqual([{ station: 'B', n: customersOf.B }]);
      });
    });

    describe.each(Object.keys(kinds))('%s', (kind) => {
      const prepare = (tx: ServiceDatabase) => (kinds[kind] as (typeof kinds)[string])(tx);

      test('reaches the station of its handle; the one around it is not live meanwhile, also if prepared before', async () => {
        await withStation(db, at('A'), async (outer) => {
          const early = prepare(outer);
          expect(await early()).not.toContain('B');
          await withStation(outer, at('B'), async (inner) => {
            expect(await thrownBy(early())).toBeInstanceOf(ContextNotLive);
            expect(await thrownBy(prepare(outer)())).toBeInstanceOf(ContextNotLive);
            expect(await prepare(inner)()).not.toContain('A');
          });
          expect(await early()).not.toContain('B');
        });
      });

      test('is refused once the callback has settled, in the next caller’s time, too', async () => {
        const kept: (() => Promise<unknown>)[] = [];
        const keep = async (tx: ServiceDatabase) => {
          kept.push(prepare(tx), () => prepare(tx)());
        };
        await withStation(db, at('A'), async (tx) => {
          await keep(tx);
          await tx.transaction(keep);
          await withStation(tx, at('B'), keep);
          for (const late of kept.slice(2)) expect(await thrownBy(late())).toBeInstanceOf(ContextClosed);
        });
        await withStation(db, at('B'), async (tx) => {
          for (const late of kept) expect(await thrownBy(late())).toBeInstanceOf(ContextClosed);
          expect(await read(tx)).toBe(readAt('B'));
        });
        expect(kept).toHaveLength(6);
      });
    });

    test('a statement that nobody awaited runs in its context, or not at all', async () => {
      const seen: Promise<unknown>[] = [];
      const ended = await withStation(db, at('A'), async (tx) => {
        seen.push(read(tx));
        void sleep(1).then(() => seen.push(thrownBy(read(tx))));
      });
      expect(ended).toBeUndefined();
      await withStation(db, at('B'), async (tx) => {
        await sleep(5);
        expect(await read(tx)).toBe(readAt('B'));
      });
      expect(await seen[0]).toBe(readAt('A'));
      expect(await seen[1]).toBeInstanceOf(ContextClosed);
    });

    test('a named statement that nobody awaited goes with the savepoint that it was the first in', async () => {
      const phone = String(Math.random()).slice(0, 20);
      const changed = await withStation(db, at('A'), async (tx) => {
        const failing = tx.transaction(async (savepoint) => {
          const update = savepoint.update(Customer).set({ phone }).prepare('context_not_awaited');
          void update.execute().catch(() => {});
          throw new RangeError('on purpose');
        });
        await expect(failing).rejects.toThrow(RangeError);
        await sleep(10);
        return tx.select().from(Customer).where(eq(Customer.phone, phone));
      });
      expect(changed).toEqual([]);
    });

    test('a transaction that the caller began is not live while a call runs in it, and goes on afterwards', async () => {
      await db.transaction(async (raw) => {
        const prepared = raw.select({ station: Customer.firstName }).from(Customer).prepare('context_raw');
        await withStation(raw, at('A'), async (tx) => {
          await expect(read(raw as unknown as ServiceDatabase)).rejects.toBeInstanceOf(ContextNotLive);
          expect(await thrownBy(prepared.execute())).toBeInstanceOf(ContextNotLive);
          expect(await thrownBy(raw.transaction(async () => {}))).toBeInstanceOf(ContextNotLive);
          expect(await read(tx)).toBe(readAt('A'));
        });
        expect(
          rowsOf(await raw.execute(sql`SELECT current_setting('canonical_models.station_id', true) AS left`)),
        ).toEqual([{ left: '' }]);
        expect(await withStation(raw, at('B'), read)).toBe(readAt('B'));
        await raw.transaction(async (savepoint) => {
          const inSavepoint = withStation(savepoint, at('B'), read);
          // Its savepoints have no link to their transaction, so the call can't prove that it is of the same service.
          if (driver.name === 'postgres-js') expect(await thrownBy(inSavepoint)).toBeInstanceOf(ContextBusy);
          else expect(await inSavepoint).toBe(readAt('B'));
        });
      });
      await expectNothingLeft();
    });

    test('a call that would wait for itself is refused, and names both', async () => {
      await withStation(db, at('A'), async (outer) => {
        await withStation(outer, at('B'), async (inner) => {
          const error = await thrownBy(inTime(withStation(outer, at('A'), read)));
          expect(error).toBeInstanceOf(ContextBusy);
          expect((error as ContextBusy).object).toContain(stations.A);
          expect((error as ContextBusy).found).toContain(stations.B);
          expect(await thrownBy(inTime(outer.transaction(read)))).toBeInstanceOf(ContextBusy);
          expect(await read(inner)).toBe(readAt('B'));
        });
        await outer.transaction(async () => {
          expect(await thrownBy(inTime(withStation(outer, at('B'), read)))).toBeInstanceOf(ContextBusy);
        });
        if (driver.isOneConnection) {
          expect(await thrownBy(inTime(withStation(db, at('B'), read)))).toBeInstanceOf(ContextBusy);
        }
        expect(await read(outer)).toBe(readAt('A'));
      });
      await db.transaction(async (raw) => {
        await withStation(raw, at('A'), async () => {
          expect(await thrownBy(inTime(withStation(raw, at('B'), read)))).toBeInstanceOf(ContextBusy);
        });
      });
    });

    test('calls that would wait for each other over two connections: one is refused, and the other goes on', async () => {
      if (driver.isOneConnection) return;
      const call = (mine: ServiceTransaction, others: ServiceTransaction) =>
        withStation(mine, at('A'), async () => {
          await sleep(20);
          return withStation(others, at('B'), read);
        });
      const ends = await inTime(
        db.transaction((one) => db.transaction((two) => Promise.allSettled([call(one, two), call(two, one)]))),
      );
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      for (const end of ends) {
        if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(ContextBusy);
        else expect(end.value).toBe(readAt('B'));
      }
    });

    test('also if one of them stands behind a call that nobody made in a callback', async () => {
      if (driver.isOneConnection) return;
      const call = (mine: ServiceTransaction, others: ServiceTransaction, after: number) =>
        withStation(mine, at('A'), async () => {
          await sleep(after);
          return withStation(others, at('B'), read);
        });
      const ends = await inTime(
        db.transaction((one) =>
          db.transaction((two) =>
            Promise.allSettled([call(one, two, 60), withStation(one, at('B'), read), call(two, one, 10)]),
          ),
        ),
      );
      expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.constructor))).toEqual([
        ContextBusy,
        readAt('B'),
        readAt('B'),
      ]);
    });

    test('calls and savepoints in each other go on, and each failure takes back its own', async () => {
      const phone = String(Math.random()).slice(0, 20);
      const set = (tx: ServiceDatabase) => tx.update(Customer).set({ phone });
      await withStation(db, at('A'), async (tx) => {
        await tx.transaction(async (savepoint) => {
          await withStation(savepoint, at('B'), async (inner) => {
            await inner.transaction(set);
            expect(await thrownBy(inner.transaction((deepest) => deepest.execute(sql`SELECT 1 / 0`)))).toMatchObject({
              code: '22012',
            });
            expect(await read(inner)).toBe(readAt('B'));
          });
          expect(await read(savepoint)).toBe(readAt('A'));
        });
        expect(
          await thrownBy(
            tx.transaction(async (savepoint) => {
              await set(savepoint);
              savepoint.rollback();
            }),
          ),
        ).toMatchObject({ name: 'TransactionRollbackError' });
        expect(await tx.$count(Customer, eq(Customer.phone, phone))).toBe(0);
      });
      const { rows } = await opened.administrator(
        `SELECT DISTINCT first_name AS station FROM customers WHERE phone = $1`,
        [phone],
      );
      expect(rows).toEqual([{ station: 'B' }]);
    });

    test('savepoints side by side are taken in turn, and a statement beside one is refused, not rolled back with it', async () => {
      const phone = String(Math.random()).slice(0, 20);
      await withStation(db, at('A'), async (tx) => {
        let go = () => {};
        const gate = new Promise<void>((resolve) => {
          go = resolve;
        });
        const failing = tx.transaction(async (savepoint) => {
          await savepoint.update(Customer).set({ phone: '-' });
          expect(await read(tx)).toBe(readAt('A'));
          go();
          await sleep(20);
          throw new RangeError('on purpose');
        });
        const beside = gate.then(() => thrownBy(tx.update(Customer).set({ phone: '+' })));
        const next = tx.transaction((savepoint) => savepoint.update(Customer).set({ phone }));
        expect(await inTime(Promise.allSettled([failing, next]))).toMatchObject([
          { reason: { message: 'on purpose' } },
          { status: 'fulfilled' },
        ]);
        expect(await beside).toBeInstanceOf(ContextNotLive);
        expect(await tx.$count(Customer, eq(Customer.phone, phone))).toBe(customersOf.A);
      });
    });

    describe('a call that nobody awaited', () => {
      test('is rolled back when the callback around it settles, whatever it waits for', async () => {
        const phone = String(Math.random()).slice(0, 20);
        let abandoned: Promise<unknown> = Promise.resolve();
        const value = await inTime(
          withStation(db, at('A'), async (tx) => {
            let written = () => {};
            const isWritten = new Promise<void>((resolve) => {
              written = resolve;
            });
            abandoned = thrownBy(
              withStation(tx, at('B'), async (inner) => {
                await inner.update(Customer).set({ phone });
                written();
                await new Promise(() => {});
              }),
            );
            await isWritten;
            return 'value';
          }),
        );
        expect(value).toBe('value');
        expect(await abandoned).toBeInstanceOf(ContextClosed);
        const { rows } = await opened.administrator('SELECT id FROM customers WHERE phone = $1', [phone]);
        expect(rows).toEqual([]);
        await expectNothingLeft();
      });

      test('at whatever moment it was', async () => {
        for (let delay = 0; delay < 12; delay++) {
          let abandoned: Promise<unknown> = Promise.resolve();
          await inTime(
            withStation(db, at('A'), async (tx) => {
              abandoned = withStation(tx, at('B'), async (inner) => [await read(inner), await read(inner)]).catch(
                (e) => e,
              );
              for (let turn = 0; turn < delay * 3; turn++) await new Promise(setImmediate);
            }),
          );
          const end = await abandoned;
          if (Array.isArray(end)) expect(end).toEqual([readAt('B'), readAt('B')]);
          else expect(end).toBeInstanceOf(ContextClosed);
          expect(await withStation(db, at('B'), read)).toBe(readAt('B'));
        }
        await expectNothingLeft();
      });

      // postgres-js does not tell that a transaction ends; the guide says so.
      test.runIf(name !== 'postgres-js')('in a transaction that the caller began', async () => {
        const phone = String(Math.random()).slice(0, 20);
        let abandoned: Promise<unknown> = Promise.resolve();
        let next = () => {};
        const isEnded = new Promise<void>((resolve) => {
          next = resolve;
        });
        await inTime(
          db.transaction(async (raw) => {
            const isWritten = new Promise<void>((resolve) => {
              abandoned = withStation(raw, at('B'), async (inner) => {
                await inner.update(Customer).set({ phone });
                resolve();
                await isEnded;
                return read(inner);
              }).catch((error) => error);
            });
            await isWritten;
          }),
        );
        next();
        await withStation(db, at('A'), async (tx) => {
          expect(await abandoned).toBeInstanceOf(Error);
          expect(await read(tx)).toBe(readAt('A'));
        });
        // PGlite commits by itself; Drizzle's statement for it lets the context end first.
        const { rows } = await opened.administrator('SELECT id FROM customers WHERE phone = $1', [phone]);
        expect(rows).toHaveLength(engine === 'pglite' ? customersOf.B : 0);
        await expectNothingLeft();
      });
    });

    test('SQL in the callback is one statement a call: it cannot end the transaction and begin another', async () => {
      const injected = `SELECT 1; COMMIT; BEGIN; SELECT set_config('canonical_models.station_id', '${stations.B}', true)`;
      const ways: ((tx: ServiceTransaction) => Promise<unknown>)[] = [
        (tx) => Promise.resolve(tx.execute(injected)),
        (tx) => Promise.resolve(tx.execute(sql.raw(injected))),
        (tx) =>
          Promise.resolve(tx.select({ one: sql.raw(`1 ${injected.slice(8)} AS one`) }).from(sql`(SELECT 1) AS one`)),
        (tx) =>
          Promise.resolve(
            tx
              .select()
              .from(Customer)
              .orderBy(sql.raw(`1; ${injected}`))
              .limit(1),
          ),
        (tx) =>
          Promise.resolve(
            tx
              .select()
              .from(Customer)
              .orderBy(sql.raw(`1; ${injected}`))
              .prepare('injected')
              .execute(),
          ),
      ];
      for (const way of ways) {
        await withStation(db, at('A'), async (tx) => {
          expect(await thrownBy(tx.transaction(way))).toMatchObject({ code: '42601' });
          expect(await thrownBy(withStation(tx, at('A'), way))).toMatchObject({ code: '42601' });
          expect(await read(tx)).toBe(readAt('A'));
        });
      }
      await expectNothingLeft();
    });

    test('SQL in the callback can neither end the transaction nor begin another', async () => {
      const statements = ['COMMIT', 'END', 'ROLLBACK', 'ABORT', 'COMMIT AND CHAIN', 'BEGIN', 'START TRANSACTION'];
      await withStation(db, at('A'), async (tx) => {
        for (const statement of [...statements, '/* /* */ */ ; -- COMMIT\ncommit', "PREPARE TRANSACTION 'x'"]) {
          expect(await thrownBy(tx.execute(sql.raw(statement)))).toBeInstanceOf(TransactionControlRefused);
          expect(await read(tx)).toBe(readAt('A'));
        }
      });
      await expectNothingLeft();
    });

    test('COPY, to which the driver has no answer, is refused, and the call goes on', async () => {
      await withStation(db, at('A'), async (tx) => {
        for (const statement of ['COPY customers TO STDOUT', '/* */ copy customers (id) FROM STDIN']) {
          expect(await thrownBy(tx.execute(sql.raw(statement)))).toBeInstanceOf(CopyRefused);
          expect(await read(tx)).toBe(readAt('A'));
        }
      });
      await expectNothingLeft();
    });

    test('SQL in a nested callback cannot return to the context around it by a savepoint', async () => {
      await withStation(db, at('A'), (tx) =>
        withStation(tx, at('B'), async (inner) => {
          for (const name of ['sp1', 's0']) {
            for (const statement of [`ROLLBACK TO ${name}`, `ROLLBACK WORK TO SAVEPOINT ${name}`, `RELEASE ${name}`]) {
              expect(await thrownBy(inner.execute(sql.raw(statement)))).toBeInstanceOf(TransactionControlRefused);
            }
          }
          expect(await read(inner)).toBe(readAt('B'));
        }),
      );
    });

    describe('with a cache', () => {
      class Remembering extends Cache {
        static override readonly [entityKind] = 'Remembering';
        readonly kept = new Map<string, unknown[]>();
        readonly calls: string[] = [];

        constructor(private readonly when: 'explicit' | 'all') {
          super();
        }

        strategy() {
          return this.when;
        }

        async get(key: string) {
          this.calls.push('get');
          return this.kept.get(key);
        }

        async put(key: string, rows: unknown[]) {
          this.calls.push('put');
          this.kept.set(key, rows);
        }

        async onMutate({ tables }: MutationOption) {
          const { rows } = await opened.administrator(
            `SELECT count(*)::int AS n FROM customers WHERE phone = 'cached'`,
          );
          this.calls.push(`invalidate ${[tables].flat().length} when ${JSON.stringify(rows)}`);
        }
      }

      test.each(['all', 'explicit'] as const)(
        'strategy %s: reads and fills none, and invalidates after the commit',
        async (when) => {
          await opened.administrator(`UPDATE customers SET phone = '1'`);
          const cache = new Remembering(when);
          const cached = driver.withCache(cache);
          const page = (tx: ServiceDatabase) =>
            tx.select({ station: Customer.firstName }).from(Customer).$withCache({ tag: 'page' });
          for (const station of ['A', 'B'] as const) {
            const rows = await withStation(cached, at(station), async (tx) => {
              await tx.transaction(async (savepoint) => [
                ...(await page(savepoint)),
                ...(await savepoint.select().from(Customer)),
              ]);
              return [...(await page(tx)), ...(await withStation(tx, at(station), page))];
            });
            expect(new Set(rows.map((row) => row.station))).toEqual(new Set([station]));
          }
          expect(cache.calls).toEqual([]);

          await withStation(cached, at('A'), async (tx) => {
            await withStation(tx, at('A'), (inner) => inner.update(Customer).set({ phone: 'cached' }));
            expect(cache.calls).toEqual([]);
          });
          expect(cache.calls).toEqual([`invalidate 1 when [{"n":${customersOf.A}}]`]);
        },
      );

      test.each(['all', 'explicit'] as const)(
        'strategy %s: no kind of statement reads what was kept outside, nor keeps anything',
        async (when) => {
          const cache = new Remembering(when);
          const cached = driver.withCache(cache);
          const page = (tx: ServiceDatabase) => tx.select({ station: Customer.firstName }).from(Customer).$withCache();
          await page(cached);
          // Under the key of the same statement.
          expect(cache.kept.size).toBe(1);
          for (const key of cache.kept.keys()) cache.kept.set(key, [['poison']]);
          expect(await page(cached)).toEqual([{ station: 'poison' }]);
          cache.calls.length = 0;
          for (const station of ['A', 'B'] as const) {
            await withStation(cached, at(station), async (tx) => {
              const named = (await page(tx)).concat(await page(tx).prepare(`cached_${when}`).execute());
              const related = await tx.query.Customer.findMany({ columns: { firstName: true } });
              const executed = await tx.execute(sql`SELECT first_name AS station FROM customers`);
              const found = [
                ...named,
                ...related.map(({ firstName }) => ({ station: firstName })),
                ...rowsOf<{ station: string }>(executed),
              ];
              expect(found.map((row) => row.station).join('')).toBe(readAt(station).repeat(4));
              expect(await tx.$count(Customer)).toBe(customersOf[station]);
            });
          }
          expect(cache.calls).toEqual([]);
        },
      );

      test('what was rolled back is invalidated after the rollback and never before: a lost COMMIT may have been done', async () => {
        await opened.administrator(`UPDATE customers SET phone = '1'`);
        const cache = new Remembering('all');
        const cached = driver.withCache(cache);
        const update = async (tx: ServiceDatabase) => {
          await tx.update(Customer).set({ phone: 'cached' });
          expect(cache.calls).toEqual([]);
          throw new RangeError('on purpose');
        };
        await expect(withStation(cached, at('A'), update)).rejects.toThrow(RangeError);
        const invalidated = 'invalidate 1 when [{"n":0}]';
        expect(cache.calls).toEqual([invalidated]);
        cache.calls.length = 0;
        await withStation(cached, at('A'), async (tx) => {
          await expect(tx.transaction(update)).rejects.toThrow(RangeError);
          await expect(withStation(tx, at('B'), update)).rejects.toThrow(RangeError);
          expect(cache.calls).toEqual([]);
        });
        expect(cache.calls).toEqual([invalidated, invalidated]);
      });

      test.each([
        { what: 'the error of the callback', fails: true, expected: RangeError },
        { what: 'the error of the cache after a commit', fails: false, expected: TypeError },
      ])('a cache that fails is told of every change, and the caller gets $what', async ({ fails, expected }) => {
        const told: unknown[] = [];
        class Failing extends Remembering {
          override async onMutate({ tables }: MutationOption): Promise<void> {
            told.push(tables);
            throw new TypeError('the cache is down');
          }
        }
        const call = withStation(driver.withCache(new Failing('all')), at('A'), async (tx) => {
          await tx.update(Customer).set({ phone: '2' });
          await tx.update(Customer).set({ phone: '3' });
          if (fails) throw new RangeError('on purpose');
        });
        expect(await thrownBy(call)).toBeInstanceOf(expected);
        expect(told).toHaveLength(2);
      });

      test('a query that waits for the cache when the callback settles is not sent', async () => {
        const cached = driver.withCache(new Remembering('all'));
        let late: Promise<unknown> = Promise.resolve();
        await withStation(cached, at('A'), async (tx) => {
          late = thrownBy(tx.select().from(Customer).$withCache());
        });
        expect(await late).toBeInstanceOf(ContextClosed);
      });
    });
  });
});
