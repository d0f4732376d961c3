import { and, eq, isNull } from 'drizzle-orm';
import type { z } from 'zod';
import { Booking } from '../../core/booking.ts';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound } from '../../errors.ts';
import { databaseError } from '../../identity/access/entry-errors.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import type { SubmitBlogReviewInput } from './inputs.ts';

/** What is known of a review that was submitted. */
export type Submission = Pick<CustomerReviewBlogPost, 'id' | 'status' | 'images'>;

type Submitted = z.output<typeof SubmitBlogReviewInput>;

const { id, status, images, customerId, bookingId, title, content, rating, createdAt } = CustomerReviewBlogPost;

/** Finds the same review, of the same customer and booking, with the same stars and texts. */
export async function findSubmission(tx: PostgresDatabase, review: Submitted): Promise<Submission | undefined> {
  const [earlier] = await tx
    .select({ id, status, images })
    .from(CustomerReviewBlogPost)
    .where(
      and(
        eq(customerId, review.customerId),
        review.bookingId === undefined ? isNull(bookingId) : eq(bookingId, review.bookingId),
        eq(title, review.title),
        eq(content, review.content),
        eq(rating, review.rating),
      ),
    )
    .orderBy(createdAt)
    .limit(1);
  return earlier;
}

/** @throws {NotFound} if there is no such customer, or the booking is not the customer's. */
export async function insertSubmission(tx: PostgresDatabase, { media, ...review }: Submitted): Promise<Submission> {
  if (review.bookingId !== undefined) {
    const [booking] = await tx
      .select({ id: Booking.id })
      .from(Booking)
      .where(and(eq(Booking.id, review.bookingId), eq(Booking.customerId, review.customerId)));
    if (!booking) throw notFound('bookingId', 'no such booking of the customer', 'a booking of the customer');
  }
  const [created] = await tx
    .insert(CustomerReviewBlogPost)
    .values({
      ...review,
      reviewedOnGoogle: review.reviewedOnGoogle ?? review.googleReviewLink !== undefined,
      reviewedOnYelp: review.reviewedOnYelp ?? review.yelpReviewLink !== undefined,
      images: media.map((file) => ({ ...file })) as CustomerReviewBlogPost['images'],
    })
    .returning({ id, status, images })
    .catch((error: unknown) => {
      const { code, constraint } = databaseError(error);
      const isWithoutCustomer = code === '23503' && constraint === 'customer_review_blog_posts_customer_id_fkey';
      throw isWithoutCustomer ? notFound('customerId', 'no such customer', 'the id of a customer') : error;
    });
  return created as Submission;
}

function notFound(object: string, found: string, expected: string): NotFound {
  const next = `give ${object} as the session or the link of the customer has it`;
  return new NotFound({ object, found, expected, next });
}
