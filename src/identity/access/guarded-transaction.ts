import { randomUUID } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { abandonCalls, clientOf, inTurn, isPool, shut } from './connection.ts';
import { databaseError } from './entry-errors.ts';
import { ContextClosed } from './errors.ts';
import { joiningSession } from './joined-statements.ts';
import { forgetStatements } from './leave.ts';
import type { PassingCache } from './passing-cache.ts';
import { closed, Scope } from './scope.ts';
import {
  type DriverClient,
  type DriverSession,
  deriveSession,
  guardedHandle,
  plainHandle,
  quietHandle,
  sessionOf,
  withPassingCache,
} from './session.ts';
import { Watch } from './watch.ts';

/** A transaction with a context, or a savepoint in it. */
export interface GuardedTransaction<State> {
  /** For the statements that enter and leave the context: no scope checks it. */
  readonly plain: PostgresDatabase;
  /** Shared by all contexts of the transaction. */
  readonly state: State;
  /** Finds out whether SQL has ended the transaction, where it could. */
  readonly asking: Watch | undefined;
  /** Runs a callback with a handle that is closed when the callback settles. */
  run<Value>(callback: (tx: PostgresDatabase) => Promise<Value>, context: Context): Promise<Value>;
}

/** What a context does while its callback runs. */
export interface Context {
  /** Receives the error of each statement of the handle that failed, also if the callback survives it. */
  readonly onFailure: (error: unknown) => void;
  /** What `thisContext` was when it was entered, if the transaction is watched. */
  readonly there: string | null;
}

/** What the outermost context of a transaction has beside its work. */
export interface Outermost {
  /** Of the transaction, if it is begun here. */
  readonly config?: PgTransactionConfig | undefined;
  /**
   * Lists the records that are to be written once the contexts have ended, whether their work is committed or not. What is left in the list
   * is for another connection to write.
   *
   * @param error By which the work has failed, if it has.
   */
  readonly recordsOf: (error?: unknown) => SQL[];
}

/** What is known of a handle that a callback received, by its session. */
interface Opened {
  readonly scope: Scope;
  /** The driver's session on the connection, which no scope checks. */
  readonly session: DriverSession;
  readonly watch: Watch | undefined;
  /** Ends all contexts of the transaction, as one of its statements has no answer that would tell which of them is live. */
  readonly lose: (failure: unknown) => void;
  readonly state: unknown;
}
const openedBy = new WeakMap<DriverSession, Opened>();

/** The scope of a handle that a callback received; undefined for any other. */
export function scopeOf(db: PostgresDatabase): Scope | undefined {
  return openedBy.get(sessionOf(db))?.scope;
}

/**
 * Runs work in a transaction that has one context on its connection: of a database, in a savepoint of the handle of another callback, or in
 * a savepoint of a transaction that the caller began. A second call on the same connection waits until the first has settled.
 *
 * @param label The context, for errors.
 * @param state Makes what all contexts of the transaction share.
 * @param outermost Used if no other context is around this one.
 * @throws {ContextBusy} if waiting would never end, as this code runs in the call that has the connection.
 * @throws {ContextClosed} if the callback of the given handle has settled.
 */
export async function inGuardedTransaction<State, Value>(
  db: PostgresDatabase,
  label: string,
  state: () => State,
  work: (transaction: GuardedTransaction<State>) => Promise<Value>,
  outermost: Outermost,
): Promise<Value> {
  const outer = openedBy.get(sessionOf(db));
  if (outer) return inSavepoint(db, outer, new Scope(label, outer.scope), work);
  const scope = new Scope(label);
  const changes: { cache?: PassingCache } = {};
  const value = await inTurn(db, scope, () => begin(db, scope, { state: state(), ...outermost }, work, changes)).catch(
    async (error: unknown) => {
      // A COMMIT whose answer was lost may have been done. The caller gets the error of the transaction, whatever the cache says.
      await changes.cache?.invalidate().catch(() => {});
      throw error;
    },
  );
  // Without the connection, which the cache of a service may use.
  await changes.cache?.invalidate();
  return value;
}

/** Runs statements of the library on a database outside of every context. */
export async function outsideContexts(
  db: PostgresDatabase,
  run: (plain: PostgresDatabase) => Promise<void>,
): Promise<void> {
  return inTurn(db, new Scope('a record in the audit trail'), () => run(plainHandle(db, sessionOf(db))));
}

/** Opens the outermost context of a transaction. */
async function begin<State, Value>(
  db: PostgresDatabase,
  scope: Scope,
  { state, config, recordsOf }: Outermost & { readonly state: State },
  work: (transaction: GuardedTransaction<State>) => Promise<Value>,
  changes: { cache?: PassingCache },
): Promise<Value> {
  const given = sessionOf(db);
  let reopen: (() => void) | undefined;
  const client = clientOf(given);
  let lost: { readonly failure: unknown } | undefined;
  let connection = client;
  const lose = (failure: unknown) => {
    lost ??= { failure };
    scope.abandon();
    // The server rolls back, and nobody else gets the connection.
    connection.end?.().catch(() => {});
  };
  const watch = client.unsafe ? new Watch(scope, namesControl(client)) : undefined;
  const asking = watch?.asks ? watch : undefined;
  /** The session on the connection, which notes what it sends. */
  const onConnection = (session: DriverSession) =>
    deriveSession(session, watch ? { client: watch.sent.noting(session.client) } : {});
  const workOn = (tx: PostgresDatabase, own: DriverSession) => {
    const passing = withPassingCache(own);
    if (passing.cache) changes.cache = passing.cache;
    return work(transactionOf(tx, { scope, session: passing.session, watch, lose, state }));
  };
  const inTransaction = async (): Promise<Value> => {
    if (isTransaction(db)) {
      // What postgres-js knows of the end of the transaction it tells the service.
      watch?.sent.findTurn(client);
      const own = onConnection(deriveSession(given, { client }));
      reopen = shut(given, scope, async (end) => {
        if (!end) return false;
        abandonCalls(db, end === 'transaction');
        await scope.settled;
        return true;
      });
      return savepoint(db, own, (inner) => workOn(db, inner), lose)
        .catch((error: unknown) => afterClearing(db, own, scope, error, lose))
        .then(
          async (value) => {
            await recordInSavepoints(db, own, recordsOf(), lose);
            return value;
          },
          async (error: unknown) => {
            await recordInSavepoints(db, own, recordsOf(error), lose);
            throw error;
          },
        )
        .finally(() => watch?.done());
    }
    const joined = joiningSession(given, isPool(given.client));
    let committed: { readonly value: Value } | undefined;
    let isOver = false;
    const run = async (tx: PostgresDatabase) => {
      const session = sessionOf(tx);
      const own = onConnection(session);
      connection = session.client;
      // A client of node-postgres: the service has this session, too. Without joined statements Drizzle ends the transaction by it.
      if (session === (joined ?? given)) reopen = shut(given, scope, async (end) => end !== undefined && isOver);
      const plain = plainHandle(tx, own);
      // After a COMMIT that fails postgres-js gives the connection away: without a watch nobody would know.
      const mayChain = asking !== undefined || watch === undefined;
      const commitAndChain = async (reason?: unknown) => {
        await (asking ? asking.commitAndChain(plain, reason) : plain.execute(sql`COMMIT AND CHAIN`));
      };
      try {
        const value = await workOn(tx, own);
        const records = recordsOf();
        if (records.length > 0 && mayChain) {
          await commitAndChain();
          committed = { value };
          // Outside of a savepoint, what fails makes postgres-js fail the call, whose work is committed.
          await recordChained(tx, own, records, {
            write: (...record) => recordInSavepoint(...record, lose),
            commitAndChain,
          });
        }
        return value;
      } catch (error) {
        // The transaction may have failed, and takes no other statement then. What is chained is rolled back with it.
        let isChained = !lost && (await isDone(quietHandle(plain).execute(sql`ROLLBACK AND CHAIN`)));
        const records = recordsOf(error);
        // A COMMIT that failed has left none.
        if (!isChained && !lost && !asking && mayChain && records.length > 0)
          isChained = await isDone(plain.execute(sql`BEGIN`));
        if (isChained && mayChain) {
          await recordChained(tx, own, records, { write: writeRecord, commitAndChain: () => commitAndChain(error) });
        }
        return await afterClearing(tx, own, scope, error, lose);
      } finally {
        isOver = true;
        // Now, as behind a pooler the next caller's answer may come before that of the COMMIT.
        watch?.done();
        await watch?.sent.neverIfLost();
      }
    };
    const ended = (joined ? joined.transaction(run, config) : db.transaction(run, config)) as Promise<Value>;
    // postgres-js fails a transaction before its callback has settled when the session has ended.
    if (watch) ended.catch((error: unknown) => isOver || watch.sent.lose(error));
    return (watch ? watch.orLost(ended) : ended).catch((error: unknown) => {
      // What failed is the end of what was chained to the work.
      if (committed) return committed.value;
      throw error;
    });
  };
  try {
    return await inTransaction();
  } catch (error) {
    throw lost && error instanceof ContextClosed ? lost.failure : error;
  } finally {
    // A transaction whose end Drizzle could not send would be that of the next caller.
    if (connection.isInTransaction && !isPool(client)) await connection.end?.().catch(() => {});
    reopen?.();
  }
}

/**
 * Writes records in the transaction that follows on a COMMIT or ROLLBACK, and commits them: while the connection is not yet that of the
 * next call, which may wait for this one. What is written is removed from the list.
 */
async function recordChained(
  tx: PostgresDatabase,
  session: DriverSession,
  records: SQL[],
  { write, commitAndChain }: { readonly write: typeof writeRecord; readonly commitAndChain: () => Promise<void> },
): Promise<void> {
  if (records.length === 0) return;
  const plain = plainHandle(tx, session);
  // If SQL of the callback had its transaction read only, so is the one that follows.
  await isDone(plain.execute(sql`SET TRANSACTION READ WRITE`));
  for (const record of [...records]) {
    const isKept = await isDone(write(tx, session, record).then(commitAndChain));
    if (isKept) records.splice(records.indexOf(record), 1);
    else await isDone(plain.execute(sql`ROLLBACK AND CHAIN`));
  }
}

/** Writes records in a transaction that goes on, and whose failures are not those of the records. */
async function recordInSavepoints(
  tx: PostgresDatabase,
  session: DriverSession,
  records: readonly SQL[],
  lose: Opened['lose'],
): Promise<void> {
  for (const record of records) await isDone(recordInSavepoint(tx, session, record, lose));
}

function recordInSavepoint(
  tx: PostgresDatabase,
  session: DriverSession,
  record: SQL,
  lose: Opened['lose'],
): Promise<void> {
  return savepoint(tx, session, (inner) => writeRecord(tx, inner, record), lose);
}

async function writeRecord(tx: PostgresDatabase, session: DriverSession, record: SQL): Promise<void> {
  await quietHandle(plainHandle(tx, session)).execute(sql`SELECT ${record}`);
}

/** Whether a statement succeeds. */
function isDone(statement: Promise<unknown>): Promise<boolean> {
  return statement.then(
    () => true,
    () => false,
  );
}

/**
 * Throws the error once the connection has neither advisory locks nor statements that SQL of a callback prepared: of all that it can leave
 * there, a rollback keeps these.
 */
async function afterClearing(
  tx: PostgresDatabase,
  session: DriverSession,
  scope: Scope,
  error: unknown,
  lose: Opened['lose'],
): Promise<never> {
  if (scope.hasRun) {
    await quietHandle(plainHandle(tx, session))
      .execute(sql`SELECT pg_catalog.pg_advisory_unlock_all()::pg_catalog.text, ${forgetStatements}`)
      .catch((failure: unknown) => {
        if (!session.client.unsafe && !isAnswer(failure)) lose(failure);
      });
  }
  throw error;
}

/** Whether an error is an answer of the server: then the transaction has failed, and takes nothing until it is rolled back further. */
function isAnswer(error: unknown): boolean {
  return databaseError(error).routine !== undefined;
}

/** Runs work in a savepoint of a handle that a callback received, once no other is open there. */
async function inSavepoint<State, Value>(
  tx: PostgresDatabase,
  outer: Opened,
  scope: Scope,
  work: (transaction: GuardedTransaction<State>) => Promise<Value>,
): Promise<Value> {
  await outer.watch?.settled;
  await scope.open();
  try {
    return await savepoint(
      tx,
      outer.session,
      (session) => work(transactionOf(tx, { ...outer, scope, session })),
      outer.lose,
    );
  } catch (error) {
    // What a context prepared is not for the one around it.
    if (scope.context === scope && scope.hasRun) {
      await plainHandle(tx, outer.session)
        .execute(sql`SELECT ${forgetStatements}`)
        .catch(() => {});
    }
    throw error;
  } finally {
    scope.settle();
  }
}

function transactionOf<State>(tx: PostgresDatabase, opened: Opened): GuardedTransaction<State> {
  const { scope, session, watch } = opened;
  return {
    plain: plainHandle(tx, session),
    state: opened.state as State,
    asking: watch?.asks ? watch : undefined,
    run: async (callback, context) => {
      const around = <Value>(statement: string, send: () => Promise<Value>): Promise<Value> => {
        const sent = () =>
          send().catch((error: unknown) => {
            context.onFailure(error);
            throw error;
          });
        return watch ? watch.around(statement, scope, plainHandle(tx, session), context.there, sent) : sent();
      };
      const running = scope.run(() => {
        const handle: PostgresDatabase = guardedHandle(tx, session, scope, {
          transaction: (run) =>
            inSavepoint(handle, opened, new Scope(`a savepoint of ${scope.label}`, scope, true), (inner) =>
              inner.run(run, context),
            ),
          around,
        });
        openedBy.set(sessionOf(handle), opened);
        return callback(handle);
      });
      const [outcome] = await Promise.allSettled([running]);
      await watch?.settled;
      // What is sent again would come behind the end of the context.
      await watch?.sent.answered();
      await watch?.sent.neverIfLost();
      if (outcome.status === 'rejected') throw outcome.reason;
      // Its callback did not wait for the statement that has changed it.
      if (watch?.hasEnded(scope.context)) throw closed(scope);
      return outcome.value;
    },
  };
}

/** Whether a client of postgres-js keeps the statements that end transactions under names: if it keeps any. */
function namesControl(client: DriverClient): boolean {
  return client.options?.prepare !== false;
}

/**
 * Runs work in a savepoint of the driver.
 *
 * @param lose Called if nobody knows whether the return to the savepoint was done: without it the context in it would be that of the handle
 * around. So it is sent past the logger of the service, which may throw.
 */
async function savepoint<Value>(
  tx: PostgresDatabase,
  session: DriverSession,
  work: (session: DriverSession) => Promise<Value>,
  lose: Opened['lose'],
): Promise<Value> {
  // postgres-js fails the transaction for an error in it unless the error was in a savepoint that postgres-js opened. It makes a named
  // statement of the savepoint's name, so the names are its own few.
  if (session.client.savepoint) return session.client.savepoint((client) => work(deriveSession(session, { client })));
  const name = sql.identifier(`canonical_models_${randomUUID()}`);
  const plain = plainHandle(tx, session);
  await plain.execute(sql`SAVEPOINT ${name}`);
  try {
    const value = await work(session);
    await plain.execute(sql`RELEASE SAVEPOINT ${name}`);
    return value;
  } catch (error) {
    await quietHandle(plain)
      .execute(sql`ROLLBACK TO SAVEPOINT ${name}`)
      .catch((failure: unknown) => {
        if (!isAnswer(failure)) lose(failure);
      });
    throw error;
  }
}
