import { randomUUID } from 'node:crypto';
import { and, eq, lt, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Booking, Customer } from '../../../src/core/index.ts';
import {
  claimCouponReminders,
  expireCoupons,
  issueComplaintCoupon,
  markCouponReminderSent,
  redeemCoupon,
  reverseCouponRedemption,
} from '../../../src/feedback_marketing/coupons/index.ts';
import { insertCoupon } from '../../../src/feedback_marketing/coupons/insert-coupon.ts';
import {
  findIntendedUse,
  type IntendedUse,
  insertRedemption,
} from '../../../src/feedback_marketing/coupons/redemptions.ts';
import { CouponRedemption, DiscountCoupon, type NewDiscountCoupon } from '../../../src/feedback_marketing/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { newBooking } from '../../support/identity.ts';
import type { OperationsDatabase } from '../../support/operations.ts';
import { addCoupon, addReview, couponOf, daysFromNow, openCoupons, outcomeOf } from './coupons.ts';

const [connections, rounds] = thorough ? [32, 20] : [8, 3];
const amount = 1_000;

eachOfFewMajors((major) => {
  let db: OperationsDatabase;
  beforeAll(async () => {
    db = await openCoupons(major, connections);
  });
  afterAll(() => db.close());

  /** Runs work as often at once as there are connections, in each round. */
  async function inRounds(round: () => Promise<void>): Promise<void> {
    for (let number = 0; number < rounds; number++) await round();
  }
  const atOnce = <Result>(work: (index: number) => Promise<Result>): Promise<Result[]> =>
    Promise.all(Array.from({ length: connections }, (_, index) => work(index)));
  const bookings = async (): Promise<string[]> => {
    const { stationId, customerId } = db.here;
    const rows = Array.from({ length: connections }, () => newBooking(stationId, customerId));
    return (await db.owner.insert(Booking).values(rows).returning({ id: Booking.id })).map(({ id }) => id);
  };
  const booking = async (): Promise<string> => (await bookings())[0] as string;
  const customers = async (): Promise<string[]> => {
    const row = { stationId: db.here.stationId, firstName: 'Ada', lastName: 'L', email: 'a@example.com', phone: '1' };
    const rows = Array.from({ length: connections }, () => row);
    return (await db.owner.insert(Customer).values(rows).returning({ id: Customer.id })).map(({ id }) => id);
  };
  /** Coupons as a service that is not moved adds them. */
  const coupons = (values: Partial<NewDiscountCoupon> = {}): Promise<DiscountCoupon[]> => {
    const given = { discountPercentage: 10, validFrom: daysFromNow(-1), validUntil: daysFromNow(1), ...values };
    const rows = Array.from({ length: connections }, () => ({ ...given, code: randomUUID() }));
    return db.owner.insert(DiscountCoupon).values(rows).returning();
  };
  const redeem = (code: string, bookingId: string) =>
    db.here.run((tx) => redeemCoupon(tx, { code, bookingId, amount }));

  test('a coupon is never used more often than it may be, with a service that counts its own uses', () =>
    inRounds(async () => {
      const maxUses = connections / 2;
      const { id, code } = await addCoupon(db.owner, { maxUses });
      const ids = await bookings();
      const outcomes = await atOnce(async (index) => {
        if (index > 0) return outcomeOf(redeem(code, ids[index] as string));
        const counted = await db.owner
          .update(DiscountCoupon)
          .set({ currentUses: sql`${DiscountCoupon.currentUses} + 1` })
          .where(and(eq(DiscountCoupon.id, id), lt(DiscountCoupon.currentUses, DiscountCoupon.maxUses)))
          .returning({ id: DiscountCoupon.id });
        return counted.length === 1 ? 'done' : 'coupon-used-up code';
      });
      const expected = ids.map((_, index) => (index < maxUses ? 'done' : 'coupon-used-up code'));
      expect(outcomes.toSorted()).toEqual(expected.toSorted());
      expect(await couponOf(db.owner, id)).toMatchObject({ currentUses: maxUses });
    }));

  test('the same request has the same answer, and takes one use', () =>
    inRounds(async () => {
      const { id, code } = await addCoupon(db.owner, { maxUses: 5 });
      const bookingId = await booking();
      const [first, ...others] = await atOnce(() => redeem(code, bookingId));
      for (const other of others) expect(other).toEqual(first);
      expect(await couponOf(db.owner, id)).toMatchObject({ currentUses: 1 });
    }));

  test('a booking has one coupon', () =>
    inRounds(async () => {
      const bookingId = await booking();
      const several = await coupons();
      const outcomes = await atOnce((index) => outcomeOf(redeem(several[index]?.code as string, bookingId)));
      expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(new Set(['done', 'booking-has-coupon bookingId']));
      let uses = 0;
      for (const { id } of several) uses += (await couponOf(db.owner, id)).currentUses;
      expect(uses).toBe(1);
    }));

  test('a reversal gives one use back, and has one answer', () =>
    inRounds(async () => {
      const { id, code } = await addCoupon(db.owner, { maxUses: 5, currentUses: 3 });
      const { id: redemptionId } = await redeem(code, await booking());
      const [first, ...others] = await atOnce(() => db.here.run((tx) => reverseCouponRedemption(tx, { redemptionId })));
      for (const other of others) expect(other).toEqual(first);
      expect(await couponOf(db.owner, id)).toMatchObject({ currentUses: 3 });
    }));

  test('uses are the redemptions that are not reversed, however many redeem and reverse meanwhile', () =>
    inRounds(async () => {
      const { id, code } = await addCoupon(db.owner, { maxUses: 3 });
      const ids = await bookings();
      const outcomes = await atOnce(async (index) => {
        const redeemed = redeem(code, ids[index] as string);
        if (index % 2 === 0) return outcomeOf(redeemed);
        return outcomeOf(
          redeemed.then((redemption) =>
            db.here.run((tx) => reverseCouponRedemption(tx, { redemptionId: redemption.id })),
          ),
        );
      });
      expect(outcomes.filter((outcome) => !/^(done|coupon-used-up code)$/.test(outcome))).toEqual([]);
      const rows = await db.owner.select().from(CouponRedemption).where(eq(CouponRedemption.couponId, id));
      const live = rows.filter(({ reversedAt }) => reversedAt === null).length;
      expect(live).toBeLessThanOrEqual(3);
      expect(await couponOf(db.owner, id)).toMatchObject({
        currentUses: live,
        status: live === 3 ? 'used' : 'active',
      });
    }));

  test('a complaint, a booking and a customer have one coupon', () =>
    inRounds(async () => {
      const { here, owner } = db;
      const issue = (reviewId = '') => here.run((tx) => issueComplaintCoupon(tx, { reviewId }));
      const once = await addReview(owner, await db.newCustomer(here.stationId), 1);
      const [first, ...others] = await atOnce(() => issue(once));
      for (const other of others) expect(other).toEqual(first);

      const { customerId } = await db.newCustomer(here.stationId);
      const ids = await bookings();
      const ofOneBooking: string[] = [];
      const ofOneCustomer: string[] = [];
      for (const [index, guest] of (await customers()).entries()) {
        ofOneBooking.push(await addReview(owner, { customerId: guest, bookingId: ids[0] }, 1));
        ofOneCustomer.push(await addReview(owner, { customerId, bookingId: ids[index] }, 1));
      }
      const forBooking = await atOnce((index) => outcomeOf(issue(ofOneBooking[index])));
      expect(forBooking.filter((outcome) => outcome === 'done')).toHaveLength(1);
      expect(new Set(forBooking)).toEqual(new Set(['done', 'booking-was-compensated reviewId']));
      await owner.execute(sql`UPDATE discount_coupons SET status = 'revoked' WHERE status = 'active'`);
      const forCustomer = await atOnce((index) => outcomeOf(issue(ofOneCustomer[index])));
      const expected = ['booking-was-compensated reviewId', 'done'];
      while (expected.length < connections) expected.push('customer-has-coupon reviewId');
      expect(forCustomer.toSorted()).toEqual(expected.toSorted());
    }));

  test('a coupon expires once, and no worker waits for another', () =>
    inRounds(async () => {
      // Those of other tests.
      while ((await expireCoupons(db.outside)) > 0);
      const ended = await coupons({ validFrom: daysFromNow(-3), validUntil: daysFromNow(-2) });
      const counts = await atOnce(() => expireCoupons(db.outside, { limit: 3 }));
      let rest = 0;
      for (let more = 1; more > 0; rest += more) more = await expireCoupons(db.outside);
      expect(counts.reduce((sum, count) => sum + count, rest)).toBe(ended.length);
      for (const { id } of ended) expect(await couponOf(db.owner, id)).toMatchObject({ status: 'expired' });
    }));

  test('a reminder is claimed by one worker, and marked once', () =>
    inRounds(async () => {
      const { customerId } = await db.newCustomer(db.here.stationId);
      await claimCouponReminders(db.outside, { limit: 1000 });
      const due = await coupons({ customerId, validFrom: daysFromNow(-0.5) });
      const claimed = (await atOnce(() => claimCouponReminders(db.outside, { limit: 3 }))).flat();
      for (let more = claimed; more.length > 0; claimed.push(...more)) more = await claimCouponReminders(db.outside);
      expect(claimed.map(({ couponId }) => couponId).toSorted()).toEqual(due.map(({ id }) => id).toSorted());
      const { couponId, reminder, leaseToken } = claimed[0] as (typeof claimed)[number];
      await atOnce(() => markCouponReminderSent(db.outside, { couponId, reminder, leaseToken }));
      const { couponMetadata } = await couponOf(db.owner, couponId);
      expect(couponMetadata['reminders_sent']).toEqual(['welcome']);
    }));

  test.each([
    ['the minimum', { minBookingAmount: amount + 1 }],
    ['the customer', { customerId: '' }],
    ['the end', { validUntil: daysFromNow(-0.5) }],
    ['the percentage', { discountPercentage: 11 }],
    ['the amount', { discountPercentage: null, discountAmount: 1 }],
    ['the cap', { maxDiscountAmount: 1 }],
    ['the status', { status: 'revoked' }],
    ['the uses', { currentUses: 1 }],
  ] as const)('%s of a coupon that changes after the look is not redeemed as it was', async (_, change) => {
    const { owner, here, elsewhere } = db;
    const { id, code } = await addCoupon(owner);
    const bookingId = await booking();
    const values = 'customerId' in change ? { customerId: elsewhere.customerId } : change;
    const redeemed = await here.run(async (tx) => {
      const use = (await findIntendedUse(tx, { code, bookingId, amount })) as IntendedUse;
      await owner.update(DiscountCoupon).set(values).where(eq(DiscountCoupon.id, id));
      return insertRedemption(tx, use, use.coupon as NonNullable<IntendedUse['coupon']>, amount, here.userId);
    });
    expect(redeemed).toBeUndefined();
    const rows = await owner.select().from(CouponRedemption).where(eq(CouponRedemption.couponId, id));
    expect(rows).toEqual([]);
  });

  test('a new code that another coupon has is not taken', async () => {
    const { code } = await addCoupon(db.owner, { code: '22222AAAAA' });
    const codes = [code, '22222AAAAB'];
    const values = { discountAmount: 100, validFrom: daysFromNow(0), validUntil: daysFromNow(1) };
    const coupon = await insertCoupon(db.owner, values, () => codes.shift() as string);
    expect(coupon.code).toBe('22222AAAAB');
    expect(await outcomeOf(insertCoupon(db.owner, values, () => code))).toBe('conflict public.discount_coupons');
    const rows = await db.owner.select().from(DiscountCoupon).where(eq(DiscountCoupon.code, code));
    expect(rows).toHaveLength(1);
  });
});
