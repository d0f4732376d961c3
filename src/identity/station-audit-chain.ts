import { bigint, bytea, index, uuid } from 'drizzle-orm/pg-core';
import { id } from '../columns.ts';
import { identity } from './schema.ts';

/**
 * A chain of seals over the audit trail of a station. Triggers maintain it: a writer takes a chain that no other open transaction
 * holds, or begins one, so that writers never wait for each other. Like the rest of the trail it refers to nothing: no deletion of a
 * station or a user takes any of it along.
 */
export const StationAuditChain = identity.table(
  'station_audit_chains',
  {
    id: id(),
    stationId: uuid('station_id').notNull(),

    // Its newest seal: set once a transaction, when it commits. A chain that its transaction began has none yet.
    length: bigint('length', { mode: 'bigint' }).notNull(),
    headHash: bytea('head_hash'),
  },
  (table) => [index('idx_station_audit_chains_station_id').on(table.stationId, table.id)],
);
export type StationAuditChain = typeof StationAuditChain.$inferSelect;
export type NewStationAuditChain = typeof StationAuditChain.$inferInsert;
