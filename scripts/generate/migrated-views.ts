import { readSnapshot } from '../../src/tools/migrations/snapshot.ts';
import { migrationFolders } from './migrated-tables.ts';

/** Views as `schema.name`: those that migrations leave behind, and those that a later one dropped. */
export interface MigratedViews {
  /** By name, the columns that the view reads, in its order. */
  readonly present: ReadonlyMap<string, readonly string[]>;
  /** By name, the folder of the migration that dropped it. */
  readonly dropped: ReadonlyMap<string, string>;
}

/**
 * Reads what the migrations under `out` do with views.
 *
 * @throws {NotSetUp} if a snapshot can't be read.
 */
export function migratedViews(out: string): MigratedViews {
  const present = new Map<string, readonly string[]>();
  const dropped = new Map<string, string>();
  for (const folder of migrationFolders(out)) {
    const { ddl = [], deltas = [] } = readSnapshot(out, folder);
    const created = [...ddl, ...deltas.flatMap(({ op, row }) => (op === 'create' && row ? [row] : []))];
    for (const { entityType, schema, name, definition } of created) {
      if (entityType !== 'views') continue;
      present.set(`${schema}.${name}`, columnsOf(definition));
      dropped.delete(`${schema}.${name}`);
    }
    for (const { op, key } of deltas) {
      const [kind, path] = key?.split('\u0000') ?? [];
      if (op !== 'drop' || kind !== 'views' || !path) continue;
      const [schema, name] = JSON.parse(path) as [string, string];
      present.delete(`${schema}.${name}`);
      dropped.set(`${schema}.${name}`, folder);
    }
  }
  return { present, dropped };
}

/** The columns in the definition of a compatibility view, as Drizzle writes it: `select "id", "content" from "customer_messages"`. */
function columnsOf(definition = ''): string[] {
  const [, list = ''] = /^select (.*) from /.exec(definition) ?? [];
  return [...list.matchAll(/"((?:[^"]|"")+)"/g)].map(([, name = '']) => name.replaceAll('""', '"'));
}
