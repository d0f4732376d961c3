import { checksumTables, listTables, type TableChecksum } from '../../src/tools/database/checksum.ts';
import type { Query } from '../../src/tools/database/query.ts';
import { legacyFixture } from './legacy.ts';

/** The tables that a migration seeds: their further rows have other ids in each database. */
const seededTables = ['identity.permissions', 'identity.role_permissions', 'identity.roles'];

/** The ids of a table's rows in the legacy database. */
function legacyIds(table: string): string[] {
  const statements = legacyFixture('legacy-data.sql').split(/^(?=INSERT INTO )/m);
  return statements
    .filter((statement) => statement.startsWith(`INSERT INTO ${table} ("id",`))
    .flatMap((statement) => [...statement.matchAll(/^\('([0-9a-f-]{36})'/gm)].map(([, id = '']) => id));
}

/** What tables hold, every table where none are named: equal before and after migrations, whose seeded rows do not count. */
export async function checksumsOfData(query: Query, tables?: readonly string[]): Promise<TableChecksum[]> {
  const named = tables ?? (await listTables(query));
  const sums = await checksumTables(
    query,
    named.filter((table) => !seededTables.includes(table)),
  );
  for (const table of named.filter((name) => seededTables.includes(name))) {
    const { rows } = await query(
      `SELECT count(*)::int AS rows, coalesce(md5(string_agg(row_of::text, ',' ORDER BY id)), '') AS checksum
       FROM ${table} AS row_of WHERE id::text = ANY ($1)`,
      [legacyIds(table)],
    );
    sums.push({ table, rows: Number(rows[0]?.['rows']), checksum: String(rows[0]?.['checksum']) });
  }
  return sums.sort((a, b) => named.indexOf(a.table) - named.indexOf(b.table));
}
