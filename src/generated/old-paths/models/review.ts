// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
export { CustomerReviewBlogPost, ReviewApprovalLog } from '../../../feedback_marketing/index.ts';
