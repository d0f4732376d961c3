import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  numeric,
  pgEnum,
  pgTable,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, timestamptz, updatedAt } from '../columns.ts';
import { Booking } from '../core/booking.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { User } from '../identity/user.ts';

export const ReviewStatus = pgEnum('review_status', ['pending', 'approved', 'rejected', 'flagged']);
export type ReviewStatus = (typeof ReviewStatus.enumValues)[number];

/** Feedback that a customer gave after an event. */
export const CustomerReview = pgTable(
  'event_customer_reviews',
  {
    id: id(),
    bookingId: uuid('booking_id'),
    customerId: uuid('customer_id'),

    // Review
    rating: integer('rating').notNull(),
    reviewText: text('review_text'),

    // Sentiment
    sentimentScore: numeric('sentiment_score', { precision: 3, scale: 2 }),
    sentimentLabel: varchar('sentiment_label', { length: 50 }),

    // Moderation
    status: ReviewStatus('status').notNull().default('pending'),
    moderationNotes: text('moderation_notes'),
    moderatedById: uuid('moderated_by_id'),
    moderatedAt: timestamptz('moderated_at'),

    // Other sites: when the customer had reviewed the event there, too
    reviewedOnGoogleAt: timestamptz('reviewed_on_google_at'),
    reviewedOnYelpAt: timestamptz('reviewed_on_yelp_at'),

    // Display
    isFeatured: boolean('is_featured').notNull().default(false),
    displayOnWebsite: boolean('display_on_website').notNull().default(true),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'event_customer_reviews_booking_id_fkey',
      columns: [table.bookingId],
      foreignColumns: [Booking.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'event_customer_reviews_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'event_customer_reviews_moderated_by_id_fkey',
      columns: [table.moderatedById],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    index('idx_event_customer_reviews_booking_id').on(table.bookingId),
    index('idx_event_customer_reviews_created_at').on(table.createdAt),
    index('idx_event_customer_reviews_customer_id').on(table.customerId),
    index('idx_event_customer_reviews_rating').on(table.rating),
    index('idx_event_customer_reviews_status').on(table.status),
    check('check_rating_range', sql`${table.rating} >= 1 AND ${table.rating} <= 5`),
    ...stationPolicies('public.event_customer_reviews'),
  ],
);
export type CustomerReview = typeof CustomerReview.$inferSelect;
export type NewCustomerReview = typeof CustomerReview.$inferInsert;
