// Generated from src/feedback_marketing/zod.ts by `npm run db:generate`. Do not edit.

import {
  BlogReviewSlug,
  CouponRedemption,
  CustomerReview,
  CustomerReviewBlogPost,
  DiscountCoupon,
  EventReviewRequest,
  ExternalReview,
  ExternalReviewSync,
  QRCode,
  QRScan,
  ReviewApprovalLog,
  ReviewEscalation,
} from '../../feedback_marketing/index.ts';
import * as schemas from '../../feedback_marketing/zod.ts';
import { jsonForm } from '../../json-form.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../../validation.ts';

export const BlogReviewSlugSelect: JsonSelectSchema<typeof BlogReviewSlug> = jsonForm(
  BlogReviewSlug,
  schemas.BlogReviewSlugSelect,
);
export const BlogReviewSlugInsert: JsonInsertSchema<typeof BlogReviewSlug> = jsonForm(
  BlogReviewSlug,
  schemas.BlogReviewSlugInsert,
);
export const BlogReviewSlugUpdate: JsonUpdateSchema<typeof BlogReviewSlug> = jsonForm(
  BlogReviewSlug,
  schemas.BlogReviewSlugUpdate,
);

export const CouponRedemptionSelect: JsonSelectSchema<typeof CouponRedemption> = jsonForm(
  CouponRedemption,
  schemas.CouponRedemptionSelect,
);
export const CouponRedemptionInsert: JsonInsertSchema<typeof CouponRedemption> = jsonForm(
  CouponRedemption,
  schemas.CouponRedemptionInsert,
);
export const CouponRedemptionUpdate: JsonUpdateSchema<typeof CouponRedemption> = jsonForm(
  CouponRedemption,
  schemas.CouponRedemptionUpdate,
);

export const CustomerReviewSelect: JsonSelectSchema<typeof CustomerReview> = jsonForm(
  CustomerReview,
  schemas.CustomerReviewSelect,
);
export const CustomerReviewInsert: JsonInsertSchema<typeof CustomerReview> = jsonForm(
  CustomerReview,
  schemas.CustomerReviewInsert,
);
export const CustomerReviewUpdate: JsonUpdateSchema<typeof CustomerReview> = jsonForm(
  CustomerReview,
  schemas.CustomerReviewUpdate,
);

export const CustomerReviewBlogPostSelect: JsonSelectSchema<typeof CustomerReviewBlogPost> = jsonForm(
  CustomerReviewBlogPost,
  schemas.CustomerReviewBlogPostSelect,
);
export const CustomerReviewBlogPostInsert: JsonInsertSchema<typeof CustomerReviewBlogPost> = jsonForm(
  CustomerReviewBlogPost,
  schemas.CustomerReviewBlogPostInsert,
);
export const CustomerReviewBlogPostUpdate: JsonUpdateSchema<typeof CustomerReviewBlogPost> = jsonForm(
  CustomerReviewBlogPost,
  schemas.CustomerReviewBlogPostUpdate,
);

export const DiscountCouponSelect: JsonSelectSchema<typeof DiscountCoupon> = jsonForm(
  DiscountCoupon,
  schemas.DiscountCouponSelect,
);
export const DiscountCouponInsert: JsonInsertSchema<typeof DiscountCoupon> = jsonForm(
  DiscountCoupon,
  schemas.DiscountCouponInsert,
);
export const DiscountCouponUpdate: JsonUpdateSchema<typeof DiscountCoupon> = jsonForm(
  DiscountCoupon,
  schemas.DiscountCouponUpdate,
);

export const EventReviewRequestSelect: JsonSelectSchema<typeof EventReviewRequest> = jsonForm(
  EventReviewRequest,
  schemas.EventReviewRequestSelect,
);
export const EventReviewRequestInsert: JsonInsertSchema<typeof EventReviewRequest> = jsonForm(
  EventReviewRequest,
  schemas.EventReviewRequestInsert,
);
export const EventReviewRequestUpdate: JsonUpdateSchema<typeof EventReviewRequest> = jsonForm(
  EventReviewRequest,
  schemas.EventReviewRequestUpdate,
);

export const ExternalReviewSelect: JsonSelectSchema<typeof ExternalReview> = jsonForm(
  ExternalReview,
  schemas.ExternalReviewSelect,
);
export const ExternalReviewInsert: JsonInsertSchema<typeof ExternalReview> = jsonForm(
  ExternalReview,
  schemas.ExternalReviewInsert,
);
export const ExternalReviewUpdate: JsonUpdateSchema<typeof ExternalReview> = jsonForm(
  ExternalReview,
  schemas.ExternalReviewUpdate,
);

export const ExternalReviewSyncSelect: JsonSelectSchema<typeof ExternalReviewSync> = jsonForm(
  ExternalReviewSync,
  schemas.ExternalReviewSyncSelect,
);
export const ExternalReviewSyncInsert: JsonInsertSchema<typeof ExternalReviewSync> = jsonForm(
  ExternalReviewSync,
  schemas.ExternalReviewSyncInsert,
);
export const ExternalReviewSyncUpdate: JsonUpdateSchema<typeof ExternalReviewSync> = jsonForm(
  ExternalReviewSync,
  schemas.ExternalReviewSyncUpdate,
);

export const QRCodeSelect: JsonSelectSchema<typeof QRCode> = jsonForm(QRCode, schemas.QRCodeSelect);
export const QRCodeInsert: JsonInsertSchema<typeof QRCode> = jsonForm(QRCode, schemas.QRCodeInsert);
export const QRCodeUpdate: JsonUpdateSchema<typeof QRCode> = jsonForm(QRCode, schemas.QRCodeUpdate);

export const QRScanSelect: JsonSelectSchema<typeof QRScan> = jsonForm(QRScan, schemas.QRScanSelect);
export const QRScanInsert: JsonInsertSchema<typeof QRScan> = jsonForm(QRScan, schemas.QRScanInsert);
export const QRScanUpdate: JsonUpdateSchema<typeof QRScan> = jsonForm(QRScan, schemas.QRScanUpdate);

export const ReviewApprovalLogSelect: JsonSelectSchema<typeof ReviewApprovalLog> = jsonForm(
  ReviewApprovalLog,
  schemas.ReviewApprovalLogSelect,
);
export const ReviewApprovalLogInsert: JsonInsertSchema<typeof ReviewApprovalLog> = jsonForm(
  ReviewApprovalLog,
  schemas.ReviewApprovalLogInsert,
);
export const ReviewApprovalLogUpdate: JsonUpdateSchema<typeof ReviewApprovalLog> = jsonForm(
  ReviewApprovalLog,
  schemas.ReviewApprovalLogUpdate,
);

export const ReviewEscalationSelect: JsonSelectSchema<typeof ReviewEscalation> = jsonForm(
  ReviewEscalation,
  schemas.ReviewEscalationSelect,
);
export const ReviewEscalationInsert: JsonInsertSchema<typeof ReviewEscalation> = jsonForm(
  ReviewEscalation,
  schemas.ReviewEscalationInsert,
);
export const ReviewEscalationUpdate: JsonUpdateSchema<typeof ReviewEscalation> = jsonForm(
  ReviewEscalation,
  schemas.ReviewEscalationUpdate,
);
