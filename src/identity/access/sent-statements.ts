import type { DriverClient } from './session.ts';

/** A query of postgres-js. It is sent once something waits for it. */
interface Query extends PromiseLike<unknown> {
  values(): PromiseLike<unknown>;
  /** Of the connection, once it is sent: one object for all sessions that the connection has one after the other. */
  readonly state: { readonly pid: number; readonly secret: number } | null;
}

/**
 * The statements of a transaction of postgres-js that are under way.
 *
 * A connection of postgres-js goes on after its session has ended, or its transaction by SQL: as that of the next caller. A handle of the
 * transaction before still sends on it, or waits for a turn that never comes. And a statement whose name the server does not know any more is
 * sent again, behind everything that was sent since.
 */
export class SentStatements {
  readonly #onLost: () => void;
  readonly #underWay = new Set<Query>();
  readonly #waiting = new Set<() => void>();
  #session: { readonly state: NonNullable<Query['state']>; readonly pid: number; readonly secret: number } | undefined;
  #isLost = false;

  /** @param onLost Called once the connection has another session, or is known to be another caller's. */
  constructor(onLost: () => void) {
    this.#onLost = onLost;
  }

  /** Nothing more may be sent. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#goOn();
    this.#onLost();
  }

  /** Resolves once every statement has its answer, also one that had to be sent again; and once none can come. */
  async answered(): Promise<void> {
    while (this.#underWay.size > 0 && !this.#isLost) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** The client with its statements noted, and with none sent for the transaction once the connection is lost. */
  noting(client: DriverClient): DriverClient {
    const noted: DriverClient = {
      unsafe: (text, parameters, options) => {
        this.#refuseIfLost();
        const query = client.unsafe?.(text, parameters, options) as Query;
        // Drizzle calls another method of what it gets, or waits for it.
        return {
          // biome-ignore lint/suspicious/noThenProperty: as a query of postgres-js, it is sent once something waits for it.
          then: (...then: Parameters<Promise<unknown>['then']>) => this.#send(query, query).then(...then),
          values: () => this.#send(query, query.values()),
        };
      },
      savepoint: (run) =>
        client.savepoint?.(async (inner) => {
          try {
            return await run(this.noting(inner));
          } finally {
            // postgres-js would end the savepoint, on a connection that may be another caller's.
            if (this.#isLost) await new Promise<never>(() => {});
          }
        }) as never,
    };
    return Object.setPrototypeOf(noted, client) as DriverClient;
  }

  #refuseIfLost(): void {
    const session = this.#session;
    if (session && (session.state.pid !== session.pid || session.state.secret !== session.secret)) this.lose();
    if (this.#isLost) throw new Error('the connection of the transaction is lost');
  }

  async #send(query: Query, answer: PromiseLike<unknown>): Promise<unknown> {
    this.#underWay.add(query);
    setImmediate(() => this.#findLost());
    try {
      // Sent at once, before what is called after this.
      const rows = await new Promise((resolve, reject) => void answer.then(resolve, reject));
      if (!this.#session && query.state)
        this.#session = { state: query.state, pid: query.state.pid, secret: query.state.secret };
      return rows;
    } catch (error) {
      // If it failed with its connection, the end of the transaction is known by then: nothing is sent after it.
      await new Promise((resolve) => setImmediate(resolve));
      throw error;
    } finally {
      this.#underWay.delete(query);
      this.#goOn();
      setImmediate(() => this.#findLost());
    }
  }

  /** While nothing of the transaction is under way, postgres-js sends its next statement at once. If not, the connection is another caller's. */
  #findLost(): void {
    if (this.#underWay.size > 0 && [...this.#underWay].every(({ state }) => state === null)) this.lose();
  }

  #goOn(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }
}
