import { bigint, bytea, foreignKey, index, integer, unique, uuid } from 'drizzle-orm/pg-core';
import { id, timestamptz } from '../columns.ts';
import { identity } from './schema.ts';
import { Station } from './station.ts';

/**
 * A chain of seals over the audit trail of a station. A trigger keeps it: a writer takes a chain that no other open transaction
 * holds, or begins one, so that writers never wait on each other.
 */
export const StationAuditChain = identity.table(
  'station_audit_chains',
  {
    id: id(),
    stationId: uuid('station_id').notNull(),

    // Its newest seal
    length: bigint('length', { mode: 'bigint' }).notNull(),
    headHash: bytea('head_hash').notNull(),
  },
  (table) => [
    foreignKey({
      name: 'station_audit_chains_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('cascade'),
    index('idx_station_audit_chains_station_id').on(table.stationId, table.id),
  ],
);
export type StationAuditChain = typeof StationAuditChain.$inferSelect;
export type NewStationAuditChain = typeof StationAuditChain.$inferInsert;

/** What a row of the audit trail was when it was written. A trigger writes it; it stays when the row goes. */
export const StationAuditSeal = identity.table(
  'station_audit_seals',
  {
    logId: uuid('log_id').primaryKey(),

    // Its place
    chainId: uuid('chain_id').notNull(),
    number: bigint('number', { mode: 'bigint' }).notNull(),
    previousHash: bytea('previous_hash'),

    // What the writer saw of the station's other chains: the head of one of them, and how many chains there were with its own
    witnessHash: bytea('witness_hash'),
    chains: integer('chains').notNull(),

    // The row
    userId: uuid('user_id'),
    sealedAt: timestamptz('sealed_at').notNull(),
    hash: bytea('hash').notNull(),
  },
  (table) => [
    foreignKey({
      name: 'station_audit_seals_chain_id_fkey',
      columns: [table.chainId],
      foreignColumns: [StationAuditChain.id],
    }).onDelete('cascade'),
    unique('uq_station_audit_seals_place').on(table.chainId, table.number),
  ],
);
export type StationAuditSeal = typeof StationAuditSeal.$inferSelect;
export type NewStationAuditSeal = typeof StationAuditSeal.$inferInsert;

/** What the audit trail of a station held when sealing began. */
export const StationAuditOrigin = identity.table(
  'station_audit_origins',
  {
    stationId: uuid('station_id').primaryKey(),
    rows: bigint('rows', { mode: 'bigint' }).notNull(),
    digest: bytea('digest').notNull(),
  },
  (table) => [
    foreignKey({
      name: 'station_audit_origins_station_id_fkey',
      columns: [table.stationId],
      foreignColumns: [Station.id],
    }).onDelete('cascade'),
  ],
);
export type StationAuditOrigin = typeof StationAuditOrigin.$inferSelect;
export type NewStationAuditOrigin = typeof StationAuditOrigin.$inferInsert;
