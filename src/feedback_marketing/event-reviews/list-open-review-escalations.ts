import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { keyset, type Page } from '../../keyset.ts';
import { CustomerReview } from '../customer-review.ts';
import { ExternalReview } from '../external-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import { type EscalationOfReview, escalationColumns, externalEscalationColumns, isEscalated } from './escalation.ts';
import { ListOpenReviewEscalationsInput } from './inputs.ts';

/** An open escalation, with what the customer wrote. */
export interface OpenReviewEscalation extends EscalationOfReview {
  readonly openedAt: Date;
  readonly stars: number | null;
  readonly text: string | null;
  readonly customerId: string | null;
  /** Null for a review on another site. */
  readonly bookingId: string | null;
}

/**
 * A page of the escalations that are open, of reviews of events and of those on other sites, the newest first or the oldest.
 *
 * A station operation: `customer.read`.
 *
 * @throws {InvalidInput} `invalid-input`, also about a cursor of another list.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * const { items, nextCursor } = await withStation(db, { userId, stationId }, (tx) =>
 *   listOpenReviewEscalations(tx, { order: 'oldest', limit: 50 }),
 * );
 */
export async function listOpenReviewEscalations(
  db: PostgresDatabase,
  input: ListOpenReviewEscalationsInput = {},
): Promise<Page<OpenReviewEscalation>> {
  const { stationId } = stationActorOf(db);
  const { order, limit, cursor } = parseInput(ListOpenReviewEscalationsInput, input);
  const direction = order === 'newest' ? 'desc' : 'asc';
  const ofEvents = keyset([ReviewEscalation.createdAt, ReviewEscalation.id], direction);
  const external = keyset([ExternalReview.escalatedAt, ExternalReview.id], direction);
  const pageOfEvents = (whose: SQL | undefined) =>
    db
      .select({
        ...escalationColumns,
        openedAt: sql<Date>`${ReviewEscalation.createdAt}`.mapWith(ReviewEscalation.createdAt).as('opened_at'),
        stars: sql<number | null>`${CustomerReview.rating}`.as('stars'),
        text: sql<string | null>`${CustomerReview.reviewText}`.as('text'),
        customerId: CustomerReview.customerId,
        bookingId: CustomerReview.bookingId,
        place: ofEvents.place.as('place'),
      })
      .from(ReviewEscalation)
      .innerJoin(CustomerReview, eq(CustomerReview.id, ReviewEscalation.reviewId))
      .where(and(whose, sql`NOT ${ReviewEscalation.isResolved}`, ofEvents.after(cursor)))
      .orderBy(...ofEvents.orderBy)
      .limit(limit + 1);
  const pageOfOthers = db
    .select({
      ...externalEscalationColumns,
      openedAt: sql<Date>`${ExternalReview.escalatedAt}`.mapWith(ExternalReview.escalatedAt).as('opened_at'),
      stars: sql<number | null>`${ExternalReview.stars}`.as('stars'),
      text: sql<string | null>`${ExternalReview.commentOriginal}`.as('text'),
      customerId: ExternalReview.customerId,
      bookingId: sql<string | null>`NULL::uuid`.as('booking_id'),
      place: external.place.as('place'),
    })
    .from(ExternalReview)
    .where(
      and(
        stationId === undefined ? undefined : eq(ExternalReview.stationId, stationId),
        isEscalated,
        isNull(ExternalReview.resolvedAt),
        external.after(cursor),
      ),
    )
    .orderBy(...external.orderBy)
    .limit(limit + 1);
  // The policies decide what is seen. Whose rows are asked for, and those without a station apart, lets each part read its index in order.
  const pages =
    stationId === undefined
      ? unionAll(pageOfEvents(undefined), pageOfOthers)
      : unionAll(
          pageOfEvents(eq(ReviewEscalation.stationId, stationId)),
          pageOfEvents(isNull(ReviewEscalation.stationId)),
          pageOfOthers,
        );
  const rows = await pages
    .orderBy(sql`opened_at ${sql.raw(direction)}`, sql`id ${sql.raw(direction)}`)
    .limit(limit + 1);
  return ofEvents.page(rows, limit);
}
