import { boolean, foreignKey, index, jsonb, pgTable, text, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';

/** A social media page of the business. */
export const BusinessSocialAccount = pgTable(
  'business_social_accounts',
  {
    id: id(),

    // Page
    platform: varchar('platform', { length: 50 }).notNull(),
    pageId: varchar('page_id', { length: 255 }).notNull(),
    pageName: varchar('page_name', { length: 255 }).notNull(),
    handle: varchar('handle', { length: 100 }),
    profileUrl: text('profile_url'),
    avatarUrl: text('avatar_url'),
    /** The station whose page it is; none means all. */
    stationId: uuid('station_id'),

    // Connection
    connectedBy: uuid('connected_by').notNull(),
    connectedAt: timestamptz('connected_at').notNull().defaultNow(),
    tokenRef: text('token_ref'),
    webhookVerified: boolean('webhook_verified').notNull().default(false),
    lastSyncAt: timestamptz('last_sync_at'),
    isActive: boolean('is_active').notNull().default(true),

    // Bookkeeping
    platformMetadata: jsonb('platform_metadata').$type<JsonObject>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    deletedAt: timestamptz('deleted_at'),
  },
  (table) => [
    foreignKey({
      name: 'business_social_accounts_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    index('ix_business_social_accounts_is_active').on(table.isActive),
    index('ix_business_social_accounts_platform').on(table.platform),
    uniqueIndex('ix_business_social_accounts_platform_page_id').on(table.platform, table.pageId),
    index('ix_business_social_accounts_station_id').on(table.stationId),
    ...stationPolicies('public.business_social_accounts'),
  ],
);
export type BusinessSocialAccount = typeof BusinessSocialAccount.$inferSelect;
export type NewBusinessSocialAccount = typeof BusinessSocialAccount.$inferInsert;
