import { and, eq, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound } from '../../errors.ts';
import { databaseError } from '../../identity/access/entry-errors.ts';
import { parseInput } from '../../input.ts';
import { type BlogPostStatus, CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { ReviewApprovalLog } from '../review-approval-log.ts';
import { SubmitBlogReviewInput } from './inputs.ts';
import { readMedia } from './media.ts';

/** What became of a submission. */
export interface SubmittedBlogReview {
  readonly reviewId: string;
  /** `pending`, unless it was submitted before and somebody decided meanwhile. */
  readonly status: BlogPostStatus;
  readonly images: number;
  readonly videos: number;
}

/**
 * Takes a review that a customer wrote. It waits for somebody of the staff to approve it. The same review of the customer again, with
 * the same stars and texts, writes nothing and gets the same answer, so that a form may be sent twice.
 *
 * Public: it runs outside of `withStation`. Media are stored by the service beforehand.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if there is no such customer (`customerId`), or the booking is not the customer's (`bookingId`).
 *
 * @example
 * const { reviewId } = await submitBlogReview(db, {
 *   customerId: booking.customerId,
 *   bookingId: booking.id,
 *   customerName: 'Ada Lovelace',
 *   customerEmail: 'ada@example.com',
 *   title: 'A great evening',
 *   content: 'The chef was funny and fast, and the children still talk about the onion volcano.',
 *   rating: 5,
 * });
 */
export async function submitBlogReview(
  db: PostgresDatabase,
  input: SubmitBlogReviewInput,
): Promise<SubmittedBlogReview> {
  const { media, ...review } = parseInput(SubmitBlogReviewInput, input);
  const { customerId, bookingId, title, content, rating, googleReviewLink, yelpReviewLink } = review;
  return db.transaction(
    async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`submitBlogReview ${customerId}`}, 0))`);
      const { id, status, images } = CustomerReviewBlogPost;
      const isSame = and(
        eq(CustomerReviewBlogPost.customerId, customerId),
        eq(CustomerReviewBlogPost.title, title),
        eq(CustomerReviewBlogPost.content, content),
        eq(CustomerReviewBlogPost.rating, rating),
      );
      const [earlier] = await tx
        .select({ id, status, images })
        .from(CustomerReviewBlogPost)
        .where(isSame)
        .orderBy(CustomerReviewBlogPost.createdAt)
        .limit(1);
      if (earlier) return answer(earlier);
      if (bookingId !== undefined) {
        const [booking] = await tx
          .select({ id: Booking.id })
          .from(Booking)
          .where(and(eq(Booking.id, bookingId), eq(Booking.customerId, customerId)));
        if (!booking) throw notFound('bookingId', 'no such booking of the customer', 'a booking of the customer');
      }
      const [created] = await tx
        .insert(CustomerReviewBlogPost)
        .values({
          ...review,
          reviewedOnGoogle: review.reviewedOnGoogle ?? googleReviewLink !== undefined,
          reviewedOnYelp: review.reviewedOnYelp ?? yelpReviewLink !== undefined,
          images: media.map((file) => ({ ...file })) as CustomerReviewBlogPost['images'],
        })
        .returning({ id, status, images })
        .catch((error: unknown) => {
          const { code, constraint } = databaseError(error);
          const isWithoutCustomer = code === '23503' && constraint === 'customer_review_blog_posts_customer_id_fkey';
          throw isWithoutCustomer ? notFound('customerId', 'no such customer', 'the id of a customer') : error;
        });
      await tx.insert(ReviewApprovalLog).values({
        reviewId: created?.id as string,
        action: 'pending_review',
        comment: `New review submitted by customer with ${media.length} media files`,
      });
      return answer(created as NonNullable<typeof created>);
    },
    { isolationLevel: 'read committed' },
  );
}

function answer({ id, status, images }: Pick<CustomerReviewBlogPost, 'id' | 'status' | 'images'>): SubmittedBlogReview {
  const videos = readMedia(images).filter(({ type }) => type === 'video').length;
  return { reviewId: id, status, images: readMedia(images).length - videos, videos };
}

function notFound(object: string, found: string, expected: string): NotFound {
  return new NotFound({
    object,
    found,
    expected,
    next: `give ${object} as the session or the link of the customer has it`,
  });
}
