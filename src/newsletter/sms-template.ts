import {
  boolean,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, type JsonValue, timestamptz, updatedAt } from '../columns.ts';
import { User } from '../identity/user.ts';

export const TemplateSource = pgEnum('template_source', ['admin', 'ai_suggested', 'system']);
export type TemplateSource = (typeof TemplateSource.enumValues)[number];

export const TemplateStatus = pgEnum('template_status', [
  'draft',
  'pending_approval',
  'approved',
  'rejected',
  'archived',
]);
export type TemplateStatus = (typeof TemplateStatus.enumValues)[number];

/** A text template for SMS. */
export const SMSTemplate = pgTable(
  'sms_templates',
  {
    id: id(),

    // Template
    name: varchar('name', { length: 100 }).notNull(),
    content: text('content').notNull(),
    category: varchar('category', { length: 50 }).notNull(),
    source: TemplateSource('source').notNull().default('admin'),
    status: TemplateStatus('status').notNull().default('draft'),

    // Variables
    variables: jsonb('variables').$type<JsonValue[]>().notNull().default([]),
    exampleData: jsonb('example_data').$type<JsonObject>().notNull().default({}),

    // AI suggestion
    aiPrompt: text('ai_prompt'),
    aiConfidence: doublePrecision('ai_confidence'),
    aiModel: varchar('ai_model', { length: 50 }),

    // Approval
    createdBy: uuid('created_by'),
    approvedBy: uuid('approved_by'),
    approvedAt: timestamptz('approved_at'),
    rejectionReason: text('rejection_reason'),

    // Use
    usageCount: integer('usage_count').notNull().default(0),
    lastUsedAt: timestamptz('last_used_at'),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'sms_templates_approved_by_fkey',
      columns: [table.approvedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'sms_templates_created_by_fkey',
      columns: [table.createdBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    index('idx_sms_templates_active').on(table.isActive),
    index('idx_sms_templates_category').on(table.category),
    index('idx_sms_templates_source').on(table.source),
    index('idx_sms_templates_status').on(table.status),
  ],
);
export type SMSTemplate = typeof SMSTemplate.$inferSelect;
export type NewSMSTemplate = typeof SMSTemplate.$inferInsert;
