import { filledTables } from '../../src/identity/access/sql/fill-stations.ts';
import { seededTables } from '../../src/identity/access/sql/seed.ts';
import { tableRenames } from '../../src/registry/table-renames.ts';
import { checksumTables, listTables, type TableChecksum } from '../../src/tools/database/checksum.ts';
import { describeDatabase } from '../../src/tools/database/describe.ts';
import type { Query } from '../../src/tools/database/query.ts';
import { legacyFixture } from './legacy.ts';

/** The ids of a table's rows in the legacy database. */
function legacyIds(table: string): string[] {
  const statements = legacyFixture('legacy-data.sql').split(/^(?=INSERT INTO )/m);
  return statements
    .filter((statement) => statement.startsWith(`INSERT INTO ${table} ("id",`))
    .flatMap((statement) => [...statement.matchAll(/^\('([0-9a-f-]{36})'/gm)].map(([, id = '']) => id));
}

/** The existing rows in the tables to which a migration adds rows with other ids in each database. */
const legacyRows: ReadonlyMap<string, readonly string[]> = new Map(
  seededTables.map((table) => [table, legacyIds(table)]),
);

/** The new column of rows that are there already, by the canonical and the old name of their table. */
const filledColumn: ReadonlyMap<string, string> = new Map(
  filledTables.flatMap((table) =>
    [table, ...tableRenames.flatMap(({ from, to }) => (to === table ? [from] : []))].map(
      (name) => [name, 'station_id'] as const,
    ),
  ),
);

/** The content of tables (default: every table): equal before and after migrations, whose seeded rows and filled columns do not count. */
export async function checksumsOfData(query: Query, tables?: readonly string[]): Promise<TableChecksum[]> {
  return checksumTables(query, tables ?? (await listTables(query)), legacyRows, filledColumn);
}

/** Everything that a command might have changed: catalogs with owners, privileges and comments, and every row. */
export async function stateOf(query: Query): Promise<object> {
  return {
    catalogs: await describeDatabase(query, { withoutSchemas: [], owners: true, grants: true, comments: true }),
    rows: await checksumTables(query, await listTables(query)),
  };
}
