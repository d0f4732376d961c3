import { boolean, foreignKey, index, integer, jsonb, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonValue, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';

/** A thread of the e-mail inbox. */
export const EmailThread = pgTable(
  'email_threads',
  {
    id: id(),

    // Thread
    threadId: varchar('thread_id', { length: 500 }).notNull().unique('email_threads_thread_id_key'),
    inbox: varchar('inbox', { length: 100 }).notNull(),
    /** The station that it came to. Unknown if it is not set: for super admins alone. */
    stationId: uuid('station_id'),
    subject: varchar('subject', { length: 1000 }),
    participants: jsonb('participants').$type<JsonValue[]>().notNull().default([]),

    // Counts and times
    messageCount: integer('message_count').notNull().default(0),
    unreadCount: integer('unread_count').notNull().default(0),
    firstMessageAt: timestamptz('first_message_at'),
    lastMessageAt: timestamptz('last_message_at'),

    // State
    isRead: boolean('is_read').notNull().default(false),
    isStarred: boolean('is_starred').notNull().default(false),
    isArchived: boolean('is_archived').notNull().default(false),
    hasAttachments: boolean('has_attachments').notNull().default(false),
    labels: jsonb('labels').$type<JsonValue[]>().notNull().default([]),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'email_threads_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    index('idx_email_threads_inbox_last_message').on(table.inbox, table.lastMessageAt),
    index('idx_email_threads_inbox_read_archived').on(table.inbox, table.isRead, table.isArchived),
    index('idx_email_threads_station_id').on(table.stationId),
    ...stationPolicies('public.email_threads'),
  ],
);
export type EmailThread = typeof EmailThread.$inferSelect;
export type NewEmailThread = typeof EmailThread.$inferInsert;
