import {
  CanonicalModelsError,
  Conflict,
  InvalidInput,
  isRetryable,
  LimitReached,
  NotAuthenticated,
  NotFound,
  NotPermitted,
} from 'canonical-models/errors';
import { StationTokenRefused } from 'canonical-models/identity/access';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { codeOf } from './log.ts';

// The one place in which an error becomes an answer: a problem of RFC 9457, as `application/problem+json`.

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  /** For programs, as in `coupon-expired`. */
  code: z.string(),
  /** The id of the request, which the log has, too. */
  instance: z.string(),
  /** Of an input: what is wrong, by field. */
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.output<typeof Problem>;

/** What an answer says of an error, but for the id of the request. */
export interface Trouble extends Pick<Problem, 'status' | 'code' | 'detail' | 'errors'> {
  /** In seconds. */
  readonly retryAfter?: number | undefined;
}

/** An input that does not have its form. */
export class InvalidRequest extends Error {
  readonly status: 400 | 413 | 415 | 429;
  readonly code: string;
  readonly errors: Problem['errors'];
  readonly retryAfter: number | undefined;

  constructor(
    { status, code, retryAfter }: { status: 400 | 413 | 415 | 429; code: string; retryAfter?: number },
    detail: string,
    errors?: Problem['errors'],
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

const meanings = [
  [InvalidInput, 400],
  [NotAuthenticated, 401],
  [NotPermitted, 403],
  [NotFound, 404],
  [Conflict, 409],
  [LimitReached, 429],
] as const;

/** What PostgreSQL itself refuses of a statement of ours, by SQLSTATE or its class. */
const refusals: Readonly<Record<string, readonly [status: number, code: string]>> = {
  '22': [400, 'value-refused'],
  '23502': [400, 'value-missing'],
  '23503': [409, 'reference-not-found'],
  '23505': [409, 'already-there'],
  '23514': [400, 'value-refused'],
  '57014': [504, 'timed-out'],
  '53300': [503, 'unavailable'],
};

export function troubleOf(error: unknown): Trouble {
  if (error instanceof InvalidRequest) {
    const { status, code, message, errors, retryAfter } = error;
    return { status, code, detail: message, errors, retryAfter };
  }
  if (error instanceof CanonicalModelsError) {
    const [, status] = meanings.find(([meaning]) => error instanceof meaning) ?? [];
    const retryAfter = error instanceof StationTokenRefused ? error.retryAfter : undefined;
    const { code, object, found, expected } = error;
    if (status) return { status, code, detail: `${object}: found ${found}; expected ${expected}.`, retryAfter };
  }
  if (error instanceof HTTPException) return { status: error.status, code: `http-${error.status}` };
  if (isRetryable(error)) return { status: 503, code: 'unavailable', retryAfter: 1 };
  const sqlState = codeOf(error);
  const [status, code] = refusals[sqlState] ?? refusals[/^\d\w{4}$/.test(sqlState) ? sqlState.slice(0, 2) : ''] ?? [];
  return status && code ? { status, code } : { status: 500, code: 'internal' };
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** The answer to the request. */
export function answerTo(c: Context, { retryAfter, ...trouble }: Trouble): Response {
  const problem: Problem = {
    type: 'about:blank',
    title: titles[trouble.status] ?? 'Error',
    ...trouble,
    instance: `urn:uuid:${c.get('requestId')}`,
  };
  c.header('content-type', 'application/problem+json');
  if (retryAfter) c.header('retry-after', String(retryAfter));
  if (trouble.status === 401) c.header('www-authenticate', 'Bearer');
  return c.body(JSON.stringify(problem), trouble.status as ContentfulStatusCode);
}
