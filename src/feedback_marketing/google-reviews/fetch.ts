import { parseInput } from '../../input.ts';
import { openGoogleClient } from './client.ts';
import { FetchGoogleReviewsInput } from './inputs.ts';
import type { GoogleReviewPages } from './parse.ts';
import { findReview, readPages } from './read-pages.ts';

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
