/** A migration of objects that drizzle-kit does not manage: roles, functions, triggers and rows. */
export interface CustomMigration {
  /** Its name, as in `station_audit_triggers`. */
  readonly name: string;
  readonly statements: readonly string[];
  /** Whether it may run again, even after an earlier version of it: it is written again whenever its statements change. */
  readonly repeatable?: true;
}
