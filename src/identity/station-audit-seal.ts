import { bigint, bytea, integer, unique, uuid } from 'drizzle-orm/pg-core';
import { timestamptz } from '../columns.ts';
import { identity } from './schema.ts';

/** What a row of the audit trail was when it was written. A trigger writes it; it stays when the row is deleted. */
export const StationAuditSeal = identity.table(
  'station_audit_seals',
  {
    logId: uuid('log_id').primaryKey(),

    // Its place
    chainId: uuid('chain_id').notNull(),
    number: bigint('number', { mode: 'bigint' }).notNull(),
    previousHash: bytea('previous_hash'),

    // What the writer saw of the station's other chains: the head of one of them, and how many chains there were, counted up to 16
    witnessChainId: uuid('witness_chain_id'),
    witnessNumber: bigint('witness_number', { mode: 'bigint' }),
    witnessHash: bytea('witness_hash'),
    chains: integer('chains').notNull(),

    // The row
    userId: uuid('user_id'),
    sealedAt: timestamptz('sealed_at').notNull(),
    hash: bytea('hash').notNull(),
  },
  (table) => [unique('uq_station_audit_seals_place').on(table.chainId, table.number)],
);
export type StationAuditSeal = typeof StationAuditSeal.$inferSelect;
export type NewStationAuditSeal = typeof StationAuditSeal.$inferInsert;
