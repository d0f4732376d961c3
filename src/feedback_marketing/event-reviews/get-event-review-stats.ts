import { and, count, eq, gte, inArray, isNotNull, lt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { approvalRateOf } from '../approval-rate.ts';
import { CustomerReview, ReviewStatus } from '../customer-review.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { EventReviewRequest } from '../event-review-request.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import { mostAttempts } from './claim.ts';
import { GetEventReviewStatsInput } from './inputs.ts';

/** The reviews with so many stars. */
export interface EventReviewStarStats extends Readonly<Record<ReviewStatus, number>> {
  readonly stars: number;
  readonly total: number;
  /** Of the decided ones, how many of 100 are approved, to two decimals; 0 if none is decided. */
  readonly approvalRate: number;
}

/** Figures on the reviews of a station's events. */
export interface EventReviewStats extends Omit<EventReviewStarStats, 'stars'> {
  /** To two decimals; 0 if there is no review. */
  readonly averageStars: number;
  /** 1 to 5 stars: rates that differ show that reviews are chosen by their stars. */
  readonly byStars: readonly EventReviewStarStats[];
  readonly featured: number;
  readonly reviewedOnGoogle: number;
  readonly reviewedOnYelp: number;
  /** Reviews with an escalation, whether open or resolved, and those with one that is open. */
  readonly escalated: number;
  readonly openlyEscalated: number;
  /** Reviews that a coupon was issued for. */
  readonly withCoupon: number;
  readonly requests: EventReviewRequestStats;
}

/** Figures on the requests for reviews. */
export interface EventReviewRequestStats {
  readonly total: number;
  readonly sent: number;
  readonly reminded: number;
  readonly reviewed: number;
  /** Those of which a message was given up. */
  readonly failed: number;
  /** From the first message to the review, to two decimals; null if there is no such review. */
  readonly averageHoursToReview: number | null;
}

/**
 * Figures on the reviews of the station's events and on the requests for them, of all times or of a window of their `createdAt`.
 *
 * A station operation: `customer.read`.
 *
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * const { byStars } = await withStation(db, { userId, stationId }, (tx) => getEventReviewStats(tx));
 */
export async function getEventReviewStats(
  db: PostgresDatabase,
  input: GetEventReviewStatsInput = {},
): Promise<EventReviewStats> {
  stationActorOf(db);
  const window = parseInput(GetEventReviewStatsInput, input);
  const escalations = db.select({ id: ReviewEscalation.reviewId }).from(ReviewEscalation);
  const openEscalations = db
    .select({ id: ReviewEscalation.reviewId })
    .from(ReviewEscalation)
    .where(sql`NOT ${ReviewEscalation.isResolved}`);
  const coupons = db
    .select({ id: DiscountCoupon.reviewId })
    .from(DiscountCoupon)
    .where(isNotNull(DiscountCoupon.reviewId));
  const rows = await db
    .select({
      stars: CustomerReview.rating,
      status: CustomerReview.status,
      total: count(),
      featured: countIf(eq(CustomerReview.isFeatured, true)),
      reviewedOnGoogle: countIf(isNotNull(CustomerReview.reviewedOnGoogleAt)),
      reviewedOnYelp: countIf(isNotNull(CustomerReview.reviewedOnYelpAt)),
      escalated: countIf(inArray(CustomerReview.id, escalations)),
      openlyEscalated: countIf(inArray(CustomerReview.id, openEscalations)),
      withCoupon: countIf(inArray(CustomerReview.id, coupons)),
    })
    .from(CustomerReview)
    .where(isWithin(CustomerReview.createdAt, window))
    .groupBy(CustomerReview.rating, CustomerReview.status);
  const [requests] = await db
    .select({
      total: count(),
      sent: countIf(isNotNull(EventReviewRequest.sentAt)),
      reminded: countIf(isNotNull(EventReviewRequest.remindedAt)),
      reviewed: countIf(isNotNull(EventReviewRequest.reviewId)),
      failed: countIf(
        sql`${EventReviewRequest.failedAt} IS NOT NULL OR ${EventReviewRequest.attempts} >= ${mostAttempts}::int AND ${EventReviewRequest.leaseUntil} < now()`,
      ),
      averageHoursToReview: sql<number | null>`round((avg(extract(epoch FROM ${CustomerReview.createdAt} -
        ${EventReviewRequest.sentAt})) / 3600)::numeric, 2)::float8`,
    })
    .from(EventReviewRequest)
    .leftJoin(CustomerReview, eq(CustomerReview.id, EventReviewRequest.reviewId))
    .where(isWithin(EventReviewRequest.createdAt, window));
  const all = tally(rows);
  const sum = (key: Exclude<keyof (typeof rows)[number], 'status'>) => rows.reduce((sum, row) => sum + row[key], 0);
  const stars = rows.reduce((sum, row) => sum + row.stars * row.total, 0);
  return {
    ...all,
    averageStars: all.total === 0 ? 0 : Math.round((stars / all.total) * 100) / 100,
    byStars: [1, 2, 3, 4, 5].map((stars) => ({ stars, ...tally(rows.filter((row) => row.stars === stars)) })),
    featured: sum('featured'),
    reviewedOnGoogle: sum('reviewedOnGoogle'),
    reviewedOnYelp: sum('reviewedOnYelp'),
    escalated: sum('escalated'),
    openlyEscalated: sum('openlyEscalated'),
    withCoupon: sum('withCoupon'),
    requests: requests as EventReviewRequestStats,
  };
}

function countIf(condition: SQL | undefined): SQL<number> {
  return sql<number>`count(*) FILTER (WHERE ${condition})::int`;
}

function isWithin(column: PgColumn, { from, to }: { from?: Date | undefined; to?: Date | undefined }): SQL | undefined {
  return and(from && gte(column, from), to && lt(column, to));
}

function tally(rows: readonly { readonly status: ReviewStatus; readonly total: number }[]) {
  const sumOf = (status?: ReviewStatus) =>
    rows.reduce((sum, row) => sum + (status === undefined || row.status === status ? row.total : 0), 0);
  const counts = Object.fromEntries(ReviewStatus.enumValues.map((status) => [status, sumOf(status)])) as Record<
    ReviewStatus,
    number
  >;
  return { ...counts, total: sumOf(), approvalRate: approvalRateOf(counts.approved, counts.rejected) };
}
