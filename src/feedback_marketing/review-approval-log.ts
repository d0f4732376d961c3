import { check, foreignKey, index, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, isOneOf, textEnum } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { User } from '../identity/user.ts';
import { CustomerReviewBlogPost } from './customer-review-blog-post.ts';

export const ReviewApprovalAction = textEnum(['pending_review', 'approved', 'rejected']);
export type ReviewApprovalAction = (typeof ReviewApprovalAction.enumValues)[number];

/** Each step of the approval of a published review. */
export const ReviewApprovalLog = pgTable(
  'review_approval_log',
  {
    id: id(),
    reviewId: uuid('review_id').notNull(),
    adminId: uuid('admin_id'),
    action: varchar('action', { length: 20, enum: ReviewApprovalAction.enumValues }).notNull(),
    comment: text('comment'),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({
      name: 'review_approval_log_admin_id_fkey',
      columns: [table.adminId],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'review_approval_log_review_id_fkey',
      columns: [table.reviewId],
      foreignColumns: [CustomerReviewBlogPost.id],
    }).onDelete('cascade'),
    index('ix_review_approval_log_admin_id').on(table.adminId),
    index('ix_review_approval_log_created_at').on(table.createdAt),
    index('ix_review_approval_log_review_id').on(table.reviewId),
    check('valid_action', isOneOf(table.action, ReviewApprovalAction)),
    ...stationPolicies('public.review_approval_log'),
  ],
);
export type ReviewApprovalLog = typeof ReviewApprovalLog.$inferSelect;
export type NewReviewApprovalLog = typeof ReviewApprovalLog.$inferInsert;
