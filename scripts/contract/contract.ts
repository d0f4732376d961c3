import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Conflict, InvalidInput, NotSetUp } from '../../src/errors.ts';
import type { TableRename } from '../../src/registry/renames.ts';
import { packageMigrationsFolder } from '../../src/tools/migrations/migrations-folder.ts';
import { entriesNamed, type UsageReport } from '../../src/tools/usage/usage.ts';
import { migratedViews } from '../generate/migrated-views.ts';
import { type DropViewMigration, dropViewMigrations, schemaFile } from './drop-view-migrations.ts';
import { type ReleaseNotes, releaseNotes } from './release-notes.ts';

/** What `contract` did, as data: what `--json` prints. Its shape changes only with `version`. */
export interface ContractReport {
  readonly version: 1;
  /**
   * - `nothing-due`: this release drops no old name.
   * - `already-written`: migrations already drop every view that is due.
   * - `refused`: old names are in use, or may be. Nothing was written.
   * - `would-write`: a dry run. Nothing was written.
   * - `written`: the migrations are written. None was run.
   */
  readonly status: 'nothing-due' | 'already-written' | 'refused' | 'would-write' | 'written';
  /** The version that is released. */
  readonly release: string;
  /** The old names that it drops, as `public.messages`. */
  readonly due: readonly string[];
  /** The old names whose view an earlier migration drops, with its folder. */
  readonly alreadyDropped: readonly { readonly entry: string; readonly folder: string }[];
  /** The folder of the migrations. */
  readonly out: string;
  readonly migrations: readonly DropViewMigration[];
  /** What has to be edited by hand. */
  readonly notes: ReleaseNotes;
  /** The proof that nothing uses the names; undefined if it was not requested. */
  readonly usage?: UsageReport;
}

/** What to contract. */
export interface ContractOptions {
  /** The version to release. Default: that of package.json. */
  readonly release?: string;
  /** Old table names, as `public.messages`. Default: all that are due. */
  readonly entries?: readonly string[];
  /** The migrations folder. Default: that of the checkout. */
  readonly out?: string;
  /** Whether to only report what would be written. */
  readonly dryRun?: boolean;
  /** Whether to write although some uses may be out of sight. Names that were found in use are never dropped. */
  readonly acceptUnseen?: boolean;
  /** Finds who uses these old names. Called once, and only if there is something to write. */
  readonly usageOf: (entries: readonly string[]) => Promise<UsageReport>;
  /** Called with each old name before its migration is created. */
  readonly onStep?: (entry: string) => void;
}

/**
 * Writes the migrations that drop the compatibility views of the old names that are due, one view per migration, and reports which
 * lines of registry and changelog go with them. It edits neither, and runs no migration.
 *
 * @throws {Conflict} if an entry is not due.
 * @throws {InvalidInput} if there is no such entry, the release is not a version, or `out` has no migration of an entry.
 * @throws {NotSetUp} outside a checkout of the package.
 *
 * @example
 * const report = await contract({
 *   release: '2.0.0',
 *   usageOf: (entries) => usage({ query: connection.query, entries }),
 * });
 */
export async function contract(options: ContractOptions): Promise<ContractReport> {
  const out = options.out ?? packageMigrationsFolder();
  const root = checkout();
  const release = options.release ?? (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Version).version;
  const due = dueEntries(options.entries, release);
  const { present, dropped } = migratedViews(out);
  const open = due.filter(({ from }) => present.has(from));
  const unmigrated = due.find(({ from }) => !present.has(from) && !dropped.has(from));
  if (unmigrated) {
    throw new InvalidInput({
      object: out,
      found: `no migration that creates the view ${unmigrated.from}`,
      expected: 'the migrations of the package, with the rename of every old name',
      next: 'give --out the folder of the migrations, or npm run db:generate -- --name <name>',
    });
  }
  const report: Omit<ContractReport, 'status'> = {
    version: 1,
    release,
    due: due.map(({ from }) => from),
    alreadyDropped: due.flatMap(({ from }) => {
      const folder = dropped.get(from);
      return folder === undefined ? [] : [{ entry: from, folder }];
    }),
    out,
    migrations: [],
    notes: releaseNotes(root, due, release),
  };
  if (due.length === 0) return { ...report, status: 'nothing-due' };
  if (open.length === 0) return { ...report, status: 'already-written' };

  const usage = await options.usageOf(open.map(({ from }) => from));
  const mayGo = usage.verdict === 'safe' || (usage.verdict === 'cannot-tell' && options.acceptUnseen === true);
  if (!mayGo) return { ...report, status: 'refused', usage };

  const write = options.dryRun !== true;
  const migrations = await dropViewMigrations({
    root,
    out,
    entries: open,
    dropped: entriesNamed(undefined).flatMap(({ from }) => (dropped.has(from) ? [from] : [])),
    write,
    ...(options.onStep && { onStep: options.onStep }),
  });
  return { ...report, status: write ? 'written' : 'would-write', migrations, usage };
}

interface Version {
  readonly version: string;
}

/** The folder of the package, which must contain its sources. */
function checkout(): string {
  const root = dirname(packageMigrationsFolder());
  if (existsSync(join(root, schemaFile))) return root;
  throw new NotSetUp({
    object: root,
    found: 'an installed package, without its sources',
    expected: 'a checkout of canonical-models: views are dropped by a release of the package',
    next: 'run the command in a checkout of the package',
  });
}

function dueEntries(names: readonly string[] | undefined, release: string): TableRename[] {
  const limit = numberOf(release);
  if (limit === undefined) {
    throw new InvalidInput({
      object: '--release',
      found: JSON.stringify(release),
      expected: 'a version such as 2.0.0',
      next: 'npm run db:contract -- --release 2.0.0',
    });
  }
  const entries = entriesNamed(names);
  const due = entries.filter(({ removedIn }) => removedIn !== undefined && (numberOf(removedIn) ?? Infinity) <= limit);
  const early = entries.find((entry) => !due.includes(entry));
  if (!names || names.length === 0 || !early) return due;
  const { from, removedIn } = early;
  throw new Conflict({
    object: from,
    found:
      removedIn === undefined ? 'an old name that is kept for good' : `an old name that is removed in ${removedIn}`,
    expected: `one that is due in ${release}`,
    next: removedIn === undefined ? 'leave it' : `npm run db:contract -- --release ${removedIn} --entry ${from}`,
  });
}

/** A version as a number that sorts like versions do; a prerelease counts as its release. */
function numberOf(version: string): number | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(version) ?? [];
  return major === undefined ? undefined : Number(major) * 1e12 + Number(minor) * 1e6 + Number(patch);
}
