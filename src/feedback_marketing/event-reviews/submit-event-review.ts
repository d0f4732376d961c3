import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { InvalidInput } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import type { Notification } from '../../notification.ts';
import { CustomerReview } from '../customer-review.ts';
import { EventReviewRequest } from '../event-review-request.ts';
import { priorityOf, reasonOf } from '../low-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import { SubmitEventReviewInput } from './inputs.ts';
import { type EventReviewAnswer, openRequest } from './open-request.ts';

/** What the station is told of a new review. */
export interface SubmittedReviewContent {
  readonly reviewId: string;
  readonly stars: number;
  /** Of the escalation that the review opened, if it did. */
  readonly priority: 'low' | 'medium' | 'high' | undefined;
}

/** What {@link submitEventReview} did. */
export interface SubmittedEventReview {
  /** For the customer: the same for each call with a token of the request. */
  readonly answer: EventReviewAnswer;
  /** To send. Of all calls, the one that wrote the review has it. */
  readonly notifications: readonly Notification<'event-review-submitted', SubmittedReviewContent>[];
}

/**
 * Takes the review of an event from its customer. A booking has one review: further calls, with other stars or at the same time, write nothing
 * and get the answer of the first. The review waits for moderation (`pending`); one of 3, 2 or 1 stars opens an escalation of low, medium
 * or high priority at once. Every answer has the links under which the station can be reviewed on other sites.
 *
 * A public operation: it runs outside of stations.
 *
 * @throws {InvalidInput} `invalid-input`; also if a review of so few stars does not say why (`text`).
 * @throws {NotFound} `not-found`, as `getEventReviewRequest` does.
 *
 * @example
 * const { answer, notifications } = await submitEventReview(db, { token, stars: 5, text: 'The chef was wonderful.' });
 */
export async function submitEventReview(
  db: PostgresDatabase,
  input: SubmitEventReviewInput,
): Promise<SubmittedEventReview> {
  const { token, stars, text } = parseInput(SubmitEventReviewInput, input);
  return db.transaction(
    async (tx) => {
      const { requestId, stationId, settings, answer } = await openRequest(tx, token);
      if (answer) return { answer, notifications: [] };
      const { textRequiredUpTo, escalateUpTo } = settings.thresholds;
      if (stars <= textRequiredUpTo && text === '') throw textMissing(stars);
      const review = await insertReview(tx, requestId, stars, text);
      if (!review) return { answer: (await openRequest(tx, token)).answer as EventReviewAnswer, notifications: [] };
      const priority = stars > escalateUpTo ? undefined : priorityOf(stars);
      if (priority) {
        const reason = reasonOf(text) || `${stars} stars`;
        await tx.insert(ReviewEscalation).values({ reviewId: review.reviewId, stationId, priority, reason });
      }
      return {
        answer: { reviewId: review.reviewId, stars, submittedAt: review.submittedAt, links: settings.links },
        notifications: [
          {
            kind: 'event-review-submitted',
            to: { stationId },
            content: { reviewId: review.reviewId, stars, priority },
          },
        ],
      };
    },
    { isolationLevel: 'read committed' },
  );
}

/**
 * The call that gives the request its review writes it. A review of the booking that a service wrote without the request is that of the request.
 */
async function insertReview(tx: PostgresDatabase, requestId: string, stars: number, text: string) {
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

function textMissing(stars: number): InvalidInput {
  return new InvalidInput({
    object: 'text',
    found: 'nothing',
    expected: `what was not right, in a review of ${stars} ${stars === 1 ? 'star' : 'stars'}`,
    next: 'ask the customer for it',
  });
}
