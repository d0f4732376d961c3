import { InvalidInput, NotFound } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { type GoogleClient, openGoogleClient } from './client.ts';
import { FetchGoogleReviewsInput } from './inputs.ts';
import {
  type GoogleReview,
  type GoogleReviewPage,
  type GoogleReviewPages,
  isGoogleReviewId,
  parseGooglePage,
  parseGoogleReview,
} from './parse.ts';

/** How often the list may begin again because Google forgot where it was. */
const mostRestarts = 3;

/**
 * Reads the reviews of a location by the Business Profile API, a page at a time and as the pages are asked for. It touches no database:
 * give the result to `syncGoogleReviews`.
 *
 * A request that fails in a way that passes (429, 5xx, no answer, a cut one) is repeated after a random pause, or when `Retry-After` says.
 * Iterating throws the errors below, the reason of `signal`, and what `accessToken` throws. No error holds a token or a review.
 *
 * @throws {InvalidInput} `invalid-input`, at once; `google-refused`.
 * @throws {NotFound} `google-not-found`: there is no such location, or it is not verified.
 * @throws {LimitReached} `google-quota-reached`: `next` says when to try again.
 * @throws {NotSetUp} `google-unavailable`, `google-token-refused`, `google-access-denied`.
 *
 * @example
 * const pages = fetchGoogleReviews({ accountId: '1', locationId: '2', accessToken: async () => tokens.access_token });
 * for await (const { reviews } of pages) {
 *   for (const { stars, commentOriginal } of reviews) console.log(stars, commentOriginal);
 * }
 */
export function fetchGoogleReviews(input: FetchGoogleReviewsInput): GoogleReviewPages {
  const { accountId, locationId, ...connection } = parseInput(FetchGoogleReviewsInput, input);
  const location = ['accounts', accountId, 'locations', locationId];
  const client = openGoogleClient(connection);
  return {
    location: location.join('/'),
    [Symbol.asyncIterator]: () => readPages(client, [...location, 'reviews']),
    find: (externalId) => findReview(client, [...location, 'reviews'], externalId),
  };
}

async function* readPages(
  client: GoogleClient,
  path: readonly string[],
): AsyncGenerator<GoogleReviewPage, void, undefined> {
  let restarts = 0;
  let number = 0;
  let pageToken: string | undefined;
  const asked = new Set<string>();
  for (;;) {
    const query = { pageSize: '50', orderBy: 'updateTime desc', ...(pageToken !== undefined && { pageToken }) };
    try {
      const { page, next } = parseGooglePage(await client.send({ method: 'GET', path, query }), ++number);
      yield page;
      // A token that comes again would lead round in a circle.
      if (next === undefined || asked.has(next)) return;
      asked.add(next);
      pageToken = next;
    } catch (error) {
      // A token of a page expires. Google says no more than that the request is wrong.
      const isExpired = pageToken !== undefined && error instanceof InvalidInput && error.code === 'google-refused';
      if (!isExpired || ++restarts > mostRestarts) throw error;
      number = 0;
      pageToken = undefined;
      asked.clear();
    }
  }
}

async function findReview(
  client: GoogleClient,
  path: readonly string[],
  externalId: string,
): Promise<GoogleReview | undefined> {
  if (!isGoogleReviewId(externalId)) return undefined;
  try {
    const body = await client.send({ method: 'GET', path: [...path, externalId] });
    return parseGoogleReview({ ...body, reviewId: externalId });
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
