import { date, foreignKey, integer, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Lead } from './lead.ts';

/** What is known about the event that a lead plans. */
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
