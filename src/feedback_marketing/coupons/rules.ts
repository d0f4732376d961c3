import { type SQL, sql } from 'drizzle-orm';
import { Conflict, type ConflictCode, NotFound } from '../../errors.ts';
import { DiscountCoupon } from '../discount-coupon.ts';

/** What a coupon asks of its use, in the order in which it is asked: each with when it is broken, as SQL, and what an error says of it. */
const rules = {
  'coupon-revoked': {
    isBroken: () => sql`${DiscountCoupon.status} = 'revoked'`,
    found: 'a coupon that was revoked',
    expected: 'an active one',
  },
  'coupon-used-up': {
    isBroken: () =>
      sql`${DiscountCoupon.status} = 'used' OR ${DiscountCoupon.currentUses} >= ${DiscountCoupon.maxUses}`,
    found: 'a coupon without a use left',
    expected: 'one with a use left',
  },
  'coupon-expired': {
    isBroken: () => sql`${DiscountCoupon.status} = 'expired' OR ${DiscountCoupon.validUntil} < now()`,
    found: 'a coupon that has expired',
    expected: 'one that is valid now',
  },
  'coupon-not-yet-valid': {
    isBroken: () => sql`${DiscountCoupon.validFrom} > now()`,
    found: 'a coupon that is not valid yet',
    expected: 'one that is valid now',
  },
  'coupon-of-another-customer': {
    isBroken: ({ customerId }: CouponUse) => sql`${DiscountCoupon.customerId} IS NOT NULL
      AND ${DiscountCoupon.customerId} IS DISTINCT FROM ${customerId}`,
    found: 'a coupon that is for another customer alone',
    expected: 'one for this customer, or for everybody',
  },
  'coupon-minimum-not-reached': {
    isBroken: ({ amount }: CouponUse) => sql`${DiscountCoupon.minBookingAmount} > ${amount}::integer`,
    found: 'an amount below the minimum of the coupon',
    expected: 'at least minBookingAmount of the coupon',
  },
} as const satisfies Partial<Record<ConflictCode, object>>;

/** A rule of coupons, as the `code` of the error that says it is broken. */
export type CouponRule = keyof typeof rules;

/** Who uses a coupon for which amount, in cents. The customer is a value or a column. */
export interface CouponUse {
  readonly customerId: SQL;
  readonly amount: number;
}

/** The first rule that a use would break now, by the clock of the database; null if none. For a query from `DiscountCoupon`. */
export function brokenRule(use: CouponUse): SQL<CouponRule | null> {
  const cases = Object.entries(rules).map(([code, { isBroken }]) => sql`WHEN ${isBroken(use)} THEN ${code}`);
  return sql`CASE ${sql.join(cases, sql` `)} END`;
}

/** The error for a rule that is broken. */
export function couponRefused(code: CouponRule): Conflict {
  const { found, expected } = rules[code];
  return new Conflict({ code, object: 'code', found, expected, next: 'tell the customer, or give another coupon' });
}

/** Whether a coupon has a code, in any case, for a query that takes the first row by {@link closestCode}. */
export function hasCode(code: string): SQL {
  return sql`upper(${DiscountCoupon.code}) = upper(${code})`;
}

/** The order in which the coupon that a code means comes first: the one in the same case if there are several, else the oldest. */
export function closestCode(code: string): SQL {
  return sql`${DiscountCoupon.code} = ${code} DESC, ${DiscountCoupon.createdAt}, ${DiscountCoupon.id}`;
}

/** The error for a code that no coupon has. */
export function couponNotFound(): NotFound {
  return new NotFound({
    object: 'code',
    found: 'no coupon with that code',
    expected: 'the code of a coupon, in any case',
    next: 'have the code read again',
  });
}
