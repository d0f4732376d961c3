import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { InvalidInput, NotSetUp } from '../../../src/errors.ts';
import {
  claimCouponReminders,
  createCoupon,
  expireCoupons,
  issueComplaintCoupon,
  markCouponReminderSent,
  quoteCoupon,
  redeemCoupon,
  reverseCouponRedemption,
} from '../../../src/feedback_marketing/coupons/index.ts';
import { checksumTables } from '../../../src/tools/database/checksum.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { addCoupon, addReview, daysFromNow, openCoupons, outcomeOf } from './coupons.ts';

type Verb = (db: PostgresDatabase, input: never) => Promise<unknown>;

const id = randomUUID();
const validUntil = new Date('2100-01-01');
const long = 'x'.repeat(100_000);
const tooLarge = 2 ** 31;

/** Each verb with an input that it takes, and what each field refuses. */
const verbs: readonly [verb: Verb, takes: object, refuses: Readonly<Record<string, readonly unknown[]>>][] = [
  [
    createCoupon,
    { discountPercentage: 10, validUntil },
    {
      discountPercentage: [undefined, 0, 101, 10.5, '10', null, Number.NaN],
      discountAmount: [0, -1, tooLarge, 0.5, '100'],
      maxDiscountAmount: [0, tooLarge, '1'],
      minBookingAmount: [0, tooLarge, '1'],
      validFrom: ['2026-01-01', new Date(Number.NaN), new Date('+275760-09-13T00:00:00.000Z')],
      validUntil: [undefined, '2026-01-01', new Date(Number.NaN), 0],
      maxUses: [0, -1, 1.5, tooLarge, '1'],
      customerId: ['', "' OR 1=1 --", long, 7, null],
      description: ['', ' ', long, 'a\0b', '\ud800', 7],
    },
  ],
  [
    issueComplaintCoupon,
    { reviewId: id },
    {
      reviewId: [undefined, '', "'; DROP TABLE discount_coupons; --", long, 7, null, {}],
      discountPercentage: [0, 101, '10'],
      notes: ['', long, 'a\0b', '\ud800', 7],
    },
  ],
  [
    quoteCoupon,
    { code: 'ABC', amount: 100 },
    {
      code: [undefined, '', ' ', long, 'a\0b', '\ud800', 7, null, ['ABC']],
      amount: [undefined, 0, -1, 0.5, tooLarge, '100', Number.NaN, 100n],
      customerId: ['', 'x', long, 7, null],
    },
  ],
  [
    redeemCoupon,
    { code: 'ABC', bookingId: id, amount: 100 },
    {
      code: [undefined, '', ' ', long, 'a\0b', '\ud800', 7, null, ['ABC']],
      bookingId: [undefined, '', "' OR 1=1 --", long, 7, null],
      amount: [undefined, 0, -1, 0.5, tooLarge, '100', Number.POSITIVE_INFINITY],
    },
  ],
  [reverseCouponRedemption, { redemptionId: id }, { redemptionId: [undefined, '', 'x', long, 7, null] }],
  [expireCoupons, {}, { limit: [0, 1001, 0.5, '10', null] }],
  [claimCouponReminders, {}, { limit: [0, 1001, 0.5, '10'], leaseSeconds: [9, 3601, 10.5, '60', null] }],
  [
    markCouponReminderSent,
    { couponId: id, reminder: 'welcome', leaseToken: id },
    {
      couponId: [undefined, '', 'x', long, 7],
      reminder: [undefined, '', 'christmas', "welcome', true) --", 7, null],
      leaseToken: [undefined, '', 'x', long, 7],
    },
  ],
];

/** No statement is sent through it. */
const untouched = new Proxy({} as PostgresDatabase, {
  get: (_, property) => {
    throw new Error(`db.${String(property)} was used`);
  },
});

describe.each(verbs)('$name', (verb, takes, refuses) => {
  const callWith = (input: unknown) =>
    verb(untouched, input as never).then(
      () => undefined,
      (error: unknown) => error,
    );

  test.each(Object.entries(refuses))('asks for a %s, by its name', async (field, values) => {
    for (const value of values) {
      const error = await callWith({ ...takes, [field]: value });
      const object = field === 'discountAmount' && value === undefined ? 'discountPercentage' : field;
      expect(error, `${field}: ${String(value).slice(0, 50)}`).toBeInstanceOf(InvalidInput);
      expect(error).toMatchObject({ code: 'invalid-input', object });
      expect((error as Error).message.length).toBeLessThan(300);
    }
  });

  test('takes nothing else', async () => {
    for (const input of [null, 'x', [], { ...takes, status: 'active' }, { ...takes, currentUses: -5 }]) {
      expect(await callWith(input)).toMatchObject({ code: 'invalid-input', object: 'input' });
    }
  });
});

test('a coupon has either a percentage or an amount, and ends after it begins', async () => {
  const both = createCoupon(untouched, { discountPercentage: 10, discountAmount: 100, validUntil });
  await expect(both).rejects.toMatchObject({ code: 'invalid-input', object: 'discountPercentage' });
});

eachOfFewMajors((major) => {
  test('hostile texts, what does not exist, and what is of another station, or asked outside of one: an error that names the field, and nothing is written', async () => {
    const db = await openCoupons(major, 2);
    const { here, elsewhere, owner, outside } = db;
    try {
      const { code } = await addCoupon(owner);
      const foreign = await elsewhere.run((tx) =>
        redeemCoupon(tx, { code, bookingId: elsewhere.bookingId, amount: 1_000 }),
      );
      const { code: other } = await addCoupon(owner);
      const foreignReview = await addReview(owner, elsewhere, 1);
      const tables = ['discount_coupons', 'coupon_redemptions', 'event_customer_reviews', 'bookings', 'customers'];
      const state = () =>
        checksumTables(
          db.database.query,
          tables.map((table) => `public.${table}`),
        );
      const before = await state();

      const hostile = [
        "' OR '1'='1",
        "'; DROP TABLE discount_coupons; --",
        '%',
        '_'.repeat(50),
        '\\',
        '$1',
        '😀'.repeat(50),
      ];
      for (const text of hostile) {
        const quote = here.run((tx) => quoteCoupon(tx, { code: text, amount: 1_000 }));
        expect(await outcomeOf(quote), text).toBe('not-found code');
        const redeem = here.run((tx) => redeemCoupon(tx, { code: text, bookingId: here.bookingId, amount: 1_000 }));
        expect(await outcomeOf(redeem), text).toBe('not-found code');
      }
      for (const bookingId of [id, elsewhere.bookingId]) {
        const redeem = here.run((tx) => redeemCoupon(tx, { code: other, bookingId, amount: 1_000 }));
        expect(await outcomeOf(redeem)).toBe('not-found bookingId');
      }
      for (const redemptionId of [id, foreign.id]) {
        const reverse = here.run((tx) => reverseCouponRedemption(tx, { redemptionId }));
        expect(await outcomeOf(reverse)).toBe('not-found redemptionId');
      }
      for (const reviewId of [id, foreignReview]) {
        const issue = here.run((tx) => issueComplaintCoupon(tx, { reviewId }));
        expect(await outcomeOf(issue)).toBe('not-found reviewId');
      }
      for (const customerId of [id, elsewhere.customerId]) {
        const create = here.run((tx) => createCoupon(tx, { discountAmount: 100, validUntil, customerId }));
        expect(await outcomeOf(create)).toBe('not-found customerId');
      }
      const ended = { discountAmount: 100, validUntil: daysFromNow(-1) };
      expect(await outcomeOf(here.run((tx) => createCoupon(tx, ended)))).toBe('invalid-input validUntil');
      const mark = markCouponReminderSent(outside, { couponId: id, reminder: 'welcome', leaseToken: id });
      expect(await outcomeOf(mark)).toBe('not-found couponId');
      for (const [verb, takes] of verbs.slice(0, 5)) {
        await expect(verb(owner, takes as never), verb.name).rejects.toBeInstanceOf(NotSetUp);
      }
      expect(await state()).toEqual(before);
    } finally {
      await db.close();
    }
  });
});
