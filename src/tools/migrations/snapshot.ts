import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotSetUp } from '../../errors.ts';

/** A snapshot of drizzle-kit (format 9): all objects, or the changes since the one before. */
export interface Snapshot {
  readonly ddl?: readonly SnapshotRow[];
  readonly deltas?: readonly SnapshotDelta[];
}

/** A change of one object. A key consists of the kind and the object's path, as in `tables\0["public","messages"]`. */
export interface SnapshotDelta {
  readonly op: string;
  readonly key?: string;
  readonly row?: SnapshotRow;
  readonly set?: { readonly name?: string; readonly schema?: string };
}

export interface SnapshotRow {
  readonly entityType: string;
  readonly schema?: string;
  /** The table that it belongs to. */
  readonly table?: string;
  readonly name: string;
  /** Of a foreign key: its columns, and the table that it refers to. */
  readonly columns?: readonly string[];
  readonly schemaTo?: string;
  readonly tableTo?: string;
  /** What a view selects. */
  readonly definition?: string;
}

/**
 * Reads the snapshot of a migration.
 *
 * @param out Where the migrations are.
 * @param folder The name of the migration's folder.
 * @throws {NotSetUp} if it can't be read.
 */
export function readSnapshot(out: string, folder: string): Snapshot {
  try {
    return JSON.parse(readFileSync(join(out, folder, 'snapshot.json'), 'utf8')) as Snapshot;
  } catch (error) {
    throw new NotSetUp({
      object: `${folder}/snapshot.json`,
      found: error instanceof Error ? error.message : String(error),
      expected: 'a snapshot of drizzle-kit in JSON',
      next: `restore the file: git checkout -- drizzle/${folder}`,
      cause: error,
    });
  }
}
