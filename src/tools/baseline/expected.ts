import { PGlite } from '@electric-sql/pglite';
import { type DatabaseDescription, describeDatabase } from '../database/describe.ts';
import { queryOf } from '../database/query.ts';
import type { Migration } from '../migrations/migrations-folder.ts';

/** What a database describes itself as once the baseline has run on it, found by running it. */
export async function describeBaseline({ statements }: Migration): Promise<DatabaseDescription> {
  const database = await PGlite.create();
  try {
    for (const statement of statements) await database.exec(statement);
    return await describeDatabase(queryOf(database));
  } finally {
    await database.close();
  }
}

/** The text of `expected.json`: one object a line, so that a change of the baseline reads as one. */
export function expectedFile(description: DatabaseDescription): string {
  const objects = description.map((object) => `    ${JSON.stringify(object)}`).join(',\n');
  return `{
  "generated": "Generated from the baseline in drizzle/ by \`npm run db:generate\`. Do not edit.",
  "objects": [
${objects}
  ]
}
`;
}
