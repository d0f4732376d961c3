import { and, eq, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound } from '../../errors.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';

/** Adds a reader to a counter of a published review, in one statement. A reader does not change when the review was changed. */
export async function countReader(
  db: PostgresDatabase,
  reviewId: string,
  counter: 'likesCount' | 'helpfulCount',
): Promise<number> {
  const column = CustomerReviewBlogPost[counter];
  const [counted] = await db.transaction(
    (tx) =>
      tx
        .update(CustomerReviewBlogPost)
        .set({ [counter]: sql`${column} + 1`, updatedAt: sql`${CustomerReviewBlogPost.updatedAt}` })
        .where(and(eq(CustomerReviewBlogPost.id, reviewId), eq(CustomerReviewBlogPost.status, 'approved')))
        .returning({ count: column }),
    { isolationLevel: 'read committed' },
  );
  if (counted) return counted.count;
  throw new NotFound({
    object: 'reviewId',
    found: 'no published review with that id',
    expected: 'the id of a published review',
    next: 'take the id from listPublishedBlogReviews or findPublishedBlogReview',
  });
}
