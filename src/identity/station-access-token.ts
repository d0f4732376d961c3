import { boolean, foreignKey, index, jsonb, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from '../columns.ts';
import { stationPolicies } from './access/policies.ts';
import { identity } from './schema.ts';
import { Station } from './station.ts';
import { User } from './user.ts';

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

    // Its family: the token that was issued, and those that it was rotated into
    familyId: uuid('family_id'),
    familyExpiresAt: timestamptz('family_expires_at'),
    replacedBy: uuid('replaced_by'),
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
