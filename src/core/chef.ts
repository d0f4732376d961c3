import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, updatedAt } from '../columns.ts';

/** A chef who can be assigned to bookings. */
export const Chef = pgTable(
  'chefs',
  {
    id: id(),

    // Person
    firstName: varchar('first_name', { length: 100 }).notNull(),
    lastName: varchar('last_name', { length: 100 }).notNull(),
    email: varchar('email', { length: 255 }).notNull(),
    phone: varchar('phone', { length: 20 }).notNull(),

    // Work
    bio: text('bio'),
    specialties: text('specialties'),
    yearsExperience: integer('years_experience'),
    isActive: boolean('is_active').notNull().default(true),

    // Bookkeeping
    chefMetadata: jsonb('chef_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_chefs_active').on(table.isActive),
    index('idx_chefs_email').on(table.email),
    index('idx_chefs_phone').on(table.phone),
    uniqueIndex('ix_chefs_email').on(table.email),
  ],
);
export type Chef = typeof Chef.$inferSelect;
export type NewChef = typeof Chef.$inferInsert;
