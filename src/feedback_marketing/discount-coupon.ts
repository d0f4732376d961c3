import { sql } from 'drizzle-orm';
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { User } from '../identity/user.ts';
import { CustomerReview } from './customer-review.ts';

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

    // For whom and why. Not set: for everybody
    customerId: uuid('customer_id'),
    /** The complaint that it makes up for. */
    reviewId: uuid('review_id').unique('discount_coupons_review_id_key'),
    issuedBy: uuid('issued_by'),
    issueReason: varchar('issue_reason', { length: 255 }),

    // Reminders of it. Those that were sent are in `couponMetadata`
    /** Nobody claims the next one before. */
    reminderLeaseUntil: timestamptz('reminder_lease_until'),
    /** Of the worker that claimed it last: the report of another one comes too late. */
    reminderLeaseToken: uuid('reminder_lease_token'),

    // State
    status: CouponStatus('status').notNull().default('active'),
    couponMetadata: jsonb('coupon_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'discount_coupons_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'discount_coupons_review_id_fkey',
      columns: [table.reviewId],
      foreignColumns: [CustomerReview.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'discount_coupons_issued_by_fkey',
      columns: [table.issuedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    index('idx_discount_coupons_customer_id').on(table.customerId),
    index('idx_discount_coupons_code').on(table.code),
    index('idx_discount_coupons_status').on(table.status),
    index('idx_discount_coupons_valid_from').on(table.validFrom),
    index('idx_discount_coupons_valid_until').on(table.validUntil),
    uniqueIndex('ix_discount_coupons_code').on(table.code),
    check('check_discount_amount', sql`${table.discountAmount} >= 0`),
    check('check_discount_percentage', sql`${table.discountPercentage} >= 0 AND ${table.discountPercentage} <= 100`),
    check('check_max_uses_positive', sql`${table.maxUses} > 0`),
    ...stationPolicies('public.discount_coupons'),
  ],
);
export type DiscountCoupon = typeof DiscountCoupon.$inferSelect;
export type NewDiscountCoupon = typeof DiscountCoupon.$inferInsert;
