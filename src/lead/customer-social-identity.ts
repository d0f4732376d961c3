import { sql } from 'drizzle-orm';
import { doublePrecision, index, jsonb, pgTable, text, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';

/** A customer's profile on a social channel. */
export const CustomerSocialIdentity = pgTable(
  'customer_social_identities',
  {
    id: id(),

    // Profile
    platform: varchar('platform', { length: 50 }).notNull(),
    handle: varchar('handle', { length: 100 }).notNull(),
    displayName: varchar('display_name', { length: 255 }),
    profileUrl: text('profile_url'),
    avatarUrl: text('avatar_url'),

    // Match to a customer (soft reference: no foreign key)
    customerId: uuid('customer_id'),
    confidenceScore: doublePrecision('confidence_score').notNull().default(sql`1.0`),
    verificationStatus: varchar('verification_status', { length: 50 }).notNull().default('unverified'),

    // Activity
    firstSeenAt: timestamptz('first_seen_at').notNull().defaultNow(),
    lastActiveAt: timestamptz('last_active_at'),

    // Bookkeeping
    platformMetadata: jsonb('platform_metadata').$type<JsonObject>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('ix_customer_social_identities_customer_id').on(table.customerId),
    index('ix_customer_social_identities_platform').on(table.platform),
    uniqueIndex('ix_customer_social_identities_platform_handle').on(table.platform, table.handle),
    ...stationPolicies('public.customer_social_identities'),
  ],
);
export type CustomerSocialIdentity = typeof CustomerSocialIdentity.$inferSelect;
export type NewCustomerSocialIdentity = typeof CustomerSocialIdentity.$inferInsert;
