import type { CustomMigration } from '../../src/custom-migration.ts';
import { migrationsOfStationAccess } from '../../src/identity/access/sql/index.ts';
import { auditTrailStatements, sumUpAuditTrail } from '../../src/identity/audit/triggers.ts';
import { entryByTokenStatements } from '../../src/identity/tokens/entry-by-token.ts';
import { findStationTokensStatements } from '../../src/identity/tokens/find-station-tokens.ts';
import type { Domain } from '../../src/registry/domains.ts';
import { tableRenames } from '../../src/registry/table-renames.ts';

/**
 * Objects that no model has, by domain, in this order. One that is not repeatable is written once: after its release it never changes;
 * changes come as another one after it.
 */
export const customMigrations: Readonly<Partial<Record<Domain, readonly CustomMigration[]>>> = {
  identity: [
    { name: 'station_audit_triggers', first: sumUpAuditTrail, statements: auditTrailStatements },
    ...migrationsOfStationAccess(tableRenames),
    {
      name: 'find_station_tokens',
      repeatable: true,
      statements: [...findStationTokensStatements, ...entryByTokenStatements],
    },
  ],
};
