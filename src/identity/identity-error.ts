/** What an error says: the object it is about, what was found there, what was expected, and what to do next. */
export interface IdentityErrorDetails {
  /** What it is about, as in `identity.oauth_accounts.access_token`. */
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  /** The next step. */
  readonly next: string;
  /** The error behind it. */
  readonly cause?: unknown;
}

/**
 * An error of the identity domain that a person can act on. It never holds a token, a key or any other secret.
 *
 * @example
 * try {
 *   await linkOAuthAccount(db, login);
 * } catch (error) {
 *   if (error instanceof IdentityError) logger.warn({ object: error.object, next: error.next });
 *   throw error;
 * }
 */
export abstract class IdentityError extends Error implements IdentityErrorDetails {
  abstract override readonly name: string;
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  readonly next: string;

  constructor({ object, found, expected, next, cause }: IdentityErrorDetails) {
    super(
      `${object}: found ${found}; expected ${expected}.\nNext: ${next}`,
      cause === undefined ? undefined : { cause },
    );
    this.object = object;
    this.found = found;
    this.expected = expected;
    this.next = next;
  }
}
