import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { type ModeratedBlogReview, onlyOf, reject } from './decisions.ts';
import { UnpublishBlogReviewInput } from './inputs.ts';

/**
 * Takes a published review off the website: it is rejected then, for a reason that the customer is told.
 *
 * Station: in `withStation`, by a user with `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {Conflict} `conflict`, if the review is not published.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {NotSetUp} `not-set-up` outside of `withStation`.
 *
 * @example
 * await withStation(db, { userId, stationId }, (tx) => unpublishBlogReview(tx, { reviewId, reason: 'The customer asked for it.' }));
 */
export async function unpublishBlogReview(
  db: PostgresDatabase,
  input: UnpublishBlogReviewInput,
): Promise<ModeratedBlogReview> {
  const { reviewId, reason } = parseInput(UnpublishBlogReviewInput, input);
  const actor = stationActorOf(db);
  const step = { from: 'approved', to: 'rejected' } as const;
  return db.transaction(async (tx) => onlyOf(await reject(tx, actor, [reviewId], reason, step)), {
    isolationLevel: 'read committed',
  });
}
