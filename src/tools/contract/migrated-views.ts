import { migrationFolders } from '../generate/migrated-tables.ts';
import { readSnapshot, type SnapshotRow } from '../migrations/snapshot.ts';

/** Views as `schema.name`: those that migrations leave behind, and those that a later one dropped. */
export interface MigratedViews {
  readonly present: ReadonlySet<string>;
  /** By name, the folder of the migration that dropped it. */
  readonly dropped: ReadonlyMap<string, string>;
}

/**
 * What the migrations under `out` do with views.
 *
 * @throws {NotSetUp} if a snapshot can't be read.
 */
export function migratedViews(out: string): MigratedViews {
  const present = new Set<string>();
  const dropped = new Map<string, string>();
  const add = (row: SnapshotRow | undefined): void => {
    if (row?.entityType !== 'views') return;
    present.add(`${row.schema}.${row.name}`);
    dropped.delete(`${row.schema}.${row.name}`);
  };
  for (const folder of migrationFolders(out)) {
    const { ddl = [], deltas = [] } = readSnapshot(out, folder);
    ddl.forEach(add);
    for (const { op, key, row } of deltas) {
      if (op === 'create') add(row);
      const [kind, path] = key?.split('\u0000') ?? [];
      if (op !== 'drop' || kind !== 'views' || !path) continue;
      const [schema, name] = JSON.parse(path) as [string, string];
      present.delete(`${schema}.${name}`);
      dropped.set(`${schema}.${name}`, folder);
    }
  }
  return { present, dropped };
}
