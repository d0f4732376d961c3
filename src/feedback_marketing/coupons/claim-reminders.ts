import { eq, getColumns, sql } from 'drizzle-orm';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { ClaimCouponRemindersInput } from './inputs.ts';
import { type ClaimedCouponReminder, claimOf } from './notification.ts';
import { dueReminders } from './reminders.ts';

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
  return db.transaction(
    async (tx) => {
      const due = tx.$with('due').as(dueReminders(tx, limit));
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
