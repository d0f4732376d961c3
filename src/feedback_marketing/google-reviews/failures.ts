import {
  type CanonicalModelsError,
  type ErrorDetails,
  InvalidInput,
  LimitReached,
  NotFound,
  NotSetUp,
} from '../../errors.ts';

/** How a try ended that did not succeed. */
export interface FailedTry {
  /** Undefined if no answer came. */
  readonly status: number | undefined;
  /** Google's own word for it, as in `PERMISSION_DENIED`. Undefined if the answer is not from Google's API. */
  readonly word: string | undefined;
  /** When Google wants to be asked again, in milliseconds from now. */
  readonly retryAfter: number | undefined;
  readonly cause?: unknown;
}

const temporary: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Whether the same request may succeed later. An answer of success comes here if it was cut. */
export function isTemporary({ status }: FailedTry): boolean {
  return status === undefined || (status >= 200 && status < 300) || temporary.has(status);
}

/** The error for a try that no other follows. It holds status and code of the answer and nothing else of it: reviews are personal data. */
export function errorOf(object: string, failed: FailedTry, wait: number): CanonicalModelsError {
  const { status, word, cause } = failed;
  const details = { object, found: foundIn(failed), ...(cause === undefined ? {} : { cause }) };
  if (status === 429) {
    return new LimitReached({
      ...details,
      code: 'google-quota-reached',
      expected: 'some of the quota to be left',
      next: later(wait),
    });
  }
  if (isTemporary(failed)) {
    return new NotSetUp({ ...details, code: 'google-unavailable', expected: 'an answer', next: later(wait) });
  }
  if (status === 404 && word === 'NOT_FOUND') {
    return new NotFound({
      ...details,
      code: 'google-not-found',
      expected: 'a verified location or a review of it',
      next: 'correct accountId, locationId or the review: it may have been deleted',
    });
  }
  if (status === 401) return tokenRefused(details);
  if (status === 403) {
    return new NotSetUp({
      ...details,
      code: 'google-access-denied',
      expected: 'access to the location',
      next: 'have the API enabled and granted to the project, and make the account a manager of the location',
    });
  }
  if (word === undefined) {
    return new NotSetUp({
      ...details,
      code: 'google-unavailable',
      expected: 'an answer of the Business Profile API',
      next: 'correct baseUrl, or look at what stands between this process and Google',
    });
  }
  return new InvalidInput({
    ...details,
    code: 'google-refused',
    expected: 'a request that Google accepts',
    next: 'correct accountId, locationId or the text',
  });
}

export function tokenRefused(details: Pick<ErrorDetails, 'object' | 'found'>): NotSetUp {
  return new NotSetUp({
    ...details,
    code: 'google-token-refused',
    expected: 'an access token with the scope https://www.googleapis.com/auth/business.manage',
    next: 'have accessToken return a valid one: authorize the account again if its refresh token was revoked',
  });
}

function foundIn({ status, word, cause }: FailedTry): string {
  if (status === undefined) {
    const code = networkCode(cause);
    return code === undefined ? 'no answer' : `no answer (${code})`;
  }
  if (status >= 200 && status < 300) return `an answer of status ${status} that is cut or is not JSON`;
  return word === undefined ? `status ${status}` : `status ${status}, ${word}`;
}

/** As in `ECONNREFUSED`, which `fetch` has as the cause of its error. */
function networkCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

const lastMoment = 8.64e15;

function later(wait: number): string {
  return `try again after ${new Date(Math.min(Date.now() + wait, lastMoment)).toISOString()}`;
}
