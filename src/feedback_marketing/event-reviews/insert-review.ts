import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { CustomerReview } from '../customer-review.ts';
import { EventReviewRequest } from '../event-review-request.ts';

/** A review that was written just now. */
interface InsertedReview {
  readonly reviewId: string;
  readonly submittedAt: Date;
}

/**
 * The call that gives the request its review writes it. A review of the booking that a service wrote without the request is that of the request.
 */
export async function insertReview(
  tx: PostgresDatabase,
  requestId: string,
  stars: number,
  text: string,
): Promise<InsertedReview | undefined> {
  const written = tx
    .select({ id: CustomerReview.id })
    .from(CustomerReview)
    .where(eq(CustomerReview.bookingId, EventReviewRequest.bookingId))
    .orderBy(CustomerReview.createdAt)
    .limit(1);
  const taken = tx.$with('taken').as(
    tx
      .update(EventReviewRequest)
      .set({ reviewId: sql`coalesce((${written}), gen_random_uuid())` })
      .where(and(eq(EventReviewRequest.id, requestId), isNull(EventReviewRequest.reviewId)))
      .returning({
        id: EventReviewRequest.reviewId,
        bookingId: EventReviewRequest.bookingId,
        customerId: EventReviewRequest.customerId,
      }),
  );
  const [review] = await tx
    .with(taken)
    .insert(CustomerReview)
    .select(
      tx
        .select({
          id: taken.id,
          bookingId: taken.bookingId,
          customerId: taken.customerId,
          rating: sql<number>`${stars}::int`.as('rating'),
          reviewText: sql<string | null>`nullif(${text}, '')`.as('review_text'),
        })
        .from(taken),
    )
    .onConflictDoNothing({ target: CustomerReview.id })
    .returning({ reviewId: CustomerReview.id, submittedAt: CustomerReview.createdAt });
  return review;
}
