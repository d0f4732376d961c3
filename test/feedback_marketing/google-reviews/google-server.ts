import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A review as the Business Profile API writes it. */
export interface ApiReview {
  readonly reviewId: string;
  updateTime: string;
  starRating?: string;
  comment?: string;
  reviewReply?: { comment?: string; updateTime?: string; reviewReplyState?: string; policyViolation?: string };
  readonly [field: string]: unknown;
}

/** Answers one request in place of the API. Returns false to let the API answer after all. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server of the documented shape, for the location `accounts/1/locations/2`. */
export interface GoogleServer {
  readonly baseUrl: string;
  /** All that is there. `list` shows those that changed last first. */
  reviews: ApiReview[];
  /** Ids that `list` leaves out, and `get` does not. */
  readonly hidden: Set<string>;
  /** What `list` counts, if that is not what is there. */
  total: number | undefined;
  pageSize: number;
  token: string;
  /** What the API says of a reply that it takes. */
  replyState: string;
  /** One for each of the next requests. */
  readonly faults: Fault[];
  /** As in `GET /v4/accounts/1/locations/2/reviews?pageToken=…`. */
  readonly requests: string[];
  readonly authorizations: (string | undefined)[];
  /** Called before a page is answered. */
  beforePage: (() => void | Promise<void>) | undefined;
  /** Called before a reply is taken. */
  beforeReply: (() => void | Promise<void>) | undefined;
  /** The page tokens of before are worth nothing from now on. */
  expirePageTokens(): void;
  close(): Promise<void>;
}

const reviewsPath = '/v4/accounts/1/locations/2/reviews';

/** Starts one. Close it when done. */
export async function startGoogleServer(): Promise<GoogleServer> {
  let generation = 0;
  const server = createServer((request, response) => {
    google.requests.push(`${request.method} ${request.url}`);
    google.authorizations.push(request.headers.authorization);
    const fault = google.faults.shift();
    if (fault && fault(request, response) !== false) return;
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', google.baseUrl);
    if (request.headers.authorization !== `Bearer ${google.token}`) return refuse(response, 401, 'UNAUTHENTICATED');
    if (!url.pathname.startsWith(reviewsPath)) return refuse(response, 404, 'NOT_FOUND');
    const [, id, reply] = url.pathname.slice(reviewsPath.length).split('/').map(decodeURIComponent);
    if (id === undefined) return list(url, response);
    const review = google.reviews.find(({ reviewId }) => reviewId === id);
    if (reply === 'reply') await google.beforeReply?.();
    if (!review) return refuse(response, 404, 'NOT_FOUND');
    if (reply !== 'reply') return send(response, review);
    const { comment } = JSON.parse(await bodyOf(request)) as { comment: string };
    if (Buffer.byteLength(comment) > 4096) return refuse(response, 400, 'INVALID_ARGUMENT');
    review.reviewReply = { comment, updateTime: new Date().toISOString(), reviewReplyState: google.replyState };
    return send(response, review.reviewReply);
  }

  async function list({ searchParams }: URL, response: ServerResponse): Promise<void> {
    await google.beforePage?.();
    const [of, start] = (searchParams.get('pageToken') ?? `${generation}:0`).split(':').map(Number) as [number, number];
    if (of !== generation) return refuse(response, 400, 'INVALID_ARGUMENT');
    if (google.reviews.length === 0) return send(response, {});
    const shown = google.reviews
      .filter(({ reviewId }) => !google.hidden.has(reviewId))
      .sort((one, other) => (one.updateTime < other.updateTime ? 1 : one.updateTime > other.updateTime ? -1 : 0));
    const end = start + Math.min(google.pageSize, Number(searchParams.get('pageSize')));
    send(response, {
      reviews: shown.slice(start, end),
      averageRating: 4.5,
      totalReviewCount: google.total ?? google.reviews.length,
      ...(end < shown.length && { nextPageToken: `${generation}:${end}` }),
    });
  }

  const google: GoogleServer = {
    baseUrl: await new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    }),
    reviews: [],
    hidden: new Set(),
    total: undefined,
    pageSize: 50,
    token: 'token-1',
    replyState: 'PENDING',
    faults: [],
    requests: [],
    authorizations: [],
    beforePage: undefined,
    beforeReply: undefined,
    expirePageTokens() {
      generation++;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return google;
}

function send(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, code: number, status: string, headers = {}): void {
  response
    .writeHead(code, { 'content-type': 'application/json; charset=UTF-8', ...headers })
    .end(JSON.stringify({ error: { code, status, message: 'Somebody wrote: the food was cold.' } }));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

let count = 0;

/** A review of five stars, changed after all that were made before. */
export function newApiReview(values: Partial<ApiReview> = {}): ApiReview {
  const reviewId = values.reviewId ?? `AbFv${++count}`;
  const time = new Date(Date.UTC(2026, 0, 1) + ++count * 60_000).toISOString();
  return {
    name: `accounts/1/locations/2/reviews/${reviewId}`,
    reviewer: { displayName: 'Ada Lovelace', profilePhotoUrl: 'https://example.com/ada.jpg' },
    starRating: 'FIVE',
    comment: 'A great evening.',
    createTime: time,
    updateTime: time,
    ...values,
    reviewId,
  };
}
