import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { NotSetUp } from '../../errors.ts';

/** One migration of the folder. */
export interface Migration {
  /** The folder's name, as in `20260101120000_baseline`. */
  readonly name: string;
  /** SHA-256 of its SQL in hexadecimal, as the record keeps it. */
  readonly hash: string;
  /** The time in its name, in milliseconds since 1970, as the record keeps it. */
  readonly folderMillis: number;
  /** Its statements, in order. */
  readonly statements: readonly string[];
}

/** The folder of the package's own migrations, wherever the package is installed. */
export function packageMigrationsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, 'drizzle');
}

/**
 * The migrations of a folder, oldest first, read as drizzle-orm reads them.
 *
 * @throws {NotSetUp} if the folder holds none.
 */
export function readMigrations(folder: string = packageMigrationsFolder()): Migration[] {
  const files = existsSync(folder) ? readMigrationFiles({ migrationsFolder: folder }) : [];
  if (files.length === 0) {
    throw new NotSetUp({
      object: folder,
      found: existsSync(folder) ? 'no migration' : 'no such folder',
      expected: 'folders with a migration.sql each, written by drizzle-kit',
      next: 'install canonical-models anew, or correct the folder',
    });
  }
  return files.map(({ name = '', hash, folderMillis, sql }) => ({
    name,
    hash,
    folderMillis,
    statements: sql.map((statement) => statement.trim()).filter((statement) => statement !== ''),
  }));
}
