import { boolean, check, foreignKey, index, jsonb, text, unique, uuid, varchar } from 'drizzle-orm/pg-core';
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
import { identity } from './schema.ts';
import { Station } from './station.ts';
import { stationPolicies } from './station-policies.ts';
import { User } from './user.ts';

export const StationRole = textEnum(['super_admin', 'admin', 'station_admin', 'customer_support']);
export type StationRole = (typeof StationRole.enumValues)[number];

/** What may be done at a station, as `resource.action`. */
export const StationPermission = textEnum([
  'station.create',
  'station.read',
  'station.update',
  'station.delete',
  'station.manage_users',
  'cross_station.read',
  'cross_station.analytics',
  'booking.create',
  'booking.read',
  'booking.update',
  'booking.cancel',
  'booking.reports',
  'customer.create',
  'customer.read',
  'customer.update',
  'customer.delete',
  'customer.export',
  'payment.record',
  'payment.read',
  'payment.refund',
  'payment.reports',
  'message.read',
  'message.send',
  'message.delete',
  'sms.send',
  'email.send',
  'lead.create',
  'lead.read',
  'lead.update',
  'lead.convert',
  'ai.chat',
  'ai.booking_assist',
  'ai.analytics',
  'reports.basic',
  'reports.advanced',
  'reports.export',
  'audit.read',
  'system.config',
  'user.manage',
]);
export type StationPermission = (typeof StationPermission.enumValues)[number];

/** The assignment of a user to a station, with a role there. */
export const StationUser = identity.table(
  'station_users',
  {
    id: id(),
    userId: uuid('user_id').notNull(),
    stationId: uuid('station_id').notNull(),

    // Role
    role: varchar('role', { length: 30, enum: StationRole.enumValues }).notNull().default('customer_support'),
    additionalPermissions: jsonb('additional_permissions').$type<string[]>().notNull().default([]),

    // Assignment
    assignedBy: uuid('assigned_by'),
    assignedAt: timestamptz('assigned_at').notNull().defaultNow(),
    expiresAt: timestamptz('expires_at'),

    // State
    isActive: boolean('is_active').notNull().default(true),
    isPrimaryStation: boolean('is_primary_station').notNull().default(false),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'station_users_assigned_by_fkey',
      columns: [table.assignedBy],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    foreignKey({
      name: 'station_users_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('cascade'),
    foreignKey({ name: 'station_users_user_id_fkey', columns: [table.userId], foreignColumns: [User.id] }).onDelete(
      'cascade',
    ),
    unique('unique_user_station').on(table.userId, table.stationId),
    index('idx_station_user_active').on(table.userId, table.stationId, table.isActive),
    index('idx_station_user_primary').on(table.userId, table.isPrimaryStation),
    index('idx_station_users_station_id').on(table.stationId),
    check('station_user_role_valid', isOneOf(table.role, StationRole)),
    ...stationPolicies('identity.station_users'),
  ],
);
export type StationUser = typeof StationUser.$inferSelect;
export type NewStationUser = typeof StationUser.$inferInsert;

/** A token that acts for one user at one station. Only its hash is stored. */
export const StationAccessToken = identity.table(
  'station_access_tokens',
  {
    id: id(),
    userId: uuid('user_id').notNull(),
    stationId: uuid('station_id').notNull(),

    // Token
    sessionId: uuid('session_id'),
    tokenHash: varchar('token_hash', { length: 100 }).notNull().unique('unique_station_token_hash'),
    jwtId: varchar('jwt_id', { length: 36 }).notNull().unique('unique_station_jwt_id'),

    // What it allows
    role: varchar('role', { length: 30 }).notNull(),
    permissions: jsonb('permissions').$type<string[]>().notNull().default([]),
    scope: varchar('scope', { length: 500 }),

    // Lifetime
    issuedAt: timestamptz('issued_at').notNull().defaultNow(),
    expiresAt: timestamptz('expires_at').notNull(),
    isRevoked: boolean('is_revoked').notNull().default(false),
    revokedAt: timestamptz('revoked_at'),
  },
  (table) => [
    foreignKey({
      name: 'station_access_tokens_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'station_access_tokens_user_id_fkey',
      columns: [table.userId],
      foreignColumns: [User.id],
    }).onDelete('cascade'),
    index('idx_station_token_expires').on(table.expiresAt),
    index('idx_station_token_revoked').on(table.isRevoked),
    index('idx_station_token_user_station').on(table.userId, table.stationId),
    ...stationPolicies('identity.station_access_tokens'),
  ],
);
export type StationAccessToken = typeof StationAccessToken.$inferSelect;
export type NewStationAccessToken = typeof StationAccessToken.$inferInsert;

/** What was done at a station, by whom, and whether it succeeded. */
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
    foreignKey({
      name: 'station_audit_logs_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'station_audit_logs_user_id_fkey',
      columns: [table.userId],
      foreignColumns: [User.id],
    }).onDelete('set null'),
    index('idx_station_audit_created').on(table.createdAt),
    index('idx_station_audit_resource').on(table.stationId, table.resourceType, table.resourceId),
    index('idx_station_audit_user_action').on(table.stationId, table.userId, table.action),
    ...stationPolicies('identity.station_audit_logs'),
  ],
);
export type StationAuditLog = typeof StationAuditLog.$inferSelect;
export type NewStationAuditLog = typeof StationAuditLog.$inferInsert;
