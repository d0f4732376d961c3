import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { codeFolders } from '../../code-folders.ts';
import { NotSetUp } from '../../errors.ts';

/** One migration of the folder. */
export interface Migration {
  /** The folder's name, as in `20260101120000_baseline`. */
  readonly name: string;
  /** SHA-256 of its SQL in hexadecimal, as in the record. */
  readonly hash: string;
  /** The time in its name, in milliseconds since 1970, as in the record. */
  readonly folderMillis: number;
  /** Its statements, in order. */
  readonly statements: readonly string[];
}

/** The hash of the first migration of this package: a folder that begins with another one belongs to something else. */
export const baselineHash = 'cdba8eb7929fdc1ac844b5de00538cb30cf981429baa05587a2b17e7f9a9c1f1';

/**
 * The folder of the package's own migrations, wherever the package is installed. Code in a service's bundle looks for the package
 * in the `node_modules` above the bundle; a `drizzle/` beside it may be the service's own.
 *
 * @throws {NotSetUp} if the package is not found.
 */
export function packageMigrationsFolder(): string {
  const starts = codeFolders();
  for (const start of starts) {
    for (let folder = start; ; folder = dirname(folder)) {
      for (const candidate of [folder, join(folder, 'node_modules', packageName)]) {
        if (isThePackage(candidate)) return join(candidate, 'drizzle');
      }
      if (folder === dirname(folder)) break;
    }
  }
  throw new NotSetUp({
    object: `the migrations of ${packageName}`,
    found: `no package ${packageName} at, above or in node_modules above ${starts.join(' and ') || 'this code'}, which is a bundle`,
    expected: 'the folder drizzle/ of the package',
    next: `copy node_modules/${packageName}/drizzle where the bundle is deployed, and name the copy: { folder } or --folder; or leave ${packageName} out of the bundle`,
  });
}

const packageName = 'canonical-models';

function isThePackage(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === packageName;
  } catch {
    return false;
  }
}

/**
 * The migrations of a folder, oldest first, read as drizzle-orm reads them.
 *
 * @throws {NotSetUp} if the folder is empty.
 */
export function readMigrations(folder: string = packageMigrationsFolder()): Migration[] {
  const files = existsSync(folder) ? readMigrationFiles({ migrationsFolder: folder }) : [];
  if (files.length === 0) {
    throw new NotSetUp({
      object: placeOf(folder),
      found: existsSync(folder) ? 'no migration' : 'no such folder',
      expected: 'folders with a migration.sql each, written by drizzle-kit',
      next: 'reinstall canonical-models, or correct the folder',
    });
  }
  return files.map(({ name = '', hash, folderMillis, sql }) => ({
    name,
    hash,
    folderMillis,
    statements: sql.map((statement) => statement.trim()).filter((statement) => statement !== ''),
  }));
}

/** The name of a folder in errors: its full path. A text that looks like a URL stays one, so that its password can be recognized. */
export function placeOf(folder: string): string {
  return folder.includes('://') ? folder : resolve(folder);
}
