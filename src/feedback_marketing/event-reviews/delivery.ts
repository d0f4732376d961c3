import { eq } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict, NotFound } from '../../errors.ts';
import { EventReviewRequest } from '../event-review-request.ts';

/** How far the messages of a request are. */
export interface ReviewRequestDelivery {
  readonly requestId: string;
  readonly sentAt: Date | null;
  readonly remindedAt: Date | null;
  /** When the next message was given up; null if it was not. */
  readonly failedAt: Date | null;
  /** When the next message may be claimed again; null at any time. */
  readonly leaseUntil: Date | null;
}

export const deliveryColumns = {
  requestId: EventReviewRequest.id,
  sentAt: EventReviewRequest.sentAt,
  remindedAt: EventReviewRequest.remindedAt,
  failedAt: EventReviewRequest.failedAt,
  leaseUntil: EventReviewRequest.leaseUntil,
} as const;

/**
 * What a report gets that changed nothing: the same answer as before, if it is the same report of the worker that claimed last.
 *
 * @param failure That of the report; null if the message was sent.
 * @throws {NotFound} `not-found`
 * @throws {Conflict} `conflict`
 */
export async function answerReportAgain(
  db: PostgresDatabase,
  { requestId, leaseToken, failure }: { requestId: string; leaseToken: string; failure: string | null },
): Promise<ReviewRequestDelivery> {
  const [request] = await db
    .select({
      ...deliveryColumns,
      leaseToken: EventReviewRequest.leaseToken,
      failure: EventReviewRequest.failure,
    })
    .from(EventReviewRequest)
    .where(eq(EventReviewRequest.id, requestId));
  if (!request) {
    throw new NotFound({
      object: 'requestId',
      found: 'no such request',
      expected: 'one that was claimed',
      next: 'leave it: its booking is gone',
    });
  }
  const { leaseToken: lastLeaseToken, failure: reported, ...delivery } = request;
  if (lastLeaseToken === leaseToken && reported === failure) return delivery;
  throw new Conflict({
    object: 'leaseToken',
    found: lastLeaseToken === leaseToken ? 'a message that was reported otherwise' : 'a lease that is not the last one',
    expected: 'the leaseToken of the last claim, once',
    next: 'leave the request to the worker that claimed it last, and ask for a longer lease next time',
  });
}
