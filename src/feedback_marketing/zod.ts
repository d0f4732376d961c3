import {
  emailAddress,
  type InsertSchema,
  insertSchema,
  type Rules,
  type SelectSchema,
  selectSchema,
  type UpdateSchema,
  updateSchema,
} from '../validation.ts';
import { CustomerReview } from './customer-review.ts';
import { CustomerReviewBlogPost } from './customer-review-blog-post.ts';
import { DiscountCoupon } from './discount-coupon.ts';
import { QRCode } from './qr-code.ts';
import { QRScan } from './qr-scan.ts';
import { ReviewApprovalLog } from './review-approval-log.ts';
import { ReviewEscalation } from './review-escalation.ts';

// `CustomerReviewInsert.parse(body)` is what `db.insert(CustomerReview).values(…)` takes,
// `CustomerReviewUpdate.parse(body)` what `db.update(CustomerReview).set(…)` takes, and
// `CustomerReviewSelect.parse(row)` is a row as it is read.

export const CustomerReviewSelect: SelectSchema<typeof CustomerReview> = selectSchema(CustomerReview);
export const CustomerReviewInsert: InsertSchema<typeof CustomerReview> = insertSchema(CustomerReview);
export const CustomerReviewUpdate: UpdateSchema<typeof CustomerReview> = updateSchema(CustomerReview);

export const ReviewEscalationSelect: SelectSchema<typeof ReviewEscalation> = selectSchema(ReviewEscalation);
export const ReviewEscalationInsert: InsertSchema<typeof ReviewEscalation> = insertSchema(ReviewEscalation);
export const ReviewEscalationUpdate: UpdateSchema<typeof ReviewEscalation> = updateSchema(ReviewEscalation);

const customerReviewBlogPostRules = { images: 'array', customerEmail: emailAddress } satisfies Rules<
  typeof CustomerReviewBlogPost
>;
export const CustomerReviewBlogPostSelect: SelectSchema<typeof CustomerReviewBlogPost> = selectSchema(
  CustomerReviewBlogPost,
  customerReviewBlogPostRules,
);
export const CustomerReviewBlogPostInsert: InsertSchema<typeof CustomerReviewBlogPost> = insertSchema(
  CustomerReviewBlogPost,
  customerReviewBlogPostRules,
);
export const CustomerReviewBlogPostUpdate: UpdateSchema<typeof CustomerReviewBlogPost> = updateSchema(
  CustomerReviewBlogPost,
  customerReviewBlogPostRules,
);

export const ReviewApprovalLogSelect: SelectSchema<typeof ReviewApprovalLog> = selectSchema(ReviewApprovalLog);
export const ReviewApprovalLogInsert: InsertSchema<typeof ReviewApprovalLog> = insertSchema(ReviewApprovalLog);
export const ReviewApprovalLogUpdate: UpdateSchema<typeof ReviewApprovalLog> = updateSchema(ReviewApprovalLog);

export const DiscountCouponSelect: SelectSchema<typeof DiscountCoupon> = selectSchema(DiscountCoupon);
export const DiscountCouponInsert: InsertSchema<typeof DiscountCoupon> = insertSchema(DiscountCoupon);
export const DiscountCouponUpdate: UpdateSchema<typeof DiscountCoupon> = updateSchema(DiscountCoupon);

export const QRCodeSelect: SelectSchema<typeof QRCode> = selectSchema(QRCode);
export const QRCodeInsert: InsertSchema<typeof QRCode> = insertSchema(QRCode);
export const QRCodeUpdate: UpdateSchema<typeof QRCode> = updateSchema(QRCode);

export const QRScanSelect: SelectSchema<typeof QRScan> = selectSchema(QRScan);
export const QRScanInsert: InsertSchema<typeof QRScan> = insertSchema(QRScan);
export const QRScanUpdate: UpdateSchema<typeof QRScan> = updateSchema(QRScan);
