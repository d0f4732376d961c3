import { describeMigrated, expectedFile } from '../baseline/expected.ts';
import { readMigrations } from '../migrations/migrations-folder.ts';

/** The text of this folder's `expected.json`: what a database describes itself as once every migration has run on it. */
export async function expectedDatabaseFile(): Promise<string> {
  return expectedFile(await describeMigrated(readMigrations()), 'the migrations in drizzle/');
}
