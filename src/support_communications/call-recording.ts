import {
  bigint,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from '../identity/access/policies.ts';
import { User } from '../identity/user.ts';
import { Escalation } from './escalation.ts';

export const RecordingType = pgEnum('recording_type', ['inbound', 'outbound', 'internal']);
export type RecordingType = (typeof RecordingType.enumValues)[number];

export const RecordingStatus = pgEnum('recording_status', [
  'pending',
  'downloading',
  'available',
  'archived',
  'deleted',
  'error',
]);
export type RecordingStatus = (typeof RecordingStatus.enumValues)[number];

/** A recorded phone call and where the recording is kept. */
export const CallRecording = pgTable(
  'call_recordings',
  {
    id: id(),
    escalationId: uuid('escalation_id'),
    lastAccessedById: uuid('last_accessed_by_id'),

    // Recording
    rcCallId: varchar('rc_call_id', { length: 255 }).notNull(),
    rcRecordingId: varchar('rc_recording_id', { length: 255 }).notNull().unique('call_recordings_rc_recording_id_key'),
    rcRecordingUri: varchar('rc_recording_uri', { length: 500 }),
    recordingType: RecordingType('recording_type').notNull().default('inbound'),
    status: RecordingStatus('status').notNull().default('pending'),
    callStartedAt: timestamptz('call_started_at').notNull(),

    // File
    durationSeconds: integer('duration_seconds'),
    fileSizeBytes: bigint('file_size_bytes', { mode: 'bigint' }),
    contentType: varchar('content_type', { length: 50 }),

    // Storage
    s3Bucket: varchar('s3_bucket', { length: 255 }),
    s3Key: varchar('s3_key', { length: 500 }),
    s3Uri: varchar('s3_uri', { length: 1000 }),

    // Retention
    retentionDays: integer('retention_days').notNull().default(90),
    deleteAfter: timestamptz('delete_after'),
    downloadedAt: timestamptz('downloaded_at'),
    archivedAt: timestamptz('archived_at'),
    deletedAt: timestamptz('deleted_at'),

    // Download and access
    downloadAttempts: integer('download_attempts').notNull().default(0),
    errorMessage: text('error_message'),
    accessedCount: integer('accessed_count').notNull().default(0),
    lastAccessedAt: timestamptz('last_accessed_at'),

    // Bookkeeping
    recordingMetadata: jsonb('recording_metadata').$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'call_recordings_escalation_id_fkey',
      columns: [table.escalationId],
      foreignColumns: [Escalation.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'call_recordings_last_accessed_by_id_fkey',
      columns: [table.lastAccessedById],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    index('idx_call_recordings_call_started_at').on(table.callStartedAt),
    index('idx_call_recordings_date_status').on(table.callStartedAt, table.status),
    index('idx_call_recordings_delete_after').on(table.deleteAfter),
    index('idx_call_recordings_escalation_id').on(table.escalationId),
    index('idx_call_recordings_rc_call_id').on(table.rcCallId),
    index('idx_call_recordings_status').on(table.status),
    uniqueIndex('ix_call_recordings_rc_call_id').on(table.rcCallId),
    ...stationPolicies('public.call_recordings'),
  ],
);
export type CallRecording = typeof CallRecording.$inferSelect;
export type NewCallRecording = typeof CallRecording.$inferInsert;
