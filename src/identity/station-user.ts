import { boolean, check, foreignKey, index, jsonb, unique, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, id, isOneOf, timestamptz, updatedAt } from '../columns.ts';
import { stationPolicies } from './access/policies.ts';
import { identity } from './schema.ts';
import { Station } from './station.ts';
import { StationRole } from './station-role.ts';
import { User } from './user.ts';

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
