import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { User } from '../identity/user.ts';

export const AIChannel = pgEnum('ai_channel', ['web', 'sms', 'voice', 'instagram', 'facebook', 'email']);
export type AIChannel = (typeof AIChannel.enumValues)[number];

export const AIConversationStatus = pgEnum('ai_conversation_status', ['active', 'escalated', 'closed', 'archived']);
export type AIConversationStatus = (typeof AIConversationStatus.enumValues)[number];

/** A conversation with the AI assistant. */
export const AIConversation = pgTable(
  'ai_conversations',
  {
    id: id(),
    customerId: uuid('customer_id'),
    /** The station that it came to. Without one it is that of the customer. */
    stationId: uuid('station_id'),
    userId: varchar('user_id', { length: 255 }),

    // Conversation
    channel: AIChannel('channel').notNull(),
    status: AIConversationStatus('status').notNull().default('active'),
    channelMetadata: jsonb('channel_metadata').$type<JsonObject>().notNull().default({}),
    context: jsonb('context').$type<JsonObject>().notNull().default({}),
    messageCount: integer('message_count').notNull().default(0),
    confidenceScore: numeric('confidence_score', { precision: 4, scale: 3 }),

    // Escalation
    escalated: boolean('escalated').notNull().default(false),
    escalatedAt: timestamptz('escalated_at'),
    escalationReason: text('escalation_reason'),
    assignedAgentId: uuid('assigned_agent_id'),

    // Activity
    lastMessageAt: timestamptz('last_message_at'),
    closedAt: timestamptz('closed_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'ai_conversations_assigned_agent_id_fkey',
      columns: [table.assignedAgentId],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'ai_conversations_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'ai_conversations_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    index('idx_ai_conversations_channel_status').on(table.channel, table.status),
    index('idx_ai_conversations_customer').on(table.customerId),
    index('idx_ai_conversations_last_message').on(table.lastMessageAt),
    index('idx_ai_conversations_station_id').on(table.stationId),
    check('check_ai_confidence_range', sql`${table.confidenceScore} >= 0 AND ${table.confidenceScore} <= 1`),
    ...stationPolicies('public.ai_conversations'),
  ],
);
export type AIConversation = typeof AIConversation.$inferSelect;
export type NewAIConversation = typeof AIConversation.$inferInsert;
