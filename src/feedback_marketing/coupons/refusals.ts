/**
 * The names that the database refuses a redemption with, as the `constraint` of an error with SQLSTATE 23514: no use is left (uses that other
 * services counted, too), the coupon is not active, or more was changed than that it is reversed.
 */
export const couponRefusals = {
  maxUses: 'coupon_redemptions_max_uses',
  notActive: 'coupon_redemptions_active_coupon',
  amounts: 'coupon_redemptions_amounts',
  history: 'coupon_redemptions_history',
} as const;
