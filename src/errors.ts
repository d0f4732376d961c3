import { isWithoutAnswer } from './driver-error.ts';

/** The content of an error: the object, what was found, what was expected, and what to do next. */
export interface ErrorDetails<Code extends string = string> {
  /** What happened, for a program. @default the code of the class, such as `not-found` for {@link NotFound} */
  readonly code?: Code;
  /** What it is about, as in `public.messages`, `stationId` or `--url`. */
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  /** The next step, a command if there is one. */
  readonly next: string;
  /** The error behind it. */
  readonly cause?: unknown;
}

/**
 * An error that a person can act on. Every error that this package throws on purpose is one, and nearly all are one of the seven
 * classes below. None holds a token, a key or any other secret. Errors of PostgreSQL and its drivers pass through as they are, wrapped in
 * Drizzle's `DrizzleQueryError`.
 *
 * @example
 * const statuses = [
 *   [InvalidInput, 400],
 *   [NotAuthenticated, 401],
 *   [NotPermitted, 403],
 *   [NotFound, 404],
 *   [Conflict, 409],
 *   [LimitReached, 429],
 * ] as const;
 *
 * export function answerTo(error: unknown): { status: number; body: { code: string; message?: string } } {
 *   const [, status] = statuses.find(([meaning]) => error instanceof meaning) ?? [];
 *   if (status === undefined) return { status: isRetryable(error) ? 503 : 500, body: { code: 'internal' } };
 *   const { code, message } = error as CanonicalModelsError;
 *   return { status, body: { code, message } };
 * }
 */
export abstract class CanonicalModelsError extends Error {
  abstract override readonly name: string;
  readonly code: string;
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  readonly next: string;

  constructor(ownCode: string, { code = ownCode, object, found, expected, next, cause }: ErrorDetails) {
    super(
      `${object}: found ${found}; expected ${expected}.\nNext: ${next}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.object = object;
    this.found = found;
    this.expected = expected;
    this.next = next;
  }
}

/**
 * What was wrong with the input.
 *
 * - `invalid-input`: an argument has another form, such as an id that is not a UUID.
 * - `in-transaction`: `recordDenial` was given the transaction that its record would be rolled back with.
 * - `lifetime-out-of-range`: the lifetime of a token is not between 1 second and the longest that is configured.
 * - `not-text`: PostgreSQL does not store the value as text.
 * - `other-station`: the anchor of an audit trail is from another station.
 * - `wrong-usage`: a command does not take the options or arguments.
 * - `missing-url`: no URL of a database was given, or something that is not one.
 * - `google-refused`: Google does not accept the request.
 */
export type InvalidInputCode =
  | 'invalid-input'
  | 'in-transaction'
  | 'lifetime-out-of-range'
  | 'not-text'
  | 'other-station'
  | 'wrong-usage'
  | 'missing-url'
  | 'google-refused';

/** The caller's input is wrong, whatever the database holds. Answer with 400. */
export class InvalidInput extends CanonicalModelsError {
  override readonly name: string = 'InvalidInput';
  declare readonly code: InvalidInputCode;

  constructor(details: ErrorDetails<InvalidInputCode>) {
    super('invalid-input', details);
  }
}

/**
 * Why the caller is not authenticated.
 *
 * - `not-authenticated`: the caller is unknown.
 */
export type NotAuthenticatedCode = 'not-authenticated';

/** The caller is unknown: no credentials, or none that are valid. Answer with 401. */
export class NotAuthenticated extends CanonicalModelsError {
  override readonly name: string = 'NotAuthenticated';
  declare readonly code: NotAuthenticatedCode;

  constructor(details: ErrorDetails<NotAuthenticatedCode>) {
    super('not-authenticated', details);
  }
}

/**
 * Why the caller may not do it.
 *
 * - `not-permitted`: the user lacks the right to do it; somebody else has it.
 * - `user-not-active`: the user's status is not `active`.
 * - `not-assigned`: the user is not assigned to the station, or there is no such station.
 * - `assignment-not-active`: the user's assignment to the station is not active.
 * - `assignment-expired`: the user's assignment to the station has expired.
 * - `station-suspended`: the station is suspended.
 * - `proof-required`: the database takes station tokens only, and was given the id of a user.
 * - `row-refused`: a row of another station was written, or one that the role may not write.
 * - `holder-without-access`: the holder of a token does not reach its station now.
 * - `issuer-without-access`: the issuer of a token does not reach its station now.
 * - `may-not-issue-for-others`: the issuer of a token is not its holder, and lacks `station.manage_users` at the station.
 * - `holder-outranks-issuer`: the holder of a token has a higher role at the station than its issuer.
 * - `role-too-high`: the role of a token is higher than that of its holder or issuer.
 * - `permission-missing`: the holder or the issuer lacks a permission of the token.
 * - `not-admin-staff`: the user is not admin staff.
 * - `email-not-verified`: the provider did not verify the e-mail address.
 * - `email-differs`: the provider's e-mail address is not the user's.
 */
export type NotPermittedCode =
  | 'not-permitted'
  | 'user-not-active'
  | 'not-assigned'
  | 'assignment-not-active'
  | 'assignment-expired'
  | 'station-suspended'
  | 'proof-required'
  | 'row-refused'
  | 'holder-without-access'
  | 'issuer-without-access'
  | 'may-not-issue-for-others'
  | 'holder-outranks-issuer'
  | 'role-too-high'
  | 'permission-missing'
  | 'not-admin-staff'
  | 'email-not-verified'
  | 'email-differs';

/** The caller may not do it. Answer with 403. */
export class NotPermitted extends CanonicalModelsError {
  override readonly name: string = 'NotPermitted';
  declare readonly code: NotPermittedCode;

  constructor(details: ErrorDetails<NotPermittedCode>) {
    super('not-permitted', details);
  }
}

/**
 * What does not exist.
 *
 * - `not-found`: what the call names does not exist.
 * - `user-not-found`: no user has that id.
 * - `station-not-found`: no station has that id.
 * - `not-linked`: the OAuth account is not one of the user's.
 * - `google-not-found`: Google has no such location or review.
 */
export type NotFoundCode = 'not-found' | 'user-not-found' | 'station-not-found' | 'not-linked' | 'google-not-found';

/** The object that the call names does not exist. Answer with 404. */
export class NotFound extends CanonicalModelsError {
  override readonly name: string = 'NotFound';
  declare readonly code: NotFoundCode;

  constructor(details: ErrorDetails<NotFoundCode>) {
    super('not-found', details);
  }
}

/**
 * What stands in the way.
 *
 * - `conflict`: something is there already, or somebody is at work there.
 * - `linked-elsewhere`: another user has the OAuth account.
 * - `last-way-to-log-in`: without the OAuth account the user could not log in.
 * - `coupon-revoked`: the coupon was revoked.
 * - `coupon-used-up`: the coupon has no use left.
 * - `coupon-expired`: the time of the coupon is over.
 * - `coupon-not-yet-valid`: the time of the coupon has not begun.
 * - `coupon-of-another-customer`: the coupon is for one customer alone, who is not the one of the booking.
 * - `coupon-minimum-not-reached`: the amount is below the minimum of the coupon.
 * - `booking-has-coupon`: another coupon was redeemed for the booking, or this one for another amount.
 * - `complaint-without-booking`: no booking or no customer of the station belongs to the review.
 * - `not-a-complaint`: the review has more than two stars.
 * - `booking-was-compensated`: another complaint about the booking got a coupon.
 * - `customer-has-coupon`: the customer has an active coupon that is not used.
 */
export type ConflictCode =
  | 'conflict'
  | 'linked-elsewhere'
  | 'last-way-to-log-in'
  | 'coupon-revoked'
  | 'coupon-used-up'
  | 'coupon-expired'
  | 'coupon-not-yet-valid'
  | 'coupon-of-another-customer'
  | 'coupon-minimum-not-reached'
  | 'booking-has-coupon'
  | 'complaint-without-booking'
  | 'not-a-complaint'
  | 'booking-was-compensated'
  | 'customer-has-coupon';

/** The call is valid, but the current state does not allow it. Answer with 409. */
export class Conflict extends CanonicalModelsError {
  override readonly name: string = 'Conflict';
  declare readonly code: ConflictCode;

  constructor(details: ErrorDetails<ConflictCode>) {
    super('conflict', details);
  }
}

/**
 * Which limit is reached.
 *
 * - `limit-reached`: the limit that `object` names is reached for now.
 * - `google-quota-reached`: Google takes no more requests for now.
 */
export type LimitReachedCode = 'limit-reached' | 'google-quota-reached';

/** There is no more available for now. Answer with 429. */
export class LimitReached extends CanonicalModelsError {
  override readonly name: string = 'LimitReached';
  declare readonly code: LimitReachedCode;

  constructor(details: ErrorDetails<LimitReachedCode>) {
    super('limit-reached', details);
  }
}

/**
 * What the deployment lacks.
 *
 * - `not-set-up`: what `object` names is missing, such as a migration, a grant, a package or a server that answers.
 * - `no-keys`: `setEncryptionKeys` was not called.
 * - `keys-invalid`: the encryption keys have another form.
 * - `unknown-key`: a stored value is encrypted with a key that was not given.
 * - `malformed`: a stored value is truncated or no longer has its form.
 * - `not-authentic`: a stored value was changed, belongs to another column, or is encrypted with another key of that id.
 * - `rows-hidden`: row-level security hides rows from the role of the connection.
 * - `no-connection`: the database can't be reached, or refuses the login.
 * - `missing-peer`: a required peer package is not installed, or its version does not fit.
 * - `google-unavailable`: Google did not answer in time, or something else answered.
 * - `google-token-refused`: Google does not accept the access token, nor the one that was given after it.
 * - `google-access-denied`: the account may not manage the location, or the project may not use the API.
 */
export type NotSetUpCode =
  | 'not-set-up'
  | 'no-keys'
  | 'keys-invalid'
  | 'unknown-key'
  | 'malformed'
  | 'not-authentic'
  | 'rows-hidden'
  | 'no-connection'
  | 'missing-peer'
  | 'google-unavailable'
  | 'google-token-refused'
  | 'google-access-denied';

/** The database, its server or this process is not set up correctly, whatever the request. Answer with 500. */
export class NotSetUp extends CanonicalModelsError {
  override readonly name: string = 'NotSetUp';
  declare readonly code: NotSetUpCode;

  constructor(details: ErrorDetails<NotSetUpCode>) {
    super('not-set-up', details);
  }
}

/**
 * Whether the same work may succeed if it is repeated: after a serialization failure (SQLSTATE 40001) or a deadlock (40P01), and
 * after a connection was lost or could not be opened. It looks at the error and at each `cause` behind it, and reads no message.
 *
 * Repeat the whole transaction, on a new connection of the pool. If the connection was lost during COMMIT, it is unknown whether it
 * was committed, so repeat only what may happen twice.
 *
 * node-postgres gives no code to errors that occur because the server went away. Such an error is recognized as the cause of Drizzle's
 * `DrizzleQueryError`; thrown by `pg` itself, without Drizzle, it is not.
 *
 * @param error Anything that was thrown: an error of a driver, of Drizzle or of this package.
 *
 * @example
 * export async function withRetries<Result>(work: () => Promise<Result>, tries = 3): Promise<Result> {
 *   for (let attempt = 1; ; attempt++) {
 *     try {
 *       return await work();
 *     } catch (error) {
 *       if (attempt >= tries || !isRetryable(error)) throw error;
 *       await setTimeout(2 ** attempt * 20 * Math.random());
 *     }
 *   }
 * }
 */
export function isRetryable(error: unknown): boolean {
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    if (('code' in at && typeof at.code === 'string' && isRetryableCode(at.code)) || hasNoAnswer(at)) return true;
  }
  return false;
}

/** The system's error codes for a connection that is gone or could not be opened, and those of postgres-js. */
const connectionCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'CONNECTION_CLOSED',
  'CONNECT_TIMEOUT',
]);

/** 57P04 is left out: a dropped database will not be there the next time either. */
function isRetryableCode(code: string): boolean {
  return /^(?:40001|40P01|08[0-9A-Z]{3}|57P0[1235])$/.test(code) || connectionCodes.has(code);
}

/** Recognizes Drizzle's query error by its fields `query` and `params`: a service may have another copy of the class. */
function hasNoAnswer(error: Error): boolean {
  return 'query' in error && 'params' in error && isWithoutAnswer(error.cause);
}
