import { auditTrailStatements } from '../../identity/audit/triggers.ts';

/** A migration of what drizzle-kit knows nothing of: functions, triggers and rows. */
export interface CustomMigration {
  /** Its name, as in `station_audit_triggers`. */
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * The migrations of what is in no model. Each is written once, after what the models say, in this order. One that was released is not
 * changed: another one stands behind it.
 */
export const customMigrations: readonly CustomMigration[] = [
  { name: 'station_audit_triggers', statements: auditTrailStatements },
];
