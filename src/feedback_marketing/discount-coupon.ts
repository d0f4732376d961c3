import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgEnum, pgTable, text, uniqueIndex, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';

export const CouponStatus = pgEnum('coupon_status', ['active', 'used', 'expired', 'revoked']);
export type CouponStatus = (typeof CouponStatus.enumValues)[number];

/** A discount code. */
export const DiscountCoupon = pgTable(
  'discount_coupons',
  {
    id: id(),

    // Coupon
    code: varchar('code', { length: 50 }).notNull(),
    description: text('description'),

    // Discount, in percent or cents
    discountPercentage: integer('discount_percentage'),
    discountAmount: integer('discount_amount'),

    // Validity
    validFrom: timestamptz('valid_from').notNull(),
    validUntil: timestamptz('valid_until').notNull(),
    maxUses: integer('max_uses').notNull().default(1),
    currentUses: integer('current_uses').notNull().default(0),

    // Limits, in cents
    minBookingAmount: integer('min_booking_amount'),
    maxDiscountAmount: integer('max_discount_amount'),

    // State
    status: CouponStatus('status').notNull().default('active'),
    couponMetadata: jsonb('coupon_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_discount_coupons_code').on(table.code),
    index('idx_discount_coupons_status').on(table.status),
    index('idx_discount_coupons_valid_from').on(table.validFrom),
    index('idx_discount_coupons_valid_until').on(table.validUntil),
    uniqueIndex('ix_discount_coupons_code').on(table.code),
    check('check_discount_amount', sql`${table.discountAmount} >= 0`),
    check('check_discount_percentage', sql`${table.discountPercentage} >= 0 AND ${table.discountPercentage} <= 100`),
    check('check_max_uses_positive', sql`${table.maxUses} > 0`),
  ],
);
export type DiscountCoupon = typeof DiscountCoupon.$inferSelect;
export type NewDiscountCoupon = typeof DiscountCoupon.$inferInsert;
