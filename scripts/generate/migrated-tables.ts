import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSnapshot } from '../../src/tools/migrations/snapshot.ts';

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
 * @throws {NotSetUp} if a snapshot can't be read.
 */
export function migratedTables(out: string): Set<string> {
  return new Set(migratedPolicies(out).keys());
}

/**
 * The same tables, each with the names of its row-level security policies.
 *
 * @throws {NotSetUp} if a snapshot can't be read.
 */
export function migratedPolicies(out: string): Map<string, ReadonlySet<string>> {
  const tables = new Map<string, Set<string>>();
  for (const folder of migrationFolders(out)) {
    const { ddl = [], deltas = [] } = readSnapshot(out, folder);
    const created = [...ddl, ...deltas.flatMap(({ op, row }) => (op === 'create' && row ? [row] : []))];
    for (const row of created) if (row.entityType === 'tables') tables.set(`${row.schema}.${row.name}`, new Set());
    for (const { op, key, set } of deltas) {
      const [kind, path] = key?.split('\u0000') ?? [];
      if (!path) continue;
      const [schema, name, policy = ''] = JSON.parse(path) as string[];
      const table = `${schema}.${name}`;
      if (kind === 'policies' && op === 'drop') tables.get(table)?.delete(policy);
      if (kind !== 'tables') continue;
      const policies = tables.get(table) ?? new Set();
      if (op === 'drop' || op === 'rename') tables.delete(table);
      if (op === 'rename') tables.set(`${set?.schema ?? schema}.${set?.name ?? name}`, policies);
    }
    for (const row of created) {
      if (row.entityType === 'policies') tables.get(`${row.schema}.${row.table}`)?.add(row.name);
    }
  }
  return tables;
}
