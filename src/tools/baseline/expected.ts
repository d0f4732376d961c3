import { PGlite } from '@electric-sql/pglite';
import { type DatabaseDescription, describeDatabase } from '../database/describe.ts';
import { queryOf } from '../database/query.ts';
import type { Migration } from '../migrations/migrations-folder.ts';

/** What a database describes itself as once the baseline has run on it, found by running it. */
export function describeBaseline(baseline: Migration): Promise<DatabaseDescription> {
  return describeMigrated([baseline]);
}

/** What an empty database describes itself as once these migrations have run on it, found by running them. */
export async function describeMigrated(migrations: readonly Migration[]): Promise<DatabaseDescription> {
  const database = await PGlite.create();
  try {
    for (const { statements } of migrations) {
      await database.transaction(async (transaction) => {
        for (const statement of statements) await transaction.exec(statement);
      });
    }
    return await describeDatabase(queryOf(database));
  } finally {
    await database.close();
  }
}

/**
 * The text of an `expected.json`: one object a line, so that a change of the migrations reads as one.
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
