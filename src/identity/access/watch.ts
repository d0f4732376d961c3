import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { signatureSetting } from './context-settings.ts';
import { databaseError } from './entry-errors.ts';
import type { SettingsBefore } from './leave.ts';
import { closed, type Scope } from './scope.ts';
import { SentStatements } from './sent-statements.ts';
import { quietHandle } from './session.ts';
import { isQuery } from './transaction-control.ts';

/** What tells a context from all others, as SQL: its transaction, and its signature there, which SQL could make too long for the driver. */
export const thisContext = sql`pg_catalog.concat(extract(epoch FROM pg_catalog.transaction_timestamp()), ' ', pg_catalog.left(pg_catalog.current_setting('${sql.raw(signatureSetting)}', true), 999))`;

/** How long an answer is waited for that may never come, in milliseconds. */
const longestWait = 2000;

/** How often a return to a marker is tried that is cancelled, as by a `statement_timeout`. */
const mostTries = 5;

/** The watches of transactions that are under way, by the proofs of their backends. */
const onBackends = new Map<string, Watch>();

/** The settings before the calls that SQL has ended on backends, until they are cleared of what is left there. */
const uncleared = new Map<string, SettingsBefore>();

interface Backend {
  readonly proof: string;
  readonly before: SettingsBefore;
}

/**
 * Finds out whether a transaction of postgres-js, or the savepoint of a nested context, has ended without its driver: with its session, or by
 * SQL of a callback.
 *
 * postgres-js keeps its COMMIT, ROLLBACK and ROLLBACK TO as statements with names. SQL can read the names and EXECUTE them, also in a block
 * or a function. After such a COMMIT postgres-js gives the connection to the next caller, while the handle is still open; after such a ROLLBACK
 * TO the context around a nested one is live. Both take effect at the end of the statement. So after a statement that could have done it the
 * database is asked which context is there, and meanwhile no other statement is sent.
 *
 * The question can fail, as it is cancelled or has to answer in time. A savepoint before the statement, of a name that nobody else knows,
 * then tells whether the transaction is still there: the driver ends it, and the connection returns to its pool.
 */
export class Watch {
  readonly asks: boolean;
  readonly sent = new SentStatements((error) => this.#onLost(error));
  readonly #scope: Scope;
  readonly #waiting = new Set<(error: unknown) => void>();
  /** The error in which the call ends, if SQL has not ended the transaction. */
  #reason: unknown;
  /** Whether a statement has run that could have made a function, which any later statement could call. */
  #isNeeded = false;
  #last: Promise<unknown> = Promise.resolve();
  #backend: Backend | undefined;
  /** The savepoints that tell the transaction from others, by the scopes that they end with. */
  readonly #markers = new WeakMap<Scope, SQL>();
  /** Contexts that SQL may have changed or ended. */
  readonly #ended = new WeakSet<Scope>();

  /**
   * @param scope Of the outermost context.
   * @param asks Whether the driver keeps the statements that end transactions under names, which SQL can EXECUTE.
   */
  constructor(scope: Scope, asks: boolean) {
    this.#scope = scope;
    this.asks = asks;
  }

  /** Whether a context may not be left as it is, as SQL may have changed or ended it. */
  hasEnded(context: Scope): boolean {
    return this.#ended.has(context);
  }

  /** Resolves once no question is open. */
  get settled(): Promise<unknown> {
    return this.#last;
  }

  /** Waits for what never comes if the transaction has ended too early, and rejects then. */
  orLost<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.add(reject);
      // A promise for the end of the transaction would keep what each of these resolves with.
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /**
   * Says which backend the transaction is on. Another one that was under way there has ended without its driver.
   *
   * @returns the settings before a call that SQL has ended there: functions, tables and settings of it are still there.
   */
  isOn({ proof, before }: Backend): SettingsBefore | undefined {
    const ended = onBackends.get(proof);
    ended?.sent.lose();
    onBackends.set(proof, this);
    const left = uncleared.get(proof);
    this.#backend = { proof, before: left ?? before };
    this.#isNeeded = left !== undefined;
    return left;
  }

  /** The backend is cleared of what was left there. */
  isCleared(): void {
    if (this.#backend) uncleared.delete(this.#backend.proof);
  }

  /** What is left is to end the transaction. */
  done(): void {
    if (this.#backend && onBackends.get(this.#backend.proof) === this) onBackends.delete(this.#backend.proof);
  }

  /**
   * Sends a statement when no question is open, and asks afterwards if it could have ended the context.
   *
   * @param plain A handle of the library on the same savepoint.
   * @param there What {@link thisContext} was at the entry.
   * @param send Sends it, if its scope still permits it.
   */
  async around<Value>(
    statement: string,
    scope: Scope,
    plain: PostgresDatabase,
    there: string | null,
    send: () => Promise<Value>,
  ): Promise<Value> {
    if (!isQuery(statement)) this.#isNeeded = true;
    if (!this.asks || !this.#isNeeded) return send();
    const turn = this.#last.then(async () => {
      const refusal = this.sent.isLost ? closed(scope) : scope.findRefusal();
      if (refusal) throw refusal;
      const marker = await this.#markerIn(scope.innermost, plain);
      const [result] = await Promise.allSettled([send()]);
      // It was refused meanwhile, and not sent.
      if (result.status === 'rejected' && scope.findRefusal()) throw result.reason;
      let isMarked = false;
      const found = await this.orLost(contextNow(plain)).catch(async (error: unknown) => {
        if (this.sent.isLost) return undefined;
        // A transaction that has failed, by a statement beside this one perhaps, answers nothing, and gives nobody anything. Any other failure
        // can be the work of SQL.
        if (databaseError(error).code === '25P02') return there;
        isMarked = await this.#isStillMarked(plain, marker);
        return undefined;
      });
      if (found !== there) {
        const [transaction] = there?.split(' ') ?? [];
        if (!isMarked && found?.split(' ')[0] !== transaction) this.sent.lose();
        this.#ended.add(scope.context);
        scope.context.abandon();
        throw closed(scope);
      }
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    this.#last = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  /**
   * Commits, and begins the transaction that the driver ends. After a COMMIT that fails there is none: postgres-js gives the connection to the
   * next caller, and the driver would end the transaction of that one. So this never settles then, and the call ends in the error.
   *
   * @param reason In place of the error, if the call has failed before.
   */
  async commitAndChain(plain: PostgresDatabase, reason?: unknown): Promise<void> {
    const marker = await this.#mark(plain);
    try {
      await this.orLost(plain.execute(sql`COMMIT AND CHAIN`));
    } catch (error) {
      this.#reason = reason ?? error;
      // One that is cancelled may not have begun. After any other failure postgres-js may send nothing more for this transaction, and after this
      // one, too, if it was under way.
      const isThere =
        databaseError(error).code === '57014' &&
        (await Promise.race([this.#isStillMarked(plain, marker), sleep(longestWait, false)]));
      if (isThere) throw error;
      this.sent.lose();
      await this.sent.neverIfLost();
    }
  }

  /** Sets the marker of a scope before its first statement after which there is a question. */
  async #markerIn(scope: Scope, plain: PostgresDatabase): Promise<SQL> {
    const marker = this.#markers.get(scope) ?? (await this.#mark(plain));
    this.#markers.set(scope, marker);
    return marker;
  }

  async #mark(plain: PostgresDatabase): Promise<SQL> {
    const marker = sql`${sql.identifier(`canonical_models_${randomUUID()}`)}`;
    await this.orLost(quietHandle(plain).execute(sql`SAVEPOINT ${marker}`));
    return marker;
  }

  /**
   * Returns to a marker after a question that failed, if its transaction is there. That one has failed: into another one, which may be that
   * of the next caller, nothing is sent that would make it fail.
   */
  async #isStillMarked(plain: PostgresDatabase, marker: SQL): Promise<boolean> {
    for (let tries = 0; tries < mostTries && !this.sent.isLost; tries++) {
      // Of all that a failed transaction refuses, this takes the least time in another one.
      const refused = await this.#codeOf(quietHandle(plain).execute(sql`SHOW role`));
      if (refused === '57014') continue;
      if (refused !== '25P02') return false;
      const failed = await this.#codeOf(quietHandle(plain).execute(sql`ROLLBACK TO SAVEPOINT ${marker}`));
      if (failed !== '57014') return failed === undefined;
    }
    return false;
  }

  /** The code of the error by which a statement fails; undefined if it does not. */
  #codeOf(statement: Promise<unknown>): Promise<string | undefined> {
    return this.orLost(statement).then(
      () => undefined,
      (error: unknown) => databaseError(error).code,
    );
  }

  #onLost(error: unknown): void {
    this.#reason ??= error;
    if (this.#backend) uncleared.set(this.#backend.proof, this.#backend.before);
    this.#scope.abandon();
    for (const reject of this.#waiting) reject(this.#reason ?? closed(this.#scope));
  }
}

async function contextNow(plain: PostgresDatabase): Promise<string | undefined> {
  const [row] = await quietHandle(plain).execute<{ there: string }>(sql`SELECT ${thisContext} AS there`, 'objects');
  return row?.there;
}
