import { sql } from 'drizzle-orm';
import { check, foreignKey, index, integer, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, timestamptz, updatedAt } from '../columns.ts';
import { Booking } from '../core/booking.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { CustomerReview } from './customer-review.ts';

/**
 * A customer is asked for a review of an event: once, and once more by a reminder. Each message has a link with a token of its own, made when
 * a worker claims it. Only the hashes are stored.
 */
export const EventReviewRequest = pgTable(
  'event_review_requests',
  {
    id: id(),
    bookingId: uuid('booking_id').notNull().unique('event_review_requests_booking_id_key'),
    customerId: uuid('customer_id'),
    /** The booking's station. */
    stationId: uuid('station_id'),
    /** The review that the customer gave. */
    reviewId: uuid('review_id').unique('event_review_requests_review_id_key'),

    // Tokens
    tokenHash: varchar('token_hash', { length: 100 }).unique('event_review_requests_token_hash_key'),
    reminderTokenHash: varchar('reminder_token_hash', { length: 100 }).unique(
      'event_review_requests_reminder_token_hash_key',
    ),

    // Delivery
    sentAt: timestamptz('sent_at'),
    remindedAt: timestamptz('reminded_at'),
    /** What the provider calls the last message that was sent. */
    messageId: varchar('message_id', { length: 255 }),

    // The next message: the request until it is sent, then the reminder
    attempts: integer('attempts').notNull().default(0),
    /** Nobody claims it before. */
    leaseUntil: timestamptz('lease_until'),
    /** Of the worker that claimed it last: the report of another one comes too late. */
    leaseToken: uuid('lease_token'),
    /** When it was given up. */
    failedAt: timestamptz('failed_at'),
    failure: text('failure'),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'event_review_requests_booking_id_fkey',
      columns: [table.bookingId],
      foreignColumns: [Booking.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'event_review_requests_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'event_review_requests_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'event_review_requests_review_id_fkey',
      columns: [table.reviewId],
      foreignColumns: [CustomerReview.id],
    }).onDelete('set null'),
    index('idx_event_review_requests_customer_id').on(table.customerId),
    index('idx_event_review_requests_station_id').on(table.stationId),
    index('idx_event_review_requests_to_send')
      .on(table.createdAt)
      .where(sql`${table.sentAt} IS NULL AND ${table.failedAt} IS NULL AND ${table.reviewId} IS NULL`),
    index('idx_event_review_requests_to_remind')
      .on(table.sentAt)
      .where(
        sql`${table.sentAt} IS NOT NULL AND ${table.remindedAt} IS NULL AND ${table.failedAt} IS NULL AND ${table.reviewId} IS NULL`,
      ),
    check('event_review_requests_attempts_check', sql`${table.attempts} >= 0`),
    ...stationPolicies('public.event_review_requests'),
  ],
);
export type EventReviewRequest = typeof EventReviewRequest.$inferSelect;
export type NewEventReviewRequest = typeof EventReviewRequest.$inferInsert;
