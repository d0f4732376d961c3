export * from './customer-review.ts';
export * from './customer-review-blog-post.ts';
export * from './discount-coupon.ts';
export * from './qr-code.ts';
export * from './qr-scan.ts';
export * from './review-approval-log.ts';
export * from './review-escalation.ts';
