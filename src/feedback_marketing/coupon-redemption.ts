import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, timestamptz } from '../columns.ts';
import { Booking } from '../core/booking.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { User } from '../identity/user.ts';
import { DiscountCoupon } from './discount-coupon.ts';

/**
 * One use of a coupon, for a booking. A trigger counts it in `DiscountCoupon.currentUses`, and refuses it if no use is left, the coupon is not
 * active, or more is taken off than there is. Reversing it gives the use back; nothing else of it changes.
 */
export const CouponRedemption = pgTable(
  'coupon_redemptions',
  {
    id: id(),
    couponId: uuid('coupon_id').notNull(),
    bookingId: uuid('booking_id').notNull(),
    customerId: uuid('customer_id'),
    /** The booking's station. */
    stationId: uuid('station_id'),

    // Amounts in cents
    amountBefore: integer('amount_before').notNull(),
    amountOff: integer('amount_off').notNull(),

    // Bookkeeping
    redeemedAt: timestamptz('redeemed_at').notNull().defaultNow(),
    redeemedBy: uuid('redeemed_by'),
    reversedAt: timestamptz('reversed_at'),
    reversedBy: uuid('reversed_by'),
  },
  (table) => [
    foreignKey({
      name: 'coupon_redemptions_coupon_id_fkey',
      columns: [table.couponId],
      foreignColumns: [DiscountCoupon.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'coupon_redemptions_booking_id_fkey',
      columns: [table.bookingId],
      foreignColumns: [Booking.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'coupon_redemptions_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'coupon_redemptions_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'coupon_redemptions_redeemed_by_fkey',
      columns: [table.redeemedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'coupon_redemptions_reversed_by_fkey',
      columns: [table.reversedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    index('idx_coupon_redemptions_booking_id').on(table.bookingId),
    index('idx_coupon_redemptions_coupon_id').on(table.couponId),
    index('idx_coupon_redemptions_customer_id').on(table.customerId),
    index('idx_coupon_redemptions_station_id').on(table.stationId),
    uniqueIndex('coupon_redemptions_booking_key').on(table.bookingId).where(sql`${table.reversedAt} IS NULL`),
    check('coupon_redemptions_amount_before_check', sql`${table.amountBefore} >= 0`),
    check('coupon_redemptions_amount_off_check', sql`${table.amountOff} >= 0`),
    ...stationPolicies('public.coupon_redemptions'),
  ],
);
export type CouponRedemption = typeof CouponRedemption.$inferSelect;
export type NewCouponRedemption = typeof CouponRedemption.$inferInsert;
