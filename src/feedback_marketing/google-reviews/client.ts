import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../columns.ts';
import { errorOf, type FailedTry, isTemporary, tokenRefused } from './failures.ts';
import type { GoogleConnection } from './inputs.ts';

/** The longest pause that a try waits by itself. Google may ask for a longer one. */
const longestPause = 64_000;

/** A request to the Business Profile API. */
export interface GoogleRequest {
  readonly method: 'GET' | 'PUT';
  /** The name of a resource, part by part: `['accounts', '1', 'locations', '2', 'reviews']`. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  /** Called when a try ends and nobody knows whether Google did what it was asked for. */
  readonly onUnclear?: () => void;
}

/** Sends requests, one after the other. */
export interface GoogleClient {
  /**
   * Sends one, again if it fails in a way that passes. All of Google's methods that are used may be repeated.
   *
   * @throws the errors of `errorOf`, the reason of `signal`, and what `accessToken` throws.
   */
  send(request: GoogleRequest): Promise<JsonObject>;
}

export function openGoogleClient(connection: GoogleConnection): GoogleClient {
  const { accessToken, signal, retry } = connection;
  let token: string | undefined;

  const tokenFor = async (object: string, refused?: string): Promise<string> => {
    const given: unknown = await accessToken(refused);
    // A header cannot hold anything else, and `fetch` would put it into its error.
    if (typeof given === 'string' && /^[\x21-\x7e]+$/.test(given)) return given;
    throw tokenRefused({ object, found: 'something from accessToken that is not a token' });
  };

  return {
    async send(request) {
      const object = request.path.join('/');
      const deadline = performance.now() + retry.budget;
      let isRenewed = false;
      for (let attempt = 0; ; attempt++) {
        signal?.throwIfAborted();
        token ??= await tokenFor(object);
        const answer = await tryOnce(connection, request, token);
        if ('body' in answer) return answer.body;
        if (isTemporary(answer) && answer.status !== 429) request.onUnclear?.();
        signal?.throwIfAborted();
        if (answer.status === 401 && !isRenewed) {
          token = await tokenFor(object, token);
          isRenewed = true;
          continue;
        }
        const pause = Math.random() * Math.min(longestPause, retry.firstDelay * 2 ** attempt);
        const wait = Math.max(pause, answer.retryAfter ?? 0);
        if (!isTemporary(answer) || performance.now() + wait > deadline) throw errorOf(object, answer, wait);
        await pauseFor(wait, signal);
      }
    },
  };
}

async function tryOnce(
  { baseUrl, timeout, signal }: GoogleConnection,
  { method, path, query = {}, body }: GoogleRequest,
  token: string,
): Promise<{ readonly body: JsonObject } | FailedTry> {
  const url = new URL(baseUrl);
  url.pathname = ['/v4', ...path.map(encodeURIComponent)].join('/');
  url.search = new URLSearchParams(query).toString();
  const limit = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      // The API redirects nobody, and a token goes nowhere else.
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = jsonObjectIn(await response.text());
    if (response.ok && answer) return { body: answer };
    return {
      status: response.status,
      word: wordIn(answer),
      retryAfter: millisecondsUntil(response.headers.get('retry-after')),
    };
  } catch (cause) {
    return { status: undefined, word: undefined, retryAfter: undefined, cause };
  }
}

/** Undefined for pages of a front end, and for what is cut. */
function jsonObjectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** The `status` of Google's errors: `{ error: { code, message, status, details } }`. */
function wordIn(answer: JsonObject | undefined): string | undefined {
  const error = answer?.['error'];
  const word = typeof error === 'object' && error !== null && !Array.isArray(error) ? error['status'] : undefined;
  return typeof word === 'string' && /^[A-Z_]{1,40}$/.test(word) ? word : undefined;
}

/** `Retry-After` is a number of seconds or a date. Anything else says nothing. */
function millisecondsUntil(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return /^[A-Z]/.test(header) && !Number.isNaN(date) ? Math.max(0, date - Date.now()) : undefined;
}

async function pauseFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
