import type { Customer } from '../../core/customer.ts';
import type { Notification } from '../../notification.ts';
import type { DiscountCoupon } from '../discount-coupon.ts';
import type { CouponReminder } from './reminders.ts';

/** What a message about a coupon tells. Amounts are in cents. */
export interface CouponContent {
  readonly code: string;
  readonly discountPercentage: number | null;
  readonly discountAmount: number | null;
  readonly maxDiscountAmount: number | null;
  readonly minBookingAmount: number | null;
  readonly validUntil: Date;
}

/** A customer got a coupon. */
export type CouponIssuedNotification = Notification<'coupon-issued', CouponContent>;

/** A customer has a coupon that is not used. */
export type CouponReminderNotification = Notification<
  'coupon-reminder',
  CouponContent & { readonly reminder: CouponReminder }
>;

/** A coupon that was issued, and the message about it for the caller to send. */
export interface IssuedCoupon {
  readonly coupon: DiscountCoupon;
  readonly notification: CouponIssuedNotification;
}

/** Whom a coupon is for, as far as a message needs it. */
export type CouponCustomer = Pick<Customer, 'id' | 'firstName' | 'lastName' | 'email' | 'phone'>;

export const contentOf = (coupon: CouponContent): CouponContent => ({
  code: coupon.code,
  discountPercentage: coupon.discountPercentage,
  discountAmount: coupon.discountAmount,
  maxDiscountAmount: coupon.maxDiscountAmount,
  minBookingAmount: coupon.minBookingAmount,
  validUntil: coupon.validUntil,
});

export const recipientOf = ({
  id,
  firstName,
  lastName,
  email,
  phone,
}: CouponCustomer): Notification<string, object>['to'] => ({
  customerId: id,
  name: `${firstName} ${lastName}`.trim(),
  email,
  phone,
});

/** A reminder that the caller is to send, and nobody else until `leaseUntil`. */
export interface ClaimedCouponReminder {
  readonly couponId: string;
  readonly reminder: CouponReminder;
  /** For `markCouponReminderSent`. */
  readonly leaseToken: string;
  readonly leaseUntil: Date;
  readonly notification: CouponReminderNotification;
}

/** A coupon that was claimed, as its claim. */
export function claimOf(claimed: {
  readonly coupon: DiscountCoupon;
  readonly reminder: CouponReminder;
  readonly customer: CouponCustomer | null;
}): ClaimedCouponReminder {
  const { coupon, reminder, customer } = claimed;
  return {
    couponId: coupon.id,
    reminder,
    leaseToken: coupon.reminderLeaseToken as string,
    leaseUntil: coupon.reminderLeaseUntil as Date,
    notification: {
      kind: 'coupon-reminder',
      to: recipientOf(customer as CouponCustomer),
      content: { ...contentOf(coupon), reminder },
    },
  };
}
