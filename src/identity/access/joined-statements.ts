import { entityKind } from 'drizzle-orm';
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
  parse(statement: { readonly text: string }): void;
  bind(statement: object): void;
  execute(portal: object): void;
}

/** A client of node-postgres. */
interface NodePostgresClient extends DriverClient {
  query(query: unknown, values?: unknown): Promise<unknown>;
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
  const { client } = session as { client: DriverClient & { connect?(): Promise<DriverClient> } };
  const connect = async () => joining((await client.connect?.()) as DriverClient);
  return deriveSession(session, { client: isPool ? overlay(client, { connect }) : joining(client) });
}

/** node-postgres has other classes for its native client, which sends itself in another way. */
function queryClassOf(client: DriverClient): QueryClass | undefined {
  const { Query } = client.constructor as { Query?: QueryClass };
  const { native, connection } = client as { native?: unknown; connection?: unknown };
  return native === undefined && connection !== undefined ? Query : undefined;
}

function joining(given: DriverClient): DriverClient {
  const Query = queryClassOf(given);
  if (!Query) return given;
  const client = given as NodePostgresClient;
  /** Statements that nobody needs the answer of, until another one is sent. */
  let held: string[] = [];
  let hasBegun = false;
  let underWay = 0;
  let hasFailed = false;
  const isHeld = (text: string) => {
    if (!hasBegun || text.startsWith('SAVEPOINT ')) return true;
    // In a transaction that has not failed it cannot fail, either.
    return text.startsWith('RELEASE SAVEPOINT ') && underWay === 0 && !hasFailed;
  };
  return overlay(client, {
    beforeCommit: (statement: string) => void held.push(statement),
    async query(query: { readonly text: string; readonly name?: string }, values?: unknown) {
      if (isHeld(query.text)) {
        hasBegun = true;
        held.push(query.text);
        return { rows: [] };
      }
      const before = held;
      held = [];
      underWay++;
      try {
        // node-postgres would take the first statement that the server has read for the named one.
        if (query.name !== undefined) for (const text of before.splice(0)) await client.query(text);
        const result = await (before.length === 0
          ? client.query(query, values)
          : sendBehind(client, Query, before, query, values));
        hasFailed = false;
        return result;
      } catch (error) {
        hasFailed = true;
        throw error;
      } finally {
        underWay--;
      }
    },
  });
}

/** Sends statements without parameters and another one in one go, and answers the result of that one. After one that fails, no other is run. */
function sendBehind(
  client: NodePostgresClient,
  Query: QueryClass,
  before: readonly string[],
  query: object,
  values: unknown,
): Promise<unknown> {
  class Behind extends Query {
    #unanswered = before.length;
    override submit(connection: Connection) {
      connection.stream.cork?.();
      try {
        for (const text of before) {
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
  return new Promise((resolve, reject) => {
    const settle = (error: unknown, result: unknown) => (error ? reject(error) : resolve(result));
    // All of them by the protocol that takes one statement a message.
    client.query(new Behind({ ...query, queryMode: 'extended' }, values, settle));
  });
}

/** An object with some methods replaced. Not one that inherits from it: a client keeps what it is about in itself. */
function overlay<Target extends object>(target: Target, methods: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string' && name in methods) return methods[name];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
    },
  });
}
