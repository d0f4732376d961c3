import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unqualifiedName } from '../../src/registry/qualified-name.ts';
import { tableRenames } from '../../src/registry/table-renames.ts';
import type { Query } from '../../src/tools/database/query.ts';
import {
  type Migration,
  packageMigrationsFolder,
  readMigrations,
} from '../../src/tools/migrations/migrations-folder.ts';
import { createRecordStatements } from '../../src/tools/migrations/record.ts';
import { createRunsStatement, recordStatements } from '../../src/tools/migrations/runs.ts';

/** The baseline, which the legacy database is already at, and all that comes after it. */
export const [baselineMigration, ...migrationsAfterBaseline] = readMigrations() as [Migration, ...Migration[]];

const namesOfRenames = tableRenames.map(
  ({ migration, to }) => new RegExp(`_${migration}_\\d+_${unqualifiedName(to)}$`),
);

/** The migrations that rename a table, one a table. */
export const renameMigrations: readonly Migration[] = migrationsAfterBaseline.filter(({ name }) =>
  namesOfRenames.some((pattern) => pattern.test(name)),
);

/** The migrations after the baseline that rename no table. */
export const otherMigrations: readonly Migration[] = migrationsAfterBaseline.filter(
  (migration) => !renameMigrations.includes(migration),
);

/**
 * A copy of the package's migrations, to be removed when the test is done.
 *
 * @param names Which of them.
 * @param added Further ones, by their names, with their SQL.
 */
export function migrationsFolderOf(
  names: readonly string[],
  added: Readonly<Record<string, readonly string[]>> = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-migrations-'));
  for (const name of names) cpSync(join(packageMigrationsFolder(), name), join(folder, name), { recursive: true });
  for (const [name, statements] of Object.entries(added)) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'migration.sql'), statements.join('\n--> statement-breakpoint\n'));
  }
  return folder;
}

/** Applies migrations as the package's pipeline does: each in a transaction of its own. */
export async function applyMigrations(
  query: Query,
  migrations: readonly Migration[] = migrationsAfterBaseline,
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

/** Records in a legacy database that has all migrations what `migrate` records when it applies them. */
export async function recordMigrations(query: Query): Promise<void> {
  const records = [
    ...recordStatements(baselineMigration, 'recorded'),
    ...migrationsAfterBaseline.flatMap((migration) => recordStatements(migration, 'applied')),
  ];
  for (const statement of [...createRecordStatements, createRunsStatement, ...records]) await query(statement);
}
