// A service that declares the two tables it joins: the peer of `imported-service.ts`. Columns only, the minimum that it can declare.
import { and, eq, gte, lt } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { boolean, integer, jsonb, pgEnum, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core';

type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
type JsonObject = { [key: string]: JsonValue };

export const Customer = pgTable('customers', {
  id: uuid('id').primaryKey().defaultRandom(),
  stationId: uuid('station_id'),

  firstName: varchar('first_name', { length: 100 }).notNull(),
  lastName: varchar('last_name', { length: 100 }).notNull(),
  email: varchar('email', { length: 255 }).notNull(),
  phone: varchar('phone', { length: 20 }).notNull(),

  preferredContactMethod: varchar('preferred_contact_method', { length: 50 }),
  dietaryRestrictions: text('dietary_restrictions'),
  marketingConsent: boolean('marketing_consent').notNull().default(false),

  customerMetadata: jsonb('customer_metadata').$type<JsonObject>().notNull().default({}),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp('updated_at', { withTimezone: true })
    .notNull()
    .defaultNow()
    .$onUpdate(() => new Date()),
});

const BookingStatus = pgEnum('booking_status', [
  'pending',
  'deposit_pending',
  'deposit_paid',
  'confirmed',
  'in_progress',
  'completed',
  'cancelled',
  'no_show',
]);

export const Booking = pgTable('bookings', {
  id: uuid('id').primaryKey().defaultRandom(),
  customerId: uuid('customer_id').notNull(),
  chefId: uuid('chef_id'),
  stationId: uuid('station_id'),
  pricingTierId: uuid('pricing_tier_id'),

  eventDate: timestamp('event_date', { withTimezone: true }).notNull(),
  eventStartTime: varchar('event_start_time', { length: 10 }).notNull(),
  eventEndTime: varchar('event_end_time', { length: 10 }),
  guestCount: integer('guest_count').notNull(),
  eventType: varchar('event_type', { length: 100 }),
  specialRequests: text('special_requests'),

  locationAddress: varchar('location_address', { length: 255 }).notNull(),
  locationCity: varchar('location_city', { length: 100 }).notNull(),
  locationState: varchar('location_state', { length: 50 }).notNull(),
  locationZip: varchar('location_zip', { length: 20 }).notNull(),

  travelFee: integer('travel_fee').default(0),
  totalAmount: integer('total_amount').notNull(),
  depositAmount: integer('deposit_amount').notNull(),
  remainingAmount: integer('remaining_amount').notNull(),

  status: BookingStatus('status').notNull().default('pending'),
  depositDeadline: timestamp('deposit_deadline', { withTimezone: true }),
  depositReminderSent: boolean('deposit_reminder_sent').notNull().default(false),
  depositPaidAt: timestamp('deposit_paid_at', { withTimezone: true }),
  confirmedAt: timestamp('confirmed_at', { withTimezone: true }),
  confirmationSentAt: timestamp('confirmation_sent_at', { withTimezone: true }),

  cancelledAt: timestamp('cancelled_at', { withTimezone: true }),
  cancellationReason: text('cancellation_reason'),

  bookingMetadata: jsonb('booking_metadata').$type<JsonObject>().notNull().default({}),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp('updated_at', { withTimezone: true })
    .notNull()
    .defaultNow()
    .$onUpdate(() => new Date()),
});

/** The bookings of a period, each with a contact to call. */
export function bookingsBetween(db: NodePgDatabase, from: Date, to: Date) {
  return db
    .select({
      id: Booking.id,
      eventDate: Booking.eventDate,
      guestCount: Booking.guestCount,
      status: Booking.status,
      firstName: Customer.firstName,
      phone: Customer.phone,
    })
    .from(Booking)
    .innerJoin(Customer, eq(Booking.customerId, Customer.id))
    .where(and(gte(Booking.eventDate, from), lt(Booking.eventDate, to)))
    .orderBy(Booking.eventDate);
}
