import { bigint, bytea, foreignKey, uuid } from 'drizzle-orm/pg-core';
import { identity } from './schema.ts';
import { Station } from './station.ts';

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
