import { approvalRateOf } from '../approval-rate.ts';
import { ReviewStatus } from '../customer-review.ts';

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

/** How many reviews have each status, of groups of reviews that have one. */
export function tally(rows: readonly { readonly status: ReviewStatus; readonly total: number }[]) {
  const sumOf = (status?: ReviewStatus) =>
    rows.reduce((sum, row) => sum + (status === undefined || row.status === status ? row.total : 0), 0);
  const counts = Object.fromEntries(ReviewStatus.enumValues.map((status) => [status, sumOf(status)])) as Record<
    ReviewStatus,
    number
  >;
  return { ...counts, total: sumOf(), approvalRate: approvalRateOf(counts.approved, counts.rejected) };
}
