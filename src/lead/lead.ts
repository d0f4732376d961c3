import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  date,
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
import { stationPolicies } from '../identity/station-policies.ts';

export const ContactChannel = pgEnum('contact_channel', [
  'email',
  'sms',
  'instagram',
  'facebook',
  'google',
  'yelp',
  'web',
]);
export type ContactChannel = (typeof ContactChannel.enumValues)[number];

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
    index('ix_leads_customer').on(table.customerId),
    index('ix_leads_followup').on(table.followUpDate),
    index('ix_leads_score').on(table.score),
    index('ix_leads_source').on(table.source),
    index('ix_leads_status').on(table.status),
    check('check_lead_score_range', sql`${table.score} >= 0 AND ${table.score} <= 100`),
    ...stationPolicies('public.leads'),
  ],
);
export type Lead = typeof Lead.$inferSelect;
export type NewLead = typeof Lead.$inferInsert;

/** A way to reach a lead. */
export const LeadContact = pgTable(
  'lead_contacts',
  {
    id: id(),
    leadId: uuid('lead_id').notNull(),
    channel: ContactChannel('channel').notNull(),
    handleOrAddress: text('handle_or_address').notNull(),
    verified: boolean('verified').notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({ name: 'lead_contacts_lead_id_fkey', columns: [table.leadId], foreignColumns: [Lead.id] }).onDelete(
      'cascade',
    ),
    index('ix_contacts_channel').on(table.channel, table.handleOrAddress),
    index('ix_contacts_lead').on(table.leadId),
    ...stationPolicies('public.lead_contacts'),
  ],
);
export type LeadContact = typeof LeadContact.$inferSelect;
export type NewLeadContact = typeof LeadContact.$inferInsert;

/** What is known of the event that a lead has in mind. */
export const LeadContext = pgTable(
  'lead_context',
  {
    leadId: uuid('lead_id').primaryKey(),

    // Party
    partySizeAdults: integer('party_size_adults'),
    partySizeKids: integer('party_size_kids'),
    estimatedBudgetCents: integer('estimated_budget_cents'),

    // Event
    eventDatePref: date('event_date_pref'),
    eventDateRangeStart: date('event_date_range_start'),
    eventDateRangeEnd: date('event_date_range_end'),
    zipCode: varchar('zip_code', { length: 10 }),
    serviceType: varchar('service_type', { length: 50 }),

    // Notes
    notes: text('notes'),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({ name: 'lead_context_lead_id_fkey', columns: [table.leadId], foreignColumns: [Lead.id] }).onDelete(
      'cascade',
    ),
    ...stationPolicies('public.lead_context'),
  ],
);
export type LeadContext = typeof LeadContext.$inferSelect;
export type NewLeadContext = typeof LeadContext.$inferInsert;

/** Something that happened to a lead. */
export const LeadEvent = pgTable(
  'lead_events',
  {
    id: id(),
    leadId: uuid('lead_id').notNull(),
    type: varchar('type', { length: 50 }).notNull(),
    payload: jsonb('payload').$type<JsonObject>(),
    occurredAt: timestamptz('occurred_at').notNull().defaultNow(),
  },
  (table) => [
    foreignKey({ name: 'lead_events_lead_id_fkey', columns: [table.leadId], foreignColumns: [Lead.id] }).onDelete(
      'cascade',
    ),
    index('ix_events_lead').on(table.leadId, table.occurredAt),
    ...stationPolicies('public.lead_events'),
  ],
);
export type LeadEvent = typeof LeadEvent.$inferSelect;
export type NewLeadEvent = typeof LeadEvent.$inferInsert;
