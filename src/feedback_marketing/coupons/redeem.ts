import { eq } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict, NotFound } from '../../errors.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { CouponRedemption } from '../coupon-redemption.ts';
import { RedeemCouponInput } from './inputs.ts';
import { findIntendedUse, insertRedemption } from './redemptions.ts';
import { couponNotFound, couponRefused } from './rules.ts';

/**
 * Uses a coupon for a booking. Every rule is asked for in the database at that moment: status, uses (those that other services counted, too),
 * time, customer, minimum; a booking has one redemption that is not reversed. The same request again gives the same answer and uses nothing.
 *
 * A station verb: `booking.update`. The booking is one of the station; the coupon is good at every station.
 *
 * @throws {NotFound} `not-found`, if the station has no such booking, or no coupon has the code.
 * @throws {Conflict} `coupon-revoked`, `coupon-used-up`, `coupon-expired`, `coupon-not-yet-valid`, `coupon-of-another-customer`,
 * `coupon-minimum-not-reached`: the first rule that is broken. `booking-has-coupon`: another coupon was redeemed for the booking, or this one
 * for another amount.
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotSetUp} outside of `withStation`.
 *
 * @example
 * const { amountOff } = await withStation(db, { userId, stationId }, (tx) =>
 *   redeemCoupon(tx, { code: 'k7w3hq9mtz', bookingId, amount: 65_000 }),
 * );
 */
export async function redeemCoupon(db: PostgresDatabase, input: RedeemCouponInput): Promise<CouponRedemption> {
  const request = parseInput(RedeemCouponInput, input);
  const { amount } = request;
  const { userId } = stationActorOf(db);
  // The insert refuses what changed since the look; the next look says what it was.
  for (let look = 1; look <= 10; look++) {
    const use = await findIntendedUse(db, request);
    if (!use) {
      const found = 'no booking of the station with that id';
      throw new NotFound({ object: 'bookingId', found, expected: 'the id of one', next: 'correct the id' });
    }
    const { coupon, broken, redemptionId } = use;
    if (!coupon) throw couponNotFound();
    if (redemptionId) {
      const [redemption] = await db.select().from(CouponRedemption).where(eq(CouponRedemption.id, redemptionId));
      if (!redemption || redemption.reversedAt) continue;
      if (redemption.couponId === coupon.id && redemption.amountBefore === amount) return redemption;
      throw bookingHasCoupon(redemptionId);
    }
    if (broken) throw couponRefused(broken);
    const redeemed = await insertRedemption(db, use, coupon, amount, userId);
    if (redeemed) return redeemed;
  }
  const found = 'a booking or a coupon that somebody else changes at this moment';
  throw new Conflict({ object: 'bookingId', found, expected: 'one at rest', next: 'repeat the call' });
}

function bookingHasCoupon(redemptionId: string): Conflict {
  return new Conflict({
    code: 'booking-has-coupon',
    object: 'bookingId',
    found: `a booking with the redemption ${redemptionId}`,
    expected: 'a booking without one, or the same coupon for the same amount',
    next: 'reverse that redemption first, with reverseCouponRedemption',
  });
}
