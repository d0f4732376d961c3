import { sql } from 'drizzle-orm';
import { check, foreignKey, index, numeric, pgEnum, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, timestamptz, updatedAt } from '../columns.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';

export const LeadSource = pgEnum('lead_source', [
  'web_quote',
  'chat',
  'instagram',
  'facebook',
  'google',
  'yelp',
  'sms',
  'phone',
  'referral',
  'event',
]);
export type LeadSource = (typeof LeadSource.enumValues)[number];

export const LeadStatus = pgEnum('lead_status', [
  'new',
  'working',
  'qualified',
  'disqualified',
  'converted',
  'nurturing',
]);
export type LeadStatus = (typeof LeadStatus.enumValues)[number];

export const LeadQuality = pgEnum('lead_quality', ['hot', 'warm', 'cold']);
export type LeadQuality = (typeof LeadQuality.enumValues)[number];

/** A person or company that may become a customer. */
export const Lead = pgTable(
  'leads',
  {
    id: id(),

    // Where it came from
    source: LeadSource('source').notNull(),
    utmSource: varchar('utm_source', { length: 100 }),
    utmMedium: varchar('utm_medium', { length: 100 }),
    utmCampaign: varchar('utm_campaign', { length: 100 }),

    // Qualification
    status: LeadStatus('status').notNull().default('new'),
    quality: LeadQuality('quality'),
    score: numeric('score', { precision: 5, scale: 2 }).notNull().default('0'),

    // Ownership
    assignedTo: varchar('assigned_to', { length: 100 }),
    customerId: uuid('customer_id'),
    /** The station that it came to. Without one it is that of the customer. */
    stationId: uuid('station_id'),

    // Progress
    lastContactDate: timestamptz('last_contact_date'),
    followUpDate: timestamptz('follow_up_date'),
    conversionDate: timestamptz('conversion_date'),
    lostReason: text('lost_reason'),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    deletedAt: timestamptz('deleted_at'),
  },
  (table) => [
    foreignKey({ name: 'leads_customer_id_fkey', columns: [table.customerId], foreignColumns: [Customer.id] }).onDelete(
      'set null',
    ),
    foreignKey({ name: 'leads_station_id_fkey', columns: [table.stationId], foreignColumns: [Station.id] }).onDelete(
      'set null',
    ),
    index('ix_leads_customer').on(table.customerId),
    index('ix_leads_followup').on(table.followUpDate),
    index('ix_leads_score').on(table.score),
    index('ix_leads_source').on(table.source),
    index('ix_leads_station_id').on(table.stationId),
    index('ix_leads_status').on(table.status),
    check('check_lead_score_range', sql`${table.score} >= 0 AND ${table.score} <= 100`),
    ...stationPolicies('public.leads'),
  ],
);
export type Lead = typeof Lead.$inferSelect;
export type NewLead = typeof Lead.$inferInsert;
