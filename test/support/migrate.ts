import type { Query } from '../../src/tools/database/query.ts';
import { type Migration, readMigrations } from '../../src/tools/migrations/migrations-folder.ts';

/** The baseline, which the legacy database is already at. */
export const [baselineMigration, ...renameMigrations] = readMigrations() as [Migration, ...Migration[]];

/** Applies migrations as the package's pipeline does: each in a transaction of its own. */
export async function applyMigrations(
  query: Query,
  migrations: readonly Migration[] = renameMigrations,
): Promise<void> {
  for (const { statements } of migrations) {
    await query('BEGIN');
    try {
      for (const statement of statements) await query(statement);
      await query('COMMIT');
    } catch (error) {
      await query('ROLLBACK');
      throw error;
    }
  }
}
