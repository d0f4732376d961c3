import { foreignKey, index, pgEnum, pgTable, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, timestamptz } from '../columns.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { Lead } from './lead.ts';

export const SocialPlatform = pgEnum('social_platform', ['instagram', 'facebook', 'google', 'yelp']);
export type SocialPlatform = (typeof SocialPlatform.enumValues)[number];

export const SocialThreadStatus = pgEnum('social_thread_status', ['open', 'pending', 'resolved']);
export type SocialThreadStatus = (typeof SocialThreadStatus.enumValues)[number];

/** A conversation with a lead on a social channel. */
export const LeadSocialThread = pgTable(
  'lead_social_threads',
  {
    id: id(),

    // Where
    platform: SocialPlatform('platform').notNull(),
    accountId: varchar('account_id', { length: 100 }).notNull(),
    threadRef: varchar('thread_ref', { length: 255 }).notNull(),

    // Who
    leadId: uuid('lead_id'),
    customerId: uuid('customer_id'),
    /** The station that it came to. Without one it is that of the customer, else of the lead. */
    stationId: uuid('station_id'),

    // State
    status: SocialThreadStatus('status').notNull().default('open'),
    lastMessageAt: timestamptz('last_message_at'),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({
      name: 'lead_social_threads_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'lead_social_threads_lead_id_fkey',
      columns: [table.leadId],
      foreignColumns: [Lead.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'lead_social_threads_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    index('ix_lead_social_threads_customer').on(table.customerId),
    index('ix_lead_social_threads_lead').on(table.leadId),
    uniqueIndex('ix_lead_social_threads_platform').on(table.platform, table.threadRef),
    index('ix_lead_social_threads_station_id').on(table.stationId),
    ...stationPolicies('public.lead_social_threads'),
  ],
);
export type LeadSocialThread = typeof LeadSocialThread.$inferSelect;
export type NewLeadSocialThread = typeof LeadSocialThread.$inferInsert;
