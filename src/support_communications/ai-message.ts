import { foreignKey, index, integer, jsonb, numeric, pgEnum, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, type JsonValue } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { AIConversation } from './ai-conversation.ts';

export const AIMessageRole = pgEnum('ai_message_role', ['user', 'assistant', 'system', 'tool']);
export type AIMessageRole = (typeof AIMessageRole.enumValues)[number];

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
