import { index, integer, unique, uuid, varchar } from 'drizzle-orm/pg-core';
import { id, timestamptz } from '../columns.ts';
import { identity } from './schema.ts';

/**
 * How many station tokens were refused in a window of time: those from an address; those with one token at a station; and, with no
 * token, those with unknown tokens at a station. Rows of past windows are deleted. They refer to nothing, so that counting takes no lock
 * on stations and tokens.
 */
export const StationTokenFailure = identity.table(
  'station_token_failures',
  {
    id: id(),

    // What is counted
    address: varchar('address', { length: 45 }),
    stationId: uuid('station_id'),
    tokenId: uuid('token_id'),

    // Since the window began
    failures: integer('failures').notNull(),
    beganAt: timestamptz('began_at').notNull(),
  },
  (table) => [
    unique('uq_station_token_failures_subject').on(table.address, table.stationId, table.tokenId).nullsNotDistinct(),
    index('idx_station_token_failures_began_at').on(table.beganAt),
  ],
);
export type StationTokenFailure = typeof StationTokenFailure.$inferSelect;
export type NewStationTokenFailure = typeof StationTokenFailure.$inferInsert;
