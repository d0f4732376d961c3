import { eq, isNull, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import type { Page } from '../../keyset.ts';
import { ExternalReview } from '../external-review.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import type { EscalationOfReview } from './escalation.ts';
import { ListOpenReviewEscalationsInput } from './inputs.ts';
import { openOfEvents, openOfOthers, orderOfEvents } from './open-escalations.ts';

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
  const part = { direction, cursor, rows: limit + 1 } as const;
  // The policies decide what is seen. Whose rows are asked for, and those without a station apart, lets each part read its index in order.
  const parts =
    stationId === undefined
      ? unionAll(openOfEvents(db, part, undefined), openOfOthers(db, part, undefined))
      : unionAll(
          openOfEvents(db, part, eq(ReviewEscalation.stationId, stationId)),
          openOfEvents(db, part, isNull(ReviewEscalation.stationId)),
          openOfOthers(db, part, eq(ExternalReview.stationId, stationId)),
        );
  const rows = await parts
    .orderBy(sql`opened_at ${sql.raw(direction)}`, sql`id ${sql.raw(direction)}`)
    .limit(limit + 1);
  return orderOfEvents(direction).page(rows, limit);
}
