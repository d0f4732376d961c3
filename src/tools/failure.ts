/**
 * The two ways in which a command ends other than well. Exit code 1: the answer is "no" (the database differs, old imports are
 * left). Exit code 2: it could not be asked (wrong usage, wrong environment, no connection).
 */
export type FailureExitCode = 1 | 2;

/** What a failure says: the object it is about, what was found there, what was expected, and what to do next. */
export interface FailureDetails {
  /** What it is about, as in `public.messages` or `--url`. */
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  /** The next step, a command where there is one. */
  readonly next: string;
  readonly exitCode: FailureExitCode;
  readonly cause?: unknown;
}

/**
 * An error that a person can act on. Every error that a command or a public function throws on purpose is one of these.
 *
 * @example
 * try {
 *   await baseline({ url });
 * } catch (error) {
 *   if (error instanceof Failure) console.error(error.object, error.next);
 * }
 */
export class Failure extends Error implements FailureDetails {
  override readonly name: string = 'Failure';
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  readonly next: string;
  readonly exitCode: FailureExitCode;

  constructor(details: FailureDetails) {
    super(
      `${details.object}: found ${details.found}; expected ${details.expected}.\nNext: ${details.next}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.object = details.object;
    this.found = details.found;
    this.expected = details.expected;
    this.next = details.next;
    this.exitCode = details.exitCode;
  }
}
