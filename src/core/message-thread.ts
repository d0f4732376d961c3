import { foreignKey, index, jsonb, pgEnum, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { Customer } from './customer.ts';

export const MessageChannel = pgEnum('message_channel', ['sms', 'email', 'phone', 'web_chat', 'social_media']);
export type MessageChannel = (typeof MessageChannel.enumValues)[number];

export const ThreadStatus = pgEnum('thread_status', ['active', 'archived', 'closed', 'spam']);
export type ThreadStatus = (typeof ThreadStatus.enumValues)[number];

/** A customer-support conversation on one channel. */
export const MessageThread = pgTable(
  'customer_message_threads',
  {
    id: id(),
    customerId: uuid('customer_id').notNull(),
    stationId: uuid('station_id'),

    // Conversation
    subject: varchar('subject', { length: 255 }),
    channel: MessageChannel('channel').notNull().default('web_chat'),
    status: ThreadStatus('status').notNull().default('active'),

    // Bookkeeping
    threadMetadata: jsonb('thread_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    lastMessageAt: timestamptz('last_message_at'),
  },
  (table) => [
    foreignKey({
      name: 'customer_message_threads_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }),
    foreignKey({
      name: 'customer_message_threads_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }),
    index('idx_customer_message_threads_created_at').on(table.createdAt),
    index('idx_customer_message_threads_customer_id').on(table.customerId),
    index('idx_customer_message_threads_station_id').on(table.stationId),
    index('idx_customer_message_threads_status').on(table.status),
    ...stationPolicies('public.customer_message_threads'),
  ],
);
export type MessageThread = typeof MessageThread.$inferSelect;
export type NewMessageThread = typeof MessageThread.$inferInsert;
