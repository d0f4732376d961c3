import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSnapshot } from '../migrations/snapshot.ts';

/** The migration folders under `out`, oldest first: the order in which they run. */
export function migrationFolders(out: string): string[] {
  if (!existsSync(out)) return [];
  return readdirSync(out, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(out, entry.name, 'migration.sql')))
    .map(({ name }) => name)
    .sort();
}

/**
 * The tables that the migrations under `out` leave behind, as `schema.name`: the first snapshot's, then every later change.
 *
 * @throws {Failure} with exit code 2 where a snapshot can't be read.
 */
export function migratedTables(out: string): Set<string> {
  const tables = new Set<string>();
  for (const folder of migrationFolders(out)) {
    const { ddl = [], deltas = [] } = readSnapshot(out, folder);
    for (const row of ddl) if (row.entityType === 'tables') tables.add(`${row.schema}.${row.name}`);
    for (const { op, key, row, set } of deltas) {
      if (op === 'create' && row?.entityType === 'tables') tables.add(`${row.schema}.${row.name}`);
      const [kind, path] = key?.split('\u0000') ?? [];
      if (kind !== 'tables' || !path) continue;
      const [schema, name] = JSON.parse(path) as [string, string];
      if (op === 'drop' || op === 'rename') tables.delete(`${schema}.${name}`);
      if (op === 'rename') tables.add(`${set?.schema ?? schema}.${set?.name ?? name}`);
    }
  }
  return tables;
}
