import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { EventReviewRequest } from '../event-review-request.ts';
import { mostAttempts } from './claim.ts';
import { answerReportAgain, deliveryColumns, type ReviewRequestDelivery } from './delivery.ts';
import { MarkReviewRequestFailedInput } from './inputs.ts';

/**
 * Reports that a claimed message could not be sent. It can be claimed again after 5, 20, 80 and 320 minutes; after five claims it is given
 * up (`failedAt`). The same report again gives the same answer.
 *
 * A worker operation: it runs outside of stations.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if there is no such request (any more).
 * @throws {Conflict} `conflict`, if another worker has claimed it since, or it was reported as sent.
 *
 * @example
 * import { claimReviewRequests } from 'canonical-models/feedback_marketing/event-reviews';
 *
 * const [claimed] = await claimReviewRequests(db, { limit: 1 });
 * if (claimed) {
 *   const { requestId, leaseToken } = claimed;
 *   await markReviewRequestFailed(db, { requestId, leaseToken, failure: 'the provider answered 503' });
 * }
 */
export async function markReviewRequestFailed(
  db: PostgresDatabase,
  input: MarkReviewRequestFailedInput,
): Promise<ReviewRequestDelivery> {
  const { requestId, leaseToken, failure } = parseInput(MarkReviewRequestFailedInput, input);
  const isGivenUp = sql`${EventReviewRequest.attempts} >= ${mostAttempts}::int`;
  return db.transaction(
    async (tx) => {
      const [failed] = await tx
        .update(EventReviewRequest)
        .set({
          failure,
          failedAt: sql`CASE WHEN ${isGivenUp} THEN now() END`,
          leaseUntil: sql`CASE WHEN NOT ${isGivenUp} THEN now() + interval '5 minutes' * 4 ^ (${EventReviewRequest.attempts} - 1) END`,
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
      return failed ?? answerReportAgain(tx, { requestId, leaseToken, failure });
    },
    { isolationLevel: 'read committed' },
  );
}
