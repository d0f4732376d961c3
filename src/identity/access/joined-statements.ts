import { entityKind } from 'drizzle-orm';
import { databaseError } from './entry-errors.ts';
import { type DriverClient, type DriverSession, deriveSession } from './session.ts';

/** A query of node-postgres, which knows how to send itself and takes what the server answers. */
interface Query {
  submit(connection: Connection): unknown;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}
type QueryClass = new (config: object, values: unknown, callback: (error: unknown, result: unknown) => void) => Query;

/** A connection of node-postgres, as far as it is used. */
interface Connection {
  readonly stream: { cork?(): void; uncork?(): void };
  /** The texts of named statements that the server has, by name. */
  readonly parsedStatements?: Record<string, string>;
  parse(statement: { readonly text: string }): void;
  bind(statement: object): void;
  execute(portal: object): void;
}

/** A client of node-postgres. */
interface NodePostgresClient extends DriverClient {
  query(query: unknown, values?: unknown): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): void;
  off(event: 'error', listener: (error: Error) => void): void;
  /** Of a pool. */
  release?(error?: unknown): void;
}
interface NodePostgresPool extends DriverClient {
  connect(): Promise<NodePostgresClient>;
}

/**
 * The session of a database over node-postgres, for one transaction in which a context costs no round trip: what begins the transaction is
 * sent together with the statement that enters, what ends it with the one that leaves, and a savepoint with what follows. undefined for
 * other drivers.
 *
 * @param isPool Whether each transaction has a client of its own.
 */
export function joiningSession(session: DriverSession, isPool: boolean): DriverSession | undefined {
  const { [entityKind]: kind } = session.constructor as { [entityKind]?: string };
  if (kind !== 'NodePgSession') return undefined;
  const client = isPool
    ? new JoiningPool(session.client as NodePostgresPool)
    : joining(session.client as NodePostgresClient);
  return deriveSession(session, { client });
}

class JoiningPool implements DriverClient {
  /** Drizzle recognizes a pool by it. A bundler that minifies the package would give the class another one. */
  static readonly name = 'JoiningPool';
  readonly #pool: NodePostgresPool;

  constructor(pool: NodePostgresPool) {
    this.#pool = pool;
  }

  async connect(): Promise<NodePostgresClient> {
    return joining(await this.#pool.connect());
  }
}

/** node-postgres has other classes for its native client, which sends itself in another way. */
function joining(client: NodePostgresClient): NodePostgresClient {
  const { Query } = client.constructor as { Query?: QueryClass };
  const { native, connection } = client as { native?: unknown; connection?: unknown };
  return Query && native === undefined && connection !== undefined ? new JoiningClient(client, Query) : client;
}

class JoiningClient implements NodePostgresClient {
  readonly #client: NodePostgresClient;
  readonly #Behind: BehindClass;
  /** Statements that nobody needs the answer of, until another one is sent. */
  #held: string[] = [];
  /** What is sent with the commit. */
  readonly #beforeCommit: string[] = [];
  /** Until what comes before a named statement is sent. */
  #beforeNamed: Promise<void> | undefined;
  #hasBegun = false;
  #underWay = 0;
  #hasFailed = false;
  #isInTransaction = false;

  constructor(client: NodePostgresClient, Query: QueryClass) {
    this.#client = client;
    this.#Behind = behindClassOf(Query);
  }

  beforeCommit(statement: string): void {
    this.#beforeCommit.push(statement);
  }

  get isInTransaction(): boolean {
    return this.#isInTransaction;
  }

  end(): Promise<void> {
    return this.#client.end?.() ?? Promise.resolve();
  }

  async query(query: { readonly text: string; readonly name?: string }, values?: unknown): Promise<unknown> {
    while (this.#beforeNamed) await this.#beforeNamed;
    if (this.#isHeld(query.text)) {
      this.#hasBegun = true;
      this.#held.push(query.text);
      return { rows: [] };
    }
    const before = this.#held;
    this.#held = [];
    if (before.some((text) => /^begin\b/i.test(text))) this.#isInTransaction = true;
    if (/^commit\b/i.test(query.text)) before.push(...this.#beforeCommit.splice(0));
    this.#underWay++;
    let sent = () => {};
    try {
      // node-postgres would take the first statement that the server has read for the named one.
      if ((query.name !== undefined || copying.has(this.#client.constructor)) && before.length > 0) {
        // Meanwhile nothing else is sent, so that the named one is the next.
        this.#beforeNamed = new Promise((resolve) => {
          sent = () => {
            this.#beforeNamed = undefined;
            resolve();
          };
        });
        for (const text of before.splice(0)) await this.#client.query(text);
      }
      const sending = before.length === 0 ? this.#client.query(query, values) : this.#sendBehind(before, query, values);
      sent();
      const result = await sending;
      this.#hasFailed = false;
      if (/^(?:commit|rollback)$/i.test(query.text)) {
        this.#isInTransaction = false;
        // In place of a commit that was not sent.
        for (const text of this.#beforeCommit.splice(0)) await this.#client.query(text);
      }
      return result;
    } catch (error) {
      sent();
      this.#hasFailed = true;
      this.#noteNamed(query, error);
      throw error;
    } finally {
      this.#underWay--;
    }
  }

  on(event: 'error', listener: (error: Error) => void): void {
    this.#client.on(event, listener);
  }

  off(event: 'error', listener: (error: Error) => void): void {
    this.#client.off(event, listener);
  }

  release(error?: unknown): void {
    this.#client.release?.(error);
  }

  /**
   * SQL can drop the named statements of the connection: node-postgres would go on to ask for one that it has sent before. It can also make
   * that look so: then the server has the statement that node-postgres sends again.
   */
  #noteNamed({ name, text }: { readonly name?: string; readonly text: string }, error: unknown): void {
    const { parsedStatements } = (this.#client as unknown as { connection: Connection }).connection;
    if (name === undefined || !parsedStatements) return;
    const { code } = error as { code?: unknown };
    if (code === '26000') delete parsedStatements[name];
    if (code === '42P05') parsedStatements[name] = text;
  }

  #isHeld(text: string): boolean {
    if (!this.#hasBegun || text.startsWith('SAVEPOINT ')) return true;
    // In a transaction that has not failed it cannot fail, either.
    return text.startsWith('RELEASE SAVEPOINT ') && this.#underWay === 0 && !this.#hasFailed;
  }

  async #sendBehind(before: readonly string[], query: { readonly text: string }, values: unknown): Promise<unknown> {
    let behind: InstanceType<BehindClass> | undefined;
    try {
      const result = await new Promise((resolve, reject) => {
        const settle = (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer));
        // All of them by the protocol that takes one statement a message.
        behind = new this.#Behind(before, { ...query, queryMode: 'extended' }, values, settle);
        const returned: unknown = this.#client.query(behind);
        // What wraps the method may answer with a promise: of the answer, if it has sent a copy.
        if (returned instanceof Promise) {
          returned.then((answer) => answer === behind || behind?.isSubmitted || resolve(answer), reject);
        }
      });
      return behind?.isSubmitted === false ? await this.#makeUpFor(before, query, values, result) : result;
    } catch (error) {
      if (behind?.isSubmitted === false && databaseError(error).routine !== undefined) this.#copies();
      throw error;
    }
  }

  #copies(): void {
    copying.add(this.#client.constructor);
  }

  /** What wraps the method has sent a copy of a statement, without those before it. From then on each is sent by itself. */
  async #makeUpFor(
    before: readonly string[],
    query: { readonly text: string },
    values: unknown,
    result: unknown,
  ): Promise<unknown> {
    this.#copies();
    if (/^begin\b/i.test(before[0] ?? '')) {
      for (const text of before) await this.#client.query(text);
      return this.#client.query(query, values);
    }
    if (/^commit\b/i.test(query.text)) {
      // It has released the savepoints, too, and whatever fails now is committed.
      const left = before.filter((text) => !/^(?:RELEASE )?SAVEPOINT /.test(text));
      for (const text of left) await this.#client.query(text).catch(() => this.end());
      return result;
    }
    if (before.some((text) => text.startsWith('SAVEPOINT '))) {
      throw new Error(
        'a statement was sent without the savepoint before it, as Client.query of node-postgres is wrapped',
      );
    }
    for (const text of before) await this.#client.query(text);
    return result;
  }
}

/** A query that is sent in one go with statements before it, which have no parameters. After one that fails, no other is run. */
type BehindClass = new (
  before: readonly string[],
  ...query: ConstructorParameters<QueryClass>
) => Query & { readonly isSubmitted: boolean };

/** Classes of clients whose queries are copied on their way, as OpenTelemetry does to add a comment: a copy is sent by itself. */
const copying = new WeakSet<object>();

/** A class for each copy of node-postgres. One for each query would never be compiled. */
const behindClasses = new WeakMap<QueryClass, BehindClass>();

function behindClassOf(Query: QueryClass): BehindClass {
  const known = behindClasses.get(Query);
  if (known) return known;
  class Behind extends Query {
    readonly #before: readonly string[];
    #unanswered: number;
    isSubmitted = false;

    constructor(before: readonly string[], ...query: ConstructorParameters<QueryClass>) {
      super(...query);
      this.#before = before;
      this.#unanswered = before.length;
    }

    override submit(connection: Connection) {
      this.isSubmitted = true;
      connection.stream.cork?.();
      try {
        for (const text of this.#before) {
          connection.parse({ text });
          connection.bind({});
          connection.execute({});
        }
        return super.submit(connection);
      } finally {
        connection.stream.uncork?.();
      }
    }

    override handleDataRow(message: unknown) {
      if (this.#unanswered === 0) super.handleDataRow(message);
    }

    override handleCommandComplete(message: unknown, connection: Connection) {
      if (this.#unanswered === 0) super.handleCommandComplete(message, connection);
      else this.#unanswered--;
    }
  }
  behindClasses.set(Query, Behind);
  return Behind;
}
