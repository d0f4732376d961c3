import { and, eq, getColumns, isNotNull, isNull } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { keyset, type Page } from '../../keyset.ts';
import { ExternalReview } from '../external-review.ts';
import { ListExternalReviewsInput } from './inputs.ts';

/** A review on another site, without what the site sent. */
export type ListedExternalReview = Omit<ExternalReview, 'raw'>;

const { raw: _, ...columns } = getColumns(ExternalReview);
const order = keyset([ExternalReview.sourceCreatedAt, ExternalReview.id], 'desc');

/**
 * Lists the reviews of the station on other sites, those that were written last first. The order never follows the stars.
 *
 * A station operation with `customer.read`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotSetUp} `not-set-up`, outside of a station.
 *
 * @example
 * const { items, nextCursor } = await withStation(db, { userId, stationId }, (tx) =>
 *   listExternalReviews(tx, { onlyEscalated: true }),
 * );
 */
export async function listExternalReviews(
  db: PostgresDatabase,
  input: ListExternalReviewsInput = {},
): Promise<Page<ListedExternalReview>> {
  stationActorOf(db);
  const { limit, cursor, customerId, onlyEscalated, includeWithdrawn } = parseInput(ListExternalReviewsInput, input);
  const rows = await db
    .select({ ...columns, place: order.place })
    .from(ExternalReview)
    .where(
      and(
        customerId === undefined ? undefined : eq(ExternalReview.customerId, customerId),
        onlyEscalated ? and(isNotNull(ExternalReview.escalatedAt), isNull(ExternalReview.resolvedAt)) : undefined,
        includeWithdrawn ? undefined : isNull(ExternalReview.withdrawnAt),
        order.after(cursor),
      ),
    )
    .orderBy(...order.orderBy)
    .limit(limit + 1)
    .$withCache(false);
  return order.page(rows, limit);
}
