import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { BlogReviewSlug } from '../blog-review-slug.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { isMadeFrom, slugOf } from './slug.ts';

/**
 * Gives reviews that were just approved their slugs. One that has a slug of its title keeps it; one whose title has changed since gets
 * another, its own former one if that fits. Former slugs stay, and lead to the present one.
 *
 * The present slug is also in `customer_review_blog_posts.slug`, for services that are not moved. What those put there stays as a former one.
 */
export async function giveSlugs(
  tx: PostgresDatabase,
  reviews: readonly CustomerReviewBlogPost[],
): Promise<CustomerReviewBlogPost[]> {
  if (reviews.length === 0) return [];
  const asking = await Promise.all(reviews.map(async (review) => ({ review, asked: await slugOf(review.title) })));
  const ids = reviews.map(({ id }) => id);
  const known = await tx.select().from(BlogReviewSlug).where(inArray(BlogReviewSlug.reviewId, ids));
  const given = new Map<string, string>();
  // The order in which the database locks names: two calls for several reviews do not wait for each other.
  asking.sort((one, other) => (one.asked < other.asked ? -1 : 1));
  for (const { review, asked } of asking) {
    const own = known.filter(({ reviewId }) => reviewId === review.id);
    given.set(review.id, await giveSlug(tx, review, own, asked));
  }
  return reviews.map((review) => ({ ...review, slug: given.get(review.id) ?? review.slug }));
}

async function giveSlug(
  tx: PostgresDatabase,
  { id, slug: present }: CustomerReviewBlogPost,
  own: readonly BlogReviewSlug[],
  asked: string,
): Promise<string> {
  // Longer than this package makes them: it could not lead on.
  if (present !== null && present.length > 80) return present;
  const names = new Set([...(present === null ? [] : [present]), ...own.map(({ slug }) => slug)]);
  const slug = [...names].find((name) => isMadeFrom(name, asked)) ?? (await nextSlug(tx, asked));
  const has = (name: string, isCurrent: boolean) =>
    own.some((each) => each.slug === name && each.isCurrent === isCurrent);
  if (present === slug && has(slug, true)) return slug;
  await tx
    .update(BlogReviewSlug)
    .set({ isCurrent: false })
    .where(and(eq(BlogReviewSlug.reviewId, id), eq(BlogReviewSlug.isCurrent, true), ne(BlogReviewSlug.slug, slug)));
  if (has(slug, false)) {
    await tx.update(BlogReviewSlug).set({ isCurrent: true }).where(eq(BlogReviewSlug.slug, slug));
  } else if (!has(slug, true)) {
    await tx.insert(BlogReviewSlug).values({ reviewId: id, slug });
  }
  const isNew = present !== null && present !== slug && !own.some((each) => each.slug === present);
  // Another review may have had it, before a service that is not moved gave it away again.
  if (isNew) {
    await tx.insert(BlogReviewSlug).values({ reviewId: id, slug: present, isCurrent: false }).onConflictDoNothing();
  }
  if (present !== slug) {
    const { updatedAt } = CustomerReviewBlogPost;
    await tx
      .update(CustomerReviewBlogPost)
      .set({ slug, updatedAt: sql`${updatedAt}` })
      .where(eq(CustomerReviewBlogPost.id, id));
  }
  return slug;
}

/** The first free one of `great-evening`, `great-evening-2` and so on, which nobody else gets until the transaction ends. */
async function nextSlug(tx: PostgresDatabase, asked: string): Promise<string> {
  const [row] = await tx
    .select({ slug: sql<string>`next_slug` })
    .from(sql`public.next_blog_review_slug(${asked}) AS next_slug`);
  return (row as { slug: string }).slug;
}
