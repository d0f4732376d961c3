import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { EventReviewRequest } from '../event-review-request.ts';
import { answerReportAgain, deliveryColumns, type ReviewRequestDelivery } from './delivery.ts';
import { MarkReviewRequestSentInput } from './inputs.ts';

/**
 * Reports that a claimed message was sent, the request or the reminder. The same report again gives the same answer. It counts after the
 * lease, too, unless another worker has claimed the message since.
 *
 * A worker operation: it runs outside of stations.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if there is no such request (any more).
 * @throws {Conflict} `conflict`, if another worker has claimed it since, or it was reported as failed.
 *
 * @example
 * import { claimReviewRequests } from 'canonical-models/feedback_marketing/event-reviews';
 *
 * const [claimed] = await claimReviewRequests(db, { limit: 1 });
 * if (claimed) await markReviewRequestSent(db, { requestId: claimed.requestId, leaseToken: claimed.leaseToken });
 */
export async function markReviewRequestSent(
  db: PostgresDatabase,
  input: MarkReviewRequestSentInput,
): Promise<ReviewRequestDelivery> {
  const { requestId, leaseToken, messageId } = parseInput(MarkReviewRequestSentInput, input);
  return db.transaction(
    async (tx) => {
      const [sent] = await tx
        .update(EventReviewRequest)
        .set({
          sentAt: sql`coalesce(${EventReviewRequest.sentAt}, now())`,
          remindedAt: sql`CASE WHEN ${EventReviewRequest.sentAt} IS NOT NULL THEN now() END`,
          messageId: messageId ?? null,
          leaseUntil: null,
          attempts: 0,
        })
        .where(
          and(
            eq(EventReviewRequest.id, requestId),
            eq(EventReviewRequest.leaseToken, leaseToken),
            isNotNull(EventReviewRequest.leaseUntil),
            isNull(EventReviewRequest.failure),
          ),
        )
        .returning(deliveryColumns);
      return sent ?? answerReportAgain(tx, { requestId, leaseToken, failure: null });
    },
    { isolationLevel: 'read committed' },
  );
}
