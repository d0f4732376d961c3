import type { DriverClient } from './session.ts';

/** A query of postgres-js. It is sent once something waits for it. */
interface Query extends PromiseLike<unknown> {
  values(): PromiseLike<unknown>;
}

/** A connection of postgres-js, as it is given to what is sent on it. */
interface Connection {
  /** What is to be done when it is free: of the transaction that has it; another one for each. Null if none has it. */
  readonly reserved: unknown;
}

/**
 * The statements of a transaction of postgres-js that are under way.
 *
 * A connection of postgres-js goes on after its session has ended, or its transaction by SQL: as that of the next caller. A handle of the
 * transaction before still sends on it, or waits for a turn that never comes. And a statement whose name the server does not know any more is
 * sent again, behind everything that was sent since.
 */
export class SentStatements {
  readonly #onLost: (error?: unknown) => void;
  readonly #underWay = new Set<Query>();
  readonly #waiting = new Set<() => void>();
  #turn: { readonly connection: Connection; readonly reserved: unknown } | undefined;
  #isLost = false;

  /** @param onLost Called once the session of the transaction is known to have ended, with the error if one said so, or its connection to be another caller's. */
  constructor(onLost: (error?: unknown) => void) {
    this.#onLost = onLost;
  }

  /** Whether the transaction has ended without its driver: the connection may be another caller's, and nothing more may be sent on it. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Nothing more may be sent. */
  lose(error?: unknown): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#goOn();
    this.#onLost(error);
  }

  /** Never resolves once it is lost: what the driver would send to end the transaction would end that of another caller. */
  async neverIfLost(): Promise<void> {
    if (this.#isLost) await new Promise<never>(() => {});
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
        const query = client.unsafe?.(text, parameters, { ...options, onexecute: this.#noteTurn }) as Query;
        // Drizzle calls another method of what it gets, or waits for it.
        return {
          // biome-ignore lint/suspicious/noThenProperty: as a query of postgres-js, it is sent once something waits for it.
          then: (...then: Parameters<Promise<unknown>['then']>) => this.#send(query, query).then(...then),
          values: () => this.#send(query, query.values()),
        };
      },
      savepoint: async (run) => {
        const inner = (on: DriverClient) => run(this.noting(on)).finally(() => this.neverIfLost());
        try {
          return (await client.savepoint?.(inner)) as never;
        } catch (error) {
          if (endsSession(error)) this.lose(error);
          await this.neverIfLost();
          throw error;
        }
      },
    };
    return Object.setPrototypeOf(noted, client) as DriverClient;
  }

  /** Sends nothing but a line to the server, to be given the connection: postgres-js gives it to statements without parameters. */
  findTurn(client: DriverClient): void {
    const empty = client.unsafe?.('', [], { simple: true, onexecute: this.#noteTurn }) as Query;
    empty.then(undefined, () => {});
  }

  readonly #noteTurn = (connection: Connection): true => {
    this.#turn ??= { connection, reserved: connection.reserved };
    return true;
  };

  get #isTurnOver(): boolean {
    return this.#turn !== undefined && this.#turn.connection.reserved !== this.#turn.reserved;
  }

  #refuseIfLost(): void {
    if (this.#isTurnOver) this.lose();
    if (this.#isLost) throw new Error('the connection of the transaction is lost');
  }

  async #send(query: Query, answer: PromiseLike<unknown>): Promise<unknown> {
    this.#underWay.add(query);
    setImmediate(() => this.#findLost());
    try {
      // Sent at once, before what is called after this.
      return await new Promise((resolve, reject) => void answer.then(resolve, reject));
    } catch (error) {
      if (endsSession(error)) this.lose(error);
      // If it failed with its connection, the end of the transaction is known by then: nothing is sent after it.
      await new Promise((resolve) => setImmediate(resolve));
      throw error;
    } finally {
      this.#underWay.delete(query);
      this.#goOn();
      setImmediate(() => this.#findLost());
    }
  }

  /** What waits for a turn that is over waits forever. */
  #findLost(): void {
    if (this.#underWay.size > 0 && this.#isTurnOver) this.lose();
  }

  #goOn(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }
}

/** Whether an error ends the session: of the socket, of postgres-js about its connection, or a fatal one of the server. */
function endsSession(error: unknown): boolean {
  const { code, syscall, severity } = (error ?? {}) as Readonly<Record<'code' | 'syscall' | 'severity', unknown>>;
  return (
    typeof syscall === 'string' ||
    (typeof code === 'string' && /^CONNECT(?:ION)?_/.test(code)) ||
    severity === 'FATAL' ||
    severity === 'PANIC'
  );
}
