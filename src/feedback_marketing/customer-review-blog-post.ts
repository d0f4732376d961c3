import { sql } from 'drizzle-orm';
import { boolean, check, foreignKey, index, integer, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, isOneOf, type JsonValue, textEnum, timestamptz, updatedAt } from '../columns.ts';
import { Booking } from '../core/booking.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { User } from '../identity/user.ts';

export const BlogPostStatus = textEnum(['pending', 'approved', 'rejected']);
export type BlogPostStatus = (typeof BlogPostStatus.enumValues)[number];

/** A testimonial published on the website after approval. */
export const CustomerReviewBlogPost = pgTable(
  'customer_review_blog_posts',
  {
    id: id(),
    customerId: uuid('customer_id').notNull(),
    bookingId: uuid('booking_id'),

    // Author
    customerName: varchar('customer_name', { length: 255 }),
    customerEmail: varchar('customer_email', { length: 255 }),
    customerPhone: varchar('customer_phone', { length: 50 }),
    showInitialsOnly: boolean('show_initials_only').notNull().default(false),

    // Review
    title: varchar('title', { length: 255 }).notNull(),
    content: text('content').notNull(),
    rating: integer('rating').notNull(),
    images: jsonb('images').$type<JsonValue[]>().notNull().default([]),

    // Approval
    status: varchar('status', { length: 20, enum: BlogPostStatus.enumValues }).notNull().default('pending'),
    approvedBy: uuid('approved_by'),
    approvedAt: timestamptz('approved_at'),
    rejectionReason: text('rejection_reason'),
    /** Who took the last decision, an approval or a rejection. */
    reviewedBy: uuid('reviewed_by'),

    // External sites
    reviewedOnGoogle: boolean('reviewed_on_google').notNull().default(false),
    reviewedOnYelp: boolean('reviewed_on_yelp').notNull().default(false),
    googleReviewLink: text('google_review_link'),
    yelpReviewLink: text('yelp_review_link'),

    // Search engines
    slug: varchar('slug', { length: 255 }).unique('customer_review_blog_posts_slug_key'),
    keywords: text('keywords'),

    // Readers
    likesCount: integer('likes_count').notNull().default(0),
    helpfulCount: integer('helpful_count').notNull().default(0),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'customer_review_blog_posts_approved_by_fkey',
      columns: [table.approvedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'customer_review_blog_posts_booking_id_fkey',
      columns: [table.bookingId],
      foreignColumns: [Booking.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'customer_review_blog_posts_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'customer_review_blog_posts_reviewed_by_fkey',
      columns: [table.reviewedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    index('ix_customer_review_blog_posts_customer_id').on(table.customerId),
    index('ix_customer_review_blog_posts_status').on(table.status),
    index('idx_customer_review_blog_posts_published')
      .on(table.approvedAt, table.id)
      .where(sql`${table.status} = 'approved'`),
    index('idx_customer_review_blog_posts_pending')
      .on(table.createdAt, table.id)
      .where(sql`${table.status} = 'pending'`),
    check('rating_range', sql`${table.rating} >= 1 AND ${table.rating} <= 5`),
    check('valid_status', isOneOf(table.status, BlogPostStatus)),
    ...stationPolicies('public.customer_review_blog_posts'),
  ],
);
export type CustomerReviewBlogPost = typeof CustomerReviewBlogPost.$inferSelect;
export type NewCustomerReviewBlogPost = typeof CustomerReviewBlogPost.$inferInsert;
