import { and, eq, getColumns, inArray, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict, NotFound, NotPermitted } from '../../errors.ts';
import type { StationActor } from '../../identity/access/station-actor.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { ReviewApprovalLog } from '../review-approval-log.ts';
import { type BlogReviewStep, blogReviewActions } from './steps.ts';

/** Why a review did not take a step. */
export type BlogReviewRefusal = NotFound | Conflict | NotPermitted;

/** A step, what it writes beside the status, and what the log says of it. */
export interface Decision {
  readonly step: BlogReviewStep;
  readonly set: PgUpdateSetSource<typeof CustomerReviewBlogPost>;
  readonly comment: string;
}

/** Takes a step with those of the reviews that may take it, and logs it. @returns them, in the order of their ids. */
export async function takeStep(
  tx: PostgresDatabase,
  { userId }: StationActor,
  reviewIds: readonly string[],
  { step, set, comment }: Decision,
): Promise<CustomerReviewBlogPost[]> {
  // Locked in one order, so that two calls for several reviews do not wait for each other.
  const locked = tx.$with('locked').as(
    tx
      .select({ id: CustomerReviewBlogPost.id })
      .from(CustomerReviewBlogPost)
      .where(inArray(CustomerReviewBlogPost.id, [...reviewIds]))
      .orderBy(CustomerReviewBlogPost.id)
      .for('no key update'),
  );
  const taken = await tx
    .with(locked)
    .update(CustomerReviewBlogPost)
    .set({ ...set, status: step.to, updatedAt: sql`now()` })
    .from(locked)
    .where(and(eq(CustomerReviewBlogPost.id, locked.id), eq(CustomerReviewBlogPost.status, step.from)))
    .returning(getColumns(CustomerReviewBlogPost));
  if (taken.length > 0) {
    const action = blogReviewActions[step.to];
    // Not the time when the transaction began: it may take several steps.
    const createdAt = sql`clock_timestamp()`;
    await tx
      .insert(ReviewApprovalLog)
      .values(taken.map(({ id }) => ({ reviewId: id, adminId: userId, action, comment, createdAt })));
  }
  return taken.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** Why each of these reviews did not take a step. */
export async function refusalsOf(
  tx: PostgresDatabase,
  reviewIds: readonly string[],
  { from }: BlogReviewStep,
): Promise<Map<string, BlogReviewRefusal>> {
  const { id, status } = CustomerReviewBlogPost;
  const found = await tx
    .select({ id, status })
    .from(CustomerReviewBlogPost)
    .where(inArray(id, [...reviewIds]));
  const statuses = new Map(found.map((review) => [review.id, review.status]));
  return new Map(reviewIds.map((reviewId) => [reviewId, refusalOf(statuses.get(reviewId), from)]));
}

const object = 'reviewId';

function refusalOf(status: string | undefined, from: string): BlogReviewRefusal {
  if (status === undefined) {
    return new NotFound({
      object,
      found: 'no such review at the station',
      expected: 'a review of the station',
      next: 'take the id from listPendingBlogReviews',
    });
  }
  if (status === from) {
    return new NotPermitted({
      object,
      found: 'a user who may not change reviews at the station',
      expected: 'one with the permission customer.update',
      next: 'let somebody with that permission decide',
    });
  }
  return new Conflict({
    object,
    found: `a review that is already ${status}`,
    expected: `one that is ${from}`,
    next: 'look at it again with listApprovalLog: somebody has decided meanwhile',
  });
}
