import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CanonicalModelsError, InvalidInput, LimitReached, NotFound, NotSetUp } from '../../../src/errors.ts';
import {
  type FetchGoogleReviewsInput,
  fetchGoogleReviews,
  type GoogleReviewPage,
} from '../../../src/feedback_marketing/google-reviews/index.ts';
import { type Fault, type GoogleServer, newApiReview, refuse, startGoogleServer } from './google-server.ts';

let google: GoogleServer;
beforeAll(async () => {
  google = await startGoogleServer();
});
afterAll(() => google.close());
beforeEach(() => {
  google.reviews = [newApiReview(), newApiReview(), newApiReview(), newApiReview(), newApiReview()];
  google.hidden.clear();
  google.pageSize = 2;
  google.token = 'token-1';
  google.faults.length = 0;
  google.requests.length = 0;
  google.authorizations.length = 0;
  google.beforePage = undefined;
});

const connect = (input: Partial<FetchGoogleReviewsInput> = {}) =>
  fetchGoogleReviews({
    accountId: '1',
    locationId: '2',
    accessToken: () => google.token,
    baseUrl: google.baseUrl,
    timeout: 5_000,
    retry: { firstDelay: 1, budget: 10_000 },
    ...input,
  });

async function readAll(input: Partial<FetchGoogleReviewsInput> = {}): Promise<GoogleReviewPage[]> {
  const pages: GoogleReviewPage[] = [];
  for await (const page of connect(input)) pages.push(page);
  return pages;
}

const idsOf = (pages: readonly GoogleReviewPage[]) =>
  pages.flatMap(({ reviews }) => reviews.map(({ externalId }) => externalId));
const newestFirst = () => google.reviews.map(({ reviewId }) => reviewId).reverse();

async function failureOf(promise: Promise<unknown>): Promise<CanonicalModelsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CanonicalModelsError) return error;
  throw error ?? new Error('it succeeded');
}

const html: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sorry</html>');
};
const status =
  (code: number, word: string, headers = {}): Fault =>
  (_, response) =>
    refuse(response, code, word, headers);
const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);

describe('the pages of a location', () => {
  test('come one after the other, those that changed last first', async () => {
    const pages = await readAll();
    expect(pages.map(({ number, totalReviewCount }) => [number, totalReviewCount])).toEqual([
      [1, 5],
      [2, 5],
      [3, 5],
    ]);
    expect(idsOf(pages)).toEqual(newestFirst());
    expect(google.requests[0]).toBe('GET /v4/accounts/1/locations/2/reviews?pageSize=50&orderBy=updateTime+desc');
    expect(google.requests).toHaveLength(3);
  });

  test('are asked for only as they are read', async () => {
    for await (const _ of connect()) break;
    expect(google.requests).toHaveLength(1);
  });

  test('are none of a location without reviews, which Google counts', async () => {
    google.reviews = [];
    expect(await readAll()).toEqual([{ number: 1, reviews: [], totalReviewCount: 0, unreadable: 0 }]);
  });

  test('repeat a review that a new one shifted', async () => {
    let page = 0;
    google.beforePage = () => {
      if (++page === 2) google.reviews.push(newApiReview());
    };
    const ids = idsOf(await readAll());
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(5);
  });

  test('begin again if Google forgot where it was', async () => {
    let page = 0;
    google.beforePage = () => {
      if (++page === 2) google.expirePageTokens();
    };
    const pages = await readAll();
    expect(pages.map(({ number }) => number)).toEqual([1, 1, 2, 3]);
    expect(new Set(idsOf(pages))).toEqual(new Set(newestFirst()));
  });

  test('do not begin again for ever', async () => {
    let page = 0;
    google.beforePage = () => {
      if (++page % 2 === 0) google.expirePageTokens();
    };
    expect(await failureOf(readAll())).toMatchObject({ code: 'google-refused' });
    expect(google.requests).toHaveLength(8);
  });

  test('end at a page token that was there before', async () => {
    const circle: Fault = (_, response) => {
      response.writeHead(200).end(JSON.stringify({ reviews: [newApiReview()], nextPageToken: 'again' }));
    };
    google.faults.push(...times(10, circle));
    expect(await readAll()).toHaveLength(2);
  });

  test('can be read again, and one review by itself', async () => {
    const pages = connect();
    for (const _ of [1, 2]) {
      const read: GoogleReviewPage[] = [];
      for await (const page of pages) read.push(page);
      expect(idsOf(read)).toEqual(newestFirst());
    }
    const [review] = google.reviews;
    expect(await pages.find(review?.reviewId ?? '')).toMatchObject({ externalId: review?.reviewId, stars: 5 });
    expect(await pages.find('gone')).toBeUndefined();
    expect(google.requests.at(-1)).toBe('GET /v4/accounts/1/locations/2/reviews/gone');
  });

  test('have ids that lead to no other path', async () => {
    const pages = connect();
    for (const id of ['a/../../b', '?x=1', '#', '%2e%2e']) {
      expect(await pages.find(id)).toBeUndefined();
      expect(google.requests.at(-1)).toBe(`GET /v4/accounts/1/locations/2/reviews/${encodeURIComponent(id)}`);
    }
    google.requests.length = 0;
    for (const id of ['', '.', '..']) expect(await pages.find(id)).toBeUndefined();
    expect(google.requests).toEqual([]);
  });
});

describe('a request that fails in a way that passes is repeated', () => {
  test.each<[string, Fault]>([
    ['429', status(429, 'RESOURCE_EXHAUSTED')],
    ['500', status(500, 'INTERNAL')],
    ['503 of a front end', (_, response) => void response.writeHead(503).end('<html>')],
    ['200 of another kind than JSON', html],
    ['cut JSON', (_, response) => void response.writeHead(200).end('{"reviews":[{"reviewId":"a"')],
    [
      'a connection that is cut in the body',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"reviews":[');
        setTimeout(() => response.destroy(), 5);
      },
    ],
    [
      'a body whose compression is cut',
      (_, response) => {
        response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync(JSON.stringify({ reviews: google.reviews })).subarray(0, 120));
      },
    ],
    ['a connection that is cut before any answer', (request) => void request.socket.destroy()],
    [
      'a status with words that are not text',
      (_, response) => void response.writeHead(502).end('{"error":{"status":[]}}'),
    ],
  ])('%s', async (_, fault) => {
    google.faults.push(...times(3, fault));
    expect(idsOf(await readAll())).toEqual(newestFirst());
    expect(google.requests).toHaveLength(6);
  });

  test.each<[string, Fault]>([
    ['without an answer', () => {}],
    ['with a body that does not end', (_, response) => void response.writeHead(200).write('{')],
  ])('one %s, after its time', async (_, fault) => {
    google.faults.push(fault);
    expect(idsOf(await readAll({ timeout: 100 }))).toEqual(newestFirst());
  });

  test('until the budget is used up', async () => {
    // The first request of a process takes longer than the whole budget.
    await readAll();
    google.requests.length = 0;
    google.faults.push(...times(1_000, status(503, 'UNAVAILABLE')));
    const error = await failureOf(readAll({ retry: { firstDelay: 1, budget: 60 } }));
    expect(error).toBeInstanceOf(NotSetUp);
    expect(error).toMatchObject({
      code: 'google-unavailable',
      object: 'accounts/1/locations/2/reviews',
      found: 'status 503, UNAVAILABLE',
    });
    expect(google.requests.length).toBeGreaterThan(2);
  });

  test('and nobody who listens is told by the code of the socket', async () => {
    const server = await startGoogleServer();
    await server.close();
    const input = { baseUrl: server.baseUrl, retry: { firstDelay: 1, budget: 20 } };
    expect(await failureOf(readAll(input))).toMatchObject({
      code: 'google-unavailable',
      found: 'no answer (ECONNREFUSED)',
    });
  });
});

describe('Retry-After', () => {
  test('is obeyed, as seconds and as a date', async () => {
    const asks = (retryAfter: string): Fault => status(429, 'RESOURCE_EXHAUSTED', { 'retry-after': retryAfter });
    google.faults.push(asks('1'), asks(new Date(Date.now() + 1_900).toUTCString()));
    const begin = performance.now();
    const waits = [1, 2].map(async () => {
      expect(idsOf(await readAll())).toEqual(newestFirst());
      return performance.now() - begin;
    });
    for (const wait of await Promise.all(waits)) expect(wait).toBeGreaterThan(800);
  });

  test.each([
    ['0', 0],
    [new Date(0).toUTCString(), 0],
    ['soon', 0],
    ['-5', 0],
    ['1e9', 0],
    ['', 0],
  ])('%j asks for no pause', async (header) => {
    google.faults.push(status(429, 'RESOURCE_EXHAUSTED', { 'retry-after': header }));
    expect(idsOf(await readAll())).toEqual(newestFirst());
  });

  test.each([
    ['86400', 86_400_000],
    [new Date(Date.now() + 86_400_000).toUTCString(), 86_400_000],
    ['999999999999999', 8.64e15],
  ])('%s is not waited for: the error says when', async (header, wait) => {
    google.faults.push(status(429, 'RESOURCE_EXHAUSTED', { 'retry-after': header }));
    const error = await failureOf(readAll());
    expect(error).toBeInstanceOf(LimitReached);
    expect(error.code).toBe('google-quota-reached');
    const when = Date.parse(error.next.replace('try again after ', ''));
    expect(Math.abs(when - Math.min(Date.now() + wait, 8.64e15))).toBeLessThan(60_000);
    expect(google.requests).toHaveLength(1);
  });
});

describe('the access token', () => {
  test('is asked for once, and again with the refused one after each 401', async () => {
    const refused: (string | undefined)[] = [];
    let page = 0;
    google.beforePage = () => {
      if (++page % 2 === 0) google.token = `token-${page}`;
    };
    const pages = await readAll({
      accessToken: async (old) => {
        refused.push(old);
        return google.token;
      },
    });
    expect(idsOf(pages)).toEqual(newestFirst());
    expect(refused[0]).toBeUndefined();
    expect(refused.length).toBeLessThanOrEqual(3);
    expect(refused.slice(1).every((old) => old?.startsWith('token-'))).toBe(true);
    expect(google.authorizations).toContain(`Bearer ${google.token}`);
  });

  test('that is refused twice ends it', async () => {
    const asked: (string | undefined)[] = [];
    const accessToken = (old?: string) => {
      asked.push(old);
      return 'secret-token';
    };
    const error = await failureOf(readAll({ accessToken }));
    expect(error).toBeInstanceOf(NotSetUp);
    expect(error.code).toBe('google-token-refused');
    expect(asked).toEqual([undefined, 'secret-token']);
    expect(google.requests).toHaveLength(2);
  });

  test.each([['secret\nname: value'], [''], [undefined], [{ secret: 1 }]])('%j is not sent', async (token) => {
    const error = await failureOf(readAll({ accessToken: () => token as string }));
    expect(error.code).toBe('google-token-refused');
    expect(google.requests).toEqual([]);
  });

  test('that cannot be had ends it with the error of the callback', async () => {
    const reason = new Error('revoked');
    await expect(readAll({ accessToken: () => Promise.reject(reason) })).rejects.toBe(reason);
  });
});

describe('a refusal is not repeated', () => {
  test.each<[number, string, typeof NotFound | typeof InvalidInput | typeof NotSetUp, string]>([
    [400, 'INVALID_ARGUMENT', InvalidInput, 'google-refused'],
    [403, 'PERMISSION_DENIED', NotSetUp, 'google-access-denied'],
    [404, 'NOT_FOUND', NotFound, 'google-not-found'],
    [409, 'ABORTED', InvalidInput, 'google-refused'],
  ])('%i %s', async (code, word, Meaning, expected) => {
    google.faults.push(status(code, word));
    const error = await failureOf(readAll());
    expect(error).toBeInstanceOf(Meaning);
    expect(error).toMatchObject({ code: expected, found: `status ${code}, ${word}` });
    expect(google.requests).toHaveLength(1);
  });

  test.each([[301], [404], [418]])('%i of something that is not the API', async (code) => {
    google.faults.push((_, response) => {
      response.writeHead(code, { location: `${google.baseUrl}/elsewhere` }).end('<html>');
    });
    expect(await failureOf(connect().find('x'))).toMatchObject({ code: 'google-unavailable', found: `status ${code}` });
    expect(google.requests).toHaveLength(1);
  });
});

describe('no error holds', () => {
  const faults: readonly Fault[] = [
    status(400, 'INVALID_ARGUMENT'),
    status(401, 'UNAUTHENTICATED'),
    status(403, 'PERMISSION_DENIED'),
    status(404, 'NOT_FOUND'),
    status(429, 'RESOURCE_EXHAUSTED', { 'retry-after': '86400' }),
    html,
    (request) => void request.socket.destroy(),
  ];
  test('a token or what Google sent', async () => {
    for (const fault of faults) {
      google.faults.length = 0;
      google.faults.push(...times(100, fault));
      const error = await failureOf(
        readAll({ accessToken: () => 'secret-token', retry: { firstDelay: 1, budget: 30 } }),
      );
      let text = '';
      for (let at: unknown = error; at instanceof Error; at = at.cause) text += JSON.stringify(at) + at.stack;
      expect(text).not.toMatch(/secret|cold|Sorry/);
    }
  });
});

describe('the signal', () => {
  test.each<[string, Fault]>([
    ['a request', () => {}],
    ['a body', (_, response) => void response.writeHead(200).write('{')],
    ['a pause', status(503, 'UNAVAILABLE', { 'retry-after': '5' })],
  ])('ends %s', async (_, fault) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    google.faults.push((request, response) => {
      fault(request, response);
      setTimeout(() => controller.abort(reason), 30);
    });
    await expect(readAll({ signal: controller.signal })).rejects.toBe(reason);
    expect(google.requests).toHaveLength(1);
  });

  test('that is over sends nothing', async () => {
    await expect(readAll({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    expect(google.requests).toEqual([]);
  });
});
