import { and, eq, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { assertMayChange } from '../../may-change.ts';
import { CustomerReview } from '../customer-review.ts';
import { FeatureEventReviewInput } from './inputs.ts';
import { notFoundHere, notInState } from './refusals.ts';

/**
 * Puts an approved review among those that are featured, or takes it out. The same call again gives the same answer.
 *
 * A station operation: `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {Conflict} `conflict`, if it is not approved.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * export const feature = (reviewId: string) =>
 *   withStation(db, { userId, stationId }, (tx) => featureEventReview(tx, { reviewId }));
 */
export async function featureEventReview(
  db: PostgresDatabase,
  input: FeatureEventReviewInput,
): Promise<CustomerReview> {
  stationActorOf(db);
  const { reviewId, isFeatured } = parseInput(FeatureEventReviewInput, input);
  return db.transaction(
    async (tx) => {
      const [featured] = await tx
        .update(CustomerReview)
        .set({ isFeatured })
        .where(
          and(
            eq(CustomerReview.id, reviewId),
            eq(CustomerReview.isFeatured, !isFeatured),
            isFeatured ? eq(CustomerReview.status, 'approved') : sql`true`,
          ),
        )
        .returning();
      if (featured) return featured;
      const [review] = await tx.select().from(CustomerReview).where(eq(CustomerReview.id, reviewId));
      if (!review) throw notFoundHere('reviewId', 'review');
      await assertMayChange(tx, CustomerReview, reviewId, 'reviewId');
      if (review.isFeatured === isFeatured) return review;
      throw notInState('reviewId', `a review that is ${review.status}`, 'one that is approved');
    },
    { isolationLevel: 'read committed' },
  );
}
