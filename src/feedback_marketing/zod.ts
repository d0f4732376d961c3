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
import { BlogReviewSlug } from './blog-review-slug.ts';
import { CouponRedemption } from './coupon-redemption.ts';
import { CustomerReview } from './customer-review.ts';
import { CustomerReviewBlogPost } from './customer-review-blog-post.ts';
import { DiscountCoupon } from './discount-coupon.ts';
import { EventReviewRequest } from './event-review-request.ts';
import { ExternalReview } from './external-review.ts';
import { ExternalReviewSync } from './external-review-sync.ts';
import { QRCode } from './qr-code.ts';
import { QRScan } from './qr-scan.ts';
import { ReviewApprovalLog } from './review-approval-log.ts';
import { ReviewEscalation } from './review-escalation.ts';

export { StationReviewSettings } from './station-review-settings.ts';

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

export const BlogReviewSlugSelect: SelectSchema<typeof BlogReviewSlug> = selectSchema(BlogReviewSlug);
export const BlogReviewSlugInsert: InsertSchema<typeof BlogReviewSlug> = insertSchema(BlogReviewSlug);
export const BlogReviewSlugUpdate: UpdateSchema<typeof BlogReviewSlug> = updateSchema(BlogReviewSlug);

export const EventReviewRequestSelect: SelectSchema<typeof EventReviewRequest> = selectSchema(EventReviewRequest);
export const EventReviewRequestInsert: InsertSchema<typeof EventReviewRequest> = insertSchema(EventReviewRequest);
export const EventReviewRequestUpdate: UpdateSchema<typeof EventReviewRequest> = updateSchema(EventReviewRequest);

export const CouponRedemptionSelect: SelectSchema<typeof CouponRedemption> = selectSchema(CouponRedemption);
export const CouponRedemptionInsert: InsertSchema<typeof CouponRedemption> = insertSchema(CouponRedemption);
export const CouponRedemptionUpdate: UpdateSchema<typeof CouponRedemption> = updateSchema(CouponRedemption);

const externalReviewRules = { media: 'array' } satisfies Rules<typeof ExternalReview>;
export const ExternalReviewSelect: SelectSchema<typeof ExternalReview> = selectSchema(
  ExternalReview,
  externalReviewRules,
);
export const ExternalReviewInsert: InsertSchema<typeof ExternalReview> = insertSchema(
  ExternalReview,
  externalReviewRules,
);
export const ExternalReviewUpdate: UpdateSchema<typeof ExternalReview> = updateSchema(
  ExternalReview,
  externalReviewRules,
);

export const ExternalReviewSyncSelect: SelectSchema<typeof ExternalReviewSync> = selectSchema(ExternalReviewSync);
export const ExternalReviewSyncInsert: InsertSchema<typeof ExternalReviewSync> = insertSchema(ExternalReviewSync);
export const ExternalReviewSyncUpdate: UpdateSchema<typeof ExternalReviewSync> = updateSchema(ExternalReviewSync);
