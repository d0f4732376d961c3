import { and, count, eq, gte, inArray, isNotNull, lt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from '../../database.ts';
import { CustomerReview } from '../customer-review.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { EventReviewRequest } from '../event-review-request.ts';
import { ReviewEscalation } from '../review-escalation.ts';
import { mostAttempts } from './claim.ts';
import type { EventReviewRequestStats } from './stats.ts';

/** Of which `createdAt`: all, if neither is given. */
interface Window {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Counts reviews by stars and status. */
export async function countReviews(db: PostgresDatabase, window: Window) {
  const escalations = db.select({ id: ReviewEscalation.reviewId }).from(ReviewEscalation);
  const openEscalations = db
    .select({ id: ReviewEscalation.reviewId })
    .from(ReviewEscalation)
    .where(sql`NOT ${ReviewEscalation.isResolved}`);
  const coupons = db
    .select({ id: DiscountCoupon.reviewId })
    .from(DiscountCoupon)
    .where(isNotNull(DiscountCoupon.reviewId));
  return db
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
}

export async function countRequests(db: PostgresDatabase, window: Window): Promise<EventReviewRequestStats> {
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
  return requests as EventReviewRequestStats;
}

function countIf(condition: SQL | undefined): SQL<number> {
  return sql<number>`count(*) FILTER (WHERE ${condition})::int`;
}

function isWithin(column: PgColumn, { from, to }: Window): SQL | undefined {
  return and(from && gte(column, from), to && lt(column, to));
}
