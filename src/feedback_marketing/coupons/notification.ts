import type { Customer } from '../../core/customer.ts';
import type { Notification } from '../../notification.ts';
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
