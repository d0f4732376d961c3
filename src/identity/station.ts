import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, text, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, isOneOf, type JsonObject, textEnum, updatedAt } from '../columns.ts';
import { stationPolicies } from './access/policies.ts';
import { identity } from './schema.ts';

export const StationStatus = textEnum(['active', 'inactive', 'suspended', 'maintenance']);
export type StationStatus = (typeof StationStatus.enumValues)[number];

/** A physical location that caters events. */
export const Station = identity.table(
  'stations',
  {
    id: id(),

    // Name
    name: varchar('name', { length: 100 }).notNull(),
    code: varchar('code', { length: 20 }).notNull().unique('unique_station_code'),
    displayName: varchar('display_name', { length: 200 }).notNull(),

    // Contact and address
    email: varchar('email', { length: 255 }),
    phone: varchar('phone', { length: 50 }),
    address: text('address'),
    city: varchar('city', { length: 100 }),
    state: varchar('state', { length: 50 }),
    postalCode: varchar('postal_code', { length: 20 }),
    country: varchar('country', { length: 100 }).notNull().default('US'),

    // Operation
    timezone: varchar('timezone', { length: 50 }).notNull().default('America/New_York'),
    status: varchar('status', { length: 20, enum: StationStatus.enumValues }).notNull().default('active'),

    // Settings and capacity
    settings: jsonb('settings').$type<JsonObject>().notNull().default({}),
    businessHours: jsonb('business_hours').$type<JsonObject>(),
    serviceAreaRadius: integer('service_area_radius'),
    maxConcurrentBookings: integer('max_concurrent_bookings').notNull().default(10),
    bookingLeadTimeHours: integer('booking_lead_time_hours').notNull().default(24),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_station_status').on(table.status),
    check('station_lead_time_non_negative', sql`${table.bookingLeadTimeHours} >= 0`),
    check('station_max_bookings_positive', sql`${table.maxConcurrentBookings} > 0`),
    check('station_status_valid', isOneOf(table.status, StationStatus)),
    ...stationPolicies('identity.stations'),
  ],
);
export type Station = typeof Station.$inferSelect;
export type NewStation = typeof Station.$inferInsert;
