import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import {
  createdAt,
  id,
  isOneOf,
  type JsonObject,
  type JsonValue,
  textEnum,
  timestamptz,
  updatedAt,
} from '../columns.ts';
import { Customer } from '../core/customer.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { User } from '../identity/user.ts';

export const ExternalReviewSource = textEnum(['google']);
export type ExternalReviewSource = (typeof ExternalReviewSource.enumValues)[number];

export const ExternalReplyState = textEnum(['pending', 'active', 'rejected']);
export type ExternalReplyState = (typeof ExternalReplyState.enumValues)[number];

export const ExternalEscalationPriority = textEnum(['low', 'medium', 'high']);
export type ExternalEscalationPriority = (typeof ExternalEscalationPriority.enumValues)[number];

/** A review on another site, as it was last seen there, and what was decided about it here. */
export const ExternalReview = pgTable(
  'external_reviews',
  {
    id: id(),
    source: varchar('source', { length: 20, enum: ExternalReviewSource.enumValues }).notNull(),
    /** The profile that was reviewed, by the name that the source gives it. */
    location: varchar('location', { length: 255 }).notNull(),
    externalId: varchar('external_id', { length: 255 }).notNull(),
    /** The station of the location. Unknown if it is not set: for super admins alone. */
    stationId: uuid('station_id'),

    // Review
    authorName: varchar('author_name', { length: 255 }),
    isAnonymous: boolean('is_anonymous').notNull().default(false),
    /** Not set if the source does not say. */
    stars: integer('stars'),
    commentOriginal: text('comment_original'),
    commentTranslated: text('comment_translated'),
    media: jsonb('media').$type<JsonValue[]>().notNull().default([]),

    // Reply
    replyText: text('reply_text'),
    replyState: varchar('reply_state', { length: 20, enum: ExternalReplyState.enumValues }),
    replyViolation: text('reply_violation'),
    replyUrl: text('reply_url'),
    replyUpdatedAt: timestamptz('reply_updated_at'),

    // At the source
    /** When it was first seen, if the source does not say. */
    sourceCreatedAt: timestamptz('source_created_at').notNull().defaultNow(),
    sourceUpdatedAt: timestamptz('source_updated_at'),
    /** `sourceUpdatedAt` with all digits that the source gives, in a form that sorts: UTC, nine digits. */
    sourceUpdateTime: varchar('source_update_time', { length: 40 }),
    raw: jsonb('raw').$type<JsonObject>().notNull().default({}),

    // Presence there
    lastSeenAt: timestamptz('last_seen_at').notNull().defaultNow(),
    /** When the first whole run began that it was missing from. Not set while it is listed. */
    missingSince: timestamptz('missing_since'),
    withdrawnAt: timestamptz('withdrawn_at'),

    // Customer
    customerId: uuid('customer_id'),
    linkedAt: timestamptz('linked_at'),
    linkedBy: uuid('linked_by'),

    // Escalation: open from `escalatedAt` to `resolvedAt`
    escalatedAt: timestamptz('escalated_at'),
    escalationPriority: varchar('escalation_priority', { length: 20, enum: ExternalEscalationPriority.enumValues }),
    escalationReason: text('escalation_reason'),
    assignedToId: uuid('assigned_to_id'),
    resolvedAt: timestamptz('resolved_at'),
    resolvedById: uuid('resolved_by_id'),
    resolutionNotes: text('resolution_notes'),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'external_reviews_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'external_reviews_customer_id_fkey',
      columns: [table.customerId],
      foreignColumns: [Customer.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'external_reviews_linked_by_fkey',
      columns: [table.linkedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'external_reviews_assigned_to_id_fkey',
      columns: [table.assignedToId],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'external_reviews_resolved_by_id_fkey',
      columns: [table.resolvedById],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    unique('external_reviews_source_external_id_key').on(table.source, table.externalId),
    index('idx_external_reviews_assigned_to_id').on(table.assignedToId),
    index('idx_external_reviews_customer_id').on(table.customerId),
    index('idx_external_reviews_location').on(table.source, table.location),
    index('idx_external_reviews_open_escalations')
      .on(table.stationId, table.escalatedAt, table.id)
      .where(sql`${table.escalatedAt} IS NOT NULL AND ${table.resolvedAt} IS NULL`),
    index('idx_external_reviews_pending_replies')
      .on(table.source, table.location)
      .where(sql`${table.replyState} = 'pending'`),
    index('idx_external_reviews_station_id').on(table.stationId, table.sourceCreatedAt, table.id),
    check('external_reviews_escalation_priority_check', isOneOf(table.escalationPriority, ExternalEscalationPriority)),
    check('external_reviews_reply_state_check', isOneOf(table.replyState, ExternalReplyState)),
    check('external_reviews_source_check', isOneOf(table.source, ExternalReviewSource)),
    check('external_reviews_stars_check', sql`${table.stars} >= 1 AND ${table.stars} <= 5`),
    ...stationPolicies('public.external_reviews'),
  ],
);
export type ExternalReview = typeof ExternalReview.$inferSelect;
export type NewExternalReview = typeof ExternalReview.$inferInsert;
