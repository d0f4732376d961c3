import { boolean, index, jsonb, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, type JsonObject, type JsonValue } from '../columns.ts';
import { stationPolicies } from './access/policies.ts';
import { identity } from './schema.ts';

/**
 * What was done at a station, by whom, and whether it succeeded. A row outlives its station and its user: their ids stay, and no foreign
 * key deletes or changes it.
 */
export const StationAuditLog = identity.table(
  'station_audit_logs',
  {
    id: id(),
    stationId: uuid('station_id').notNull(),
    userId: uuid('user_id'),
    sessionId: uuid('session_id'),

    // What was done
    action: varchar('action', { length: 50 }).notNull(),
    resourceType: varchar('resource_type', { length: 50 }),
    resourceId: varchar('resource_id', { length: 50 }),

    // By what right
    userRole: varchar('user_role', { length: 30 }),
    permissionsUsed: jsonb('permissions_used').$type<JsonValue>(),

    // From where
    ipAddress: varchar('ip_address', { length: 45 }),
    userAgent: text('user_agent'),

    // Outcome
    details: jsonb('details').$type<JsonObject>().notNull().default({}),
    success: boolean('success').notNull(),
    errorMessage: text('error_message'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_station_audit_created').on(table.createdAt),
    index('idx_station_audit_resource').on(table.stationId, table.resourceType, table.resourceId),
    index('idx_station_audit_user_action').on(table.stationId, table.userId, table.action),
    ...stationPolicies('identity.station_audit_logs'),
  ],
);
export type StationAuditLog = typeof StationAuditLog.$inferSelect;
export type NewStationAuditLog = typeof StationAuditLog.$inferInsert;
