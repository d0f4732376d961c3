import { sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { databaseError } from './entry-errors.ts';
import type { SettingsBefore } from './leave.ts';
import { closed, type Scope } from './scope.ts';
import { quietHandle } from './session.ts';
import { isQuery } from './transaction-control.ts';

/** What tells a context from all others, as SQL: its transaction, and its signature there. */
export const thisContext = sql`pg_catalog.concat(extract(epoch FROM pg_catalog.transaction_timestamp()), ' ', pg_catalog.current_setting('canonical_models.signature', true))`;

/** The watches of transactions that are under way, by the proofs of their backends. */
const onBackends = new Map<string, Watch>();

/** The settings before the calls that SQL has ended on backends, until they are cleared of what is left there. */
const uncleared = new Map<string, SettingsBefore>();

interface Backend {
  readonly proof: string;
  readonly before: SettingsBefore;
}

/**
 * Finds out whether SQL of a callback has ended the transaction, or the savepoint of a nested context.
 *
 * postgres-js keeps its COMMIT, ROLLBACK and ROLLBACK TO as statements with names. SQL can read the names and EXECUTE them, also in a block
 * or a function. After such a COMMIT postgres-js gives the connection to the next caller, while the handle is still open; after such a ROLLBACK
 * TO the context around a nested one is live. Both take effect at the end of the statement. So after a statement that could have done it the
 * database is asked which context is there, and meanwhile no other statement is sent.
 */
export class Watch {
  readonly #scope: Scope;
  readonly #waiting = new Set<(error: unknown) => void>();
  #isLost = false;
  /** Whether a statement has run that could have made a function, which any later statement could call. */
  #isNeeded = false;
  #last: Promise<unknown> = Promise.resolve();
  #backend: Backend | undefined;

  /** @param scope Of the outermost context. */
  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Whether the transaction has ended too early. The connection may be somebody else's since: nothing more may be sent on it. */
  get isLost(): boolean {
    return this.#isLost;
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
    if (ended) ended.#end();
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
    if (!this.#isNeeded) return send();
    const turn = this.#last.then(async () => {
      const refusal = this.#isLost ? closed(scope) : scope.findRefusal();
      if (refusal) throw refusal;
      const [result] = await Promise.allSettled([send()]);
      // It was refused meanwhile, and not sent.
      if (result.status === 'rejected' && scope.findRefusal()) throw result.reason;
      const found = await this.orLost(contextNow(plain)).catch((error: unknown) => {
        // A transaction that has failed, by a statement beside this one perhaps, answers nothing, and gives nobody anything. Any other failure
        // can be the work of SQL.
        return databaseError(error).code === '25P02' && !this.#isLost ? there : undefined;
      });
      if (found !== there) {
        const [transaction] = there?.split(' ') ?? [];
        if (found?.split(' ')[0] !== transaction) this.#end();
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

  #end(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    if (this.#backend) uncleared.set(this.#backend.proof, this.#backend.before);
    this.#scope.abandon();
    for (const reject of this.#waiting) reject(closed(this.#scope));
  }
}

async function contextNow(plain: PostgresDatabase): Promise<string | undefined> {
  const [row] = await quietHandle(plain).execute<{ there: string }>(sql`SELECT ${thisContext} AS there`, 'objects');
  return row?.there;
}
