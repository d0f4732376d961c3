import { InvalidInput, NotSetUp } from '../../errors.ts';
import type { TableRename } from '../../registry/renames.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import { counted } from '../counted.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { identifier, type Query, tagErrors } from '../database/query.ts';
import { readInTransaction } from '../database/read-only-transaction.ts';
import type { OldNameState } from '../database-state.ts';
import { readMigrations } from '../migrations/migrations-folder.ts';
import { listOutsideReaders, type OutsideReaders } from '../migrations/outside-readers.ts';
import { appliedMigrations } from '../migrations/record.ts';
import { isStepOf } from '../migrations/rename-steps.ts';
import type { BlindSpot, Unread } from './blind-spot.ts';
import { dependentObjects, type ObjectUse } from './dependent-objects.ts';
import { type NameResolution, readNames } from './name-resolution.ts';
import type { OldImports } from './old-imports.ts';
import { readPointFile, writePointFile } from './point-file.ts';
import { fingerprintOf, loadParser } from './relation-references.ts';
import { type RememberedPoint, readRememberedPoint, rememberPoint } from './remembered-point.ts';
import { type SessionSample, watchSessions } from './sessions.ts';
import {
  readStatistics,
  type SharedCounter,
  type StatementPeriod,
  type StatementUse,
  stamp,
  statisticsSchema,
} from './statement-statistics.ts';

/**
 * Whether the old names can be dropped. `safe`: everything that can use one was examined, and nothing does. `not-safe`: something does.
 * `cannot-tell`: nothing was found, but something was out of sight.
 */
export type Verdict = 'safe' | 'not-safe' | 'cannot-tell';

/** An old table name, and what it refers to in the database. */
export interface OldNameReport {
  /** As in `public.messages`. */
  readonly name: string;
  readonly canonical: string;
  /** The version that drops it; undefined if it is kept for good. */
  readonly removedIn?: string;
  readonly state: OldNameState;
  /** How many findings concern it: statements, applications, objects. */
  readonly findings: number;
}

/** Who still uses old names, as data: what `--json` prints. Times are ISO 8601. Its shape changes only with `version`. */
export interface UsageReport {
  readonly version: 1;
  readonly verdict: Verdict;
  /** Why, in sentences; for `safe`, what was examined. */
  readonly reasons: readonly string[];
  readonly names: readonly OldNameReport[];
  readonly statements: {
    /** The time over which they were counted; undefined if there are no statistics. */
    readonly period?: StatementPeriod;
    readonly read: number;
    readonly uses: readonly StatementUse[];
  };
  /** What sessions ran while they were watched; undefined if they were not. */
  readonly sessions?: Pick<SessionSample, 'seconds' | 'looks' | 'uses'>;
  readonly objects: readonly ObjectUse[];
  /** Who reads the tables, by old or canonical names, outside of SQL on this server. */
  readonly outside: OutsideReaders;
  /** Old imports in source files; undefined if none were examined. */
  readonly imports?: OldImports;
  /** What could not be read. */
  readonly unread: readonly Unread[];
  /** What could not be seen. */
  readonly blindSpots: readonly BlindSpot[];
}

/** Where to look, and for what. */
export interface UsageOptions {
  /** One session on the database, outside a transaction. */
  readonly query: Query;
  /** Old table names to look for, as `public.messages`. Default: those of the whole registry. */
  readonly entries?: readonly string[];
  /** How many days an old name must have been unused. @default 7 */
  readonly days?: number;
  /**
   * The file with the remembered point, as `rememberUsage` wrote it. For a replica, which takes no writes. Default: the point that is
   * remembered in the database.
   */
  readonly point?: string;
  /** For how many seconds to watch sessions. @default 0 */
  readonly watch?: number;
  /** Files and folders to search for old imports. */
  readonly src?: readonly string[];
  /** Folders that contain the service's own old modules, such as `src` for `src/models/booking.ts`. */
  readonly legacyRoots?: readonly string[];
  /** Ends a watch early; the report has what was seen until then. */
  readonly signal?: AbortSignal;
  /** Called from time to time with a short text on the current work. */
  readonly onProgress?: (text: string) => void;
}

/** The default number of days that an old name must have been unused before it is dropped: they include weekly jobs. */
export const defaultDays = 7;

/**
 * Reports who still uses old names: statements and sessions of the database, its objects, and imports of source files. Reads only.
 *
 * On a replica the verdict is on what runs there; ask the primary and every other replica as well.
 *
 * @throws {InvalidInput} if an entry is not in the registry, a path does not exist, or `point` is not the file of this database.
 * @throws {NotSetUp} if the database refuses.
 *
 * @example
 * import { connect, usage } from 'canonical-models/usage';
 *
 * const connection = await connect(process.env.DATABASE_URL);
 * const { verdict, reasons } = await usage({ query: connection.query }).finally(() => connection.close());
 */
export async function usage(options: UsageOptions): Promise<UsageReport> {
  const { days = defaultDays, watch = 0, src = [], onProgress } = options;
  const query = tagErrors(options.query);
  const entries = entriesNamed(options.entries);
  await loadParser();
  try {
    const names = await read(query, () => readNames(query, entries));
    const renamedAt = await lastRename(query, entries);
    const imports = src.length === 0 ? undefined : await importsUnder(src, options);
    const sessions =
      watch === 0
        ? undefined
        : await watchSessions(query, {
            names,
            seconds: watch,
            ...(renamedAt && { renamedAt }),
            ...(options.signal && { signal: options.signal }),
            onProgress: ({ seconds }) => onProgress?.(`watching sessions: ${Math.floor(seconds)} of ${watch} s`),
          });
    const { statistics, objects, others, outside } = await read(query, async () => {
      const remembered = await pointOf(query, options.point);
      return {
        statistics: await readStatistics(query, {
          names,
          migrations: migrationFingerprints(),
          ...(remembered && { remembered }),
          ...(renamedAt && { renamedAt }),
          onProgress: (done, of) => onProgress?.(`${done} of ${of} statements read`),
        }),
        objects: await dependentObjects(query, names),
        others: await otherServers(query),
        outside: await listOutsideReaders(
          query,
          entries.flatMap(({ from, to }) => [from, to]),
        ),
      };
    });

    const findings = [...statistics.uses, ...(sessions?.uses ?? []), ...objects.uses];
    const seen = {
      names: names.oldNames.map(
        ({ entry, state }): OldNameReport => ({
          name: entry.from,
          canonical: entry.to,
          ...(entry.removedIn !== undefined && { removedIn: entry.removedIn }),
          state,
          findings: findings.filter(({ name }) => name === entry.from).length,
        }),
      ),
      statements: {
        ...(statistics.period && { period: statistics.period }),
        read: statistics.read,
        uses: statistics.uses,
      },
      ...(sessions && { sessions: { seconds: sessions.seconds, looks: sessions.looks, uses: sessions.uses } }),
      objects: objects.uses,
      outside,
      ...(imports && { imports }),
      unread: [...statistics.unread, ...(sessions?.unread ?? []), ...objects.unread],
      blindSpots: [
        ...(statistics.period ? tooShort(statistics.period, days) : []),
        ...statistics.blindSpots,
        ...(sessions?.blindSpots ?? []),
        ...others,
        ...subscribersOf(outside),
        ...ownSearchPaths(names),
        ...(imports ? skippedSources(imports) : []),
        ...missingTables(names),
      ],
    };
    return { version: 1, ...judged(seen), ...seen };
  } catch (error) {
    throw databaseFailure(error, { object: 'the database', expected: 'catalogs and statistics that can be read' });
  }
}

/**
 * Remembers the current counters, so that a later `usage` counts the calls from now on. Written to the schema `drizzle` of the
 * database, replacing what was remembered before.
 *
 * @param options.point Writes them to this file instead, and nothing to the database. For a replica, which takes no writes.
 * @returns the time, by the server's clock.
 * @throws {NotSetUp} if the database has no statistics, or the role may not write.
 *
 * @example
 * const { query } = connection; // to the replica
 * await rememberUsage(query, { point: 'replica-1.json' });
 * const { verdict } = await usage({ query, point: 'replica-1.json' }); // a week later
 */
export async function rememberUsage(query: Query, options: { readonly point?: string } = {}): Promise<Date> {
  query = tagErrors(query);
  const { schema, missing } = await statisticsSchema(query);
  if (schema === undefined) {
    throw new NotSetUp({
      object: '--remember',
      found: `that it can't be seen ${missing?.what}`,
      expected: 'counters to remember',
      next: missing?.next ?? '',
    });
  }
  return options.point === undefined ? rememberPoint(query, schema) : writePointFile(query, schema, options.point);
}

/**
 * Lists the counters whose text has an old name and which may also count calls of the canonical name: no later `usage` can tell
 * the two apart. Their `reset` removes one, so that the next call starts a new one with its own text. Reads only.
 *
 * @throws {NotSetUp} if the database refuses.
 *
 * @example
 * for (const { name, reset } of await listSharedCounters(connection.query)) console.log(name, reset);
 */
export async function listSharedCounters(
  query: Query,
  options: Pick<UsageOptions, 'point'> = {},
): Promise<readonly SharedCounter[]> {
  query = tagErrors(query);
  const entries = entriesNamed(undefined);
  await loadParser();
  try {
    const renamedAt = await lastRename(query, entries);
    return await read(query, async () => {
      const names = await readNames(query, entries);
      const remembered = await pointOf(query, options.point);
      const { shared } = await readStatistics(query, {
        names,
        migrations: migrationFingerprints(),
        uncalled: true,
        ...(remembered && { remembered }),
        ...(renamedAt && { renamedAt }),
      });
      return shared;
    });
  } catch (error) {
    throw databaseFailure(error, { object: 'the database', expected: 'catalogs and statistics that can be read' });
  }
}

/** The table entries of the registry with these old names, in its order; all of them if none are named. */
export function entriesNamed(names: readonly string[] | undefined): readonly TableRename[] {
  const all = tableRenames;
  if (!names || names.length === 0) return all;
  for (const name of names) {
    if (all.some(({ from }) => from === name)) continue;
    const alike = all.filter(({ from, to }) => from.endsWith(`.${name}`) || to === name).map(({ from }) => from);
    throw new InvalidInput({
      object: '--entry',
      found: JSON.stringify(name),
      expected: `an old table name of the registry: ${all.map(({ from }) => from).join(', ')}`,
      next: alike.length > 0 ? `give --entry ${alike.join(' or --entry ')}` : 'correct the name',
    });
  }
  return all.filter(({ from }) => names.includes(from));
}

function pointOf(query: Query, file: string | undefined): Promise<RememberedPoint | undefined> {
  return file === undefined ? readRememberedPoint(query) : readPointFile(query, file);
}

/** Reads one moment. The search_path stays: what it is set to is part of the question. */
function read<Result>(query: Query, run: () => Promise<Result>): Promise<Result> {
  return readInTransaction(query, run, { searchPath: 'session' });
}

async function importsUnder(paths: readonly string[], { legacyRoots, onProgress }: UsageOptions): Promise<OldImports> {
  const { oldImports } = await import('./old-imports.ts');
  return oldImports({
    paths,
    ...(legacyRoots && { legacyRoots }),
    onProgress: ({ read, of }) => onProgress?.(`${read} of ${of} files read`),
  });
}

/** Finds when the last of these renames was applied; undefined if the record does not have all of them. */
async function lastRename(query: Query, entries: readonly TableRename[]): Promise<Date | undefined> {
  let applied: Awaited<ReturnType<typeof appliedMigrations>>;
  try {
    applied = await read(query, () => appliedMigrations(query));
  } catch (error) {
    // A role that may not read the record: the time is unknown.
    if ((error as { code?: string }).code !== '42501') throw error;
  }
  let last: Date | undefined;
  for (const entry of entries) {
    const at = applied?.find(({ name }) => isStepOf(entry, name))?.appliedAt;
    if (!at) return undefined;
    if (!last || at > last) last = at;
  }
  return last;
}

function migrationFingerprints(): Set<string> {
  const fingerprints = readMigrations().flatMap(({ statements }) =>
    statements.flatMap((statement) => fingerprintOf(statement) ?? []),
  );
  return new Set(fingerprints);
}

function judged({
  names,
  statements,
  sessions,
  objects,
  imports,
  unread,
  blindSpots,
}: Omit<UsageReport, 'version' | 'verdict' | 'reasons'>): Pick<UsageReport, 'verdict' | 'reasons'> {
  const used: string[] = [];
  const calls = statements.uses.reduce((sum, use) => sum + use.calls, 0);
  if (calls > 0) {
    used.push(`${counted(calls, 'call')} in ${counted(statements.uses.length, 'statement')} went through an old name`);
  }
  if (sessions && sessions.uses.length > 0)
    used.push(`${counted(sessions.uses.length, 'client')} used an old name while watched`);
  if (objects.length > 0)
    used.push(
      `${counted(objects.length, 'object')} of the database ${objects.length === 1 ? 'uses' : 'use'} an old name`,
    );
  if (imports && imports.imports.length > 0) {
    const { length } = imports.imports;
    used.push(`${counted(length, 'old import')} ${length === 1 ? 'is' : 'are'} left in the sources`);
  }
  for (const { name, state } of names) {
    if (state === 'table')
      used.push(`${name} is the table itself: the rename has not run here; canonical-models migrate runs it`);
  }
  if (used.length > 0) return { verdict: 'not-safe', reasons: used };

  const unclear = unread.filter(({ mentions }) => mentions.length > 0);
  const unseen = [
    ...blindSpots.filter(({ decisive }) => decisive).map(({ what, next }) => `it can't be seen ${what}; ${next}`),
    ...unclear.map(
      ({ where, of, reason, mentions, next }) =>
        `a ${where} of ${of} mentions ${mentions.join(', ')}, and ${reason}${next === undefined ? '' : `; ${next}`}`,
    ),
  ];
  if (unseen.length > 0) return { verdict: 'cannot-tell', reasons: unseen };

  const { period, read } = statements;
  const looked = [
    period ? `none of ${counted(read, 'statement')} that ran since ${stamp(period.from)} went through an old name` : '',
    'no object of the database uses one',
    sessions ? `no client used one in ${sessions.seconds} s` : '',
    imports ? `no old import is left in ${counted(imports.filesRead, 'file')}` : '',
  ];
  return { verdict: 'safe', reasons: looked.filter((reason) => reason !== '') };
}

function tooShort({ from, until, since }: StatementPeriod, days: number): BlindSpot[] {
  const hours = (until.getTime() - from.getTime()) / 3_600_000;
  if (hours >= days * 24) return [];
  const long =
    hours < 1
      ? `${Math.floor(hours * 60)} minutes`
      : hours < 48
        ? `${Math.floor(hours)} hours`
        : `${Math.floor(hours / 24)} days`;
  return [
    {
      what: `what runs less often: statements were counted for ${long} only, since ${since === 'remembered' ? 'the remembered point' : 'the statistics began'}; the question is about ${days} days`,
      next: `ask again later, or say --days 0 to decide on this time`,
      decisive: true,
    },
  ];
}

async function otherServers(query: Query): Promise<BlindSpot[]> {
  const { rows } = await query(
    `SELECT pg_is_in_recovery() AS standby, current_user AS role, (
         SELECT count(*)::int FROM pg_stat_replication r WHERE state IS DISTINCT FROM 'backup'
           AND NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
       ) AS standbys,
       (SELECT rolsuper OR pg_has_role(oid, 'pg_read_all_stats', 'USAGE') FROM pg_roles WHERE rolname = current_user) AS all_stats`,
  );
  const { standby, standbys, all_stats: allStats, role } = rows[0] ?? {};
  return otherServerSpots({
    standby: standby === true,
    standbys: Number(standbys),
    allStats: allStats === true,
    role: String(role),
  });
}

/** What a server reports about itself, if statements may run elsewhere or be hidden. */
export interface ServerRole {
  /** Whether it is a standby itself. */
  readonly standby: boolean;
  /** How many standbys receive its changes. */
  readonly standbys: number;
  /** Whether our role sees the statements of all roles. */
  readonly allStats: boolean;
  /** Our role. */
  readonly role: string;
}

/** What can't be seen on other servers or of other roles. Each server has statistics of its own. */
export function otherServerSpots({ standby, standbys, allStats, role }: ServerRole): BlindSpot[] {
  const spots: BlindSpot[] = [];
  if (standby) {
    spots.push({
      what: 'what runs on the primary and on other replicas: this server is a standby, and the verdict is on what it runs itself',
      next: 'run canonical-models usage on each of them, too',
      decisive: false,
    });
  }
  if (standbys > 0) {
    spots.push({
      what: `what is read on ${counted(standbys, 'replica')}: each has statistics of its own`,
      next: 'run canonical-models usage there, too',
      decisive: true,
    });
  }
  if (!allStats) {
    spots.push({
      what: 'what other roles run: the role that asks is not in pg_read_all_stats',
      next: `as an administrator: GRANT pg_read_all_stats TO ${identifier(role)}`,
      decisive: true,
    });
  }
  return spots;
}

/** A subscriber has a database of its own: dropping a view here changes nothing there. */
function subscribersOf({ publications }: OutsideReaders): BlindSpot[] {
  return publications.map(({ name }) => ({
    what: `what the subscribers of publication ${name} read: they have databases with names of their own`,
    next: 'run canonical-models usage there, too',
    decisive: false,
  }));
}

function ownSearchPaths({ namesakes }: NameResolution): BlindSpot[] {
  if (namesakes.length === 0) return [];
  return [
    {
      what: `which search_path a session sets itself, if a bare name may mean ${namesakes.join(', ')}; that of its role is assumed`,
      next: 'ALTER ROLE … SET search_path for services that set their own',
      decisive: false,
    },
  ];
}

/** The sources whose old imports may go unseen. */
function skippedSources({ filesRead, notRead }: OldImports): BlindSpot[] {
  const spots: BlindSpot[] = [];
  if (notRead.length > 0) {
    spots.push({
      what: `which old imports are left in ${counted(notRead.length, 'file')} that could not be read: ${notRead.map(({ file }) => file).join(', ')}`,
      next: 'make them readable, or leave them out of --src',
      decisive: true,
    });
  }
  if (filesRead === 0) {
    spots.push({
      what: 'which old imports are left: no source file was read under --src',
      next: 'give --src the folder of the sources',
      decisive: true,
    });
  }
  return spots;
}

function missingTables({ oldNames }: NameResolution): BlindSpot[] {
  const missing = oldNames.filter(({ state }) => state === 'missing').map(({ entry }) => entry.to);
  if (missing.length === 0) return [];
  return [
    {
      what: `the use of tables that are not in this database: ${missing.join(', ')}`,
      next: 'correct the database in --url, or run canonical-models migrate',
      decisive: true,
    },
  ];
}
