import { boolean, foreignKey, index, integer, jsonb, pgTable, text, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, type JsonValue, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { EmailThread } from './email-thread.ts';

/** A message of the e-mail inbox. */
export const EmailMessage = pgTable(
  'email_messages',
  {
    id: id(),

    // Identity
    messageId: varchar('message_id', { length: 500 }).notNull().unique('email_messages_message_id_key'),
    imapUid: integer('imap_uid'),
    threadId: varchar('thread_id', { length: 500 }),

    // Place
    inbox: varchar('inbox', { length: 100 }).notNull(),
    folder: varchar('folder', { length: 200 }).notNull().default('INBOX'),

    // Envelope
    subject: varchar('subject', { length: 1000 }),
    fromAddress: varchar('from_address', { length: 500 }).notNull(),
    fromName: varchar('from_name', { length: 500 }),
    toAddresses: jsonb('to_addresses').$type<JsonValue[]>().notNull().default([]),
    ccAddresses: jsonb('cc_addresses').$type<JsonValue[]>().notNull().default([]),
    bccAddresses: jsonb('bcc_addresses').$type<JsonValue[]>().notNull().default([]),
    replyTo: varchar('reply_to', { length: 500 }),

    // Body
    textBody: text('text_body'),
    htmlBody: text('html_body'),

    // Times
    receivedAt: timestamptz('received_at').notNull(),
    sentAt: timestamptz('sent_at'),

    // State
    isRead: boolean('is_read').notNull().default(false),
    isStarred: boolean('is_starred').notNull().default(false),
    isArchived: boolean('is_archived').notNull().default(false),
    isSpam: boolean('is_spam').notNull().default(false),
    isDraft: boolean('is_draft').notNull().default(false),
    isSent: boolean('is_sent').notNull().default(false),
    hasAttachments: boolean('has_attachments').notNull().default(false),

    // Parts
    attachments: jsonb('attachments').$type<JsonValue[]>().notNull().default([]),
    labels: jsonb('labels').$type<JsonValue[]>().notNull().default([]),
    rawHeaders: jsonb('raw_headers').$type<JsonObject>().notNull().default({}),

    // Synchronisation
    lastSyncedAt: timestamptz('last_synced_at'),
    syncError: text('sync_error'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'email_messages_thread_id_fkey',
      columns: [table.threadId],
      foreignColumns: [EmailThread.threadId],
    }).onDelete('set null'),
    index('idx_email_messages_from_received').on(table.fromAddress, table.receivedAt),
    index('idx_email_messages_inbox_received').on(table.inbox, table.receivedAt),
    index('idx_email_messages_thread_received').on(table.threadId, table.receivedAt),
    ...stationPolicies('public.email_messages'),
  ],
);
export type EmailMessage = typeof EmailMessage.$inferSelect;
export type NewEmailMessage = typeof EmailMessage.$inferInsert;
