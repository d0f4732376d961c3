import { PGlite } from '@electric-sql/pglite';
import { Conflict } from '../../errors.ts';
import { type DatabaseDescription, describeDatabase } from '../database/describe.ts';
import { queryOf } from '../database/query.ts';
import type { Migration } from '../migrations/migrations-folder.ts';

/** Describes a database on which the baseline has run, by running it. */
export function describeBaseline(baseline: Migration): Promise<DatabaseDescription> {
  return describeMigrated([baseline]);
}

/**
 * Describes an empty database on which these migrations have run, by running them, each in a transaction of its own.
 *
 * @throws {Conflict} if PostgreSQL refuses a statement.
 */
export async function describeMigrated(migrations: readonly Migration[]): Promise<DatabaseDescription> {
  const database = await PGlite.create();
  try {
    await runMigrations(database, migrations);
    return await describeDatabase(queryOf(database));
  } finally {
    await database.close();
  }
}

/**
 * Runs migrations on a database, each in a transaction of its own.
 *
 * @throws {Conflict} if PostgreSQL refuses a statement.
 */
export async function runMigrations(
  database: PGlite,
  migrations: readonly Pick<Migration, 'name' | 'statements'>[],
): Promise<void> {
  for (const { name, statements } of migrations) {
    await database.transaction(async (transaction) => {
      for (const statement of statements) {
        await transaction.exec(statement).catch((error) => {
          throw refused(name, statement, error);
        });
      }
    });
  }
}

/** The error of a statement that PostgreSQL refuses. */
export function refused(migration: string, statement: string, error: unknown): Conflict {
  const { message, code, hint } = error as { message: string; code?: string; hint?: string };
  return new Conflict({
    object: migration,
    found: `a statement that PostgreSQL refuses: ${message}${code ? ` (${code})` : ''}: ${statement.replace(/\s+/g, ' ').slice(0, 200)}`,
    expected: 'migrations that run one after the other, each in a transaction of its own',
    next: `${hint ? `PostgreSQL says: ${hint} ` : ''}Change the models so that each step can run by itself, one step a migration`,
    cause: error,
  });
}

/**
 * The text of a file in `drizzle/expected`: one object per line, so that diffs stay readable.
 *
 * @param source What it is generated from, as in `the baseline in drizzle/`.
 */
export function expectedFile(description: DatabaseDescription, source = 'the baseline in drizzle/'): string {
  const objects = description.map((object) => `    ${JSON.stringify(object)}`).join(',\n');
  return `{
  "generated": "Generated from ${source} by \`npm run db:generate\`. Do not edit.",
  "objects": [
${objects}
  ]
}
`;
}
