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
import { createdAt, id, type JsonObject, type JsonValue, timestamptz, updatedAt } from '../columns.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/station-policies.ts';
import { User } from '../identity/user.ts';

export const AIChannel = pgEnum('ai_channel', ['web', 'sms', 'voice', 'instagram', 'facebook', 'email']);
export type AIChannel = (typeof AIChannel.enumValues)[number];

export const AIConversationStatus = pgEnum('ai_conversation_status', ['active', 'escalated', 'closed', 'archived']);
export type AIConversationStatus = (typeof AIConversationStatus.enumValues)[number];

export const AIMessageRole = pgEnum('ai_message_role', ['user', 'assistant', 'system', 'tool']);
export type AIMessageRole = (typeof AIMessageRole.enumValues)[number];

/** A conversation with the AI assistant. */
export const AIConversation = pgTable(
  'ai_conversations',
  {
    id: id(),
    customerId: uuid('customer_id'),
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
    index('idx_ai_conversations_channel_status').on(table.channel, table.status),
    index('idx_ai_conversations_customer').on(table.customerId),
    index('idx_ai_conversations_last_message').on(table.lastMessageAt),
    check('check_ai_confidence_range', sql`${table.confidenceScore} >= 0 AND ${table.confidenceScore} <= 1`),
    ...stationPolicies('public.ai_conversations'),
  ],
);
export type AIConversation = typeof AIConversation.$inferSelect;
export type NewAIConversation = typeof AIConversation.$inferInsert;

/** One message of an AI conversation. */
export const AIMessage = pgTable(
  'ai_messages',
  {
    id: id(),
    conversationId: uuid('conversation_id').notNull(),

    // Message
    role: AIMessageRole('role').notNull(),
    content: text('content').notNull(),

    // Cost
    modelUsed: varchar('model_used', { length: 100 }),
    inputTokens: integer('input_tokens'),
    outputTokens: integer('output_tokens'),
    costUsd: numeric('cost_usd', { precision: 12, scale: 6 }),
    processingTimeMs: integer('processing_time_ms'),

    // Details
    toolCalls: jsonb('tool_calls').$type<JsonValue>(),
    humanFeedback: varchar('human_feedback', { length: 20 }),
    messageMetadata: jsonb('message_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({
      name: 'ai_messages_conversation_id_fkey',
      columns: [table.conversationId],
      foreignColumns: [AIConversation.id],
    }).onDelete('cascade'),
    index('idx_ai_messages_conversation_created').on(table.conversationId, table.createdAt),
    index('idx_ai_messages_model_created').on(table.modelUsed, table.createdAt),
    ...stationPolicies('public.ai_messages'),
  ],
);
export type AIMessage = typeof AIMessage.$inferSelect;
export type NewAIMessage = typeof AIMessage.$inferInsert;
