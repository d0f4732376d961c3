// Generated from src/feedback_marketing/zod.ts by `npm run db:generate`. Do not edit.

import {
  CustomerReview,
  CustomerReviewBlogPost,
  DiscountCoupon,
  QRCode,
  QRScan,
  ReviewApprovalLog,
  ReviewEscalation,
} from '../../feedback_marketing/index.ts';
import * as schemas from '../../feedback_marketing/zod.ts';
import { jsonForm } from '../../json-form.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../../validation.ts';

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
