import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { countReader } from './count-reader.ts';
import { MarkBlogReviewHelpfulInput } from './inputs.ts';

/**
 * Counts a reader who found a published review helpful. Each call counts: who may call it how often is up to the service.
 *
 * Public: it runs outside of `withStation`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if no published review has the id.
 *
 * @example
 * const { helpful } = await markBlogReviewHelpful(db, { reviewId });
 */
export async function markBlogReviewHelpful(
  db: PostgresDatabase,
  input: MarkBlogReviewHelpfulInput,
): Promise<{ readonly helpful: number }> {
  const { reviewId } = parseInput(MarkBlogReviewHelpfulInput, input);
  return { helpful: await countReader(db, reviewId, 'helpfulCount') };
}
