import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { type Keyset, keyset } from '../../keyset.ts';
import { CustomerReview } from '../customer-review.ts';
import { ExternalReview } from '../external-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import { escalationColumns, externalEscalationColumns, isEscalated } from './escalation.ts';

/** Which open escalations come first. */
export type EscalationOrder = 'asc' | 'desc';

/** By when they were opened. Places in it are those in the order of the others, too. */
export const orderOfEvents = (direction: EscalationOrder): Keyset =>
  keyset([ReviewEscalation.createdAt, ReviewEscalation.id], direction);

/** Which part of a list is read. */
interface Part {
  readonly direction: EscalationOrder;
  readonly cursor: string | undefined;
  readonly rows: number;
}

/** A part of the open escalations of reviews of events. */
export function openOfEvents(db: PostgresDatabase, { direction, cursor, rows }: Part, whose: SQL | undefined) {
  const order = orderOfEvents(direction);
  return db
    .select({
      ...escalationColumns,
      openedAt: sql<Date>`${ReviewEscalation.createdAt}`.mapWith(ReviewEscalation.createdAt).as('opened_at'),
      stars: sql<number | null>`${CustomerReview.rating}`.as('stars'),
      text: sql<string | null>`${CustomerReview.reviewText}`.as('text'),
      customerId: CustomerReview.customerId,
      bookingId: CustomerReview.bookingId,
      place: order.place.as('place'),
    })
    .from(ReviewEscalation)
    .innerJoin(CustomerReview, eq(CustomerReview.id, ReviewEscalation.reviewId))
    .where(and(whose, sql`NOT ${ReviewEscalation.isResolved}`, order.after(cursor)))
    .orderBy(...order.orderBy)
    .limit(rows);
}

/** A part of those of reviews on other sites, in the same columns. */
export function openOfOthers(db: PostgresDatabase, { direction, cursor, rows }: Part, whose: SQL | undefined) {
  const order = keyset([ExternalReview.escalatedAt, ExternalReview.id], direction);
  return db
    .select({
      ...externalEscalationColumns,
      openedAt: sql<Date>`${ExternalReview.escalatedAt}`.mapWith(ExternalReview.escalatedAt).as('opened_at'),
      stars: sql<number | null>`${ExternalReview.stars}`.as('stars'),
      text: sql<string | null>`${ExternalReview.commentOriginal}`.as('text'),
      customerId: ExternalReview.customerId,
      bookingId: sql<string | null>`NULL::uuid`.as('booking_id'),
      place: order.place.as('place'),
    })
    .from(ExternalReview)
    .where(and(whose, isEscalated, isNull(ExternalReview.resolvedAt), order.after(cursor)))
    .orderBy(...order.orderBy)
    .limit(rows);
}
