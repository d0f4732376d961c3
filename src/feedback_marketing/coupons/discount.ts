import type { DiscountCoupon } from '../discount-coupon.ts';

/** What a coupon takes off: a percentage, else an amount in cents, and the most that it may be. */
export type DiscountTerms = Pick<DiscountCoupon, 'discountPercentage' | 'discountAmount' | 'maxDiscountAmount'>;

/**
 * How much a coupon takes off, in whole cents: `floor(amount × percentage / 100)`, or the coupon's amount if it has no percentage; at most its
 * cap, and never more than the amount. It is the one rule of quotes and redemptions.
 *
 * @param amount What is to be paid before, in cents.
 * @example
 * const terms = { discountPercentage: 10, discountAmount: null, maxDiscountAmount: 10_000 };
 * calculateDiscount(terms, 65_537); // 6553
 * calculateDiscount(terms, 250_000); // 10000
 */
export function calculateDiscount(terms: DiscountTerms, amount: number): number {
  const { discountPercentage, discountAmount, maxDiscountAmount } = terms;
  const discount =
    discountPercentage === null ? (discountAmount ?? 0) : Math.floor((amount * discountPercentage) / 100);
  return Math.max(0, Math.min(discount, maxDiscountAmount ?? discount, amount));
}
