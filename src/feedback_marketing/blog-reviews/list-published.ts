import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
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
  const place = cursor === undefined ? {} : latestFirst.valuesOf(cursor);
  const { first, next } = pagesOf(db);
  const rows = await (cursor === undefined ? first : next).execute({ ...place, limit, rows: limit + 1 });
  const { items, nextCursor } = latestFirst.page(rows, limit);
  return { items: items.map(publishedReview), nextCursor };
}

type Pages = ReturnType<typeof buildPages>;
const pages = new WeakMap<PostgresDatabase, Pages>();

/** The statements of a handle, each built once: building takes a fifth of the time of a page. They have no name on the server. */
function pagesOf(db: PostgresDatabase): Pages {
  const built = pages.get(db) ?? buildPages(db);
  pages.set(db, built);
  return built;
}

function buildPages(db: PostgresDatabase) {
  // Only the last place of a page is read, and writing one takes longer than finding a review.
  const isLast = sql`row_number() OVER (ORDER BY ${sql.join([...latestFirst.orderBy], sql`, `)}) = ${sql.placeholder('limit')}`;
  const place = sql<string>`CASE WHEN ${isLast} THEN ${latestFirst.place} END`;
  const page = (after?: SQL) =>
    db
      .select({ ...publishedColumns, place })
      .from(CustomerReviewBlogPost)
      .leftJoin(Booking, ofCompletedBooking)
      .where(and(eq(CustomerReviewBlogPost.status, 'approved'), isNotNull(CustomerReviewBlogPost.approvedAt), after))
      .orderBy(...latestFirst.orderBy)
      .limit(sql.placeholder('rows'))
      .prepare('');
  return { first: page(), next: page(latestFirst.afterPlaceholders) };
}
