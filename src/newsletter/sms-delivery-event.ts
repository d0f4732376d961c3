import {
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { CampaignEvent } from './campaign-event.ts';

export const SMSDeliveryStatus = pgEnum('sms_delivery_status', [
  'queued',
  'sending',
  'sent',
  'delivered',
  'failed',
  'undelivered',
]);
export type SMSDeliveryStatus = (typeof SMSDeliveryStatus.enumValues)[number];

/** What the carrier reported about an SMS. */
export const SMSDeliveryEvent = pgTable(
  'sms_delivery_events',
  {
    id: id(),
    campaignEventId: uuid('campaign_event_id').notNull(),

    // Carrier report
    ringcentralMessageId: varchar('ringcentral_message_id', { length: 255 }).notNull(),
    status: SMSDeliveryStatus('status').notNull().default('queued'),
    deliveryTimestamp: timestamptz('delivery_timestamp'),
    failureReason: text('failure_reason'),
    carrierErrorCode: varchar('carrier_error_code', { length: 50 }),

    // Cost, in cents
    segmentsUsed: integer('segments_used').notNull().default(1),
    costCents: integer('cost_cents'),

    // Bookkeeping
    ringcentralMetadata: jsonb('ringcentral_metadata').$type<JsonObject>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'sms_delivery_events_campaign_event_id_fkey',
      columns: [table.campaignEventId],
      foreignColumns: [CampaignEvent.id],
    }).onDelete('cascade'),
    index('ix_sms_delivery_campaign_event').on(table.campaignEventId),
    uniqueIndex('ix_sms_delivery_ringcentral_msg_id').on(table.ringcentralMessageId),
    index('ix_sms_delivery_status').on(table.status),
    index('ix_sms_delivery_timestamp').on(table.deliveryTimestamp),
    ...stationPolicies('public.sms_delivery_events'),
  ],
);
export type SMSDeliveryEvent = typeof SMSDeliveryEvent.$inferSelect;
export type NewSMSDeliveryEvent = typeof SMSDeliveryEvent.$inferInsert;
