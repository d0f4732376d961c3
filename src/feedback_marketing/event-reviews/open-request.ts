import { and, eq, or } from 'drizzle-orm';
import type { JsonObject } from '../../columns.ts';
import { Booking } from '../../core/booking.ts';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound } from '../../errors.ts';
import { Station } from '../../identity/station.ts';
import { CustomerReview } from '../customer-review.ts';
import { EventReviewRequest } from '../event-review-request.ts';
import { reviewSettingsOf } from '../station-review-settings.ts';
import { isInTime } from './claim.ts';
import { hashOfLink } from './token.ts';

/** What a customer is answered who reviewed an event: the same each time. */
export interface EventReviewAnswer {
  readonly reviewId: string;
  /** As they were given. */
  readonly stars: number;
  readonly submittedAt: Date;
  /** Where the station can be reviewed, too, by site: the same for every customer, however many stars they gave. */
  readonly links: Readonly<Record<string, string>>;
}

/** A request, as its link opens it. */
interface OpenedRequest {
  readonly requestId: string;
  readonly stationId: string | null;
  readonly stationName: string | null;
  readonly firstName: string | null;
  readonly eventDate: Date;
  readonly settings: ReturnType<typeof reviewSettingsOf>;
  readonly answer: EventReviewAnswer | undefined;
}

/** @throws {NotFound} `not-found`, the same for every token that opens nothing. */
export async function openRequest(db: PostgresDatabase, token: string): Promise<OpenedRequest> {
  const tokenHash = hashOfLink(token);
  const [found] = await db
    .select({
      requestId: EventReviewRequest.id,
      stationId: EventReviewRequest.stationId,
      stationName: Station.displayName,
      stationSettings: Station.settings,
      firstName: Customer.firstName,
      eventDate: Booking.eventDate,
      reviewId: CustomerReview.id,
      stars: CustomerReview.rating,
      submittedAt: CustomerReview.createdAt,
    })
    .from(EventReviewRequest)
    .innerJoin(Booking, eq(Booking.id, EventReviewRequest.bookingId))
    .leftJoin(Customer, eq(Customer.id, EventReviewRequest.customerId))
    .leftJoin(Station, eq(Station.id, EventReviewRequest.stationId))
    .leftJoin(CustomerReview, eq(CustomerReview.id, EventReviewRequest.reviewId))
    .where(
      and(
        or(eq(EventReviewRequest.tokenHash, tokenHash), eq(EventReviewRequest.reminderTokenHash, tokenHash)),
        isInTime,
      ),
    );
  if (!found) {
    throw new NotFound({
      object: 'token',
      found: 'a token that opens nothing',
      expected: 'the token of the last link that the customer was sent, within 90 days',
      next: 'open the link of the message again',
    });
  }
  const { reviewId, stars, submittedAt, stationSettings, ...request } = found;
  const settings = reviewSettingsOf(stationSettings as JsonObject | null);
  const answer =
    reviewId === null || stars === null || submittedAt === null
      ? undefined
      : { reviewId, stars, submittedAt, links: settings.links };
  return { ...request, settings, answer };
}
