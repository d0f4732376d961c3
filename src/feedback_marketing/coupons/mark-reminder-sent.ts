import { and, eq, not, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict, NotFound } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { MarkCouponReminderSentInput } from './inputs.ts';
import { wasSent, withSent } from './reminders.ts';

/**
 * Records that a claimed reminder was sent: nobody claims it again. A second call does nothing. It is in time as long as nobody else has
 * claimed the coupon.
 *
 * A worker verb: its grants are in the reference.
 *
 * @throws {NotFound} `not-found`, if there is no such coupon.
 * @throws {Conflict} `conflict`, if another worker has claimed the coupon since.
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * await markCouponReminderSent(db, { couponId, reminder: 'midpoint', leaseToken });
 */
export async function markCouponReminderSent(db: PostgresDatabase, input: MarkCouponReminderSentInput): Promise<void> {
  const { couponId, reminder, leaseToken } = parseInput(MarkCouponReminderSentInput, input);
  const sent = wasSent(sql`${reminder}::text`);
  await db.transaction(
    async (tx) => {
      const marked = await tx
        .update(DiscountCoupon)
        .set({ couponMetadata: withSent(reminder), reminderLeaseUntil: null, updatedAt: sql`now()` })
        .where(and(eq(DiscountCoupon.id, couponId), eq(DiscountCoupon.reminderLeaseToken, leaseToken), not(sent)))
        .returning({ id: DiscountCoupon.id });
      if (marked.length > 0) return;
      const [coupon] = await tx
        .select({ isMarked: sql<boolean>`${sent}`, leaseToken: DiscountCoupon.reminderLeaseToken })
        .from(DiscountCoupon)
        .where(eq(DiscountCoupon.id, couponId))
        .$withCache(false);
      if (!coupon) {
        const found = 'no coupon with that id';
        throw new NotFound({ object: 'couponId', found, expected: 'the couponId of a claim', next: 'correct the id' });
      }
      if (coupon.isMarked && coupon.leaseToken === leaseToken) return;
      throw new Conflict({
        object: 'leaseToken',
        found: 'a lease that is over: the coupon was claimed again since',
        expected: 'the token of the last claim',
        next: 'leave it to the worker that has claimed it',
      });
    },
    { isolationLevel: 'read committed' },
  );
}
