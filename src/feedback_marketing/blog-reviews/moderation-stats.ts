import { sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { approvalRateOf } from '../approval-rate.ts';
import { BlogPostStatus, CustomerReviewBlogPost } from '../customer-review-blog-post.ts';

/** How many reviews have each status. */
export interface ModerationCounts {
  readonly pending: number;
  readonly approved: number;
  readonly rejected: number;
  readonly total: number;
  /** The approved ones of those that are decided, in percent with 2 decimals; 0 if none is. */
  readonly approvalRate: number;
}

/** The counts of the reviews with one number of stars. */
export interface ModerationCountsOfStar extends ModerationCounts {
  /** 1 to 5. */
  readonly rating: number;
}

/** How a station decides on reviews. */
export interface ModerationStats extends ModerationCounts {
  /** 1 star first. Rates that fall with the stars show that bad reviews are suppressed. */
  readonly byStar: readonly ModerationCountsOfStar[];
}

/**
 * Counts the reviews of the station by status, all of them and those of each number of stars.
 *
 * Station: in `withStation`, by a user with `customer.read`.
 *
 * @throws {NotSetUp} `not-set-up` outside of `withStation`.
 *
 * @example
 * const { approvalRate, byStar } = await withStation(db, { userId, stationId }, (tx) => getModerationStats(tx));
 */
export async function getModerationStats(db: PostgresDatabase): Promise<ModerationStats> {
  stationActorOf(db);
  const { rating, status } = CustomerReviewBlogPost;
  const rows = await db
    .select({ rating, status, count: sql<number>`count(*)::integer` })
    .from(CustomerReviewBlogPost)
    .groupBy(rating, status);
  const byStar = [1, 2, 3, 4, 5].map((star) => ({
    rating: star,
    ...countsOf(rows.filter((row) => row.rating === star)),
  }));
  return { ...countsOf(rows), byStar };
}

function countsOf(rows: readonly { status: BlogPostStatus; count: number }[]): ModerationCounts {
  const [pending = 0, approved = 0, rejected = 0] = BlogPostStatus.enumValues.map((status) =>
    rows.filter((row) => row.status === status).reduce((sum, { count }) => sum + count, 0),
  );
  const total = pending + approved + rejected;
  return { pending, approved, rejected, total, approvalRate: approvalRateOf(approved, rejected) };
}
