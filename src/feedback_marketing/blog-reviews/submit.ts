import { sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import type { BlogPostStatus } from '../customer-review-blog-post.ts';
import { ReviewApprovalLog } from '../review-approval-log.ts';
import { SubmitBlogReviewInput } from './inputs.ts';
import { readMedia } from './media.ts';
import { findSubmission, insertSubmission, type Submission } from './submission.ts';

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
  const submission = parseInput(SubmitBlogReviewInput, input);
  const lock = `submitBlogReview ${submission.customerId}`;
  return db.transaction(
    async (tx) => {
      // One at a time for a customer: the second of two equal ones finds the first.
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${lock}, 0))`);
      const earlier = await findSubmission(tx, submission);
      if (earlier) return answer(earlier);
      const created = await insertSubmission(tx, submission);
      await tx.insert(ReviewApprovalLog).values({
        reviewId: created.id,
        action: 'pending_review',
        comment: `New review submitted by customer with ${submission.media.length} media files`,
      });
      return answer(created);
    },
    { isolationLevel: 'read committed' },
  );
}

function answer({ id, status, images }: Submission): SubmittedBlogReview {
  const media = readMedia(images);
  const videos = media.filter(({ type }) => type === 'video').length;
  return { reviewId: id, status, images: media.length - videos, videos };
}
