import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { PricingTier } from '../knowledge_base/pricing-tier.ts';
import { Chef } from './chef.ts';
import { Customer } from './customer.ts';

export const BookingStatus = pgEnum('booking_status', [
  'pending',
  'deposit_pending',
  'deposit_paid',
  'confirmed',
  'in_progress',
  'completed',
  'cancelled',
  'no_show',
]);
export type BookingStatus = (typeof BookingStatus.enumValues)[number];

/** A catered event that a customer booked: when, where, for how many, at what price. */
export const Booking = pgTable(
  'bookings',
  {
    id: id(),
    customerId: uuid('customer_id').notNull(),
    chefId: uuid('chef_id'),
    stationId: uuid('station_id'),
    pricingTierId: uuid('pricing_tier_id'),

    // The event
    eventDate: timestamptz('event_date').notNull(),
    eventStartTime: varchar('event_start_time', { length: 10 }).notNull(),
    eventEndTime: varchar('event_end_time', { length: 10 }),
    guestCount: integer('guest_count').notNull(),
    eventType: varchar('event_type', { length: 100 }),
    specialRequests: text('special_requests'),

    // Where
    locationAddress: varchar('location_address', { length: 255 }).notNull(),
    locationCity: varchar('location_city', { length: 100 }).notNull(),
    locationState: varchar('location_state', { length: 50 }).notNull(),
    locationZip: varchar('location_zip', { length: 20 }).notNull(),

    // Price, in cents
    travelFee: integer('travel_fee').default(0),
    totalAmount: integer('total_amount').notNull(),
    depositAmount: integer('deposit_amount').notNull(),
    remainingAmount: integer('remaining_amount').notNull(),

    // Deposit and confirmation
    status: BookingStatus('status').notNull().default('pending'),
    depositDeadline: timestamptz('deposit_deadline'),
    depositReminderSent: boolean('deposit_reminder_sent').notNull().default(false),
    depositPaidAt: timestamptz('deposit_paid_at'),
    confirmedAt: timestamptz('confirmed_at'),
    confirmationSentAt: timestamptz('confirmation_sent_at'),

    // Cancellation
    cancelledAt: timestamptz('cancelled_at'),
    cancellationReason: text('cancellation_reason'),

    // Bookkeeping
    bookingMetadata: jsonb('booking_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({ name: 'bookings_chef_id_fkey', columns: [table.chefId], foreignColumns: [Chef.id] }),
    foreignKey({ name: 'bookings_customer_id_fkey', columns: [table.customerId], foreignColumns: [Customer.id] }),
    foreignKey({
      name: 'bookings_pricing_tier_id_fkey',
      columns: [table.pricingTierId],
      foreignColumns: [PricingTier.id],
    }),
    foreignKey({ name: 'bookings_station_id_fkey', columns: [table.stationId], foreignColumns: [Station.id] }),
    index('idx_bookings_chef_id').on(table.chefId),
    index('idx_bookings_created_at').on(table.createdAt),
    index('idx_bookings_customer_id').on(table.customerId),
    index('idx_bookings_event_date').on(table.eventDate),
    index('idx_bookings_station_id').on(table.stationId),
    index('idx_bookings_status').on(table.status),
    check('check_deposit_amount_positive', sql`${table.depositAmount} >= 0`),
    check('check_guest_count_positive', sql`${table.guestCount} > 0`),
    check('check_total_amount_positive', sql`${table.totalAmount} >= 0`),
    ...stationPolicies('public.bookings'),
  ],
);
export type Booking = typeof Booking.$inferSelect;
export type NewBooking = typeof Booking.$inferInsert;
