/** A migration of what drizzle-kit knows nothing of: roles, functions, triggers and rows. */
export interface CustomMigration {
  /** Its name, as in `station_audit_triggers`. */
  readonly name: string;
  readonly statements: readonly string[];
  /** Whether it may run again, also where an earlier form of it has run: it is written again whenever its statements change. */
  readonly repeatable?: true;
}
