import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import type { PostgresDatabase } from '../../database.ts';
import { databaseError } from '../../identity/access/entry-errors.ts';
import { rowRefusal } from '../../identity/access/policies.ts';
import { CouponRedemption } from '../coupon-redemption.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { calculateDiscount, type DiscountTerms } from './discount.ts';
import { couponRefusals } from './refusals.ts';
import { brokenRule, type CouponRule, closestCode, couponRefused, hasCode } from './rules.ts';

/** A booking with the coupon that is to be used for it, as they are now. */
export interface IntendedUse {
  readonly bookingId: string;
  readonly customerId: string;
  readonly stationId: string | null;
  /** Null if no coupon has the code. */
  readonly coupon: UsedCoupon | null;
  readonly broken: CouponRule | null;
  /** Of the redemption that is not reversed. */
  readonly redemptionId: string | null;
}

/** A coupon, as far as the amount depends on it. */
type UsedCoupon = DiscountTerms & Pick<DiscountCoupon, 'id'>;

/** @returns undefined if the station has no such booking. */
export async function findIntendedUse(
  db: PostgresDatabase,
  { code, bookingId, amount }: { readonly code: string; readonly bookingId: string; readonly amount: number },
): Promise<IntendedUse | undefined> {
  const { id, discountPercentage, discountAmount, maxDiscountAmount } = DiscountCoupon;
  const [use] = await db
    .select({
      bookingId: Booking.id,
      customerId: Booking.customerId,
      stationId: Booking.stationId,
      coupon: { id, discountPercentage, discountAmount, maxDiscountAmount },
      broken: brokenRule({ customerId: sql`${Booking.customerId}`, amount }),
      redemptionId: CouponRedemption.id,
    })
    .from(Booking)
    .leftJoin(DiscountCoupon, hasCode(code))
    .leftJoin(CouponRedemption, and(eq(CouponRedemption.bookingId, Booking.id), isNull(CouponRedemption.reversedAt)))
    .where(eq(Booking.id, bookingId))
    .orderBy(closestCode(code))
    .limit(1);
  return use;
}

/**
 * Writes a redemption if every rule holds and the terms are those that the discount is computed from. The trigger of the table counts the use,
 * or refuses it.
 *
 * @returns undefined if something changed since it was looked at: another look says what.
 * @throws {Conflict} `coupon-used-up`.
 */
export async function insertRedemption(
  db: PostgresDatabase,
  use: IntendedUse,
  coupon: UsedCoupon,
  amount: number,
  redeemedBy: string,
  /** Null if the customer is of another station, which rows of this one do not refer to. */
  referredCustomer: string | null = use.customerId,
): Promise<CouponRedemption | undefined> {
  const { bookingId, customerId, stationId } = use;
  const isSame = (column: SQL, value: number | null) => sql`${column} IS NOT DISTINCT FROM ${value}::integer`;
  try {
    return await db.transaction(async (tx) => {
      const [redemption] = await tx
        .insert(CouponRedemption)
        .select(
          tx
            .select({
              couponId: DiscountCoupon.id,
              bookingId: sql`${bookingId}::uuid`.as('booking_id'),
              customerId: sql`${referredCustomer}::uuid`.as('customer_id'),
              stationId: sql`${stationId}::uuid`.as('station_id'),
              amountBefore: sql`${amount}::integer`.as('amount_before'),
              amountOff: sql`${calculateDiscount(coupon, amount)}::integer`.as('amount_off'),
              redeemedBy: sql`${redeemedBy}::uuid`.as('redeemed_by'),
            })
            .from(DiscountCoupon)
            .where(
              and(
                eq(DiscountCoupon.id, coupon.id),
                isNull(brokenRule({ customerId: sql`${customerId}::uuid`, amount })),
                isSame(sql`${DiscountCoupon.discountPercentage}`, coupon.discountPercentage),
                isSame(sql`${DiscountCoupon.discountAmount}`, coupon.discountAmount),
                isSame(sql`${DiscountCoupon.maxDiscountAmount}`, coupon.maxDiscountAmount),
              ),
            ),
        )
        // The booking has another one by now.
        .onConflictDoNothing()
        .returning();
      return redemption;
    });
  } catch (error) {
    const { code, constraint } = databaseError(error);
    // Most customers are of the station, so it is tried: a look at each would be another table to plan for.
    if (constraint === rowRefusal && referredCustomer !== null) {
      return insertRedemption(db, use, coupon, amount, redeemedBy, null);
    }
    if (code !== '23514') throw error;
    // The last use was taken since the look, whether or not it has been given back by now.
    if (constraint === couponRefusals.maxUses) throw couponRefused('coupon-used-up');
    if (constraint === couponRefusals.notActive) return undefined;
    throw error;
  }
}
