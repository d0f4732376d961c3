import { and, eq, getColumns, gte, isNotNull, isNull, lt, lte, not, or, sql } from 'drizzle-orm';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { ClaimCouponRemindersInput } from './inputs.ts';
import { type CouponCustomer, type CouponReminderNotification, contentOf, recipientOf } from './notification.ts';
import { type CouponReminder, schedule, wasSent } from './reminders.ts';

/** A reminder that the caller is to send, and nobody else until `leaseUntil`. */
export interface ClaimedCouponReminder {
  readonly couponId: string;
  readonly reminder: CouponReminder;
  /** For `markCouponReminderSent`. */
  readonly leaseToken: string;
  readonly leaseUntil: Date;
  readonly notification: CouponReminderNotification;
}

/**
 * Hands out the reminders of coupons that are due: 0, 30, 90, 120, 150 and 166 days after a coupon began, give or take a day, for coupons of a
 * customer that are active, not used and not expired. Any number of workers may claim at once. A reminder that is not marked as sent while its
 * lease lasts is claimed again, so send it with the lease in mind; one that is marked never is.
 *
 * Whether the customer may be written to (consent, quiet hours) is for the caller to decide.
 *
 * A worker verb: its grants are in the reference.
 *
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * for (const { couponId, reminder, leaseToken, notification } of await claimCouponReminders(db, { limit: 50 })) {
 *   await send(notification);
 *   await markCouponReminderSent(db, { couponId, reminder, leaseToken });
 * }
 */
export async function claimCouponReminders(
  db: PostgresDatabase,
  input: ClaimCouponRemindersInput = {},
): Promise<ClaimedCouponReminder[]> {
  const { limit, leaseSeconds } = parseInput(ClaimCouponRemindersInput, input);
  const { id, firstName, lastName, email, phone } = Customer;
  const reminder = sql<CouponReminder>`schedule.reminder`;
  const daysAgo = (days: number) => sql`now() - make_interval(hours => 24 * (schedule.day + ${days}::integer))`;
  return db.transaction(
    async (tx) => {
      const due = tx.$with('due').as(
        tx
          .select({
            couponId: DiscountCoupon.id,
            customerId: DiscountCoupon.customerId,
            reminder: reminder.as('reminder'),
          })
          .from(DiscountCoupon)
          .innerJoin(
            schedule,
            and(gte(DiscountCoupon.validFrom, daysAgo(1)), lte(DiscountCoupon.validFrom, daysAgo(-1))),
          )
          .where(
            and(
              isNotNull(DiscountCoupon.customerId),
              eq(DiscountCoupon.status, 'active'),
              eq(DiscountCoupon.currentUses, 0),
              lte(DiscountCoupon.validFrom, sql`now()`),
              gte(DiscountCoupon.validUntil, sql`now()`),
              not(wasSent(reminder)),
              or(isNull(DiscountCoupon.reminderLeaseUntil), lt(DiscountCoupon.reminderLeaseUntil, sql`now()`)),
            ),
          )
          .orderBy(DiscountCoupon.validFrom)
          .limit(limit)
          .for('update', { of: DiscountCoupon, skipLocked: true }),
      );
      const claimed = await tx
        .with(due)
        .update(DiscountCoupon)
        .set({
          reminderLeaseUntil: sql`now() + make_interval(secs => ${leaseSeconds}::integer)`,
          reminderLeaseToken: sql`gen_random_uuid()`,
          updatedAt: sql`now()`,
        })
        .from(due)
        .innerJoin(Customer, eq(Customer.id, due.customerId))
        .where(eq(DiscountCoupon.id, due.couponId))
        .returning({
          coupon: getColumns(DiscountCoupon),
          reminder: due.reminder,
          customer: { id, firstName, lastName, email, phone },
        });
      return claimed.map(claimOf);
    },
    { isolationLevel: 'read committed' },
  );
}

function claimOf(claimed: {
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
