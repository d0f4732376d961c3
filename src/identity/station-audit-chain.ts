import { bigint, bytea, foreignKey, index, uuid } from 'drizzle-orm/pg-core';
import { id } from '../columns.ts';
import { identity } from './schema.ts';
import { Station } from './station.ts';

/**
 * A chain of seals over the audit trail of a station. A trigger maintains it: a writer takes a chain that no other open transaction
 * holds, or begins one, so that writers never wait for each other.
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
