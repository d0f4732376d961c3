import type { PostgresDatabase } from '../../database.ts';
import { InvalidInput } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { priorityOf, reasonOf } from '../low-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import { SubmitEventReviewInput } from './inputs.ts';
import { insertReview } from './insert-review.ts';
import type { SubmittedEventReview } from './notifications.ts';
import { type EventReviewAnswer, openRequest } from './open-request.ts';

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
        const reason = reasonOf(text) || starsOf(stars);
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

function textMissing(stars: number): InvalidInput {
  return new InvalidInput({
    object: 'text',
    found: 'nothing',
    expected: `what was not right, in a review of ${starsOf(stars)}`,
    next: 'ask the customer for it',
  });
}

function starsOf(stars: number): string {
  return stars === 1 ? '1 star' : `${stars} stars`;
}
