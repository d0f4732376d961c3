import type { Query } from '../database/query.ts';
import { recordTable } from './record.ts';

/** A session, or a prepared transaction, that holds something another one waits for. */
export interface Blocker {
  /** Its process on the server; `null` for a prepared transaction. */
  readonly pid: number | null;
  /** Its application name, or the name of the prepared transaction. */
  readonly application: string;
  readonly role: string | null;
  /** As in `active` and `idle in transaction`. */
  readonly state: string;
  /** How long its transaction has been open, in seconds. */
  readonly age: number | null;
  /** Its current or last statement, on one line, shortened, without literals; `null` if our role may not see it. */
  readonly query: string | null;
}

const columns = `
  coalesce(nullif(a.application_name, ''), a.backend_type, 'without a name') AS application,
  a.usename::text AS role, coalesce(a.state, 'of another role') AS state, a.query,
  extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age`;

const preparedColumns = `
  p.gid, p.owner::text, 'prepared transaction', NULL, extract(epoch FROM clock_timestamp() - p.prepared)::float8`;

/**
 * Whether the lock `held` belongs to the prepared transaction `p`. `pg_locks` shows the virtual transaction of the session
 * that prepared it, and another one after a restart of the server; so it is found by the lock that it holds on its own number.
 */
const heldByPrepared = `held.pid IS NULL AND held.virtualtransaction IN (
  SELECT own.virtualtransaction FROM pg_locks own
  WHERE own.pid IS NULL AND own.locktype = 'transactionid' AND own.granted AND own.transactionid = p.transaction
)`;

/** Finds who keeps the session of a process waiting right now. */
export async function blockersOf(query: Query, pid: number): Promise<Blocker[]> {
  const { rows } = await query(
    `SELECT a.pid, ${columns}
     FROM unnest(pg_blocking_pids($1)) AS blocking (pid) JOIN pg_stat_activity a ON a.pid = blocking.pid
     UNION ALL
     SELECT NULL, ${preparedColumns} FROM pg_prepared_xacts p
     WHERE 0 = ANY (pg_blocking_pids($1)) AND EXISTS (
       SELECT FROM pg_locks wanted JOIN pg_locks held
         ON (wanted.locktype, wanted.database, wanted.relation, wanted.transactionid)
           IS NOT DISTINCT FROM (held.locktype, held.database, held.relation, held.transactionid)
       WHERE wanted.pid = $1 AND NOT wanted.granted AND ${heldByPrepared}
     )
     ORDER BY age DESC NULLS LAST`,
    [pid],
  );
  return rows.map(blocker);
}

/** Finds who holds a lock on any of these relations that a lock of the given mode would have to wait for. */
export async function holdersOf(
  query: Query,
  relations: readonly { name: string; mode: LockMode }[],
): Promise<Blocker[]> {
  const wanted = relations.map(({ name, mode }) => ({ name, modes: conflicts[mode] }));
  const { rows } = await query(
    `WITH held AS (
       SELECT DISTINCT l.pid, l.virtualtransaction
       FROM json_to_recordset($1::json) AS wanted (name text, modes jsonb)
       JOIN pg_locks l ON l.relation = to_regclass(wanted.name) AND wanted.modes ? l.mode
       WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     )
     SELECT a.pid, ${columns} FROM held JOIN pg_stat_activity a ON a.pid = held.pid
     UNION ALL
     SELECT NULL, ${preparedColumns} FROM held JOIN pg_prepared_xacts p ON ${heldByPrepared}
     ORDER BY age DESC NULLS LAST`,
    [JSON.stringify(wanted)],
  );
  return rows.map(blocker);
}

/** Finds the deploys that have their turn in this database right now, or wait for it. */
export async function deployAtWork(query: Query): Promise<Blocker[]> {
  const { rows } = await query(
    `SELECT a.pid, ${columns} FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (l.classid::bigint << 32) | l.objid::bigint = hashtext('${recordTable}')::bigint
     ORDER BY l.granted DESC, age DESC`,
  );
  return rows.map(blocker);
}

/** Formats a blocker in one sentence, as in `process 4711 (billing, idle in transaction for 20 s): UPDATE customers …`. */
export function blockerText({ pid, application, role, state, age, query }: Blocker): string {
  const who = pid === null ? `prepared transaction ${application}` : `process ${pid}`;
  const what = [pid === null ? undefined : application, role === null ? undefined : `role ${role}`, state]
    .filter((part) => part !== undefined)
    .join(', ');
  return `${who} (${what}${age === null ? '' : `, open for ${Math.round(age)} s`})${query ? `: ${query}` : ''}`;
}

/** PostgreSQL's table-level lock modes, from the weakest to the strongest. */
export const lockModes = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;
export type LockMode = (typeof lockModes)[number];

/** Which modes each mode waits for: the table "Conflicting Lock Modes" of PostgreSQL's manual, section 13.3.1. */
const conflicts: Readonly<Record<LockMode, readonly LockMode[]>> = {
  AccessShareLock: lockModes.slice(7),
  RowShareLock: lockModes.slice(6),
  RowExclusiveLock: lockModes.slice(4),
  ShareUpdateExclusiveLock: lockModes.slice(3),
  ShareLock: lockModes.filter((_, index) => index === 2 || index === 3 || index > 4),
  ShareRowExclusiveLock: lockModes.slice(2),
  ExclusiveLock: lockModes.slice(1),
  AccessExclusiveLock: lockModes,
};

function blocker(row: Record<string, unknown>): Blocker {
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    pid: typeof row['pid'] === 'number' ? row['pid'] : null,
    application: String(row['application']),
    role: text(row['role']),
    state: String(row['state']),
    age: typeof row['age'] === 'number' ? row['age'] : null,
    query: withoutLiterals(text(row['query'])),
  };
}

/**
 * What may contain a literal, or look like one: comments, quoted names, dollar quotes, E-strings, strings, numbers. If only the
 * server's settings or a parser could tell where one ends, it is assumed to go on to the end.
 */
const partsOfStatement = new RegExp(
  [
    String.raw`(?<comment>--.*|/\*(?:(?!/\*)[\s\S])*?\*/|/\*[\s\S]*)`,
    '(?<name>"(?:[^"]|"")*(?:"|$))',
    String.raw`(?<![\w$\u0080-\uffff])(?<dollar>\$(?<tag>[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\k<tag>\$|$))`,
    String.raw`(?<![\w$\u0080-\uffff])(?<escaped>e'(?:[^'\\]|\\[\s\S]?|'')*(?:'(?!')|$))`,
    String.raw`(?<string>'(?:[^'\\]|\\(?!')|'')*(?:'(?!')|$)|'[\s\S]*)`,
    String.raw`(?<![\w$\u0080-\uffff])(?<number>\.?\d[\w.]*)`,
  ].join('|'),
  'gi',
);

/** A statement on one line, at most 100 characters long, with comments and literals left out: they may be passwords. */
export function withoutLiterals(statement: string | null): string | null {
  if (!statement || statement === '<insufficient privilege>') return null;
  const shown = statement
    .replace(partsOfStatement, (part, ...rest) => {
      const { comment, name, dollar, number } = rest.at(-1) as Record<string, string | undefined>;
      if (comment !== undefined) return ' ';
      if (name !== undefined) return part;
      if (dollar !== undefined) return '$$…$$';
      return number === undefined ? "'…'" : '…';
    })
    .replace(/\s+/g, ' ')
    .trim();
  return shown.length > 100 ? `${shown.slice(0, 99)}…` : shown;
}
