import { bigint, bytea, uuid } from 'drizzle-orm/pg-core';
import { identity } from './schema.ts';

/** What the audit trail of a station held when sealing began. */
export const StationAuditOrigin = identity.table('station_audit_origins', {
  stationId: uuid('station_id').primaryKey(),
  rows: bigint('rows', { mode: 'bigint' }).notNull(),
  digest: bytea('digest').notNull(),
});
export type StationAuditOrigin = typeof StationAuditOrigin.$inferSelect;
export type NewStationAuditOrigin = typeof StationAuditOrigin.$inferInsert;
