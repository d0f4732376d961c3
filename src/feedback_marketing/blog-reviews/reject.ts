import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { type ModeratedBlogReview, onlyOf, reject } from './decisions.ts';
import { RejectBlogReviewInput } from './inputs.ts';

/**
 * Rejects a pending review, for a reason that the customer is told.
 *
 * Station: in `withStation`, by a user with `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {Conflict} `conflict`, if the review is not pending.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {NotSetUp} `not-set-up` outside of `withStation`.
 *
 * @example
 * await withStation(db, { userId, stationId }, (tx) => rejectBlogReview(tx, { reviewId, reason: 'It names a guest.' }));
 */
export async function rejectBlogReview(
  db: PostgresDatabase,
  input: RejectBlogReviewInput,
): Promise<ModeratedBlogReview> {
  const { reviewId, reason } = parseInput(RejectBlogReviewInput, input);
  const actor = stationActorOf(db);
  return db.transaction(async (tx) => onlyOf(await reject(tx, actor, [reviewId], reason)), {
    isolationLevel: 'read committed',
  });
}
