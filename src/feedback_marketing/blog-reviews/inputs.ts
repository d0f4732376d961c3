import { z } from 'zod';
import { anId, someText, someUrl } from '../../input.ts';
import { pageFields } from '../../page-fields.ts';
import { mediaFields } from './media.ts';

const reason = someText(1, 2000);
const comment = someText(1, 2000).optional();
const aLink = someUrl(1000).optional();

export const ApproveBlogReviewInput = z.strictObject({
  reviewId: anId,
  /** For the log, not for the customer. Default: `Review approved`. */
  comment,
  /** Words for search engines, in place of those that the review has. Default: those stay. */
  keywords: z
    .array(someText(1, 50).refine((word) => !word.includes(','), 'Invalid text: expected no comma'))
    .max(20)
    .optional(),
});
export type ApproveBlogReviewInput = z.input<typeof ApproveBlogReviewInput>;

/** The customer is told the reason. */
export const RejectBlogReviewInput = z.strictObject({ reviewId: anId, reason });
export type RejectBlogReviewInput = z.input<typeof RejectBlogReviewInput>;

/** The customer is told the reason. */
export const UnpublishBlogReviewInput = z.strictObject({ reviewId: anId, reason });
export type UnpublishBlogReviewInput = z.input<typeof UnpublishBlogReviewInput>;

export const ResubmitBlogReviewInput = z.strictObject({
  reviewId: anId,
  /** For the log. Default: `Resubmitted for review`. */
  comment,
});
export type ResubmitBlogReviewInput = z.input<typeof ResubmitBlogReviewInput>;

const reviewIds = z.array(anId).min(1).max(100);
export const ModerateBlogReviewsInput = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('approve'), reviewIds, comment }),
  z.strictObject({ action: z.literal('reject'), reviewIds, reason }),
]);
export type ModerateBlogReviewsInput = z.input<typeof ModerateBlogReviewsInput>;

export const ListPendingBlogReviewsInput = z.strictObject({
  ...pageFields,
  /** Those of the same rating are in the order of their creation. */
  orderBy: z.enum(['createdAt', 'rating']).default('createdAt'),
  direction: z.enum(['asc', 'desc']).default('asc'),
});
export type ListPendingBlogReviewsInput = z.input<typeof ListPendingBlogReviewsInput>;

export const ListApprovalLogInput = z.strictObject({ ...pageFields, reviewId: anId });
export type ListApprovalLogInput = z.input<typeof ListApprovalLogInput>;

export const ListBlogReviewsByCustomerInput = z.strictObject({ ...pageFields, customerId: anId });
export type ListBlogReviewsByCustomerInput = z.input<typeof ListBlogReviewsByCustomerInput>;

export const SubmitBlogReviewInput = z.strictObject({
  /** Take it from a verified session or link, never from the request. */
  customerId: anId,
  /** One of the customer's. If it is completed, the review is shown as verified. */
  bookingId: anId.optional(),
  customerName: someText(2, 255),
  /** For the staff: never shown to the public. */
  customerEmail: z.email().max(255),
  customerPhone: someText(3, 50).optional(),
  /** Whether the public sees initials in place of the name. */
  showInitialsOnly: z.boolean().default(false),
  title: someText(5, 255),
  content: someText(50, 5000),
  rating: z.int().min(1).max(5),
  /** Pictures and videos that the service has stored already. */
  ...mediaFields,
  /** Default: whether there is a link. */
  reviewedOnGoogle: z.boolean().optional(),
  reviewedOnYelp: z.boolean().optional(),
  googleReviewLink: aLink,
  yelpReviewLink: aLink,
});
export type SubmitBlogReviewInput = z.input<typeof SubmitBlogReviewInput>;

export const ListPublishedBlogReviewsInput = z.strictObject({ ...pageFields });
export type ListPublishedBlogReviewsInput = z.input<typeof ListPublishedBlogReviewsInput>;

export const FindPublishedBlogReviewInput = z.strictObject({ slug: someText(1, 255) });
export type FindPublishedBlogReviewInput = z.input<typeof FindPublishedBlogReviewInput>;

export const LikeBlogReviewInput = z.strictObject({ reviewId: anId });
export type LikeBlogReviewInput = z.input<typeof LikeBlogReviewInput>;

export const MarkBlogReviewHelpfulInput = z.strictObject({ reviewId: anId });
export type MarkBlogReviewHelpfulInput = z.input<typeof MarkBlogReviewHelpfulInput>;
