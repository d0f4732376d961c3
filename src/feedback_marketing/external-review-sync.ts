import { check, foreignKey, index, pgTable, unique, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, isOneOf, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { Station } from '../identity/station.ts';
import { ExternalReviewSource } from './external-review.ts';

/**
 * How far the reviews of a location are known. What a run has seen so far is in `ExternalReview.lastSeenAt`: everything that was seen since it
 * began, by whichever run.
 */
export const ExternalReviewSync = pgTable(
  'external_review_syncs',
  {
    id: id(),
    source: varchar('source', { length: 20, enum: ExternalReviewSource.enumValues }).notNull(),
    location: varchar('location', { length: 255 }).notNull(),
    /** The station that its reviews belong to. */
    stationId: uuid('station_id'),

    /** The newest `ExternalReview.sourceUpdateTime` up to which every change is known. */
    position: varchar('position', { length: 40 }),
    lastRunAt: timestamptz('last_run_at'),
    /** When the last run began that saw as many reviews as the source counts. */
    lastWholeRunAt: timestamptz('last_whole_run_at'),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'external_review_syncs_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('set null'),
    unique('external_review_syncs_source_location_key').on(table.source, table.location),
    index('idx_external_review_syncs_station_id').on(table.stationId),
    check('external_review_syncs_source_check', isOneOf(table.source, ExternalReviewSource)),
    ...stationPolicies('public.external_review_syncs'),
  ],
);
export type ExternalReviewSync = typeof ExternalReviewSync.$inferSelect;
export type NewExternalReviewSync = typeof ExternalReviewSync.$inferInsert;
