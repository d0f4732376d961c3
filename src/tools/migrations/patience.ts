import { setTimeout as sleep } from 'node:timers/promises';
import { Conflict } from '../../errors.ts';
import type { Connection } from '../database/connect.ts';
import { literal } from '../database/query.ts';
import { settleStatement } from '../database/settings.ts';
import { type Blocker, blockersOf, blockerText } from './blockers.ts';
import { recordTable } from './record.ts';

/** How long to wait for locks, and whom to notify. Times are in milliseconds. */
export interface PatienceOptions {
  /** How long one try may wait for a lock, and so block others behind it. @default 2000 */
  readonly lockTimeout?: number;
  /** How long to wait in total, over all tries of the run. @default 300_000 */
  readonly maxWait?: number;
  /** Stops between two tries, and before a transaction begins. */
  readonly signal?: AbortSignal;
  /** Opens a second session, which sees who blocks the first one while it waits. Without it blockers stay unnamed. */
  readonly observe?: () => Promise<Connection>;
  /** Called when a try did not get its lock. */
  readonly onWait?: (wait: Wait) => void;
}

/** A try that did not get its lock in time. */
export interface Wait {
  /** `turn`: another deploy is at work. `lock`: a table is in use. */
  readonly for: 'turn' | 'lock';
  /** What was being done, as the name of a migration. */
  readonly object: string;
  /** How many tries there were. */
  readonly tries: number;
  /** How long this run has waited in total, in milliseconds. */
  readonly waited: number;
  /** How long it now pauses to let others pass before the next try, in milliseconds. */
  readonly pause: number;
  readonly blockers: readonly Blocker[];
}

/** The result of a transaction, and the time it took. */
export interface Patient<T> {
  readonly value: T;
  readonly tries: number;
  /** How long it waited for locks that it did not get, including pauses, in milliseconds. */
  readonly waited: number;
}

/** In milliseconds. */
export const defaultLockTimeout = 2000;
/** In milliseconds. */
export const defaultMaxWait = 300_000;

/** The longest pause between two tries, in milliseconds. */
const longestPause = 10_000;
const firstPause = 250;

/** How long after its start a statement counts as waiting, and the maximum interval between two looks at its blockers, in milliseconds. */
const glance = 200;

/** How long the last try may wait for its lock when the time is almost up, in milliseconds. */
const lastTry = 50;

/** Waits for the turn of this deploy, until the transaction ends. */
export const takeTurnStatement = `SELECT pg_advisory_xact_lock(hashtext('${recordTable}'))`;

/**
 * The statements that begin a transaction of a migration. The settings hold for the transaction only, so they also hold behind a pooler
 * that hands sessions around.
 *
 * @param lockTimeout In milliseconds.
 */
export function beginStatements(lockTimeout: number): string[] {
  return [
    'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE',
    // Migrations name objects in public without their schema.
    settleStatement({ searchPath: 'public' }),
    `SET LOCAL lock_timeout = ${Math.max(1, Math.round(lockTimeout))}`,
    // A deploy that freezes between two statements must not keep its locks.
    `SET LOCAL idle_in_transaction_session_timeout = '60s'`,
  ];
}

/**
 * Runs transactions of one session, one deploy at a time: each takes an advisory lock that is the deploy's turn, and gives way
 * if it does not get a lock within the lock timeout, so that nobody queues behind it for longer.
 */
export class Patience {
  readonly #connection: Connection;
  readonly #options: PatienceOptions;
  readonly #lockTimeout: number;
  readonly #maxWait: number;
  #waited = 0;

  constructor(connection: Connection, options: PatienceOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#lockTimeout = options.lockTimeout ?? defaultLockTimeout;
    this.#maxWait = options.maxWait ?? defaultMaxWait;
  }

  /**
   * Runs `body` in a transaction, as often as it takes to get its locks. `body` ends the transaction itself, so that COMMIT can
   * travel in the same message as the statements that hold locks.
   *
   * @param object What is being done, for messages.
   * @throws {Conflict} when the time is up. The transaction is rolled back on every error.
   */
  async transaction<T>(object: () => string, body: () => Promise<T>): Promise<Patient<T>> {
    const { query, exec } = this.#connection;
    const waitedBefore = this.#waited;
    const watch = this.#options.observe && new Watch(this.#options.observe, Math.min(glance, this.#lockTimeout / 4));
    try {
      for (let tries = 1; ; tries++) {
        this.#options.signal?.throwIfAborted();
        const began = performance.now();
        let phase: Wait['for'] = 'turn';
        try {
          await exec(beginStatements(this.#timeout()).join('; '));
          const { rows } = await query('SELECT pg_backend_pid() AS pid');
          const pid = Number(rows[0]?.['pid']);
          watch?.look(pid, phase);
          await query(takeTurnStatement);
          phase = 'lock';
          watch?.look(pid, phase);
          const value = await body();
          return { value, tries, waited: this.#waited - waitedBefore };
        } catch (error) {
          watch?.rest();
          await query('ROLLBACK').catch(() => {});
          if (!isLockFailure(error)) throw error;
          const blockers = watch?.seen[phase] ?? [];
          await this.#giveWay({ for: phase, object: object(), tries, blockers }, performance.now() - began, error);
        }
      }
    } finally {
      watch?.end();
    }
  }

  #timeout(): number {
    return Math.min(this.#lockTimeout, Math.max(this.#maxWait - this.#waited, lastTry));
  }

  async #giveWay(
    wait: Pick<Wait, 'for' | 'object' | 'tries' | 'blockers'>,
    spent: number,
    cause: unknown,
  ): Promise<void> {
    this.#waited += spent;
    const left = this.#maxWait - this.#waited;
    if (left <= 0) throw timeIsUp(wait, this.#waited, cause);
    const jitter = 0.5 + Math.random() / 2;
    // A run that waits for its turn blocks nobody, so it needs no pause.
    const pause =
      wait.for === 'turn' ? 0 : Math.min(left, jitter * Math.min(longestPause, firstPause * 2 ** (wait.tries - 1)));
    this.#options.onWait?.({ ...wait, waited: this.#waited, pause });
    await sleep(pause, undefined, this.#options.signal && { signal: this.#options.signal });
    this.#waited += pause;
  }
}

/**
 * Observes from a second session who keeps a process waiting. It opens that session when the process first waits, and keeps it across
 * tries: a try that gives way soon would be over before another session is open.
 */
class Watch {
  /** Who blocked it at the last look, by what it waited for. */
  readonly seen: Record<Wait['for'], readonly Blocker[]> = { turn: [], lock: [] };
  readonly #observe: () => Promise<Connection>;
  readonly #interval: number;
  #at: { readonly pid: number; readonly phase: Wait['for']; readonly since: number } | undefined;
  #looking = false;
  #ended = false;

  constructor(observe: () => Promise<Connection>, interval: number) {
    this.#observe = observe;
    this.#interval = interval;
  }

  /** The process has begun something that may have to wait. */
  look(pid: number, phase: Wait['for']): void {
    this.#at = { pid, phase, since: performance.now() };
    if (this.#looking) return;
    this.#looking = true;
    this.#run().catch(() => {
      // Blockers stay unnamed if the server has no second connection to give.
    });
  }

  /** The process no longer waits. */
  rest(): void {
    this.#at = undefined;
  }

  end(): void {
    this.rest();
    this.#ended = true;
  }

  async #run(): Promise<void> {
    let connection: Connection | undefined;
    try {
      while (!this.#ended) {
        const at = this.#at;
        if (at && performance.now() - at.since >= this.#interval) {
          connection ??= await this.#observe();
          const blockers = await blockersOf(connection.query, at.pid);
          if (blockers.length > 0) this.seen[at.phase] = blockers;
        }
        await sleep(this.#interval, undefined, { ref: false });
      }
    } finally {
      await connection?.close();
    }
  }
}

/** Whether an error is the stop requested by `signal`, and not another one that occurred meanwhile. */
export function isStop(error: unknown, signal: AbortSignal | undefined): boolean {
  if (!signal?.aborted) return false;
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

/** lock_not_available and deadlock_detected: the transaction was rolled back, and may well succeed the next time. */
function isLockFailure(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: string };
  return code === '55P03' || code === '40P01';
}

function timeIsUp(
  { for: phase, object, blockers }: Pick<Wait, 'for' | 'object' | 'blockers'>,
  waited: number,
  cause: unknown,
): Conflict {
  const who = blockers.map(blockerText).join('; ') || 'a session that could not be seen';
  const prepared = blockers.flatMap(({ pid, application }) => (pid === null ? [literal(application)] : []));
  const end = prepared.length > 0 ? ` (COMMIT PREPARED or ROLLBACK PREPARED ${prepared.join(', ')})` : '';
  return new Conflict({
    object,
    found: `${phase === 'turn' ? 'another deploy at work' : 'its table in use'} for ${Math.round(waited / 1000)} s, by ${who}`,
    expected:
      phase === 'turn' ? 'its turn within --max-wait' : 'a moment within --max-wait in which nobody uses the table',
    next: `end that transaction${end}, or give a longer --max-wait, then run the command again; ${object} changed nothing`,
    cause,
  });
}
