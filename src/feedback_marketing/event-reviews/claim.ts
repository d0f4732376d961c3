import { randomUUID } from 'node:crypto';
import { and, eq, isNotNull, isNull, lt, notExists, or, type SQL, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { Station } from '../../identity/station.ts';
import type { Notification } from '../../notification.ts';
import { CustomerReview } from '../customer-review.ts';
import { EventReviewRequest } from '../event-review-request.ts';
import { hashOfLink, newLinkToken } from './token.ts';

/** How long the links of a request open it, and how long it is sent at all. */
export const isInTime: SQL = sql`${EventReviewRequest.createdAt} > now() - interval '90 days'`;

/** A message is given up after so many claims: a worker that never reports may have sent each of them. */
export const mostAttempts = 5;

/** What a message that asks for a review is made of. */
export interface ReviewRequestContent {
  /** For the link. Nobody gets it again: the database has its hash. */
  readonly token: string;
  readonly eventDate: Date;
  readonly stationId: string | null;
  readonly stationName: string | null;
}

/** A message that is the caller's to send until `leaseUntil`. */
export interface ClaimedReviewRequest {
  readonly requestId: string;
  /** For `markReviewRequestSent` or `markReviewRequestFailed`. */
  readonly leaseToken: string;
  readonly leaseUntil: Date;
  /** `to` has the first name, e-mail address and phone number of the customer. */
  readonly notification: Notification<'event-review-request' | 'event-review-reminder', ReviewRequestContent>;
}

/** Which messages a claim is of. */
interface Kind {
  readonly kind: ClaimedReviewRequest['notification']['kind'];
  readonly column: 'tokenHash' | 'reminderTokenHash';
  readonly isDue: SQL | undefined;
  readonly orderBy: typeof EventReviewRequest.createdAt | typeof EventReviewRequest.sentAt;
}

export const requests: Kind = {
  kind: 'event-review-request',
  column: 'tokenHash',
  isDue: isNull(EventReviewRequest.sentAt),
  orderBy: EventReviewRequest.createdAt,
};
export const reminders: Kind = {
  kind: 'event-review-reminder',
  column: 'reminderTokenHash',
  isDue: and(
    isNotNull(EventReviewRequest.sentAt),
    isNull(EventReviewRequest.remindedAt),
    // The older limit is that of the links, on the column of the index.
    sql`${EventReviewRequest.sentAt} BETWEEN now() - interval '90 days' AND now() - interval '3 days'`,
  ),
  orderBy: EventReviewRequest.sentAt,
};

/** Claims messages and gives each a link of its own. What was claimed by others is skipped, not waited for. */
export async function claim(
  db: PostgresDatabase,
  { kind, column, isDue, orderBy }: Kind,
  { limit, leaseSeconds }: { readonly limit: number; readonly leaseSeconds: number },
): Promise<ClaimedReviewRequest[]> {
  const leaseToken = randomUUID();
  const tokens = Array.from({ length: limit }, newLinkToken);
  const hashes = sql.join(
    tokens.map((token) => sql`${hashOfLink(token)}`),
    sql`, `,
  );
  const reviews = db
    .select({ id: CustomerReview.id })
    .from(CustomerReview)
    .where(eq(CustomerReview.bookingId, Booking.id));
  const due = db.$with('due').as(
    db
      .select({ id: EventReviewRequest.id })
      .from(EventReviewRequest)
      .innerJoin(Booking, eq(Booking.id, EventReviewRequest.bookingId))
      .where(
        and(
          isDue,
          isNull(EventReviewRequest.failedAt),
          isNull(EventReviewRequest.reviewId),
          isInTime,
          lt(EventReviewRequest.attempts, mostAttempts),
          or(isNull(EventReviewRequest.leaseUntil), lt(EventReviewRequest.leaseUntil, sql`now()`)),
          eq(Booking.status, 'completed'),
          notExists(reviews),
        ),
      )
      .orderBy(orderBy)
      .limit(limit)
      .for('update', { of: EventReviewRequest, skipLocked: true }),
  );
  const numbered = db
    .$with('numbered')
    .as(db.select({ id: due.id, number: sql<number>`(row_number() OVER ())::int`.as('number') }).from(due));
  const rows = await db
    .with(due, numbered)
    .update(EventReviewRequest)
    .set({
      [column]: sql`(ARRAY[${hashes}]::text[])[${numbered.number}]`,
      attempts: sql`${EventReviewRequest.attempts} + 1`,
      leaseToken,
      leaseUntil: sql`now() + ${leaseSeconds}::int * interval '1 second'`,
      failure: null,
    })
    .from(numbered)
    .innerJoin(Booking, sql`true`)
    .innerJoin(Customer, eq(Customer.id, Booking.customerId))
    .leftJoin(Station, eq(Station.id, Booking.stationId))
    .where(and(eq(EventReviewRequest.id, numbered.id), eq(Booking.id, EventReviewRequest.bookingId)))
    .returning({
      requestId: EventReviewRequest.id,
      leaseUntil: sql<Date>`${EventReviewRequest.leaseUntil}`.mapWith(EventReviewRequest.leaseUntil),
      number: numbered.number,
      customerId: Customer.id,
      name: Customer.firstName,
      email: Customer.email,
      phone: Customer.phone,
      eventDate: Booking.eventDate,
      stationId: Station.id,
      stationName: Station.displayName,
    });
  return rows
    .toSorted((left, right) => left.number - right.number)
    .map(({ requestId, leaseUntil, number, customerId, name, email, phone, eventDate, stationId, stationName }) => ({
      requestId,
      leaseToken,
      leaseUntil,
      notification: {
        kind,
        to: { customerId, name, email, phone },
        content: { token: tokens[number - 1] as string, eventDate, stationId, stationName },
      },
    }));
}
