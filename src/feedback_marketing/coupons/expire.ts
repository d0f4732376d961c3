import { and, eq, lt, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { ExpireCouponsInput } from './inputs.ts';

/**
 * Gives active coupons whose time is over the status `expired`, the oldest first. Redeeming asks for the time itself, so nothing depends on
 * when it runs. Any number of workers may run it at once: each leaves out what another one is at.
 *
 * A worker verb: its grants are in the reference.
 *
 * @returns how many it changed: call it again while that is the limit.
 * @throws {InvalidInput} `invalid-input`.
 *
 * @example
 * while ((await expireCoupons(db, { limit: 1000 })) === 1000);
 */
export async function expireCoupons(db: PostgresDatabase, input: ExpireCouponsInput = {}): Promise<number> {
  const { limit } = parseInput(ExpireCouponsInput, input);
  return db.transaction(
    async (tx) => {
      const due = tx.$with('due').as(
        tx
          .select({ id: DiscountCoupon.id })
          .from(DiscountCoupon)
          .where(and(eq(DiscountCoupon.status, 'active'), lt(DiscountCoupon.validUntil, sql`now()`)))
          .orderBy(DiscountCoupon.validUntil)
          .limit(limit)
          .for('update', { skipLocked: true }),
      );
      const expired = await tx
        .with(due)
        .update(DiscountCoupon)
        .set({ status: 'expired', updatedAt: sql`now()` })
        .from(due)
        .where(eq(DiscountCoupon.id, due.id))
        .returning({ id: DiscountCoupon.id });
      return expired.length;
    },
    { isolationLevel: 'read committed' },
  );
}
