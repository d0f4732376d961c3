import { boolean, foreignKey, index, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { MessageThread } from './message-thread.ts';

/** One message of a customer-support thread. */
export const Message = pgTable(
  'customer_messages',
  {
    id: id(),
    threadId: uuid('thread_id').notNull(),

    // Sender
    senderType: varchar('sender_type', { length: 50 }).notNull(),
    senderId: varchar('sender_id', { length: 255 }),

    // Content
    content: text('content').notNull(),
    isRead: boolean('is_read').notNull().default(false),

    // Bookkeeping
    messageMetadata: jsonb('message_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({
      name: 'customer_messages_thread_id_fkey',
      columns: [table.threadId],
      foreignColumns: [MessageThread.id],
    }),
    index('idx_customer_messages_created_at').on(table.createdAt),
    index('idx_customer_messages_thread_id').on(table.threadId),
    ...stationPolicies('public.customer_messages'),
  ],
);
export type Message = typeof Message.$inferSelect;
export type NewMessage = typeof Message.$inferInsert;
