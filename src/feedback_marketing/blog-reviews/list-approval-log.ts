import { and, eq, getColumns, type SQL } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound } from '../../errors.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { keyset, type Page } from '../../keyset.ts';
import { type BlogPostStatus, CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { ReviewApprovalLog } from '../review-approval-log.ts';
import { ListApprovalLogInput } from './inputs.ts';

/** The steps that a review took, the latest first. */
export interface ApprovalLogPage extends Page<ReviewApprovalLog> {
  readonly status: BlogPostStatus;
}

const latestFirst = keyset([ReviewApprovalLog.createdAt, ReviewApprovalLog.id], 'desc');

/**
 * Lists the steps that a review took, the latest first, with its present status.
 *
 * Station: in `withStation`, by a user with `customer.read`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {NotSetUp} `not-set-up` outside of `withStation`.
 *
 * @example
 * const { status, items } = await withStation(db, { userId, stationId }, (tx) => listApprovalLog(tx, { reviewId }));
 */
export async function listApprovalLog(db: PostgresDatabase, input: ListApprovalLogInput): Promise<ApprovalLogPage> {
  const { reviewId, limit, cursor } = parseInput(ListApprovalLogInput, input);
  const after = latestFirst.after(cursor);
  stationActorOf(db);
  // From the review, so that one without steps is told from none.
  const rows = await db
    .select({
      status: CustomerReviewBlogPost.status,
      log: getColumns(ReviewApprovalLog),
      place: latestFirst.place as SQL<string>,
    })
    .from(CustomerReviewBlogPost)
    .leftJoin(ReviewApprovalLog, and(eq(ReviewApprovalLog.reviewId, CustomerReviewBlogPost.id), after))
    .where(eq(CustomerReviewBlogPost.id, reviewId))
    .orderBy(...latestFirst.orderBy)
    .limit(limit + 1);
  const [first] = rows;
  if (!first) {
    throw new NotFound({
      object: 'reviewId',
      found: 'no such review at the station',
      expected: 'a review of the station',
      next: 'take the id from listPendingBlogReviews or listBlogReviewsByCustomer',
    });
  }
  const { items, nextCursor } = latestFirst.page(rows, limit);
  return { status: first.status, items: items.flatMap(({ log }) => log ?? []), nextCursor };
}
