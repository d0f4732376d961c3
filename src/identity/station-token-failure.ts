import { foreignKey, index, integer, unique, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from '../columns.ts';
import { identity } from './schema.ts';
import { User } from './user.ts';

/** How often station tokens from an address were refused in a row: tokens of a user, or unknown tokens. */
export const StationTokenFailure = identity.table(
  'station_token_failures',
  {
    id: id(),
    userId: uuid('user_id'),
    address: varchar('address', { length: 45 }).notNull(),

    // Since the last success
    failures: integer('failures').notNull(),
    lastFailedAt: timestamptz('last_failed_at').notNull(),
    lockedUntil: timestamptz('locked_until'),
  },
  (table) => [
    foreignKey({
      name: 'station_token_failures_user_id_fkey',
      columns: [table.userId],
      foreignColumns: [User.id],
    }).onDelete('cascade'),
    unique('uq_station_token_failures_origin').on(table.userId, table.address).nullsNotDistinct(),
    index('idx_station_token_failures_last_failed_at').on(table.lastFailedAt),
  ],
);
export type StationTokenFailure = typeof StationTokenFailure.$inferSelect;
export type NewStationTokenFailure = typeof StationTokenFailure.$inferInsert;
