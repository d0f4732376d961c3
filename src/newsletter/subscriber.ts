import { sql } from 'drizzle-orm';
import { boolean, bytea, check, foreignKey, index, integer, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, timestamptz } from '../columns.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';

/** A recipient of campaigns, with consent for each channel. Addresses are stored encrypted. */
export const Subscriber = pgTable(
  'subscribers',
  {
    id: id(),
    customerId: uuid('customer_id'),

    // Addresses, encrypted
    emailEnc: bytea('email_enc').notNull(),
    phoneEnc: bytea('phone_enc'),

    // Consent
    subscribed: boolean('subscribed').notNull().default(true),
    source: varchar('source', { length: 50 }),
    smsConsent: boolean('sms_consent').notNull().default(false),
    emailConsent: boolean('email_consent').notNull().default(true),
    consentUpdatedAt: timestamptz('consent_updated_at'),
    consentIpAddress: varchar('consent_ip_address', { length: 45 }),

    // Engagement
    tags: varchar('tags', { length: 50 }).array(),
    engagementScore: integer('engagement_score').notNull().default(0),
    totalEmailsSent: integer('total_emails_sent').notNull().default(0),
    totalEmailsOpened: integer('total_emails_opened').notNull().default(0),
    totalClicks: integer('total_clicks').notNull().default(0),
    lastEmailSentDate: timestamptz('last_email_sent_date'),
    lastOpenedDate: timestamptz('last_opened_date'),

    // Bookkeeping
    createdAt: createdAt(),
    unsubscribedAt: timestamptz('unsubscribed_at'),
  },
  (table) => [
    foreignKey({
      name: 'subscribers_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('set null'),
    index('ix_subscribers_customer').on(table.customerId),
    index('ix_subscribers_engagement').on(table.engagementScore),
    index('ix_subscribers_subscribed').on(table.subscribed),
    check('check_engagement_score_range', sql`${table.engagementScore} >= 0 AND ${table.engagementScore} <= 100`),
    ...stationPolicies('public.subscribers'),
  ],
);
export type Subscriber = typeof Subscriber.$inferSelect;
export type NewSubscriber = typeof Subscriber.$inferInsert;
