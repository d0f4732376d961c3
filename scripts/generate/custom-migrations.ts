import type { CustomMigration } from '../../src/custom-migration.ts';
import { migrationsOfStationAccess } from '../../src/identity/access/sql/index.ts';
import { auditTrailStatements } from '../../src/identity/audit/triggers.ts';
import { findStationTokensStatements } from '../../src/identity/tokens/find-station-tokens.ts';
import { tableRenames } from '../../src/registry/table-renames.ts';

/**
 * The migrations of objects that no model has, written after the models' own, in this order. One that is not repeatable is written once:
 * after its release it never changes; changes come as another one after it.
 */
export const customMigrations: readonly CustomMigration[] = [
  { name: 'station_audit_triggers', statements: auditTrailStatements },
  ...migrationsOfStationAccess(tableRenames),
  { name: 'find_station_tokens', repeatable: true, statements: findStationTokensStatements },
];
