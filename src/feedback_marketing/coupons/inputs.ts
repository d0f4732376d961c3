import { z } from 'zod';
import { aMoment, anId, someCents, someText } from '../../input.ts';
import { CouponReminder } from './reminders.ts';

/** As customers write it: any case, blanks around it. */
const aCode = someText(1, 50);
const aBatch = z.int().min(1).max(1000);

export const CreateCouponInput = z
  .strictObject({
    /** 1 to 100. Either this or `discountAmount`. */
    discountPercentage: z.int().min(1).max(100).optional(),
    /** In cents. */
    discountAmount: someCents(1).optional(),
    /** The most that it takes off, in cents. Default: no limit. */
    maxDiscountAmount: someCents(1).optional(),
    /** The least that a booking has to cost, in cents. Default: none. */
    minBookingAmount: someCents(1).optional(),
    /** Default: now. */
    validFrom: aMoment.optional(),
    validUntil: aMoment,
    maxUses: z.int().min(1).max(2_147_483_647).default(1),
    /** Who alone may use it. Default: everybody. */
    customerId: anId.optional(),
    description: someText(1, 1000).optional(),
  })
  .refine((input) => (input.discountPercentage === undefined) !== (input.discountAmount === undefined), {
    path: ['discountPercentage'],
    message: 'Invalid input: expected either discountPercentage or discountAmount',
  });
export type CreateCouponInput = z.input<typeof CreateCouponInput>;

export const IssueComplaintCouponInput = z.strictObject({
  reviewId: anId,
  /** 1 to 100. */
  discountPercentage: z.int().min(1).max(100).default(10),
  /** What was said or done, for the staff. */
  notes: someText(1, 2000).optional(),
});
export type IssueComplaintCouponInput = z.input<typeof IssueComplaintCouponInput>;

export const QuoteCouponInput = z.strictObject({
  code: aCode,
  /** What is to be paid before, in cents. */
  amount: someCents(1),
  /** Who wants to use it. Without, a coupon that is for one customer alone is refused. */
  customerId: anId.optional(),
});
export type QuoteCouponInput = z.input<typeof QuoteCouponInput>;

export const RedeemCouponInput = z.strictObject({
  code: aCode,
  bookingId: anId,
  /** What is to be paid before, in cents. */
  amount: someCents(1),
});
export type RedeemCouponInput = z.input<typeof RedeemCouponInput>;

export const ReverseCouponRedemptionInput = z.strictObject({ redemptionId: anId });
export type ReverseCouponRedemptionInput = z.input<typeof ReverseCouponRedemptionInput>;

export const ExpireCouponsInput = z.strictObject({
  /** How many at most, 1 to 1,000. */
  limit: aBatch.default(1000),
});
export type ExpireCouponsInput = z.input<typeof ExpireCouponsInput>;

export const ClaimCouponRemindersInput = z.strictObject({
  /** How many at most, 1 to 1,000. */
  limit: aBatch.default(100),
  /** For how long nobody else gets them, 10 to 3,600. */
  leaseSeconds: z.int().min(10).max(3600).default(600),
});
export type ClaimCouponRemindersInput = z.input<typeof ClaimCouponRemindersInput>;

export const MarkCouponReminderSentInput = z.strictObject({
  couponId: anId,
  reminder: z.enum(CouponReminder.enumValues),
  /** Of the claim. */
  leaseToken: anId,
});
export type MarkCouponReminderSentInput = z.input<typeof MarkCouponReminderSentInput>;
