import { boolean, foreignKey, index, integer, jsonb, pgEnum, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { User } from '../identity/user.ts';

export const EscalationPriority = pgEnum('escalation_priority', ['low', 'medium', 'high', 'urgent']);
export type EscalationPriority = (typeof EscalationPriority.enumValues)[number];

export const EscalationMethod = pgEnum('escalation_method', ['phone', 'email', 'preferred_method']);
export type EscalationMethod = (typeof EscalationMethod.enumValues)[number];

export const EscalationStatus = pgEnum('escalation_status', [
  'pending',
  'assigned',
  'in_progress',
  'waiting_customer',
  'resolved',
  'closed',
  'error',
]);
export type EscalationStatus = (typeof EscalationStatus.enumValues)[number];

/** A conversation that was handed over to a person. */
export const Escalation = pgTable(
  'escalations',
  {
    id: id(),
    assignedToId: uuid('assigned_to_id'),
    /** The station that it came to. Unknown if it is not set: for super admins alone. */
    stationId: uuid('station_id'),

    // Customer
    conversationId: varchar('conversation_id', { length: 255 }).notNull(),
    customerName: varchar('customer_name', { length: 255 }).notNull(),
    customerPhone: varchar('customer_phone', { length: 20 }).notNull(),
    customerEmail: varchar('customer_email', { length: 255 }),

    // Escalation
    reason: text('reason').notNull(),
    priority: EscalationPriority('priority').notNull().default('medium'),
    method: EscalationMethod('method').notNull().default('phone'),
    status: EscalationStatus('status').notNull().default('pending'),

    // Progress
    assignedAt: timestamptz('assigned_at'),
    escalatedAt: timestamptz('escalated_at'),
    resolvedAt: timestamptz('resolved_at'),
    resolutionNotes: text('resolution_notes'),
    resumeAiChat: boolean('resume_ai_chat').notNull().default(false),
    lastCustomerResponseAt: timestamptz('last_customer_response_at'),

    // Contact attempts
    smsSent: boolean('sms_sent').notNull().default(false),
    smsSentAt: timestamptz('sms_sent_at'),
    callInitiated: boolean('call_initiated').notNull().default(false),
    callInitiatedAt: timestamptz('call_initiated_at'),

    // Bookkeeping
    errorMessage: text('error_message'),
    retryCount: integer('retry_count').notNull().default(0),
    escalationMetadata: jsonb('escalation_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'escalations_assigned_to_id_fkey',
      columns: [table.assignedToId],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'escalations_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    index('idx_escalations_assigned_status').on(table.assignedToId, table.status),
    index('idx_escalations_assigned_to_id').on(table.assignedToId),
    index('idx_escalations_conversation_id').on(table.conversationId),
    index('idx_escalations_created_at').on(table.createdAt),
    index('idx_escalations_customer_phone').on(table.customerPhone),
    index('idx_escalations_station_id').on(table.stationId),
    index('idx_escalations_status').on(table.status),
    index('idx_escalations_status_priority').on(table.status, table.priority),
    ...stationPolicies('public.escalations'),
  ],
);
export type Escalation = typeof Escalation.$inferSelect;
export type NewEscalation = typeof Escalation.$inferInsert;
