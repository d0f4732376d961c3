import { foreignKey, index, integer, jsonb, pgEnum, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Campaign } from './campaign.ts';
import { SMSTemplate } from './sms-template.ts';
import { Subscriber } from './subscriber.ts';

export const SMSQueueStatus = pgEnum('sms_queue_status', ['pending', 'sending', 'sent', 'failed', 'cancelled']);
export type SMSQueueStatus = (typeof SMSQueueStatus.enumValues)[number];

/** An SMS to send, or one that was sent. */
export const SMSSendQueue = pgTable(
  'sms_send_queue',
  {
    id: id(),
    campaignId: uuid('campaign_id').notNull(),
    subscriberId: uuid('subscriber_id').notNull(),
    templateId: uuid('template_id'),

    // Message
    phoneNumber: varchar('phone_number', { length: 20 }).notNull(),
    messageContent: text('message_content').notNull(),
    personalizedVariables: jsonb('personalized_variables').$type<JsonObject>().notNull().default({}),

    // Schedule
    status: SMSQueueStatus('status').notNull().default('pending'),
    priority: integer('priority').notNull().default(0),
    scheduledAt: timestamptz('scheduled_at').notNull().defaultNow(),
    sentAt: timestamptz('sent_at'),
    failedAt: timestamptz('failed_at'),

    // Attempts
    attempts: integer('attempts').notNull().default(0),
    maxAttempts: integer('max_attempts').notNull().default(3),
    nextRetryAt: timestamptz('next_retry_at'),
    lastError: text('last_error'),
    errorCode: varchar('error_code', { length: 50 }),

    // Carrier
    messageSid: varchar('message_sid', { length: 100 }).unique('sms_send_queue_message_sid_key'),
    ringcentralStatus: varchar('ringcentral_status', { length: 50 }),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'sms_send_queue_campaign_id_fkey',
      columns: [table.campaignId],
      foreignColumns: [Campaign.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'sms_send_queue_subscriber_id_fkey',
      columns: [table.subscriberId],
      foreignColumns: [Subscriber.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'sms_send_queue_template_id_fkey',
      columns: [table.templateId],
      foreignColumns: [SMSTemplate.id],
    }).onDelete('set null'),
    index('idx_sms_queue_pending').on(table.status, table.scheduledAt),
    index('idx_sms_queue_priority').on(table.priority, table.scheduledAt),
    index('idx_sms_queue_retry').on(table.status, table.nextRetryAt),
    index('ix_sms_send_queue_campaign_id').on(table.campaignId),
    index('ix_sms_send_queue_phone_number').on(table.phoneNumber),
    index('ix_sms_send_queue_scheduled_at').on(table.scheduledAt),
    index('ix_sms_send_queue_status').on(table.status),
    index('ix_sms_send_queue_subscriber_id').on(table.subscriberId),
    ...stationPolicies('public.sms_send_queue'),
  ],
);
export type SMSSendQueue = typeof SMSSendQueue.$inferSelect;
export type NewSMSSendQueue = typeof SMSSendQueue.$inferInsert;
