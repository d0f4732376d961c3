import { randomUUID } from 'node:crypto';
import {
  approveBlogReview,
  type SubmitBlogReviewInput,
  submitBlogReview,
} from '../../../src/feedback_marketing/blog-reviews/index.ts';
import { type OperationsDatabase, openOperationsDatabase, type StationOfTest } from '../../support/operations.ts';
import type { Major } from '../../support/servers.ts';

/** Opens a database whose ordinary role may run the public verbs of blog reviews, and nothing else. */
export function openBlogReviews(major: Major, connections?: number): Promise<OperationsDatabase> {
  return openOperationsDatabase(major, 'feedback_marketing/blog-reviews', connections);
}

/** A submission that is accepted, and is another one each time. */
export const submission = (
  { customerId }: Pick<StationOfTest, 'customerId'>,
  set: Partial<SubmitBlogReviewInput> = {},
): SubmitBlogReviewInput => ({
  customerId,
  customerName: 'Ada Lovelace',
  customerEmail: 'ada@example.com',
  customerPhone: '+1 555 0100',
  title: 'Great evening',
  content: `The chef was funny and fast, and the children still talk about it: ${randomUUID()}`,
  rating: 5,
  ...set,
});

/** Submits a review of the station's customer, and returns its id. */
export async function submit(
  { outside }: OperationsDatabase,
  station: StationOfTest,
  set: Partial<SubmitBlogReviewInput> = {},
): Promise<string> {
  return (await submitBlogReview(outside, submission(station, set))).reviewId;
}

/** Submits and approves one, and returns its id and slug. */
export async function publish(
  world: OperationsDatabase,
  station: StationOfTest,
  set: Partial<SubmitBlogReviewInput> = {},
): Promise<{ reviewId: string; slug: string }> {
  const reviewId = await submit(world, station, set);
  const { review } = await station.run((tx) => approveBlogReview(tx, { reviewId }));
  return { reviewId, slug: review.slug as string };
}
