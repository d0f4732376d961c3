import { AsyncLocalStorage } from 'node:async_hooks';
import type { CanonicalModelsError } from '../../errors.ts';
import { ContextBusy, ContextClosed, ContextNotLive } from './errors.ts';

/** The scope that the running code belongs to, across every `await`. */
const running = new AsyncLocalStorage<Scope>();

/**
 * What a handle stands for: a context, or a savepoint in one. Scopes on a connection are a tree in which one path is open: a second child
 * waits until the first has settled.
 */
export class Scope {
  /** The scope of the context that this one belongs to. */
  readonly context: Scope;
  /** Resolves once nothing more of this scope is sent to the database. */
  readonly settled: Promise<void>;
  #settle = (): void => {};
  #abandon = (_reason: CanonicalModelsError): void => {};
  #hasRun = false;
  #isClosed = false;
  #isSettled = false;
  #child: Scope | undefined;
  /** The scope of the code that opened this one, which may be on another connection. */
  #caller: Scope | undefined;
  /** Those whose end its code waits for. */
  readonly #awaited = new Set<Scope>();

  /**
   * @param label For errors, as in `withStation of user … at station …`.
   * @param isSavepoint Whether it has the context of its parent.
   */
  constructor(
    readonly label: string,
    readonly parent?: Scope,
    isSavepoint = false,
  ) {
    this.context = isSavepoint && parent ? parent.context : this;
    this.#caller = Scope.#unsettled(running.getStore());
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The scope whose savepoint was opened last: this one, or one in it. */
  get innermost(): Scope {
    return this.#child?.innermost ?? this;
  }

  /** Why a statement of this scope may not be sent now; undefined if it may. */
  findRefusal(): CanonicalModelsError | undefined {
    if (this.#findClosed()) return closed(this);
    for (let at = this.#child; at; at = at.#child) {
      // Code in a savepoint may use the handle around it. Code beside it may not: its changes would be rolled back with the savepoint.
      if (at.context !== this.context || !at.isRunning()) return notLive(this.label, at);
    }
    return undefined;
  }

  /**
   * Waits until another scope has settled.
   *
   * @throws {ContextBusy} at once, if it would wait for itself: the other one is, or waits for, one that this one was called from.
   */
  waitFor(other: Scope): Promise<void> {
    const callers = new Set<Scope>();
    for (let at: Scope | undefined = this; at; at = at.#caller) callers.add(at);
    // Nobody waits yet for one that is new, so without a caller there is no circle to search for.
    const awaited = new Set(this.#caller ? [other] : []);
    // A set goes on to what is added to it meanwhile.
    for (const at of awaited) {
      if (callers.has(at) && !at.#isSettled) throw busy(this, at);
      for (const next of at.#awaited) awaited.add(next);
    }
    for (const at of callers) at.#awaited.add(other);
    return other.settled.then(() => {
      for (const at of callers) at.#awaited.delete(other);
    });
  }

  /** Waits until no other child is open, and opens this one in its parent. It refuses if it would wait for itself. */
  async open(): Promise<void> {
    const { parent } = this;
    if (!parent) return;
    for (;;) {
      if (parent.#findClosed()) throw closed(parent);
      if (!parent.#child) break;
      await this.waitFor(parent.#child);
    }
    parent.#child = this;
  }

  /**
   * Runs the callback of this scope, and closes it when it settles. A child that is still open then is abandoned: it is rolled back
   * before this resolves, whatever its callback is waiting for.
   */
  async run<Value>(callback: () => Promise<Value>): Promise<Value> {
    try {
      if (this.#findClosed()) throw closed(this);
      this.#hasRun = true;
      return await new Promise<Value>((resolve, reject) => {
        this.#abandon = reject;
        // Awaited in the scope: a query of Drizzle is sent once something waits for it.
        running.run(this, async () => await callback()).then(resolve, reject);
      });
    } finally {
      // A closed handle keeps its scope: what the callback returned would stay in memory with it.
      this.#abandon = () => {};
      await this.close();
    }
  }

  /** Whether it refuses every statement. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether code of the service has run in it. */
  get hasRun(): boolean {
    return this.#hasRun;
  }

  /** Refuses every statement from now on, and waits until the children have settled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (let child = this.#child; child; child = this.#child) {
      child.abandon();
      await child.settled;
    }
  }

  /** Ends the scope at once, because what it is in has ended. */
  abandon(): void {
    this.#isClosed = true;
    this.#abandon(closed(this));
  }

  /** Tells those who wait that nothing more of this scope is sent to the database. */
  settle(): void {
    this.#isClosed = true;
    this.#isSettled = true;
    const { parent } = this;
    if (parent && parent.#child === this) parent.#child = undefined;
    // Otherwise a loop in which each call starts the next would keep all of them in memory.
    this.#caller = Scope.#unsettled(this.#caller);
    this.#settle();
  }

  /** Whether the running code belongs to this scope, so that waiting for its end would never end. */
  isRunning(): boolean {
    for (let at = running.getStore(); at; at = at.#caller) if (at === this) return !this.#isSettled;
    return false;
  }

  #findClosed(): Scope | undefined {
    for (let at: Scope | undefined = this; at; at = at.parent) if (at.#isClosed) return at;
    return undefined;
  }

  /** The nearest scope, of this one and those that called it, that has not settled. */
  static #unsettled(scope: Scope | undefined): Scope | undefined {
    for (let at = scope; at; at = at.#caller) if (!at.#isSettled) return at;
    return undefined;
  }
}

/** The error for a use of a scope that has ended. */
export function closed(scope: Scope): ContextClosed {
  return new ContextClosed({
    object: scope.label,
    found: 'a use of its handle after its callback had settled, or after what is around it had ended',
    expected: 'every use of the handle to be awaited in its callback',
    next: 'await the query in the callback, and keep no handle beyond it',
  });
}

/** @param wanted What the handle stands for that was used. */
export function notLive(wanted: string, live: Scope): ContextNotLive {
  return new ContextNotLive({
    object: wanted,
    found: `a use while ${live.label} is open in it`,
    expected: 'the handle of the innermost call alone to be used until that call has settled',
    next: 'use the handle that the inner callback receives, or await the inner call first',
  });
}

export function busy(wanted: Scope, live: Scope): ContextBusy {
  return new ContextBusy({
    object: wanted.label,
    found: `a connection that ${live.label} holds, in whose callback this call is made: it would wait for itself`,
    expected: 'a call in a callback to be given the handle of that callback',
    next: 'pass the handle that the callback receives, in place of the one outside of it',
  });
}
