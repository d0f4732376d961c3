export type { PostgresDatabase } from '../../database.ts';
export type { Page, PageRequest } from '../../keyset.ts';
export type { Notification, Recipient } from '../../notification.ts';
export { approveBlogReview } from './approve.ts';
export type { BlogReviewNotification, ModeratedBlogReview } from './decisions.ts';
export { type BlogReviewFeed, renderBlogReviewFeed } from './feed.ts';
export { findPublishedBlogReview } from './find-published.ts';
export * from './inputs.ts';
export { likeBlogReview } from './like.ts';
export { type ApprovalLogPage, listApprovalLog } from './list-approval-log.ts';
export { listBlogReviewsByCustomer } from './list-by-customer.ts';
export { listPendingBlogReviews, type PendingBlogReview } from './list-pending.ts';
export { listPublishedBlogReviews } from './list-published.ts';
export { markBlogReviewHelpful } from './mark-helpful.ts';
export type { BlogReviewMedia } from './media.ts';
export { type BlogReviewsModerated, moderateBlogReviews } from './moderate.ts';
export {
  getModerationStats,
  type ModerationCounts,
  type ModerationCountsOfStar,
  type ModerationStats,
} from './moderation-stats.ts';
export { type AuthorName, formatPublicName } from './public-name.ts';
export type { PublishedBlogReview } from './published.ts';
export { rejectBlogReview } from './reject.ts';
export { resubmitBlogReview } from './resubmit.ts';
export { type BlogReviewSeo, buildBlogReviewSeo } from './seo.ts';
export type { BlogReviewFeedSite, BlogReviewSite } from './site.ts';
export {
  type BlogReviewStep,
  blogReviewRefusals,
  blogReviewSteps,
  isBlogReviewStep,
} from './steps.ts';
export { type SubmittedBlogReview, submitBlogReview } from './submit.ts';
export type { BlogReviewRefusal } from './take-step.ts';
export { unpublishBlogReview } from './unpublish.ts';
