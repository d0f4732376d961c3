import { and, eq, isNotNull } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { keyset, type Page } from '../../keyset.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { ListPublishedBlogReviewsInput } from './inputs.ts';
import { ofCompletedBooking, type PublishedBlogReview, publishedColumns, publishedReview } from './published.ts';

const latestFirst = keyset([CustomerReviewBlogPost.approvedAt, CustomerReviewBlogPost.id], 'desc');

/**
 * Lists the published reviews of all stations, the last approved first, whatever their stars. A row that a service inserted as approved
 * without a time is not in it; {@link findPublishedBlogReview} finds it.
 *
 * Public: it runs outside of `withStation`.
 *
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * const { items, nextCursor } = await listPublishedBlogReviews(db, { limit: 20 });
 */
export async function listPublishedBlogReviews(
  db: PostgresDatabase,
  input: ListPublishedBlogReviewsInput,
): Promise<Page<PublishedBlogReview>> {
  const { limit, cursor } = parseInput(ListPublishedBlogReviewsInput, input);
  const after = latestFirst.after(cursor);
  const rows = await db
    .select({ ...publishedColumns, place: latestFirst.place })
    .from(CustomerReviewBlogPost)
    .leftJoin(Booking, ofCompletedBooking)
    .where(and(eq(CustomerReviewBlogPost.status, 'approved'), isNotNull(CustomerReviewBlogPost.approvedAt), after))
    .orderBy(...latestFirst.orderBy)
    .limit(limit + 1);
  const { items, nextCursor } = latestFirst.page(rows, limit);
  return { items: items.map(publishedReview), nextCursor };
}
