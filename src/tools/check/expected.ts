import { describeMigrated, expectedFile } from '../baseline/expected.ts';
import { readMigrations } from '../migrations/migrations-folder.ts';

/**
 * The text of `drizzle/expected/migrated.json`: what a database describes itself as once every migration has run on it.
 *
 * @param folder Where the migrations are. The package's own folder by default.
 * @throws {Conflict} if PostgreSQL refuses a statement.
 */
export async function expectedDatabaseFile(folder?: string): Promise<string> {
  return expectedFile(await describeMigrated(readMigrations(folder)), 'the migrations in drizzle/');
}
