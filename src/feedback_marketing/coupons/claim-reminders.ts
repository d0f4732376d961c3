import { and, eq, gte, isNull, lt, lte, or, sql } from 'drizzle-orm';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { ClaimCouponRemindersInput } from './inputs.ts';
import { type CouponReminderNotification, contentOf, recipientOf } from './notification.ts';
import { CouponReminder, schedule, wasSent } from './reminders.ts';

/** A reminder that the caller is to send, and nobody else until `leaseUntil`. */
export interface ClaimedCouponReminder {
  readonly couponId: string;
  readonly reminder: CouponReminder;
  /** For `markCouponReminderSent`. */
  readonly leaseToken: string;
  readonly leaseUntil: Date;
  readonly notification: CouponReminderNotification;
}
