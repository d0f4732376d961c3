import { foreignKey, index, integer, jsonb, pgEnum, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz } from '../columns.ts';
import { stationPolicies } from '../identity/station-policies.ts';
import { Subscriber } from './subscriber.ts';

export const CampaignEventType = pgEnum('campaign_event_type', [
  'sent',
  'delivered',
  'opened',
  'clicked',
  'replied',
  'bounced',
  'unsubscribed',
  'complained',
]);
export type CampaignEventType = (typeof CampaignEventType.enumValues)[number];

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

/** What happened to a campaign at one subscriber. */
export const CampaignEvent = pgTable(
  'campaign_events',
  {
    id: id(),
    campaignId: uuid('campaign_id').notNull(),
    subscriberId: uuid('subscriber_id').notNull(),
    type: CampaignEventType('type').notNull(),
    payload: jsonb('payload').$type<JsonObject>(),
    occurredAt: timestamptz('occurred_at').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({
      name: 'campaign_events_campaign_id_fkey',
      columns: [table.campaignId],
      foreignColumns: [Campaign.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'campaign_events_subscriber_id_fkey',
      columns: [table.subscriberId],
      foreignColumns: [Subscriber.id],
    }).onDelete('cascade'),
    index('ix_events_campaign').on(table.campaignId, table.type),
    index('ix_events_subscriber').on(table.subscriberId, table.occurredAt),
    ...stationPolicies('public.campaign_events'),
  ],
);
export type CampaignEvent = typeof CampaignEvent.$inferSelect;
export type NewCampaignEvent = typeof CampaignEvent.$inferInsert;
