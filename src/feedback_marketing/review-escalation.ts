import { sql } from 'drizzle-orm';
import { boolean, foreignKey, index, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { User } from '../identity/user.ts';
import { CustomerReview } from './customer-review.ts';

/** A review that somebody has to look into. */
export const ReviewEscalation = pgTable(
  'review_escalations',
  {
    id: id(),
    reviewId: uuid('review_id').notNull(),
    /** The station of the review. If it is not set, what the review refers to tells it. */
    stationId: uuid('station_id'),
    assignedToId: uuid('assigned_to_id'),

    // Escalation
    reason: text('reason').notNull(),
    priority: varchar('priority', { length: 50 }).notNull().default('medium'),

    // Resolution
    isResolved: boolean('is_resolved').notNull().default(false),
    resolutionNotes: text('resolution_notes'),
    resolvedAt: timestamptz('resolved_at'),
    resolvedById: uuid('resolved_by_id'),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'review_escalations_assigned_to_id_fkey',
      columns: [table.assignedToId],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'review_escalations_resolved_by_id_fkey',
      columns: [table.resolvedById],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'review_escalations_review_id_fkey',
      columns: [table.reviewId],
      foreignColumns: [CustomerReview.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'review_escalations_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    index('idx_review_escalations_assigned_to_id').on(table.assignedToId),
    index('idx_review_escalations_is_resolved').on(table.isResolved),
    index('idx_review_escalations_open')
      .on(table.stationId, table.createdAt, table.id)
      .where(sql`NOT ${table.isResolved}`),
    index('idx_review_escalations_review_id').on(table.reviewId),
    ...stationPolicies('public.review_escalations'),
  ],
);
export type ReviewEscalation = typeof ReviewEscalation.$inferSelect;
export type NewReviewEscalation = typeof ReviewEscalation.$inferInsert;
