import type { BlogPostStatus } from '../customer-review-blog-post.ts';
import type { ReviewApprovalAction } from '../review-approval-log.ts';

/**
 * The steps of the approval of a testimonial: the single list that the types, {@link isBlogReviewStep} and the trigger on
 * `customer_review_blog_posts` follow from. A new row may have any status.
 */
export const blogReviewSteps = [
  { from: 'pending', to: 'approved' },
  { from: 'pending', to: 'rejected' },
  { from: 'approved', to: 'rejected' },
  { from: 'rejected', to: 'pending' },
] as const satisfies readonly { from: BlogPostStatus; to: BlogPostStatus }[];

export type BlogReviewStep = (typeof blogReviewSteps)[number];

/** The statuses from which a step leads to `To`. */
export type StatusBefore<To extends BlogPostStatus> = Extract<BlogReviewStep, { to: To }>['from'];

/** What the log calls the step to each status. */
export const blogReviewActions = {
  pending: 'pending_review',
  approved: 'approved',
  rejected: 'rejected',
} as const satisfies Record<BlogPostStatus, ReviewApprovalAction>;

/**
 * The names that the database refuses a step with, as the `constraint` of an error with SQLSTATE 23514: `step` is not in the list, `approval`
 * has no approver or no time, `reason` is missing from a rejection.
 */
export const blogReviewRefusals = {
  step: 'customer_review_blog_posts_step',
  approval: 'customer_review_blog_posts_approval',
  reason: 'customer_review_blog_posts_reason',
} as const;

/** Whether a testimonial may go from one status to another. */
export function isBlogReviewStep(from: BlogPostStatus, to: BlogPostStatus): boolean {
  return blogReviewSteps.some((step) => step.from === from && step.to === to);
}

/**
 * The statuses from which a step leads to another, for the WHERE of its UPDATE.
 *
 * @example
 * statusesBefore('rejected'); // ['pending', 'approved']
 */
export function statusesBefore<To extends BlogPostStatus>(to: To): StatusBefore<To>[] {
  return blogReviewSteps.filter((step) => step.to === to).map(({ from }) => from) as StatusBefore<To>[];
}
