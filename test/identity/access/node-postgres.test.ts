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
      CREATE TABLE guarded (mark text); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
      GRANT ALL ON guarded TO ${database.serviceRole}, station_service;
      CREATE TABLE late (mark text); GRANT ALL ON late TO ${database.serviceRole}, station_service;
      CREATE FUNCTION into_guarded() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO guarded VALUES ('1'); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER into_guarded AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION into_guarded()`);
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
  const denials = async () =>
    (await database.query(`SELECT FROM identity.station_audit_logs WHERE action = 'access.denied'`)).rows.length;
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
    expect(seen).toEqual(['DrizzleQueryError', 'DrizzleQueryError', 'DrizzleQueryError', '']);
  });

  test.each([
    ['a statement', 'bookings'],
    ['the entry', 'identity.users'],
  ])('a client of the service is closed after %s, also for another database over it', async (_, table) => {
    const client = await connected({ query_timeout: 300 });
    const [db, other] = [drizzle({ client }), drizzle({ client })];
    await hold(table);
    const seen: unknown[] = [await endOf(withStation(db, inA, timesOut('63')))];
    await letGo();
    for (const use of [() => names(db), () => names(other), () => withStation(db, inB, names)])
      seen.push(await endOf(use()));
    const failed = 'DrizzleQueryError';
    expect([seen, await marked('63')]).toEqual([[failed, failed, failed, failed], '']);
  });

  test('a client of a pool that was given as a client leaves the pool', async () => {
    const clientPool = database.service({ max: 1, query_timeout: 300 });
    const client = await clientPool.connect();
    await hold();
    expect(await endOf(withStation(drizzle({ client }), inA, timesOut('67')))).toBe('DrizzleQueryError');
    client.release();
    await letGo();
    const db = drizzle({ client: clientPool });
    expect([await names(db), await withStation(db, inB, names), await marked('67')]).toEqual(['', 'BBB', '']);
  });

  test.each(['client', 'pool'])(
    'a log that fails at the end of a transaction leaves no context on a %s',
    async (kind) => {
      let isFull = false;
      const logger = {
        logQuery(query: string) {
          if (isFull && /^(?:commit|rollback)/i.test(query)) throw new Error('the log is full');
        },
      };
      const db = drizzle({ client: kind === 'client' ? await connected() : database.service({ max: 1 }), logger });
      const call = withStation(db, inA, async (tx) => {
        await tx.update(Customer).set({ phone: '70' });
        isFull = true;
      });
      const seen: unknown[] = [await endOf(call)];
      isFull = false;
      seen.push(await endOf(names(db)), await marked('70'));
      expect(seen).toEqual(['Error', kind === 'client' ? 'DrizzleQueryError' : '', '']);
    },
  );

  test('a rollback in place of a commit clears the connection, too', async () => {
    const logger = {
      logQuery(query: string) {
        if (query === 'commit') throw new Error('the log is full');
      },
    };
    const db = drizzle({ client: database.service({ max: 1 }), logger });
    const call = withStation(db, inA, (tx) => tx.execute(sql`SELECT pg_advisory_lock(4712)::text`));
    expect(await endOf(call)).toBe('Error');
    expect((await database.query('SELECT FROM pg_locks WHERE objid = 4712')).rows).toEqual([]);
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

  test('the end of a savepoint ends the calls in it, and not the transaction', async () => {
    const own = pool().transaction(async (tx) => {
      const within = tx.transaction(async () => {
        void endOf(withStation(tx, inA, (inner) => inner.execute(sql`SELECT pg_sleep(0.05)::text`)));
        throw new RangeError('of the service');
      });
      return [await endOf(within), await endOf(withStation(tx, inB, names))].join();
    });
    expect(await endOf(own)).toBe('RangeError,BBB');
  });

  test('a row that is refused at the commit is of the station', async () => {
    const seen = [
      await denials(),
      await endOf(withStation(pool(), inA, (tx) => tx.execute(sql`INSERT INTO late VALUES ('1')`))),
    ];
    expect([seen[1], await denials()]).toEqual(['StationRowRefused', Number(seen[0]) + 1]);
  });

  test('an error whose cause leads back to itself is thrown', async () => {
    let reads = 0;
    const error = new RangeError('of the service');
    Object.defineProperty(error, 'cause', { get: () => (++reads > 1000 ? undefined : error) });
    await expect(withStation(pool(), inA, () => Promise.reject(error))).rejects.toBe(error);
    expect(reads).toBeLessThan(1000);
  });

  test('a row that is refused on another connection is none of this station', async () => {
    const db = pool({ max: 2 });
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

  test.each([
    ['a savepoint', ['DrizzleQueryError', '', '']],
    ['what comes behind one', ['settled', '', 'AAA']],
    ['the commit', ['settled', 'AAA', '']],
  ])('one whose queries are copied from %s on answers rightly, or fails', async (moment, expected) => {
    class Later extends Commented {}
    Later.prototype.query = pg.Client.prototype.query;
    const db = pool({ Client: Later });
    const copies = () => {
      Later.prototype.query = Commented.prototype.query;
    };
    const call = withStation(db, inA, async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_lock(4713)::text`);
      if (moment === 'a savepoint') copies();
      await tx.transaction((inner) => inner.update(Customer).set({ phone: '68' }));
      if (moment !== 'the commit') copies();
      if (moment === 'what comes behind one') await tx.update(Customer).set({ phone: '69' });
      copies();
    });
    expect([await endOf(call), await marked('68'), await marked('69')]).toEqual(expected);
    expect(await withStation(db, inB, (tx) => tx.transaction((inner) => names(inner)))).toBe('BBB');
    expect((await database.query('SELECT FROM pg_locks WHERE objid = 4713')).rows).toEqual([]);
  });

  test('a client whose queries lose their callback on their way has answers, too', async () => {
    class Plain extends pg.Client {}
    const { query } = pg.Client.prototype;
    Object.assign(Plain.prototype, {
      query(this: pg.Client, given: string | { text: string; name?: string; values?: unknown }, values?: unknown) {
        if (typeof given === 'string') return (query as Query).call(this, given, values);
        const { text, name, ...rest } = given;
        const { rowMode, types } = rest as Record<string, unknown>;
        return (query as Query).call(this, { text, name, rowMode, types }, given.values ?? values);
      },
    });
    expect(await endOf(withStation(pool({ Client: Plain }), inA, names))).toBe('AAA');
  });

  test('a lost connection does not count as a copy', async () => {
    const sent: string[] = [];
    class Counted extends pg.Client {}
    const { query } = pg.Client.prototype;
    Object.assign(Counted.prototype, {
      query(this: pg.Client, given: string | { text: string }, ...rest: unknown[]) {
        sent.push(typeof given === 'string' ? given : given.text);
        return (query as Query).call(this, given, ...rest);
      },
    });
    const clientPool = database.service({ max: 1, Client: Counted } as pg.PoolConfig);
    clientPool.on('error', () => {});
    const db = drizzle({ client: clientPool });
    const call = withStation(db, inA, async (tx) => {
      const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
      await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await expect.poll(() => endOf(names(tx))).toBe('DrizzleQueryError');
    });
    await endOf(call);
    sent.splice(0);
    expect(await withStation(db, inA, names)).toBe('AAA');
    expect(sent).toHaveLength(3);
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
