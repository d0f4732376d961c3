import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeAlphabet, newCouponCode } from '../../../src/feedback_marketing/coupons/codes.ts';
import { calculateDiscount, type DiscountTerms } from '../../../src/feedback_marketing/coupons/index.ts';
import { thorough } from '../../support/databases.ts';

/** The rule in exact numbers. */
function discountOf({ discountPercentage, discountAmount, maxDiscountAmount }: DiscountTerms, amount: number): bigint {
  const least = (one: bigint, other: bigint) => (one < other ? one : other);
  const full =
    discountPercentage === null ? BigInt(discountAmount ?? 0) : (BigInt(amount) * BigInt(discountPercentage)) / 100n;
  const capped = maxDiscountAmount === null ? full : least(full, BigInt(maxDiscountAmount));
  return capped < 0n ? 0n : least(capped, BigInt(amount));
}

test('a discount is the percentage rounded down, or the amount; at most the cap, never above the total', () => {
  const cents = fc.oneof(fc.nat(2 ** 31 - 1), fc.nat(100_000), fc.constantFrom(0, 1, 99, 100, 101, 2 ** 31 - 1));
  const none = fc.constant(null);
  const terms = fc.record({
    discountPercentage: fc.oneof(none, fc.nat(100)),
    discountAmount: fc.oneof(none, cents),
    maxDiscountAmount: fc.oneof(none, cents, fc.integer({ min: -(2 ** 31), max: -1 })),
  });
  fc.assert(
    fc.property(terms, cents, (given, amount) => {
      const discount = calculateDiscount(given, amount);
      return BigInt(discount) === discountOf(given, amount) && !Object.is(discount, -0);
    }),
    { numRuns: thorough ? 100_000 : 1_000 },
  );
});

test.each([
  [{ discountPercentage: 10, discountAmount: null, maxDiscountAmount: 10_000 }, 65_537, 6_553],
  [{ discountPercentage: 10, discountAmount: null, maxDiscountAmount: 10_000 }, 250_000, 10_000],
  [{ discountPercentage: 23, discountAmount: 1, maxDiscountAmount: null }, 1_000, 230],
  [{ discountPercentage: null, discountAmount: 5_000, maxDiscountAmount: null }, 4_999, 4_999],
  [{ discountPercentage: null, discountAmount: null, maxDiscountAmount: null }, 4_999, 0],
])('%j takes of %d cents %d', (terms, amount, discount) => {
  expect(calculateDiscount(terms, amount)).toBe(discount);
});

test('codes can be read aloud, have every character, and no two are the same', () => {
  const codes = Array.from({ length: 1_000 }, newCouponCode);
  expect(codes.filter((code) => !/^[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{10}$/.test(code))).toEqual([]);
  expect(new Set(codes).size).toBe(codes.length);
  expect([...new Set(codes.join(''))].sort().join('')).toBe(codeAlphabet);
  // Upper and lower case lead from one to the other without another letter coming up.
  expect(codeAlphabet.toLowerCase().toUpperCase()).toBe(codeAlphabet);
});
