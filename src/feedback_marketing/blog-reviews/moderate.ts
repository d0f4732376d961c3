import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { approve, type ModeratedBlogReview, reject } from './decisions.ts';
import { ModerateBlogReviewsInput } from './inputs.ts';
import type { BlogReviewRefusal } from './take-step.ts';

/** What became of several reviews. */
export interface BlogReviewsModerated {
  readonly moderated: readonly ModeratedBlogReview[];
  /** Those that stay as they are, and why. */
  readonly failed: readonly { readonly reviewId: string; readonly error: BlogReviewRefusal }[];
}

/**
 * Approves or rejects several pending reviews. Those that cannot be are named, and the others are decided: all that are, are committed
 * together. A review that is named twice counts once.
 *
 * Station: in `withStation`, by a user with `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotSetUp} `not-set-up` outside of `withStation`; `missing-peer` without the package `any-ascii`.
 *
 * @example
 * const { moderated, failed } = await withStation(db, { userId, stationId }, (tx) =>
 *   moderateBlogReviews(tx, { action: 'approve', reviewIds }),
 * );
 */
export async function moderateBlogReviews(
  db: PostgresDatabase,
  input: ModerateBlogReviewsInput,
): Promise<BlogReviewsModerated> {
  const decision = parseInput(ModerateBlogReviewsInput, input);
  const actor = stationActorOf(db);
  const reviewIds = [...new Set(decision.reviewIds)];
  return db.transaction(
    async (tx) => {
      const { moderated, refusals } =
        decision.action === 'approve'
          ? await approve(tx, actor, reviewIds, decision)
          : await reject(tx, actor, reviewIds, decision.reason);
      return { moderated, failed: [...refusals].map(([reviewId, error]) => ({ reviewId, error })) };
    },
    { isolationLevel: 'read committed' },
  );
}
