import { listPackageRenames } from '../../registry/import-map.ts';
import { type Rename, renames } from '../../registry/renames.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import { type Connection, withTaggedErrors } from '../database/connect.ts';
import { readEntryByUserId } from '../database/entry-by-user-id.ts';
import { readOnlyTransaction } from '../database/read-only-transaction.ts';
import type { MigrationState, RenameState } from '../database-state.ts';
import { folderOfThePackage } from '../migrate/migrate.ts';
import { compareHistory } from '../migrations/history.ts';
import type { Migration } from '../migrations/migrations-folder.ts';
import { appliedMigrations } from '../migrations/record.ts';
import { migrationRuns } from '../migrations/runs.ts';

/** Where a migration stands. */
export interface MigrationStatus {
  readonly migration: string;
  readonly state: MigrationState;
  /** When it was applied or recorded, as an ISO 8601 time; `null` while it is pending. */
  readonly at: string | null;
  /** How long it took, in milliseconds; `null` if unknown: drizzle-kit does not note it. */
  readonly milliseconds: number | null;
  /** What did it; `null` while it is pending, or if the role may not read what this package notes. */
  readonly by: 'canonical-models' | 'drizzle-kit' | null;
  /** As which role; `null` if unknown: drizzle-kit does not note it. */
  readonly role: string | null;
}

/** Where the rename of a table stands. */
export interface RenameStatus {
  readonly from: string;
  readonly to: string;
  readonly state: RenameState;
  /** The version in which the old name goes; `null` if it is kept. */
  readonly removedIn: string | null;
}

/** An old import path. */
export interface OldPathStatus {
  /** As in `canonical-models/models/booking`. */
  readonly path: string;
  /** The version in which it is removed; `null` if it is kept. */
  readonly removedIn: string | null;
}

/** How far a database has come, and which old names are left. */
export interface StatusReport {
  readonly version: 1;
  /** Where the connection leads, without the password. */
  readonly database: string;
  readonly migrations: readonly MigrationStatus[];
  readonly renames: readonly RenameStatus[];
  readonly oldPaths: readonly OldPathStatus[];
  /**
   * Whether services may enter a station by the id of a user alone, or have to show a token; `null` if the database is not migrated that far,
   * or the role may not use the schema `identity`.
   */
  readonly entryByUserId: boolean | null;
}

/**
 * Where every migration, every rename and every old path stands. It reads only.
 *
 * @param connection One session, outside a transaction.
 * @param options.folder As in `migrate`.
 * @throws {Conflict} if the record does not fit the folder.
 * @throws {InvalidInput} if the folder is another one.
 * @throws {NotSetUp} if the role may not read the record, or the connection is lost.
 *
 * @example
 * const { migrations } = await status(connection);
 * const pending = migrations.filter(({ state }) => state === 'pending');
 */
export async function status(
  connection: Connection,
  options: { readonly folder?: string } = {},
): Promise<StatusReport> {
  const folder = folderOfThePackage(options.folder);
  const expected = 'catalogs and a record of migrations that can be read';
  const session = withTaggedErrors(connection);
  return readOnlyTransaction(session.query, expected, () => read(session, folder));
}

async function read(connection: Connection, folder: readonly Migration[]): Promise<StatusReport> {
  const { query } = connection;
  const { applied } = compareHistory(folder, await appliedMigrations(query));
  const runs = await migrationRuns(query);
  return {
    version: 1,
    database: connection.label,
    migrations: folder.map(({ name }): MigrationStatus => {
      const entry = applied.find((migration) => migration.name === name);
      if (!entry) return { migration: name, state: 'pending', at: null, milliseconds: null, by: null, role: null };
      const run = runs?.findLast(({ migration }) => migration === name);
      // A migration that we undid and drizzle-kit applied again is drizzle-kit's.
      const ours = run?.action === 'reverted' ? undefined : run;
      return {
        migration: name,
        state: ours?.action === 'recorded' ? 'recorded' : 'applied',
        at: (ours?.at ?? entry.appliedAt).toISOString(),
        milliseconds: ours?.milliseconds ?? null,
        by: runs === undefined ? null : ours ? 'canonical-models' : 'drizzle-kit',
        role: ours?.role ?? null,
      };
    }),
    renames: await renameStatus(connection),
    oldPaths: oldPaths(renames),
    entryByUserId: await readEntryByUserId(query),
  };
}

async function renameStatus({ query }: Connection): Promise<RenameStatus[]> {
  const tables = tableRenames;
  const { rows } = await query(
    `SELECT n.nspname || '.' || c.relname AS name, c.relkind::text AS kind
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = ANY ($1::text[])`,
    [tables.flatMap(({ from, to }) => [from, to])],
  );
  const kinds = new Map(rows.map(({ name, kind }) => [String(name), String(kind)]));
  const isTable = (kind: string | undefined) => kind === 'r' || kind === 'p';
  return tables.map(({ from, to, removedIn = null }) => {
    const [old, canonical] = [kinds.get(from), kinds.get(to)];
    const state =
      isTable(old) && !canonical
        ? 'legacy'
        : isTable(canonical) && old === 'v'
          ? 'both names'
          : isTable(canonical) && !old
            ? 'canonical only'
            : !old && !canonical
              ? 'absent'
              : 'unclear';
    return { from, to, state, removedIn };
  });
}

function oldPaths(entries: readonly Rename[]): OldPathStatus[] {
  const paths = new Map<string, string | null>();
  for (const entry of listPackageRenames(entries)) {
    if (entry.kind === 'table') continue;
    const path = `canonical-models/${entry.from.replace(/#.*$/, '')}`;
    if (!paths.has(path)) paths.set(path, entry.removedIn ?? null);
  }
  return [...paths].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, removedIn]) => ({ path, removedIn }));
}
