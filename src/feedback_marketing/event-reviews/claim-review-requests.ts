import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { type ClaimedReviewRequest, claim, requests } from './claim.ts';
import { ClaimReviewRequestsInput } from './inputs.ts';

/**
 * Hands requests for reviews to a worker, which sends each to the customer and reports it with `markReviewRequestSent` or
 * `markReviewRequestFailed`. No other worker gets them until the lease is over. A message that was not reported by then, or that failed, is
 * claimed again with a new link, and its former link opens nothing; after five claims it is given up. Left out are bookings that are not
 * completed any more or that have a review, and requests of more than 90 days ago.
 *
 * A worker operation: it runs outside of stations.
 *
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * import { markReviewRequestSent } from 'canonical-models/feedback_marketing/event-reviews';
 *
 * for (const { requestId, leaseToken, notification } of await claimReviewRequests(db, { limit: 50 })) {
 *   const { to, content } = notification;
 *   console.log(to.phone, `https://example.com/review/${content.token}`);
 *   await markReviewRequestSent(db, { requestId, leaseToken });
 * }
 */
export async function claimReviewRequests(
  db: PostgresDatabase,
  input: ClaimReviewRequestsInput = {},
): Promise<ClaimedReviewRequest[]> {
  const given = parseInput(ClaimReviewRequestsInput, input);
  return db.transaction((tx) => claim(tx, requests, given), { isolationLevel: 'read committed' });
}
