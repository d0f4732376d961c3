import { index, integer, jsonb, pgEnum, pgTable, text, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz } from '../columns.ts';

export const CampaignChannel = pgEnum('campaign_channel', ['email', 'sms', 'both']);
export type CampaignChannel = (typeof CampaignChannel.enumValues)[number];

export const CampaignStatus = pgEnum('campaign_status', ['draft', 'scheduled', 'sending', 'sent', 'cancelled']);
export type CampaignStatus = (typeof CampaignStatus.enumValues)[number];

/** A newsletter or SMS campaign. */
export const Campaign = pgTable(
  'campaigns',
  {
    id: id(),

    // Content
    name: varchar('name', { length: 200 }).notNull(),
    channel: CampaignChannel('channel').notNull(),
    subject: text('subject'),
    content: jsonb('content').$type<JsonObject>().notNull(),
    segmentFilter: jsonb('segment_filter').$type<JsonObject>(),

    // Sending
    scheduledAt: timestamptz('scheduled_at'),
    sentAt: timestamptz('sent_at'),
    status: CampaignStatus('status').notNull().default('draft'),
    totalRecipients: integer('total_recipients').notNull().default(0),

    // Bookkeeping
    createdBy: varchar('created_by', { length: 100 }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('ix_campaigns_sent').on(table.sentAt), index('ix_campaigns_status').on(table.status)],
);
export type Campaign = typeof Campaign.$inferSelect;
export type NewCampaign = typeof Campaign.$inferInsert;
