import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TableRename } from '../../../src/registry/renames.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import type { Query } from '../../../src/tools/database/query.ts';

/** A renamed table by its old name, whatever it is called at the moment. */
type Table = string;

const threads: Table = 'public.message_threads';
const messages: Table = 'public.messages';

/** What a row needs besides the number that its write carries. */
interface Shape {
  /** The column that carries the number. */
  readonly number: string;
  readonly others: Readonly<Record<string, unknown>>;
}

/** Rows of the legacy database that others point to. */
interface Anchors {
  readonly user: unknown;
  readonly customer: unknown;
}

const shapes: Readonly<Record<Table, (anchors: Anchors) => Shape>> = {
  'identity.social_accounts': ({ user }) => ({
    number: 'provider_account_id',
    others: { user_id: user, provider: 'google' },
  }),
  'public.social_accounts': ({ user }) => ({
    number: 'page_id',
    others: { platform: 'instagram', page_name: 'traffic', connected_by: user },
  }),
  'public.social_identities': () => ({ number: 'handle', others: { platform: 'facebook' } }),
  'public.customer_reviews': () => ({ number: 'review_text', others: { rating: 5 } }),
  'public.message_threads': ({ customer }) => ({ number: 'subject', others: { customer_id: customer } }),
  'public.messages': () => ({ number: 'content', others: { sender_type: 'customer' } }),
  'public.social_threads': () => ({ number: 'thread_ref', others: { platform: 'yelp', account_id: 'traffic' } }),
};

/** A statement that failed, or answered what it should not have. */
export interface TrafficFailure {
  /** SQLSTATE; `wrong` where the statement ran and its answer was not the one that was due. */
  readonly code: string;
  readonly message: string;
  readonly statement: string;
}

/** What the tables hold beside what the clients were told that they hold. */
export interface Reckoning {
  /** Numbers whose write was committed, and that are not there or not in their row. */
  readonly lost: readonly string[];
  /** Numbers that stand in more than one row. */
  readonly doubled: readonly string[];
  /** Numbers that are there although their write was undone, replaced or never made. */
  readonly unexpected: readonly string[];
  /** How many committed numbers were looked for. */
  readonly expected: number;
}

export interface TrafficOptions {
  /** How many connections always use the old names. @default 16 */
  readonly oldNames?: number;
  /** How many connections use a table's new name as soon as it has one, and the old one until then. @default 16 */
  readonly newNames?: number;
}

/**
 * Clients that read and write every renamed table as fast as they can. Half of the connections are clients of their own, the other
 * half pools; half use named prepared statements. Each client writes rows of its own, so that clients never deadlock with each
 * other; a few threads are shared, always as the last row of a transaction.
 */
export class Traffic {
  readonly failures: TrafficFailure[] = [];
  /** Statements that were answered, those that begin and end transactions not among them. */
  statements = 0;
  /** How many of them used a new name. */
  statementsThroughNewNames = 0;
  /** Committed transactions that touched threads and messages, by what they touched first. */
  readonly spanning = { threadFirst: 0, messageFirst: 0 };
  readonly connections: number;
  readonly #url: string;
  readonly #anchors: Anchors;
  readonly #watcher: pg.Client;
  readonly #pools: readonly pg.Pool[];
  readonly #clients: readonly pg.Client[];
  readonly #renamed = new Set<Table>();
  readonly #ledger = new Map<Table, Map<string, string>>(tableRenames.map(({ from }) => [from, new Map()]));
  readonly #shared = new Map<string, number>();
  readonly #loops: Promise<void>[] = [];
  #longest = 0;
  #longestWithoutLock = 0;
  #numbers = 0;
  #stopped = false;
  #gate: PromiseWithResolversOf<void> | undefined;
  #resting = 0;
  #pause = 0;

  /** Opens the connections and sets every client going. */
  static async start(url: string, { oldNames = 16, newNames = 16 }: TrafficOptions = {}): Promise<Traffic> {
    const watcher = new pg.Client({ connectionString: url, application_name: 'traffic watcher' });
    await watcher.connect();
    const one = async (sql: string) => Object.values((await watcher.query(sql)).rows[0] ?? {})[0];
    const anchors: Anchors = {
      user: await one('SELECT id FROM identity.users ORDER BY id LIMIT 1'),
      customer: await one('SELECT id FROM customers ORDER BY id LIMIT 1'),
    };
    const traffic = new Traffic(url, watcher, anchors, { oldNames, newNames });
    await traffic.#begin({ oldNames, newNames });
    return traffic;
  }

  private constructor(
    url: string,
    watcher: pg.Client,
    anchors: Anchors,
    { oldNames, newNames }: Required<TrafficOptions>,
  ) {
    this.#url = url;
    this.#watcher = watcher;
    this.#anchors = anchors;
    this.connections = oldNames + newNames;
    const client = () => new pg.Client({ connectionString: url, application_name: 'traffic' });
    this.#clients = Array.from({ length: Math.ceil(oldNames / 2) + Math.ceil(newNames / 2) }, client);
    this.#pools = [Math.floor(oldNames / 2), Math.floor(newNames / 2)].map(
      (max) => new pg.Pool({ connectionString: this.#url, max: Math.max(1, max), application_name: 'traffic pool' }),
    );
    const lost = (error: unknown) => this.#fail(error, 'connection');
    for (const own of this.#clients) own.on('error', lost);
    for (const pool of this.#pools) pool.on('error', lost);
  }

  /**
   * The longest that a statement took since the last call, in milliseconds; and the longest of those that wait for no lock, which
   * is how long the machine itself kept somebody waiting.
   */
  lap(): { readonly longest: number; readonly longestWithoutLock: number } {
    const lap = { longest: this.#longest, longestWithoutLock: this.#longestWithoutLock };
    this.#longest = 0;
    this.#longestWithoutLock = 0;
    return lap;
  }

  /** Waits until as many more statements were answered. */
  async more(statements: number): Promise<void> {
    const until = this.statements + statements;
    while (this.statements < until && this.failures.length === 0) await sleep(10);
  }

  /** How long each client pauses between its transactions on average, in milliseconds. At first they do not pause. */
  pace(pause: number): void {
    this.#pause = pause;
  }

  /** Lets every client finish what it is at, and holds them all. From `resume` on they begin with the old names again. */
  async pause(): Promise<void> {
    this.#gate ??= promiseWithResolvers<void>();
    while (this.#resting < this.#loops.length - 1) await sleep(1);
    this.#renamed.clear();
  }

  resume(): void {
    const gate = this.#gate;
    this.#gate = undefined;
    gate?.resolve();
  }

  /** Ends every client after what it is at, and closes the connections. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.resume();
    await Promise.all(this.#loops);
    await Promise.all([...this.#clients, ...this.#pools, this.#watcher].map((source) => source.end()));
  }

  /** Counts the numbers in the tables. To be called while no client writes. */
  async reckon(query: Query): Promise<Reckoning> {
    const lost: string[] = [];
    const unexpected: string[] = [];
    const seen = new Map<string, number>();
    let expected = 0;
    for (const { from, to } of tableRenames) {
      const { number } = this.#shape(from);
      const { rows: renamed } = await query('SELECT to_regclass($1) IS NOT NULL AS renamed', [to]);
      const name = renamed[0]?.['renamed'] === true ? to : from;
      const { rows } = await query(
        `SELECT id::text, ${number} AS number FROM ${name} WHERE ${number} LIKE 'traffic %'`,
      );
      const found = new Map(rows.map((row) => [String(row['id']), String(row['number'])]));
      const ledger = this.#ledger.get(from) ?? new Map<string, string>();
      expected += ledger.size;
      for (const [id, written] of ledger) if (found.get(id) !== written) lost.push(written);
      for (const [id, written] of found) {
        seen.set(written, (seen.get(written) ?? 0) + 1);
        if (ledger.get(id) !== written) unexpected.push(written);
      }
      if (from === threads) {
        for (const [id, count] of this.#shared) {
          const shared = await query(`SELECT thread_metadata ->> 'count' AS count FROM ${name} WHERE id = $1`, [id]);
          const counted = Number(shared.rows[0]?.['count']);
          if (counted < count) lost.push(`${count - counted} additions to shared thread ${id}`);
          if (counted > count) unexpected.push(`${counted - count} additions to shared thread ${id}`);
        }
      }
    }
    return {
      lost,
      doubled: [...seen].flatMap(([written, times]) => (times > 1 ? [written] : [])),
      unexpected,
      expected,
    };
  }

  async #begin({ oldNames, newNames }: Required<TrafficOptions>): Promise<void> {
    for (let shared = 0; shared < 4; shared++) {
      const { rows } = await this.#watcher.query(
        `INSERT INTO message_threads (customer_id, thread_metadata) VALUES ($1, '{"count": 0}') RETURNING id::text`,
        [this.#anchors.customer],
      );
      this.#shared.set(String(rows[0]?.id), 0);
    }
    await Promise.all(this.#clients.map((client) => client.connect()));
    const ownClients = [...this.#clients];
    for (const [names, count, pool] of [
      ['old', oldNames, this.#pools[0]],
      ['new', newNames, this.#pools[1]],
    ] as const) {
      for (let index = 0; index < count; index++) {
        const source = index % 2 === 0 ? ownClients.shift() : pool;
        if (source) this.#loops.push(this.#client({ source, names, prepared: index % 4 < 2, index }));
      }
    }
    this.#loops.push(this.#watch());
  }

  /** Learns from the catalog which new names are there, as a service does that is started when its migration is through. */
  async #watch(): Promise<void> {
    while (!this.#stopped) {
      if (!this.#gate) {
        const asked = performance.now();
        const { rows } = await this.#watcher.query(
          'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL',
          [tableRenames.map(({ to }) => to)],
        );
        this.#longestWithoutLock = Math.max(this.#longestWithoutLock, performance.now() - asked);
        const there = rows.map(({ name }) => String(name));
        if (!this.#gate) for (const { from, to } of tableRenames) if (there.includes(to)) this.#renamed.add(from);
      }
      await sleep(5);
    }
  }

  async #client(client: Client): Promise<void> {
    let own: string | undefined;
    // Each begins at another place, so that the orders of their locks mix.
    for (let round = client.index; !this.#stopped; round++) {
      if (this.#gate) {
        this.#resting++;
        await this.#gate.promise;
        this.#resting--;
        continue;
      }
      // Answers that arrived together must not keep other clients from being served.
      await setImmediate();
      if (this.#pause > 0) await sleep(this.#pause * (0.5 + ((client.index * 7 + round * 13) % 32) / 32));
      try {
        own ??= await this.#autocommit(client, (session) => this.#insert(session, threads));
        const thread = own;
        const { from } = tableRenames[round % tableRenames.length] as TableRename;
        if (round % 3 === 0) await this.#threadFirst(client, thread, round);
        else if (round % 3 === 1) await this.#messageFirst(client, thread, round);
        else if (round % 2 === 0) await this.#singleStatements(client, from, thread);
        else await this.#mixed(client, from, thread, round);
      } catch (error) {
        if (!(error instanceof Reported)) throw error;
      }
    }
  }

  /** Statements in transactions of their own. */
  async #singleStatements(client: Client, table: Table, thread: string): Promise<void> {
    const others = table === messages ? { thread_id: thread } : {};
    const id = await this.#autocommit(client, (session) => this.#insert(session, table, others));
    await this.#autocommit(client, (session) => this.#read(session, table, id));
    await this.#autocommit(client, (session) => this.#update(session, table, id));
    await this.#autocommit(client, (session) => this.#upsert(session, table, id, others));
    await this.#autocommit(client, (session) => this.#keep(session, table, id, others));
    await this.#autocommit(client, (session) => this.#read(session, table, id));
    if (this.#numbers % 2 === 0) await this.#autocommit(client, (session) => this.#delete(session, table, id));
  }

  async #threadFirst(client: Client, thread: string, round: number): Promise<void> {
    await this.#transaction(client, 'COMMIT', async (session) => {
      await this.#run(
        session,
        'lock',
        threads,
        (name) => `SELECT id FROM ${name} WHERE id = $1 FOR UPDATE`,
        [thread],
        1,
      );
      const message = await this.#insert(session, messages, { thread_id: thread });
      await this.#update(session, threads, thread);
      await this.#read(session, messages, message);
      await this.#countShared(session, round);
    });
    this.spanning.threadFirst++;
  }

  async #messageFirst(client: Client, thread: string, round: number): Promise<void> {
    await this.#transaction(client, 'COMMIT', async (session) => {
      const message = await this.#insert(session, messages, { thread_id: thread });
      await this.#update(session, messages, message);
      const both = (name: string) =>
        `SELECT t.id FROM ${name} AS m JOIN ${this.#nameOf(session, threads)} AS t ON t.id = m.thread_id WHERE m.id = $1`;
      await this.#run(session, `join ${this.#nameOf(session, threads)}`, messages, both, [message], 1);
      await this.#update(session, threads, thread);
      await this.#countShared(session, round);
    });
    this.spanning.messageFirst++;
  }

  /** Every other one is undone: none of its numbers may be there afterwards. */
  async #mixed(client: Client, table: Table, thread: string, round: number): Promise<void> {
    await this.#transaction(client, round % 4 === 1 ? 'ROLLBACK' : 'COMMIT', async (session) => {
      const id = await this.#insert(session, table, table === messages ? { thread_id: thread } : {});
      await this.#run(session, 'lock', table, (name) => `SELECT id FROM ${name} WHERE id = $1 FOR UPDATE`, [id], 1);
      const second = tableRenames[(round + 3) % tableRenames.length] as TableRename;
      await this.#insert(session, second.from, second.from === messages ? { thread_id: thread } : {});
      await this.#update(session, table, id);
    });
  }

  async #insert(session: Session, table: Table, extra: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { number, others } = this.#shape(table);
    const values = { ...others, ...extra, [number]: this.#next() };
    const { columns, parameters } = columnsOf(values);
    const rows = await this.#run(
      session,
      'insert',
      table,
      (name) => `INSERT INTO ${name} (${columns}) VALUES (${parameters}) RETURNING id::text`,
      Object.values(values),
      1,
    );
    const id = String(rows[0]?.['id']);
    session.changes.push(() => this.#ledger.get(table)?.set(id, String(values[number])));
    return id;
  }

  async #update(session: Session, table: Table, id: string): Promise<void> {
    const { number } = this.#shape(table);
    const next = this.#next();
    await this.#run(
      session,
      'update',
      table,
      (name) => `UPDATE ${name} SET ${number} = $1 WHERE id = $2 RETURNING id`,
      [next, id],
      1,
    );
    session.changes.push(() => this.#ledger.get(table)?.set(id, next));
  }

  async #upsert(session: Session, table: Table, id: string, extra: Readonly<Record<string, unknown>>): Promise<void> {
    const { number, others } = this.#shape(table);
    const next = this.#next();
    const { columns, parameters } = columnsOf({ id, ...others, ...extra, [number]: next });
    await this.#run(
      session,
      'upsert',
      table,
      (name) =>
        `INSERT INTO ${name} (${columns}) VALUES (${parameters}) ON CONFLICT (id) DO UPDATE SET ${number} = EXCLUDED.${number} RETURNING id`,
      [id, ...Object.values({ ...others, ...extra }), next],
      1,
    );
    session.changes.push(() => this.#ledger.get(table)?.set(id, next));
  }

  /** An insert that finds its row there already and leaves it as it is: its number goes nowhere. */
  async #keep(session: Session, table: Table, id: string, extra: Readonly<Record<string, unknown>>): Promise<void> {
    const { number, others } = this.#shape(table);
    const values = { id, ...others, ...extra, [number]: this.#next() };
    const { columns, parameters } = columnsOf(values);
    const insert = (name: string) =>
      `INSERT INTO ${name} (${columns}) VALUES (${parameters}) ON CONFLICT (id) DO NOTHING RETURNING id`;
    await this.#run(session, 'keep', table, insert, Object.values(values), 0);
  }

  async #delete(session: Session, table: Table, id: string): Promise<void> {
    await this.#run(session, 'delete', table, (name) => `DELETE FROM ${name} WHERE id = $1 RETURNING id`, [id], 1);
    session.changes.push(() => this.#ledger.get(table)?.delete(id));
  }

  /** Reads a row that this client has written, and nobody else. */
  async #read(session: Session, table: Table, id: string): Promise<void> {
    const { number } = this.#shape(table);
    // Not *: PostgreSQL refuses a prepared statement whose columns have become more.
    const select = (name: string) => `SELECT id, ${number} AS number FROM ${name} WHERE id = $1`;
    const [row] = await this.#run(session, 'read', table, select, [id], 1);
    const written = this.#ledger.get(table)?.get(id);
    if (!session.open && row?.['number'] !== written) {
      this.#fail({ code: 'wrong', message: `found ${row?.['number']}; expected ${written}` }, select(table));
    }
  }

  async #countShared(session: Session, round: number): Promise<void> {
    const ids = [...this.#shared.keys()];
    const id = String(ids[round % ids.length]);
    const add = (name: string) =>
      `UPDATE ${name} SET thread_metadata = jsonb_build_object('count', (thread_metadata ->> 'count')::int + 1) WHERE id = $1 RETURNING id`;
    await this.#run(session, 'count', threads, add, [id], 1);
    session.changes.push(() => this.#shared.set(id, (this.#shared.get(id) ?? 0) + 1));
  }

  async #autocommit<T>(client: Client, run: (session: Session) => Promise<T>): Promise<T> {
    const session: Session = { ...client, on: client.source, open: false, changes: [] };
    const result = await run(session);
    for (const change of session.changes) change();
    return result;
  }

  async #transaction(
    client: Client,
    end: 'COMMIT' | 'ROLLBACK',
    run: (session: Session) => Promise<void>,
  ): Promise<void> {
    const { source } = client;
    const pooled = source instanceof pg.Pool ? await source.connect() : undefined;
    const connection = pooled ?? (source as pg.Client);
    const session: Session = { ...client, on: connection, open: true, changes: [] };
    try {
      await this.#timed('BEGIN', () => connection.query('BEGIN'));
      await run(session);
      await this.#timed(end, () => connection.query(end));
      if (end === 'COMMIT') for (const change of session.changes) change();
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      pooled?.release();
    }
  }

  async #run(
    session: Session,
    what: string,
    table: Table,
    statement: (name: string) => string,
    values: unknown[],
    rowsDue: number,
  ): Promise<Record<string, unknown>[]> {
    const name = this.#nameOf(session, table);
    const text = statement(name);
    const query = session.prepared ? { name: `${what} ${name}`, text, values } : { text, values };
    const { rows } = await this.#timed(text, () => session.on.query(query));
    this.statements++;
    if (name !== table) this.statementsThroughNewNames++;
    if (rows.length !== rowsDue) {
      this.#fail({ code: 'wrong', message: `found ${rows.length} rows; expected ${rowsDue}` }, text);
    }
    return rows;
  }

  async #timed<T>(statement: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await run();
    } catch (error) {
      this.#fail(error, statement);
      throw new Reported();
    } finally {
      this.#longest = Math.max(this.#longest, performance.now() - began);
    }
  }

  #fail(error: unknown, statement: string): void {
    const { code = '', message = String(error) } = (error ?? {}) as { code?: string; message?: string };
    this.failures.push({ code, message, statement });
  }

  #nameOf({ names }: Pick<Client, 'names'>, table: Table): string {
    if (names === 'old' || !this.#renamed.has(table)) return table;
    return tableRenames.find(({ from }) => from === table)?.to ?? table;
  }

  #shape(table: Table): Shape {
    const shape = shapes[table];
    if (!shape) throw new Error(`${table} is renamed and has no shape: add one above.`);
    return shape(this.#anchors);
  }

  #next(): string {
    return `traffic ${++this.#numbers}`;
  }
}

interface Client {
  readonly source: pg.Client | pg.Pool;
  readonly names: 'old' | 'new';
  /** Whether its statements are named, and so prepared once a connection. */
  readonly prepared: boolean;
  readonly index: number;
}

/** Where statements of a client run, and what its rows will be when they are committed. */
interface Session extends Client {
  readonly on: pg.Client | pg.Pool | pg.PoolClient;
  /** Whether a transaction is open, whose writes are not in the ledger yet. */
  readonly open: boolean;
  readonly changes: (() => void)[];
}

/** A failure that is on the list already. */
class Reported extends Error {}

function columnsOf(values: Readonly<Record<string, unknown>>): { columns: string; parameters: string } {
  const columns = Object.keys(values);
  return { columns: columns.join(', '), parameters: columns.map((_, index) => `$${index + 1}`).join(', ') };
}

interface PromiseWithResolversOf<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

function promiseWithResolvers<T>(): PromiseWithResolversOf<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
