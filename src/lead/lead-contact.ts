import { boolean, foreignKey, index, pgEnum, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, id } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Lead } from './lead.ts';

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
