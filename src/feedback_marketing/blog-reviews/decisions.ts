import { sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import type { StationActor } from '../../identity/access/station-actor.ts';
import type { Notification } from '../../notification.ts';
import type { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { giveSlugs } from './give-slugs.ts';
import type { BlogReviewStep } from './steps.ts';
import { type BlogReviewRefusal, refusalsOf, takeStep } from './take-step.ts';

/** What the customer is told of a decision. */
export type BlogReviewNotification =
  | Notification<'blog-review-approved', { readonly title: string; readonly slug: string }>
  | Notification<
      'blog-review-rejected' | 'blog-review-unpublished',
      { readonly title: string; readonly reason: string }
    >;

/** A review after a decision. */
export interface ModeratedBlogReview {
  readonly review: CustomerReviewBlogPost;
  /** To send once the transaction is committed, if the customer is to be told. */
  readonly notification: BlogReviewNotification;
}

/** What became of several reviews. */
export interface Decided {
  readonly moderated: readonly ModeratedBlogReview[];
  readonly refusals: ReadonlyMap<string, BlogReviewRefusal>;
}

export async function approve(
  tx: PostgresDatabase,
  actor: StationActor,
  reviewIds: readonly string[],
  { comment = 'Review approved', keywords }: { comment?: string | undefined; keywords?: readonly string[] | undefined },
): Promise<Decided> {
  const step = { from: 'pending', to: 'approved' } as const;
  const set = {
    approvedBy: actor.userId,
    reviewedBy: actor.userId,
    approvedAt: sql`now()`,
    rejectionReason: null,
    keywords: keywords && (keywords.join(', ') || null),
  };
  const taken = await giveSlugs(tx, await takeStep(tx, actor, reviewIds, { step, set, comment }));
  return decided(tx, reviewIds, step, taken, ({ title, slug }) => ({
    kind: 'blog-review-approved',
    content: { title, slug: slug as string },
  }));
}

export async function reject(
  tx: PostgresDatabase,
  actor: StationActor,
  reviewIds: readonly string[],
  reason: string,
  step: Extract<BlogReviewStep, { to: 'rejected' }> = { from: 'pending', to: 'rejected' },
): Promise<Decided> {
  const set = {
    // Services that are not moved read here who rejected it.
    approvedBy: actor.userId,
    reviewedBy: actor.userId,
    approvedAt: null,
    rejectionReason: reason,
  };
  const taken = await takeStep(tx, actor, reviewIds, { step, set, comment: `Rejected: ${reason}` });
  return decided(tx, reviewIds, step, taken, ({ title }) => ({
    kind: step.from === 'approved' ? 'blog-review-unpublished' : 'blog-review-rejected',
    content: { title, reason },
  }));
}

/** The one review of a decision. @throws why it did not take the step. */
export function onlyOf({ moderated: [review], refusals }: Decided): ModeratedBlogReview {
  if (review) return review;
  throw [...refusals.values()][0];
}

type Told<One = BlogReviewNotification> = One extends BlogReviewNotification ? Omit<One, 'to'> : never;

async function decided(
  tx: PostgresDatabase,
  reviewIds: readonly string[],
  step: BlogReviewStep,
  taken: readonly CustomerReviewBlogPost[],
  tell: (review: CustomerReviewBlogPost) => Told,
): Promise<Decided> {
  const moderated = taken.map((review) => {
    const { customerId, customerName: name, customerEmail: email, customerPhone: phone } = review;
    return { review, notification: { ...tell(review), to: { customerId, name, email, phone } } };
  });
  const refused = reviewIds.filter((reviewId) => !taken.some(({ id }) => id === reviewId));
  return { moderated, refusals: refused.length > 0 ? await refusalsOf(tx, refused, step) : new Map() };
}
