import { and, eq, or, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import type { PostgresDatabase } from '../../database.ts';
import { isId } from '../../id.ts';
import { parseInput } from '../../input.ts';
import { BlogReviewSlug } from '../blog-review-slug.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { FindPublishedBlogReviewInput } from './inputs.ts';
import { ofCompletedBooking, type PublishedBlogReview, publishedColumns, publishedReview } from './published.ts';

/**
 * Finds a published review by its slug. A former slug finds it, too: its `slug` is the present one, so redirect if they differ.
 *
 * Public: it runs outside of `withStation`.
 *
 * @returns undefined if no review has or had the slug, or if it is not published.
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * const slug = 'great-evening';
 * const review = await findPublishedBlogReview(db, { slug });
 * if (review && review.slug !== slug) redirect(`/reviews/${encodeURIComponent(review.slug)}`);
 */
export async function findPublishedBlogReview(
  db: PostgresDatabase,
  input: FindPublishedBlogReviewInput,
): Promise<PublishedBlogReview | undefined> {
  const { slug } = parseInput(FindPublishedBlogReviewInput, input);
  const named = db.select({ id: BlogReviewSlug.reviewId }).from(BlogReviewSlug).where(eq(BlogReviewSlug.slug, slug));
  // Old rows, and those of services that are not moved, have a slug in this column only. It is the present one of all.
  const isPresent = eq(CustomerReviewBlogPost.slug, slug);
  const isNamed = sql<boolean>`${CustomerReviewBlogPost.id} = (${named})`;
  const [row] = await db
    .select(publishedColumns)
    .from(CustomerReviewBlogPost)
    .leftJoin(Booking, ofCompletedBooking)
    .where(
      and(
        eq(CustomerReviewBlogPost.status, 'approved'),
        or(isPresent, isNamed, isId(slug) ? eq(CustomerReviewBlogPost.id, slug) : undefined),
      ),
    )
    .orderBy(sql`${isPresent} IS TRUE DESC`, sql`${isNamed} IS TRUE DESC`)
    .limit(1);
  return row && publishedReview(row);
}
