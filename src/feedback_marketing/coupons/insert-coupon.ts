import type { PgInsertValue } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict } from '../../errors.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { newCouponCode } from './codes.ts';

/** Writes a coupon with a code that none has. */
export async function insertCoupon(
  tx: PostgresDatabase,
  values: Omit<PgInsertValue<typeof DiscountCoupon>, 'code'>,
  nextCode: () => string = newCouponCode,
): Promise<DiscountCoupon> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    const [coupon] = await tx
      .insert(DiscountCoupon)
      .values({ ...values, code: nextCode() })
      .onConflictDoNothing({ target: DiscountCoupon.code })
      .returning();
    if (coupon) return coupon;
  }
  throw new Conflict({
    object: 'public.discount_coupons',
    found: 'three new codes that other coupons have',
    expected: 'one that none has',
    next: 'repeat the call',
  });
}
