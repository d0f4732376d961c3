import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { countReader } from './count-reader.ts';
import { LikeBlogReviewInput } from './inputs.ts';

/**
 * Counts a reader who likes a published review. Each call counts: who may call it how often is up to the service.
 *
 * Public: it runs outside of `withStation`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if no published review has the id.
 *
 * @example
 * const { likes } = await likeBlogReview(db, { reviewId });
 */
export async function likeBlogReview(
  db: PostgresDatabase,
  input: LikeBlogReviewInput,
): Promise<{ readonly likes: number }> {
  const { reviewId } = parseInput(LikeBlogReviewInput, input);
  return { likes: await countReader(db, reviewId, 'likesCount') };
}
