import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'drizzle-orm';
import { Cache } from 'drizzle-orm/cache/core';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { build } from 'esbuild';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { A, endOf, inA, inB, names, twoStations, uncaughtIn } from './two-stations.ts';

type Query = (...query: unknown[]) => Promise<unknown>;

/** As OpenTelemetry does to add a comment: what wraps `Client.query` gives a copy of the query to it. */
class Commented extends pg.Client {
  static {
    const { query } = pg.Client.prototype;
    Object.assign(Commented.prototype, {
      query(this: pg.Client, given: { readonly text?: string; readonly name?: string }, ...rest: unknown[]) {
        const copy =
          typeof given === 'object' && given.name === undefined ? { ...given, text: `${given.text} /* 1 */` } : given;
        return (query as Query).call(this, copy, ...rest);
      },
    });
  }
}

/** As a circuit breaker does: what wraps `Client.query` refuses by a promise. */
class Breaker extends pg.Client {
  static isOpen = false;
  static {
    const { query } = pg.Client.prototype;
    Object.assign(Breaker.prototype, {
      async query(this: pg.Client, ...given: unknown[]) {
        if (Breaker.isOpen) throw new Error('the breaker is open');
        return (query as Query).apply(this, given);
      },
    });
  }
}

class Calling extends Cache {
  constructor(private readonly call: () => Promise<unknown>) {
    super();
  }
  strategy(): 'all' {
    return 'all';
  }
  async get(): Promise<undefined> {}
  async put(): Promise<void> {}
  async onMutate(): Promise<void> {
    await this.call();
  }
}

eachOfFewMajors((major) => {
  let database: StationDatabase;
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    database = await openStationDatabase(major);
    await database.exec(`${twoStations};
      CREATE TABLE own (mark text); GRANT ALL ON own TO ${database.serviceRole}, station_service;
      CREATE TABLE guarded (mark text); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; GRANT ALL ON guarded TO ${database.serviceRole}`);
  });
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.end())));
  afterAll(() => database.close());

  const pool = (config: object = {}) => drizzle({ client: database.service({ max: 1, ...config }) });
  const connected = async (config: pg.ClientConfig = {}) => {
    const client = new pg.Client({ connectionString: database.serviceUrl, ...config });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const marked = async (phone: string) => {
    const { rows } = await database.query('SELECT first_name AS name FROM customers WHERE phone = $1', [phone]);
    await database.query(`UPDATE customers SET phone = '1' WHERE phone = $1`, [phone]);
    return rows.map(({ name }) => name).join('');
  };
  /** Has statements that read a table wait, and lets them go on. */
  const hold = async (table = 'bookings') => {
    await database.exec('BEGIN');
    await database.exec(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  };
  const letGo = () => database.exec('COMMIT');
  const timesOut = (phone: string) => async (tx: NodePgDatabase) => {
    await tx.update(Customer).set({ phone });
    await tx.execute(sql`SELECT count(*) FROM bookings`);
  };

  // `query_timeout` of node-postgres: a statement that waits for a lock fails at the client and stays at the server, and what is sent behind it
  // to return to a savepoint is never sent.
  test('the handle around a call whose end nobody knows is refused, and all of it is rolled back', async () => {
    const seen: unknown[] = [];
    await hold();
    const call = withStation(pool({ query_timeout: 300 }), inA, async (tx) => {
      seen.push(await endOf(withStation(tx, inB, timesOut('61'))));
      await letGo();
      seen.push(await endOf(names(tx)));
    });
    seen.push(await endOf(call), await marked('61'));
    expect(seen).toEqual(['DrizzleQueryError', 'ContextClosed', 'DrizzleQueryError', '']);
  });

  test('so is a transaction of the service', async () => {
    const seen: unknown[] = [];
    await hold();
    const own = pool({ query_timeout: 300 }).transaction(async (tx) => {
      seen.push(await endOf(withStation(tx, inB, timesOut('62'))));
      await letGo();
      seen.push(await endOf(names(tx)));
    });
    seen.push(await endOf(own), await marked('62'));
    expect(seen).toEqual(['DrizzleQueryError', 'ContextNotLive', 'ContextNotLive', '']);
  });

  test.each([
    ['a statement', 'bookings'],
    ['the entry', 'identity.users'],
  ])('what is left on a client after %s is ended before anything else goes through it', async (_, table) => {
    const db = drizzle({ client: await connected({ query_timeout: 300 }) });
    await hold(table);
    const seen: unknown[] = [await endOf(withStation(db, inA, timesOut('63'))), await endOf(names(db))];
    await letGo();
    seen.push(await names(db), await endOf(withStation(db, inB, names)), await names(db), await marked('63'));
    expect(seen).toEqual(['DrizzleQueryError', 'DrizzleQueryError', '', 'BBB', '', '']);
  });

  test('of those who use such a client at once none is in the context of another', async () => {
    const db = drizzle({ client: await connected({ query_timeout: 300 }) });
    await hold();
    expect(await endOf(withStation(db, inA, timesOut('67')))).toBe('DrizzleQueryError');
    await letGo();
    const seen = await Promise.all(
      [names(db), withStation(db, inA, names), withStation(db, inB, names), names(db)].map(endOf),
    );
    expect(['', 'ContextNotLive']).toContain(seen[0]);
    expect(['', 'ContextNotLive']).toContain(seen[3]);
    expect([seen[1], seen[2], await marked('67')]).toEqual(['AAA', 'BBB', '']);
  });

  test('a connection that could not be cleared leaves its pool', async () => {
    // The transaction can be rolled back again, and what came before that was not sent.
    const logger = { logQuery: (query: string) => void (query === 'rollback' && letGo()) };
    const db = drizzle({ client: database.service({ max: 1, query_timeout: 300 }), logger });
    await hold();
    const call = withStation(db, inA, async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_lock(4711)::text`);
      await tx.execute(sql`SELECT count(*) FROM bookings`);
    });
    expect(await endOf(call)).toBe('DrizzleQueryError');
    await expect
      .poll(async () => (await database.query('SELECT FROM pg_locks WHERE objid = 4711')).rows.length)
      .toBe(0);
  });

  test('a log that fails keeps no savepoint open', async () => {
    let isFull = true;
    const logger = {
      logQuery(query: string) {
        if (isFull && /^rollback to/i.test(query)) throw new Error('the log is full');
      },
    };
    const db = drizzle({ client: database.service({ max: 1 }), logger });
    const seen: unknown[] = [];
    await withStation(db, inA, async (tx) => {
      const inner = withStation(tx, inB, async (within) => {
        await within.update(Customer).set({ phone: '64' });
        throw new RangeError('of the service');
      });
      seen.push(await endOf(inner));
      isFull = false;
      seen.push(await names(tx));
    });
    expect([seen, await marked('64')]).toEqual([['RangeError', 'AAA'], '']);
  });

  test('what was sent before the callback settled runs in its context, also behind a named statement', async () => {
    const ends: Promise<unknown>[] = [];
    const call = withStation(pool(), inA, async (tx) => {
      const named = tx.select({ name: Customer.firstName }).from(Customer).prepare('behind_a_named_one');
      await tx.update(Customer).set({ phone: '65' });
      await tx.transaction((inner) => names(inner));
      const late = { stationId: A, firstName: 'A', lastName: 'late', email: 'e', phone: '65' };
      ends.push(endOf(named.execute().then(({ length }) => length)), endOf(tx.insert(Customer).values(late)));
      return 'committed';
    });
    const seen = [
      await endOf(call),
      ...(await Promise.all(ends)).map((end) => (typeof end === 'object' ? 'done' : end)),
    ];
    const written = await marked('65');
    await database.query(`DELETE FROM customers WHERE last_name = 'late'`);
    expect([seen, written]).toEqual([['committed', 3, 'done'], 'AAAA']);
  });

  test.each(['a transaction', 'a call'])(
    'calls that wait for their turn in a transaction that ends reach nothing of the next caller, %s',
    async (next) => {
      const db = pool();
      const calls: Promise<unknown>[] = [];
      const ofTheNext = async (tx: NodePgDatabase) => {
        const found = new Set<unknown>();
        for (let read = 0; read < 20; read++) found.add(await names(tx));
        return [...found].join();
      };
      const own = db.transaction(async (tx) => {
        await tx.execute(sql`SELECT 1`);
        for (const context of [inA, inB, inA, inB]) {
          const changes = async (within: NodePgDatabase) => {
            await within.update(Customer).set({ phone: '66' });
            return names(within);
          };
          calls.push(endOf(withStation(tx, context, changes)));
        }
      });
      const after = next === 'a call' ? withStation(db, inB, ofTheNext) : db.transaction(ofTheNext);
      await endOf(own);
      expect([await after, ...(await Promise.all(calls)), await marked('66')]).toEqual([
        next === 'a call' ? 'BBB' : '',
        ...calls.map(() => 'ContextClosed'),
        '',
      ]);
    },
  );

  test('an error whose cause leads back to itself is thrown', async () => {
    let reads = 0;
    const error = new RangeError('of the service');
    Object.defineProperty(error, 'cause', { get: () => (++reads > 1000 ? undefined : error) });
    await expect(withStation(pool(), inA, () => Promise.reject(error))).rejects.toBe(error);
    expect(reads).toBeLessThan(1000);
  });

  test('a row that is refused on another connection is none of this station', async () => {
    const db = pool({ max: 2 });
    const denials = async () =>
      (await database.query(`SELECT FROM identity.station_audit_logs WHERE action = 'access.denied'`)).rows.length;
    const before = await denials();
    const call = withStation(db, inA, () => db.execute(sql`INSERT INTO guarded VALUES ('1')`));
    expect([await endOf(call), await denials()]).toEqual(['DrizzleQueryError', before]);
  });

  test('what a callback returns is waited for in its scope', async () => {
    const db = drizzle({ client: await connected() });
    // biome-ignore lint/suspicious/noThenProperty: as a query of Drizzle, it begins once something waits for it.
    const lazy = { then: (...then: Parameters<Promise<string>['then']>) => withStation(db, inB, names).then(...then) };
    expect(await endOf(withStation(db, inA, () => lazy as Promise<string>))).toBe('ContextBusy');
  });

  test('a cache may use the connection when it learns of a change', async () => {
    const client = await connected();
    const cache = new Calling(() => withStation(drizzle({ client }), inB, names));
    const call = withStation(drizzle({ client, cache }), inA, async (tx) => {
      await tx.update(Customer).set({ phone: '1' });
    });
    expect(await endOf(call)).toBe('settled');
  });

  test('a client whose queries are copied on their way gets each statement by itself', async () => {
    const db = pool({ Client: Commented });
    for (const _ of ['first', 'later']) {
      expect(await withStation(db, inA, (tx) => tx.transaction((inner) => names(inner)))).toBe('AAA');
      const failing = withStation(db, inA, async (tx) => {
        await tx.execute(sql`INSERT INTO own VALUES ('of a call that failed')`);
        throw new RangeError('of the service');
      });
      expect(await endOf(failing)).toBe('RangeError');
    }
    expect((await database.query('SELECT mark FROM own')).rows).toEqual([]);
  });

  test('one whose queries are copied from some moment on answers rightly, or fails', async () => {
    for (const moment of ['savepoint', 'commit']) {
      class Later extends Commented {}
      Later.prototype.query = pg.Client.prototype.query;
      const db = pool({ Client: Later });
      const copies = () => {
        Later.prototype.query = Commented.prototype.query;
      };
      const call = withStation(db, inA, async (tx) => {
        await tx.update(Customer).set({ phone: '68' });
        if (moment === 'savepoint') copies();
        await tx.transaction((inner) => inner.update(Customer).set({ phone: '69' }));
        copies();
      });
      const end = await endOf(call);
      const written = [await marked('68'), await marked('69')];
      expect([moment, end, written]).toEqual(
        moment === 'savepoint' ? [moment, 'DrizzleQueryError', ['', '']] : [moment, 'settled', ['', 'AAA']],
      );
      expect(await withStation(db, inB, (tx) => tx.transaction((inner) => names(inner)))).toBe('BBB');
    }
  });

  test('a client that refuses a query ends the call, and not the process', async () => {
    const db = pool({ Client: Breaker });
    const uncaught = await uncaughtIn(async () => {
      expect(await endOf(withStation(db, inA, names))).toBe('AAA');
      Breaker.isOpen = true;
      expect(await endOf(withStation(db, inA, names))).toBe('DrizzleQueryError');
      Breaker.isOpen = false;
    });
    expect(uncaught).toEqual([]);
  });

  test('a service that is bundled and minified has its transactions', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'canonical-models-minified-'));
    try {
      const [entry, bundle] = [join(folder, 'service.ts'), join(folder, 'service.cjs')];
      await symlink(resolve('node_modules'), join(folder, 'node_modules'));
      await writeFile(
        entry,
        `import { drizzle } from 'drizzle-orm/node-postgres';
        import { Customer } from '${resolve('src/core/index.ts')}';
        import { withStation } from '${resolve('src/identity/access/index.ts')}';
        import pg from 'pg';
        const pool = new pg.Pool({ connectionString: process.argv[2] });
        withStation(drizzle({ client: pool }), ${JSON.stringify(inA)}, (tx) => tx.select({ name: Customer.firstName }).from(Customer))
          .then((rows) => console.log(rows.map(({ name }) => name).join('')), (error) => console.log(String(error)))
          .finally(() => pool.end());`,
      );
      await build({
        ...{ entryPoints: [entry], outfile: bundle, bundle: true, platform: 'node', format: 'cjs', minify: true },
        ...{ external: ['pg-native', '@electric-sql/pglite', 'postgres'], logLevel: 'silent' },
      });
      const { stdout } = await promisify(execFile)(process.execPath, [bundle, database.serviceUrl]);
      expect(stdout.trim()).toBe('AAA');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
