import { foreignKey, index, jsonb, pgEnum, pgTable, uuid } from 'drizzle-orm/pg-core';
import { id, type JsonObject, timestamptz } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Campaign } from './campaign.ts';
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

/** What a subscriber did, or what happened, with a campaign. */
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
