import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { keyset, type Page } from '../../keyset.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { ListPublishedBlogReviewsInput } from './inputs.ts';
import { ofCompletedBooking, type PublishedBlogReview, publishedColumns, publishedReview } from './published.ts';

const { approvedAt, id } = CustomerReviewBlogPost;
const latestFirst = keyset([approvedAt, id], 'desc');
/** There is no place after an infinite time. Not a comparison: PostgreSQL would begin the index there, in place of the cursor. */
const isInTime = and(isNotNull(approvedAt), sql`isfinite(${approvedAt})`);
// What `latestFirst.place` is, without exact decimals and JSON, which take a tenth of the time of a page. The microseconds of moments until
// the year 2255 fit into a double.
const place = sql<string>`'["' || round(date_part('epoch', ${approvedAt}) * 1000000)::bigint || '","' || ${id} || '"]'`;

/**
 * Lists the published reviews of all stations, the last approved first, whatever their stars. A row that a service inserted as approved
 * without a time, or with an infinite one, is not in it; {@link findPublishedBlogReview} finds it.
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
  const after = cursor === undefined ? {} : latestFirst.valuesOf(cursor);
  const { first, next } = pagesOf(db);
  const rows = await (cursor === undefined ? first : next).execute({ ...after, rows: limit + 1 });
  const { nextCursor } = latestFirst.page(
    rows.map(({ place }) => ({ place })),
    limit,
  );
  return { items: rows.slice(0, limit).map(publishedReview), nextCursor };
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
  const page = (after?: SQL) =>
    db
      .select({ ...publishedColumns, place })
      .from(CustomerReviewBlogPost)
      .leftJoin(Booking, ofCompletedBooking)
      .where(and(eq(CustomerReviewBlogPost.status, 'approved'), isInTime, after))
      .orderBy(...latestFirst.orderBy)
      .limit(sql.placeholder('rows'))
      .prepare('');
  return { first: page(), next: page(latestFirst.afterPlaceholders) };
}
