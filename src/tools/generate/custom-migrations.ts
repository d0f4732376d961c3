import { auditTrailStatements } from '../../identity/audit/triggers.ts';
import { findStationTokensStatements } from '../../identity/tokens/find-station-tokens.ts';
import { renames } from '../../registry/renames.ts';
import { migrationsOfStationAccess } from './station-access/index.ts';

/** A migration of what drizzle-kit knows nothing of: roles, functions, triggers and rows. */
export interface CustomMigration {
  /** Its name, as in `station_audit_triggers`. */
  readonly name: string;
  readonly statements: readonly string[];
  /** Whether it may run again, also where an earlier form of it has run: it is written anew whenever its statements change. */
  readonly repeatable?: true;
}

/**
 * The migrations of what is in no model, written after what the models say, in this order. One that is not repeatable is written once:
 * when it was released it is not changed, and another one stands behind it.
 */
export const customMigrations: readonly CustomMigration[] = [
  { name: 'station_audit_triggers', statements: auditTrailStatements },
  ...migrationsOfStationAccess(renames.filter((entry) => entry.kind === 'table')),
  { name: 'find_station_tokens', repeatable: true, statements: findStationTokensStatements },
];
