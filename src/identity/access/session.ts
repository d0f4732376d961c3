import { is } from 'drizzle-orm';
import { type Cache, NoopCache } from 'drizzle-orm/cache/core';
import type { PostgresDatabase } from '../../database.ts';
import { CopyRefused, TransactionControlRefused } from './errors.ts';
import { PassingCache } from './passing-cache.ts';
import type { Scope } from './scope.ts';
import { controlsTransaction, isCopy } from './transaction-control.ts';

/** A client of a driver, as far as Drizzle's sessions use it. */
export interface DriverClient {
  query?(query: unknown, ...rest: unknown[]): Promise<unknown>;
  /** Of a pool of node-postgres. */
  connect?(): Promise<DriverClient>;
  /** Of postgres-js. */
  unsafe?(text: string, parameters: unknown[], options: object): unknown;
  /** Of postgres-js, outside of transactions. */
  readonly options?: { readonly prepare?: boolean };
  /** Of a transaction in which statements are joined: has one sent together with the commit. */
  beforeCommit?(statement: string): void;
  /** Of the same: whether the server has not ended the transaction. */
  readonly isInTransaction?: boolean;
  /** Of a client of node-postgres: closes the connection. */
  end?(): Promise<void>;
  /** Of a transaction of postgres-js. */
  savepoint?<Value>(run: (client: DriverClient) => Promise<Value>): Promise<Value>;
}

type Execute = (placeholderValues?: Record<string, unknown>) => Promise<unknown>;

/**
 * What node-postgres', postgres-js' and PGlite's sessions of Drizzle have in common. Each statement goes through `prepareQuery`, whatever
 * built it, and the prepared query reads `client` and `cache` when it runs.
 */
export interface DriverSession {
  client: DriverClient;
  cache: Cache;
  logger: { logQuery(query: string, parameters: unknown[]): void };
  readonly options: { readonly paramsInErrors?: boolean };
  prepareQuery(...query: unknown[]): { execute: Execute };
  transaction(run: unknown, config?: unknown): unknown;
}

/** The transactions of the three drivers have the same constructor. */
type TransactionClass = new (
  dialect: unknown,
  session: DriverSession,
  relations: object,
  nestedIndex: number,
  parseRqbJson: boolean,
) => PostgresDatabase;

export function sessionOf(db: PostgresDatabase): DriverSession {
  return db._.session as unknown as DriverSession;
}

/** A session of the same driver with some parts replaced. The given one is left as it is. */
export function deriveSession(session: DriverSession, parts: Partial<DriverSession>): DriverSession {
  return Object.assign(Object.create(Object.getPrototypeOf(session)), session, parts);
}

/** A handle for what the library sends itself, which no scope checks. It has no relational queries. */
export function plainHandle(tx: PostgresDatabase, session: DriverSession): PostgresDatabase {
  return newHandle(tx, session, {});
}

/** A plain handle for statements with secrets, which {@link quietSession} keeps out of logs and errors. */
export function quietHandle(tx: PostgresDatabase): PostgresDatabase {
  return plainHandle(tx, quietSession(sessionOf(tx)));
}

/** A session whose statements are in no log of Drizzle, in none of its spans and, with their parameters, in none of its errors. */
function quietSession(session: DriverSession): DriverSession {
  const quiet: DriverSession = deriveSession(session, {
    logger: { logQuery() {} },
    options: { ...session.options, paramsInErrors: false },
    prepareQuery(...query) {
      // On its fast path Drizzle sends a statement and does nothing else.
      return Object.assign(session.prepareQuery.apply(quiet, query), { fastPath: true });
    },
  });
  return quiet;
}

/** What the handle for a callback does beside sending statements. */
export interface Guards {
  /** Opens a savepoint in the scope. */
  readonly transaction: (run: (savepoint: PostgresDatabase) => Promise<unknown>) => Promise<unknown>;
  /** Sends a statement whose scope permits it. */
  readonly around: <Value>(statement: string, send: () => Promise<Value>) => Promise<Value>;
}

/**
 * The handle for a callback. Before each statement it checks its scope; it takes one statement a call, and reads and fills no cache.
 *
 * The query builders keep the session that they were made with, so the handle is made with its session: to replace the session of an
 * existing one would leave `tx.query` unguarded.
 *
 */
export function guardedHandle(
  tx: PostgresDatabase,
  session: DriverSession,
  scope: Scope,
  { transaction, around }: Guards,
): PostgresDatabase {
  const guarded: DriverSession = deriveSession(session, {
    client: guardedClient(session.client, scope),
    transaction,
    prepareQuery(...query) {
      const prepared = session.prepareQuery.apply(guarded, query);
      const execute = prepared.execute;
      const { sql: statement } = query[0] as { sql: string };
      const refused = controlsTransaction(statement)
        ? controlRefused(scope)
        : isCopy(statement)
          ? copyRefused(scope)
          : undefined;
      // Here, and not only in the client, because Drizzle wraps what the client throws.
      prepared.execute = (values) => {
        const refusal = scope.findRefusal() ?? refused;
        return refusal ? Promise.reject(refusal) : around(statement, () => execute.call(prepared, values));
      };
      return prepared;
    },
  });
  return Object.assign(newHandle(tx, guarded, tx._.relations as object), { transaction });
}

/** The session with a cache for a context, or as it is if the service has none. */
export function withPassingCache(session: DriverSession): { session: DriverSession; cache: PassingCache | undefined } {
  if (!session.cache || is(session.cache, NoopCache)) return { session, cache: undefined };
  const cache = new PassingCache(session.cache);
  return { session: deriveSession(session, { cache }), cache };
}

/**
 * A client that checks the scope once more when a statement is sent, as there may have been an `await` since, and that sends it by the
 * protocol of PostgreSQL that takes one statement. By the other one `…; COMMIT; BEGIN; …` would leave the context.
 */
function guardedClient(client: DriverClient, scope: Scope): DriverClient {
  const check = () => {
    const refusal = scope.findRefusal();
    if (refusal) throw refusal;
  };
  if (client.unsafe) {
    return {
      unsafe(text, parameters, options) {
        check();
        return client.unsafe?.(text, parameters, { ...options, simple: false });
      },
    };
  }
  return {
    async query(query, ...rest) {
      check();
      // PGlite is given a text, and takes one statement always.
      const single = typeof query === 'string' ? query : { ...(query as object), queryMode: 'extended' };
      return client.query?.(single, ...rest);
    },
  };
}

function newHandle(tx: PostgresDatabase, session: DriverSession, relations: object): PostgresDatabase {
  const { dialect, nestedIndex } = tx as unknown as { dialect: unknown; nestedIndex: number };
  return new (tx.constructor as TransactionClass)(dialect, session, relations, nestedIndex, false);
}

/**
 * After `COMMIT` postgres-js would give the connection to the next caller, with the handle still open. After `ROLLBACK TO` the context around
 * this one would be live.
 */
function controlRefused(scope: Scope): TransactionControlRefused {
  return new TransactionControlRefused({
    object: scope.label,
    found: 'a statement that begins or ends a transaction or a savepoint',
    expected: 'its transaction to end with the callback',
    next: 'return from the callback to commit, throw to roll back, or call `tx.transaction` for a savepoint',
  });
}

/** The drivers have no answer to a COPY that is sent as a query: the call would never settle, and postgres-js can end the process. */
function copyRefused(scope: Scope): CopyRefused {
  return new CopyRefused({
    object: scope.label,
    found: 'a COPY statement',
    expected: 'rows to be read and written by queries',
    next: 'use SELECT and INSERT, or COPY on a connection of your own as a role outside of the groups',
  });
}
