export type { PostgresDatabase } from '../../database.ts';
export type { Notification, Recipient } from '../../notification.ts';
export { claimCouponReminders } from './claim-reminders.ts';
export { createCoupon } from './create.ts';
export { calculateDiscount, type DiscountTerms } from './discount.ts';
export { expireCoupons } from './expire.ts';
export {
  ClaimCouponRemindersInput,
  CreateCouponInput,
  ExpireCouponsInput,
  IssueComplaintCouponInput,
  MarkCouponReminderSentInput,
  QuoteCouponInput,
  RedeemCouponInput,
  ReverseCouponRedemptionInput,
} from './inputs.ts';
export { issueComplaintCoupon } from './issue-complaint.ts';
export { markCouponReminderSent } from './mark-reminder-sent.ts';
export type {
  ClaimedCouponReminder,
  CouponContent,
  CouponIssuedNotification,
  CouponReminderNotification,
  IssuedCoupon,
} from './notification.ts';
export { type CouponQuote, quoteCoupon } from './quote.ts';
export { redeemCoupon } from './redeem.ts';
export { CouponReminder } from './reminders.ts';
export { reverseCouponRedemption } from './reverse.ts';
