import { and, eq, inArray, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { assertMayChange } from '../../may-change.ts';
import { CustomerReview, type ReviewStatus } from '../customer-review.ts';
import { ModerateEventReviewInput } from './inputs.ts';
import { notFoundHere, notInState } from './refusals.ts';

/** From which status a review gets to another: what was decided is flagged before it is decided again. */
const before: Readonly<Record<ModerateEventReviewInput['status'], ReviewStatus[]>> = {
  approved: ['pending', 'flagged'],
  rejected: ['pending', 'flagged'],
  flagged: ['pending', 'approved', 'rejected'],
};

/**
 * Approves or rejects a review that is pending or flagged, or flags one for another look. To reject and to flag ask for `notes`; approval
 * without notes leaves those that are there. A review that is not approved is not featured. The same decision again gives the same answer;
 * of two different ones at once, one is refused. Stars and text stay as the customer gave them.
 *
 * A station operation: `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {Conflict} `conflict`, if its status does not lead there.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * export const approve = (reviewId: string) =>
 *   withStation(db, { userId, stationId }, (tx) => moderateEventReview(tx, { reviewId, status: 'approved' }));
 */
export async function moderateEventReview(
  db: PostgresDatabase,
  input: ModerateEventReviewInput,
): Promise<CustomerReview> {
  const { userId } = stationActorOf(db);
  const { reviewId, status, notes } = parseInput(ModerateEventReviewInput, input);
  return db.transaction(
    async (tx) => {
      const [moderated] = await tx
        .update(CustomerReview)
        .set({
          status,
          moderatedById: userId,
          moderatedAt: sql`now()`,
          ...(notes !== undefined && { moderationNotes: notes }),
          ...(status !== 'approved' && { isFeatured: false }),
        })
        .where(and(eq(CustomerReview.id, reviewId), inArray(CustomerReview.status, before[status])))
        .returning();
      if (moderated) return moderated;
      const [review] = await tx.select().from(CustomerReview).where(eq(CustomerReview.id, reviewId));
      if (!review) throw notFoundHere('reviewId', 'review');
      await assertMayChange(tx, CustomerReview, reviewId, 'reviewId');
      const isSame = review.moderatedById === userId && (notes === undefined || notes === review.moderationNotes);
      if (review.status === status && isSame) return review;
      throw notInState('reviewId', `a review that is ${review.status}`, `one that is ${before[status].join(' or ')}`);
    },
    { isolationLevel: 'read committed' },
  );
}
