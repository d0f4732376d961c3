import { foreignKey, index, jsonb, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, type JsonObject, timestamptz } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Lead } from './lead.ts';

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
