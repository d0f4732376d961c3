import { and, eq, gt, lte, notExists, type SQL, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { CustomerReview } from '../customer-review.ts';
import { EventReviewRequest } from '../event-review-request.ts';
import { RequestEventReviewsInput } from './inputs.ts';

/** What {@link requestEventReviews} did. */
export interface RequestedEventReviews {
  /** How many requests it made. */
  readonly requested: number;
}

/**
 * Makes a request for each completed booking whose event was 23 to 25 hours ago, or in another window, and that has no review. A booking gets
 * one request, however often this runs and by how many workers: run it each hour, or more rarely with a wider window. Nothing is sent before
 * `claimReviewRequests`.
 *
 * A worker operation: it runs outside of stations.
 *
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * const { requested } = await requestEventReviews(db, { maxHoursAgo: 48 });
 */
export async function requestEventReviews(
  db: PostgresDatabase,
  input: RequestEventReviewsInput = {},
): Promise<RequestedEventReviews> {
  const { minHoursAgo, maxHoursAgo } = parseInput(RequestEventReviewsInput, input);
  const reviews = db
    .select({ id: CustomerReview.id })
    .from(CustomerReview)
    .where(eq(CustomerReview.bookingId, Booking.id));
  const due = db
    .select({ bookingId: Booking.id, customerId: Booking.customerId, stationId: Booking.stationId })
    .from(Booking)
    .where(
      and(
        eq(Booking.status, 'completed'),
        gt(Booking.eventDate, ago(maxHoursAgo)),
        lte(Booking.eventDate, ago(minHoursAgo)),
        notExists(reviews),
      ),
    );
  const made = await db.transaction(
    (tx) =>
      tx
        .insert(EventReviewRequest)
        .select(due)
        .onConflictDoNothing({ target: EventReviewRequest.bookingId })
        .returning({ id: EventReviewRequest.id }),
    { isolationLevel: 'read committed' },
  );
  return { requested: made.length };
}

function ago(hours: number): SQL {
  return sql`now() - ${hours}::float8 * interval '1 hour'`;
}
