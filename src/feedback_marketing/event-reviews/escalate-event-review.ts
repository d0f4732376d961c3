import { and, eq, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import type { Notification } from '../../notification.ts';
import { CustomerReview } from '../customer-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import { type EscalationOfReview, escalationColumns } from './escalation.ts';
import { EscalateEventReviewInput } from './inputs.ts';
import { notFoundHere } from './refusals.ts';

/** What the station is told of an escalation. */
export interface EscalatedReviewContent {
  readonly escalationId: string;
  readonly reviewId: string;
  readonly stars: number;
  readonly priority: 'low' | 'medium' | 'high' | 'urgent';
  readonly reason: string;
}

/** What {@link escalateEventReview} did. */
export interface EscalatedEventReview {
  readonly escalation: EscalationOfReview;
  /** To send. A call that opened nothing has none. */
  readonly notifications: readonly Notification<'event-review-escalated', EscalatedReviewContent>[];
}

/**
 * Opens an escalation of a review, beside those that are open already. The same call again, while it is open, gives the same answer.
 *
 * A station operation: `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
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
  const { stationId } = stationActorOf(db);
  const { reviewId, priority, reason } = parseInput(EscalateEventReviewInput, input);
  return db.transaction(
    async (tx) => {
      // Calls for the same review come one after another.
      const [review] = await tx
        .select({ stars: CustomerReview.rating })
        .from(CustomerReview)
        .where(eq(CustomerReview.id, reviewId))
        .for('no key update');
      if (!review) throw notFoundHere('reviewId', 'review');
      const [open] = await tx
        .select(escalationColumns)
        .from(ReviewEscalation)
        .where(
          and(
            eq(ReviewEscalation.reviewId, reviewId),
            sql`NOT ${ReviewEscalation.isResolved}`,
            eq(ReviewEscalation.priority, priority),
            eq(ReviewEscalation.reason, reason),
          ),
        );
      if (open) return { escalation: open, notifications: [] };
      const [escalation] = await tx
        .insert(ReviewEscalation)
        .values({ reviewId, stationId, priority, reason })
        .returning(escalationColumns);
      const { escalationId } = escalation as EscalationOfReview;
      return {
        escalation: escalation as EscalationOfReview,
        notifications: [
          {
            kind: 'event-review-escalated',
            to: { stationId },
            content: { escalationId, reviewId, stars: review.stars, priority, reason },
          },
        ],
      };
    },
    { isolationLevel: 'read committed' },
  );
}
