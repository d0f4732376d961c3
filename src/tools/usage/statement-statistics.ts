import type { Query } from '../database/query.ts';
import { type BlindSpot, excerpt, type Unread } from './blind-spot.ts';
import type { NameResolution } from './name-resolution.ts';
import type { Action } from './relation-references.ts';
import { counterKey, type RememberedPoint } from './remembered-point.ts';
import { type Counter, doubtOfUse, doubtsOfOthers, hasForeignAlias } from './shared-counters.ts';
import { type Reader, usesOfStatement } from './uses-of-text.ts';

/** Calls of one statement that uses an old name, by one role. */
export interface StatementUse {
  /** The old name, as in `public.messages`. */
  readonly name: string;
  readonly role: string;
  readonly action: Action;
  /** Calls in the examined time. */
  readonly calls: number;
  /** Whether clients sent it themselves, or a function ran it. */
  readonly topLevel: boolean;
  /** The beginning of its text. */
  readonly text: string;
  /** `queryid` of `pg_stat_statements`, for looking it up there. */
  readonly queryId: string;
}

/** The time over which statements were counted. */
export interface StatementPeriod {
  /** When counting began, by the server's clock. */
  readonly from: Date;
  readonly until: Date;
  /** What the beginning is: a remembered point, or the beginning of the statistics. */
  readonly since: 'remembered' | 'statistics';
  /** Whether calls from before the rename may be among those counted. */
  readonly mayPrecedeRename: boolean;
}

/** A counter whose text names an old name, although later calls may have used another one. */
export interface SharedCounter {
  /** The old name, as in `public.messages`. */
  readonly name: string;
  readonly role: string;
  /** The beginning of its text, without constants. */
  readonly text: string;
  /** `queryid` of `pg_stat_statements`. */
  readonly queryId: string;
  /** The statement that removes the counter, so that the next call starts a new one. It takes an administrator. */
  readonly reset: string;
}

/** The evidence of `pg_stat_statements`. */
export interface StatementStatistics {
  /** Undefined if the statistics can't be read. */
  readonly period?: StatementPeriod;
  /** How many statements were read. */
  readonly read: number;
  readonly uses: readonly StatementUse[];
  /** Counters with an old name in their text that also count calls of other names. They are among `unread`. */
  readonly shared: readonly SharedCounter[];
  readonly unread: readonly Unread[];
  readonly blindSpots: readonly BlindSpot[];
}

/** How to read the statistics. */
export interface StatisticsOptions {
  readonly names: NameResolution;
  readonly remembered?: RememberedPoint;
  /** When the last rename was applied, if the record has it. */
  readonly renamedAt?: Date;
  /** Fingerprints of the statements of this package's migrations. */
  readonly migrations: ReadonlySet<string>;
  /** Whether to read statements without calls in the counted time, too. @default false */
  readonly uncalled?: boolean;
  readonly onProgress?: (read: number, of: number) => void;
}

/** Where the statistics are. */
export interface StatisticsPlace {
  /** The schema of the extension, quoted; undefined if this database has no usable one. */
  readonly schema?: string;
  /** Whether a counter records when it began: from version 1.11 of the extension. */
  readonly dated?: boolean;
  readonly missing?: BlindSpot;
}

/** Finds the extension in this database, or says what is missing. */
export async function statisticsSchema(query: Query): Promise<StatisticsPlace> {
  const { rows } = await query(
    `SELECT (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
             WHERE extname = 'pg_stat_statements') AS schema,
       (SELECT string_to_array(extversion, '.')::int[] < ARRAY[1, 9] FROM pg_extension
        WHERE extname = 'pg_stat_statements') AS outdated,
       (SELECT string_to_array(extversion, '.')::int[] >= ARRAY[1, 11] FROM pg_extension
        WHERE extname = 'pg_stat_statements') AS dated,
       EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') AS loaded,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS available`,
  );
  const { schema, outdated, dated, loaded, available } = rows[0] ?? {};
  const missing = (what: string, next: string) => ({ missing: { what, next, decisive: true } });
  if (available !== true && typeof schema !== 'string') {
    return missing('which statements ran: the server does not have pg_stat_statements', 'install the contrib modules');
  }
  if (loaded !== true) {
    const load =
      "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements', keeping its present entries; restart the server";
    const create = typeof schema === 'string' ? '' : '; CREATE EXTENSION pg_stat_statements';
    return missing('which statements ran: the server has not loaded pg_stat_statements', `${load}${create}`);
  }
  if (typeof schema !== 'string') {
    return missing(
      'which statements ran: this database does not have the extension pg_stat_statements',
      'CREATE EXTENSION pg_stat_statements',
    );
  }
  if (outdated === true) {
    return missing(
      'which statements ran: the extension pg_stat_statements is of an older version than 1.9',
      'ALTER EXTENSION pg_stat_statements UPDATE',
    );
  }
  return { schema, dated: dated === true };
}

/** Reads the calls through old names that `pg_stat_statements` counted in this database, since the remembered point if there is one. */
export async function readStatistics(query: Query, options: StatisticsOptions): Promise<StatementStatistics> {
  const { schema, dated, missing } = await statisticsSchema(query);
  if (schema === undefined) return { read: 0, uses: [], shared: [], unread: [], blindSpots: missing ? [missing] : [] };
  const { names, remembered } = options;

  const { rows: infos } = await query(
    `SELECT stats_reset, dealloc::text AS dropped, clock_timestamp() AS now,
       current_setting('server_version_num')::int / 10000 AS major,
       (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database
     FROM ${schema}.pg_stat_statements_info`,
  );
  const info = infos[0] ?? {};
  const reset = info['stats_reset'] as Date;
  const until = info['now'] as Date;
  const major = Number(info['major']);
  const resetOf = (id: string) => `SELECT ${schema}.pg_stat_statements_reset(0, ${info['database']}, ${id})`;
  const { rows } = await query(
    `SELECT queryid::text AS id, userid::text AS role, toplevel AS top_level, calls::text AS calls, query AS text,
       ${dated ? 'stats_since' : 'NULL'} AS began
     FROM ${schema}.pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const hidden = rows.filter(({ id }) => id === null);
  const all = rows
    .filter(({ id }) => id !== null)
    .map((row) => ({
      id: String(row['id']),
      role: String(row['role']),
      topLevel: row['top_level'] === true,
      calls: Number(row['calls']),
      text: row['text'] === null ? undefined : String(row['text']),
      began: row['began'] instanceof Date ? row['began'] : undefined,
    }));

  const continues = remembered?.statisticsReset.getTime() === reset.getTime();
  const base = continues ? remembered : undefined;
  const from = base ? base.at : reset;
  const { renamedAt } = options;
  const counted = all.flatMap((statement) => {
    const before = base?.calls.get(counterKey(statement.id, statement.role, statement.topLevel));
    // Fewer calls than before: this statement's counter was reset.
    const isNew = before === undefined || statement.calls < before;
    const calls = isNew ? statement.calls : statement.calls - before;
    const began = statement.began ?? (isNew ? from : undefined);
    return calls > 0 || options.uncalled ? [{ ...statement, calls, began }] : [];
  });

  const uses: StatementUse[] = [];
  const shared: SharedCounter[] = [];
  const unread: Unread[] = [];
  let aliased = 0;
  const temporaryTables = new Map<string, Set<string>>();
  const readers = (role: string, topLevel: boolean): Reader => ({
    names,
    role,
    topLevel,
    migrations: options.migrations,
    temporaryTables: temporaryTables.get(role) ?? new Set(),
  });
  // Temporary tables are searched in all statements: a session may have created one before the remembered point.
  for (const { role, text } of all) {
    if (text === undefined || !/\btemp/i.test(text)) continue;
    const made = usesOfStatement(text, readers(role, true)).temporaryTables;
    if (made.length > 0) temporaryTables.set(role, new Set([...(temporaryTables.get(role) ?? []), ...made]));
  }
  let read = 0;
  for (const { id, role, topLevel, calls, text, began } of counted) {
    if (++read % statementsPerBreath === 0) {
      options.onProgress?.(read, counted.length);
      await new Promise(setImmediate);
    }
    const of = names.roleName(role) ?? `role ${role}`;
    if (text === undefined) {
      const everyName = names.oldNames.map(({ entry }) => entry.from);
      unread.push({ where: 'statement', of, text: '', reason: 'its text is lost', mentions: everyName });
      continue;
    }
    if (isOfForeignKey(text, topLevel)) continue;
    const found = usesOfStatement(text, readers(role, topLevel));
    const shown = excerpt(text);
    const counter: Counter = {
      major,
      text: found,
      from,
      remembered: base !== undefined,
      ...(began && { began }),
      ...(renamedAt && { renamedAt }),
    };
    for (const use of found.uses) {
      const name = use.oldName.entry.from;
      const reason = doubtOfUse(counter, use, names);
      if (reason === undefined) {
        uses.push({ name, role: of, action: use.action, calls, topLevel, text: shown, queryId: id });
        continue;
      }
      const next = `${resetOf(id)}; canonical-models usage --remember`;
      unread.push({ where: 'statement', of, text: shown, reason, mentions: [name], next });
      shared.push({ name, role: of, text: shown, queryId: id, reset: resetOf(id) });
    }
    const { unknown } = found;
    if (unknown) unread.push({ where: 'statement', of, text: shown, ...unknown });
    const doubts = doubtsOfOthers(counter, names).filter(
      ({ oldName }) => !unknown?.mentions.includes(oldName.entry.from),
    );
    for (const { oldName, reason } of doubts) {
      const next = `--watch to see who runs it; ${resetOf(id)} restarts its counter`;
      unread.push({ where: 'statement', of, text: shown, reason, mentions: [oldName.entry.from], next });
    }
    if (doubts.length === 0 && hasForeignAlias(counter)) aliased++;
  }

  const dropped = Number(info['dropped']) - (base?.dropped ?? 0);
  return {
    period: {
      from,
      until,
      since: base ? 'remembered' : 'statistics',
      mayPrecedeRename: renamedAt === undefined || from < renamedAt,
    },
    read,
    uses: uses.sort((one, another) => another.calls - one.calls || one.name.localeCompare(another.name)),
    shared,
    unread,
    blindSpots: [
      ...(aliased > 0 ? [foreignAliases(aliased, major)] : []),
      ...(remembered && !base ? [afterReset(remembered, reset)] : []),
      ...(base ? vanished(base, all) : []),
      ...(hidden.length > 0 ? [hiddenTexts(hidden.length)] : []),
      ...(dropped > 0 ? [droppedStatements(dropped)] : []),
      ...(await settingsThatHide(query)),
    ],
  };
}

/** Whether the server itself runs it to check a foreign key. Names in such a check follow the rename. */
function isOfForeignKey(text: string, topLevel: boolean): boolean {
  return (
    !topLevel && /^(SELECT \S+ FROM|DELETE FROM|UPDATE) ONLY "/.test(text) && text.includes('OPERATOR(pg_catalog.')
  );
}

function foreignAliases(count: number, major: number): BlindSpot {
  return {
    what: `whether ${count} statements that name other tables under an alias ran on an old name, too: PostgreSQL ${major} counts statements together that differ only in the table`,
    next: 'canonical-models usage --watch shows the statements as they are sent',
    decisive: false,
  };
}

/** After how many statements progress and signals get their turn. */
const statementsPerBreath = 100;

function afterReset(remembered: RememberedPoint, reset: Date): BlindSpot {
  return {
    what: `what ran between ${stamp(remembered.at)}, the remembered point, and ${stamp(reset)}: the statistics were reset or lost then`,
    next: 'the calls since the reset count; canonical-models usage --remember sets a new point',
    decisive: false,
  };
}

function vanished(base: RememberedPoint, all: readonly { id: string; role: string; topLevel: boolean }[]): BlindSpot[] {
  const here = new Set(all.map(({ id, role, topLevel }) => counterKey(id, role, topLevel)));
  const gone = [...base.calls.keys()].filter((key) => !here.has(key)).length;
  if (gone === 0) return [];
  return [
    {
      what: `the calls of ${gone} statements that were remembered and whose counters are gone`,
      next: 'keep pg_stat_statements_reset away, then canonical-models usage --remember, and ask again later',
      decisive: true,
    },
  ];
}

function hiddenTexts(count: number): BlindSpot {
  return {
    what: `the texts of ${count} statements of other roles`,
    next: 'as an administrator: GRANT pg_read_all_stats TO the role that asks',
    decisive: true,
  };
}

function droppedStatements(count: number): BlindSpot {
  return {
    what: `statements that the server dropped for lack of room, which it did ${count} times`,
    next: 'raise pg_stat_statements.max, restart the server, canonical-models usage --remember',
    decisive: true,
  };
}

/** Finds the settings, for all roles or for some, under which statements run uncounted. */
async function settingsThatHide(query: Query): Promise<BlindSpot[]> {
  const { rows } = await query(
    `SELECT name, setting, NULL AS scope, 'ALTER SYSTEM' AS alter FROM pg_settings
     WHERE name IN ('pg_stat_statements.track', 'pg_stat_statements.track_utility', 'pg_stat_statements.save', 'compute_query_id')
     UNION ALL
     SELECT split_part(line, '=', 1), split_part(line, '=', 2), coalesce('role ' || rolname, 'database ' || current_database()),
       coalesce('ALTER ROLE ' || quote_ident(rolname), 'ALTER DATABASE ' || quote_ident(current_database()))
     FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS line
     WHERE split_part(line, '=', 1) IN ('pg_stat_statements.track', 'pg_stat_statements.track_utility', 'compute_query_id')
       AND s.setdatabase IN ((SELECT oid FROM pg_database WHERE datname = current_database()), 0)`,
  );
  return rows.flatMap(({ name, setting, scope, alter }): BlindSpot[] => {
    const set = `${alter} SET`;
    const of = scope === null ? '' : ` of ${scope}`;
    if (name === 'pg_stat_statements.track' && setting === 'none') {
      return [
        {
          what: `which statements${of} ran: pg_stat_statements.track = none`,
          next: `${set} ${name} = 'all'`,
          decisive: true,
        },
      ];
    }
    if (name === 'compute_query_id' && (setting === 'off' || setting === 'regress')) {
      return [
        {
          what: `which statements${of} ran: compute_query_id = ${setting}`,
          next: `${set} ${name} = 'auto'`,
          decisive: true,
        },
      ];
    }
    if (name === 'pg_stat_statements.track' && setting === 'top') {
      const what = `what functions${of} run inside: pg_stat_statements.track = top; their texts are read instead`;
      return [{ what, next: `${set} ${name} = 'all'`, decisive: false }];
    }
    if (name === 'pg_stat_statements.track_utility' && setting === 'off') {
      const what = `LOCK, TRUNCATE, COPY and other DDL${of}: pg_stat_statements.track_utility = off`;
      return [{ what, next: `${set} ${name} = on`, decisive: false }];
    }
    return [];
  });
}

/** Formats a time for reports: in UTC, to the second. */
export function stamp(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
