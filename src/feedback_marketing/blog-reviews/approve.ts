import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { approve, type ModeratedBlogReview, onlyOf } from './decisions.ts';
import { ApproveBlogReviewInput } from './inputs.ts';

/**
 * Publishes a pending review, under a slug that is made of its title. The slug stays, whatever happens to the title while the review is
 * published. After {@link unpublishBlogReview} and a change of the title it gets another one, and the former one leads to it.
 *
 * Station: in `withStation`, by a user with `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {Conflict} `conflict`, if the review is not pending.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {NotSetUp} `not-set-up` outside of `withStation`; `missing-peer` without the package `any-ascii`.
 *
 * @example
 * const { review, notification } = await withStation(db, { userId, stationId }, (tx) => approveBlogReview(tx, { reviewId }));
 */
export async function approveBlogReview(
  db: PostgresDatabase,
  input: ApproveBlogReviewInput,
): Promise<ModeratedBlogReview> {
  const { reviewId, ...decision } = parseInput(ApproveBlogReviewInput, input);
  const actor = stationActorOf(db);
  return db.transaction(async (tx) => onlyOf(await approve(tx, actor, [reviewId], decision)), {
    isolationLevel: 'read committed',
  });
}
