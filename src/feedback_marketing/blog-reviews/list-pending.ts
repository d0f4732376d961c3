import { and, eq, getColumns } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { keyset, type Page } from '../../keyset.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { ListPendingBlogReviewsInput } from './inputs.ts';
import { readMedia } from './media.ts';
import { isVerified, ofCompletedBooking } from './published.ts';

/** A review that waits for a decision, with all that the staff needs for it. */
export interface PendingBlogReview extends CustomerReviewBlogPost {
  readonly mediaCount: number;
  readonly imageCount: number;
  readonly videoCount: number;
  /** Whether the customer wrote on another site, too. */
  readonly hasExternalReviews: boolean;
  /** Whether the customer completed the booking that the review names. */
  readonly isVerified: boolean;
}

const { rating, createdAt, id } = CustomerReviewBlogPost;

/**
 * Lists the reviews of the station that wait for a decision, the oldest first if nothing else is asked for.
 *
 * Station: in `withStation`, by a user with `customer.read`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotSetUp} `not-set-up` outside of `withStation`.
 *
 * @example
 * const { items, nextCursor } = await withStation(db, { userId, stationId }, (tx) => listPendingBlogReviews(tx, { limit: 50 }));
 */
export async function listPendingBlogReviews(
  db: PostgresDatabase,
  input: ListPendingBlogReviewsInput,
): Promise<Page<PendingBlogReview>> {
  const { limit, cursor, orderBy, direction } = parseInput(ListPendingBlogReviewsInput, input);
  const order = keyset(orderBy === 'rating' ? [rating, createdAt, id] : [createdAt, id], direction);
  const after = order.after(cursor);
  stationActorOf(db);
  const rows = await db
    .select({ ...getColumns(CustomerReviewBlogPost), isVerified, place: order.place })
    .from(CustomerReviewBlogPost)
    .leftJoin(Booking, ofCompletedBooking)
    .where(and(eq(CustomerReviewBlogPost.status, 'pending'), after))
    .orderBy(...order.orderBy)
    .limit(limit + 1);
  const { items, nextCursor } = order.page(rows, limit);
  return { items: items.map(withCounts), nextCursor };
}

function withCounts(review: CustomerReviewBlogPost & { isVerified: boolean }): PendingBlogReview {
  const media = readMedia(review.images);
  const videoCount = media.filter(({ type }) => type === 'video').length;
  return {
    ...review,
    mediaCount: media.length,
    imageCount: media.length - videoCount,
    videoCount,
    hasExternalReviews: review.reviewedOnGoogle || review.reviewedOnYelp,
  };
}
