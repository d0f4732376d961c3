import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import type { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { ResubmitBlogReviewInput } from './inputs.ts';
import { refusalsOf, takeStep } from './take-step.ts';

/**
 * Has a rejected review decided again: it is pending then. Its text and its stars stay as the customer gave them.
 *
 * Station: in `withStation`, by a user with `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {Conflict} `conflict`, if the review is not rejected.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {NotSetUp} `not-set-up` outside of `withStation`.
 *
 * @example
 * const pending = await withStation(db, { userId, stationId }, (tx) => resubmitBlogReview(tx, { reviewId }));
 */
export async function resubmitBlogReview(
  db: PostgresDatabase,
  input: ResubmitBlogReviewInput,
): Promise<CustomerReviewBlogPost> {
  const { reviewId, comment = 'Resubmitted for review' } = parseInput(ResubmitBlogReviewInput, input);
  const actor = stationActorOf(db);
  const step = { from: 'rejected', to: 'pending' } as const;
  const set = { approvedBy: null, approvedAt: null, rejectionReason: null };
  return db.transaction(
    async (tx) => {
      const [review] = await takeStep(tx, actor, [reviewId], { step, set, comment });
      if (review) return review;
      throw (await refusalsOf(tx, [reviewId], step)).get(reviewId);
    },
    { isolationLevel: 'read committed' },
  );
}
