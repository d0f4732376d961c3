import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { ContextNotLive } from './errors.ts';
import { closed, notLive, type Scope } from './scope.ts';
import { type DriverClient, type DriverSession, sessionOf } from './session.ts';

/**
 * The last call that has, or waits for, each connection that several callers use: a client, a PGlite database, a transaction that a caller
 * began.
 */
const lastCalls = new WeakMap<object, Scope>();

/** The calls with each transaction of a caller that have not settled. */
const callsWith = new WeakMap<PostgresDatabase, Set<Scope>>();

/** Transactions of callers that have ended, or are about to. */
const ended = new WeakSet<PostgresDatabase>();

/**
 * Refuses the calls with a transaction of a caller when it ends, also those that wait: its connection may be another caller's by then.
 *
 * @param isOver Whether all of it ends, and not a savepoint in it.
 */
export function abandonCalls(transaction: PostgresDatabase, isOver: boolean): void {
  if (isOver) ended.add(transaction);
  for (const call of callsWith.get(transaction) ?? []) call.abandon();
}

/** The clients behind those that `shut` put in front of them. */
const behind = new WeakMap<object, DriverClient>();

/** The client of a session, also while it is shut. */
export function clientOf(session: DriverSession): DriverClient {
  return behind.get(session.client) ?? session.client;
}

/** Whether a database gives each transaction a connection of its own. */
export function isPool(client: DriverClient): boolean {
  // As Drizzle recognizes a pool of node-postgres; the clients of postgres-js all are.
  return 'totalCount' in client || 'begin' in client || Object.getPrototypeOf(client).constructor.name.includes('Pool');
}

/** The connection that every call with this database or transaction runs on; undefined if it is a pool that gives each its own. */
function sharedConnection(db: PostgresDatabase): DriverClient | undefined {
  const client = clientOf(sessionOf(db));
  return !isTransaction(db) && isPool(client) ? undefined : client;
}

/**
 * Runs a call once no other has its connection, and settles its scope.
 *
 * @throws {ContextBusy} if it would wait for itself.
 * @throws {ContextClosed} if the given transaction has ended meanwhile.
 */
export async function inTurn<Value>(db: PostgresDatabase, scope: Scope, run: () => Promise<Value>): Promise<Value> {
  const connection = sharedConnection(db);
  const calls = callsWith.get(db) ?? new Set();
  if (isTransaction(db)) callsWith.set(db, calls.add(scope));
  try {
    if (!connection) return await run();
    const before = lastCalls.get(connection);
    const turn = before && scope.waitFor(before);
    lastCalls.set(connection, scope);
    await turn;
    if (ended.has(db) || scope.isClosed) throw closed(scope);
    return await run();
  } finally {
    calls.delete(scope);
    scope.settle();
  }
}

/**
 * Closes the session of somebody else's handle while a context is live on its connection: what goes through it is refused, also what was
 * prepared before.
 *
 * @param permits Answers whether a query may be sent all the same: one that ends the transaction or the savepoint around the context, or another one.
 * @returns opens the session again.
 */
export function shut(
  session: DriverSession,
  scope: Scope,
  permits: (end: End | undefined) => Promise<boolean>,
): () => void {
  const { client, prepareQuery } = session;
  const refusal = () => notLive('a transaction or connection that was given to withStation', scope);
  const refusing: DriverClient = client.unsafe
    ? {
        // Not a promise, as Drizzle calls another method of what it returns.
        unsafe() {
          throw refusal();
        },
        async savepoint() {
          throw refusal();
        },
      }
    : {
        async query(query, ...rest) {
          if (!(await permits(endOf(query)))) throw refusal();
          return client.query?.(query, ...rest);
        },
      };
  const closed = Object.setPrototypeOf(refusing, client) as DriverClient;
  behind.set(closed, client);
  session.client = closed;
  // Drizzle wraps what the client throws.
  session.prepareQuery = (...query) => {
    const prepared = prepareQuery.apply(session, query);
    const { execute } = prepared;
    prepared.execute = (values) =>
      execute.call(prepared, values).catch((error: Error) => {
        throw error.cause instanceof ContextNotLive ? error.cause : error;
      });
    return prepared;
  };
  return () => {
    session.client = client;
    session.prepareQuery = prepareQuery;
  };
}

type End = 'transaction' | 'savepoint';

/** What a query of Drizzle ends; undefined if nothing. */
function endOf(query: unknown): End | undefined {
  const text = typeof query === 'string' ? query : (query as { text?: unknown }).text;
  if (typeof text !== 'string') return undefined;
  if (/^(?:commit|rollback)$/i.test(text)) return 'transaction';
  return /^(?:rollback to|release) savepoint\b/i.test(text) ? 'savepoint' : undefined;
}
