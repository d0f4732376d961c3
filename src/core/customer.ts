import { boolean, foreignKey, index, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';

/** A person who books events. */
export const Customer = pgTable(
  'customers',
  {
    id: id(),
    stationId: uuid('station_id'),

    // Person
    firstName: varchar('first_name', { length: 100 }).notNull(),
    lastName: varchar('last_name', { length: 100 }).notNull(),
    email: varchar('email', { length: 255 }).notNull(),
    phone: varchar('phone', { length: 20 }).notNull(),

    // Preferences
    preferredContactMethod: varchar('preferred_contact_method', { length: 50 }),
    dietaryRestrictions: text('dietary_restrictions'),
    marketingConsent: boolean('marketing_consent').notNull().default(false),

    // Bookkeeping
    customerMetadata: jsonb('customer_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({ name: 'customers_station_id_fkey', columns: [table.stationId], foreignColumns: [Station.id] }),
    index('idx_customers_created_at').on(table.createdAt),
    index('idx_customers_email').on(table.email),
    index('idx_customers_phone').on(table.phone),
    index('idx_customers_station_id').on(table.stationId),
    ...stationPolicies('public.customers'),
  ],
);
export type Customer = typeof Customer.$inferSelect;
export type NewCustomer = typeof Customer.$inferInsert;
