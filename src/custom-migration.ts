/** Objects that drizzle-kit does not manage: roles, functions, triggers and rows. */
export interface CustomMigration {
  /** Its name, as in `station_audit_triggers`. It stands above its first statement. */
  readonly name: string;
  /** What runs before the migration takes its locks: it reads tables that clients use, and may take long. */
  readonly first?: readonly string[];
  readonly statements: readonly string[];
  /** Whether it may run again, even after an earlier version of it: it is written again whenever its statements change. */
  readonly repeatable?: true;
}
