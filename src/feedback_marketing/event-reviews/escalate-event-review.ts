import { eq, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { assertMayChange } from '../../may-change.ts';
import { CustomerReview } from '../customer-review.ts';
import { findOpenEscalation, openEscalation } from './escalation.ts';
import { EscalateEventReviewInput } from './inputs.ts';
import type { EscalatedEventReview } from './notifications.ts';
import { notFoundHere } from './refusals.ts';

/**
 * Opens an escalation of a review, beside those that are open already. The same call again, while it is open, gives the same answer.
 *
 * A station operation: `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * export const escalate = (reviewId: string, reason: string) =>
 *   withStation(db, { userId, stationId }, (tx) => escalateEventReview(tx, { reviewId, reason, priority: 'high' }));
 */
export async function escalateEventReview(
  db: PostgresDatabase,
  input: EscalateEventReviewInput,
): Promise<EscalatedEventReview> {
  const actor = stationActorOf(db);
  const given = parseInput(EscalateEventReviewInput, input);
  const { reviewId, priority, reason } = given;
  return db.transaction(
    async (tx) => {
      const [review] = await tx
        .select({
          stars: CustomerReview.rating,
          stationOfReview: sql<
            string | null
          >`CASE WHEN ${CustomerReview.bookingId} IS NULL THEN ${Customer.stationId} ELSE ${Booking.stationId} END`,
        })
        .from(CustomerReview)
        .leftJoin(Booking, eq(Booking.id, CustomerReview.bookingId))
        .leftJoin(Customer, eq(Customer.id, CustomerReview.customerId))
        .where(eq(CustomerReview.id, reviewId));
      if (!review) throw notFoundHere('reviewId', 'review');
      // Its lock lets calls for the same review come one after another.
      await assertMayChange(tx, CustomerReview, reviewId, 'reviewId');
      const open = await findOpenEscalation(tx, given);
      if (open) return { escalation: open, notifications: [] };
      const { stars, stationOfReview } = review;
      const stationId = actor.stationId ?? stationOfReview;
      const escalation = await openEscalation(tx, { ...given, stationId });
      const content = { escalationId: escalation.escalationId, reviewId, stars, priority, reason };
      return { escalation, notifications: [{ kind: 'event-review-escalated', to: { stationId }, content }] };
    },
    { isolationLevel: 'read committed' },
  );
}
