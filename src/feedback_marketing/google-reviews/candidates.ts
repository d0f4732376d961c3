import { and, asc, desc, eq, isNotNull, or } from 'drizzle-orm';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { ExternalReview } from '../external-review.ts';
import { type CandidateReason, compareNames, nearestEvents, reasonsOf } from './candidate-queries.ts';
import { ListCustomerCandidatesInput } from './inputs.ts';
import { notOfTheStation } from './refusals.ts';

/** A customer who may have written a review. */
export interface CustomerCandidate {
  readonly customerId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly reasons: readonly CandidateReason[];
  /** The event nearest to the review, and its booking. Null without one near it. */
  readonly eventDate: Date | null;
  readonly bookingId: string | null;
}

/**
 * Lists up to 20 customers of the station who may have written a review on another site, with the reasons; those of the same name first, then
 * those with an event nearest to the review. It links nobody: somebody decides, and calls `linkExternalReview`.
 *
 * A station operation with `customer.read`; bookings count only with `booking.read`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`: the station has no such review.
 * @throws {NotSetUp} `not-set-up`, outside of a station.
 *
 * @example
 * export const candidates = (reviewId: string) =>
 *   withStation(db, { userId, stationId }, (tx) => listCustomerCandidates(tx, { reviewId }));
 */
export async function listCustomerCandidates(
  db: PostgresDatabase,
  input: ListCustomerCandidatesInput,
): Promise<readonly CustomerCandidate[]> {
  stationActorOf(db);
  const { reviewId } = parseInput(ListCustomerCandidatesInput, input);
  const [review] = await db
    .select({
      authorName: ExternalReview.authorName,
      writtenAt: ExternalReview.sourceCreatedAt,
      stationId: ExternalReview.stationId,
    })
    .from(ExternalReview)
    .where(eq(ExternalReview.id, reviewId))
    .$withCache(false);
  if (!review) throw notOfTheStation('reviewId', 'review');
  const name = compareNames(review.authorName ?? '');
  const event = nearestEvents(db, review.writtenAt);
  const rows = await db
    .with(event)
    .select({
      customerId: Customer.id,
      firstName: Customer.firstName,
      lastName: Customer.lastName,
      isSame: name.isSame,
      isSimilar: name.isSimilar,
      eventDate: event.eventDate,
      bookingId: event.bookingId,
    })
    .from(Customer)
    .leftJoin(event, eq(event.customerId, Customer.id))
    .where(
      and(
        review.stationId === null ? undefined : eq(Customer.stationId, review.stationId),
        or(name.isSame, name.isSimilar, isNotNull(event.bookingId)),
      ),
    )
    .orderBy(desc(name.isSame), desc(name.isSimilar), asc(event.distance), asc(Customer.id))
    .limit(20)
    .$withCache(false);
  return rows.map(({ isSame, isSimilar, ...candidate }) => ({
    ...candidate,
    reasons: reasonsOf(isSame, isSimilar, candidate),
  }));
}
