import { getColumns, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { calculateDiscount } from './discount.ts';
import { QuoteCouponInput } from './inputs.ts';
import { brokenRule, closestCode, couponNotFound, couponRefused, hasCode } from './rules.ts';

/** What a coupon would take off, in cents. */
export interface CouponQuote {
  readonly couponId: string;
  /** As the coupon has it. */
  readonly code: string;
  readonly amountBefore: number;
  readonly amountOff: number;
  readonly amountDue: number;
  /** The share that is taken off, in percent with one decimal: less than that of the coupon if a cap holds. */
  readonly percentageOff: number;
  readonly validUntil: Date;
  /** The coupon may be used up, or expire, before it is redeemed. */
  readonly isReserved: false;
}

/**
 * Says what a coupon would take off an amount now. It reserves nothing: `redeemCoupon` asks for every rule again, and the one who comes first
 * gets the last use.
 *
 * A station verb, for every role: coupons are good at every station.
 *
 * @throws {NotFound} `not-found`, if no coupon has the code.
 * @throws {Conflict} `coupon-revoked`, `coupon-used-up`, `coupon-expired`, `coupon-not-yet-valid`, `coupon-of-another-customer`,
 * `coupon-minimum-not-reached`: the first rule that is broken.
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotSetUp} outside of `withStation`.
 *
 * @example
 * const { amountOff } = await withStation(db, { userId, stationId }, (tx) =>
 *   quoteCoupon(tx, { code: 'k7w3hq9mtz', amount: 65_000, customerId }),
 * );
 */
export async function quoteCoupon(db: PostgresDatabase, input: QuoteCouponInput): Promise<CouponQuote> {
  const { code, amount, customerId = null } = parseInput(QuoteCouponInput, input);
  stationActorOf(db);
  const [coupon] = await db
    .select({
      ...getColumns(DiscountCoupon),
      broken: brokenRule({ customerId: sql`${customerId}::uuid`, amount }),
    })
    .from(DiscountCoupon)
    .where(hasCode(code))
    .orderBy(closestCode(code))
    .limit(1);
  if (!coupon) throw couponNotFound();
  if (coupon.broken) throw couponRefused(coupon.broken);
  const amountOff = calculateDiscount(coupon, amount);
  return {
    couponId: coupon.id,
    code: coupon.code,
    amountBefore: amount,
    amountOff,
    amountDue: amount - amountOff,
    percentageOff: Math.round((amountOff / amount) * 1000) / 10,
    validUntil: coupon.validUntil,
    isReserved: false,
  };
}
