import { NotSetUp } from '../../errors.ts';
import { parseQualifiedName } from '../../registry/qualified-name.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { identifier, type Query } from '../database/query.ts';
import { settleStatement } from '../database/settings.ts';
import { missingSchemaStatements } from '../migrations/record.ts';
import { record } from '../migrations/record-name.ts';

/** The table of remembered counters: beside the record of migrations, so that they outlive the runner that remembered them. */
export const rememberedTable: string = `${record.schema}.canonical_models_usage`;

/** The statement counters at a point in time. */
export interface RememberedPoint {
  /** When it was remembered, by the clock of the server. */
  readonly at: Date;
  /** When the statistics began. Other statistics begin at another time. */
  readonly statisticsReset: Date;
  /** How many statements had been dropped for lack of space. */
  readonly dropped: number;
  /** Calls by `counterKey`. */
  readonly calls: ReadonlyMap<string, number>;
}

/** Identifies a counter of `pg_stat_statements` in one database. */
export function counterKey(queryId: string, role: string, topLevel: boolean): string {
  return `${queryId} ${role} ${topLevel ? 't' : 'f'}`;
}

/**
 * Remembers the current counters of this database, replacing those remembered before. Texts of statements are not stored.
 *
 * @param schema The schema of the extension pg_stat_statements, quoted.
 * @throws {NotSetUp} if the role may not write, or there are no statistics.
 */
export async function rememberPoint(query: Query, schema: string): Promise<Date> {
  try {
    await query('BEGIN ISOLATION LEVEL READ COMMITTED NOT DEFERRABLE');
    await query(settleStatement());
    await assertAllVisible(query, schema);
    await query(`SELECT pg_advisory_xact_lock(hashtext('${rememberedTable}'))`);
    for (const statement of await missingSchemaStatements(query)) await query(statement);
    await query(`CREATE TABLE IF NOT EXISTS ${rememberedTable} (
      remembered_at timestamptz NOT NULL, database oid NOT NULL, statistics_reset timestamptz NOT NULL, dropped bigint NOT NULL,
      counters jsonb NOT NULL)`);
    await query(`DELETE FROM ${rememberedTable}`);
    const { rows } = await query(
      `INSERT INTO ${rememberedTable}
       ${currentCounters(schema)} RETURNING remembered_at`,
    );
    await query('COMMIT');
    return rows[0]?.['remembered_at'] as Date;
  } catch (error) {
    await query('ROLLBACK').catch(() => {});
    throw rememberFailure(error);
  }
}

/** A query for the current counters of this database: a row as the table of remembered counters has it. */
export function currentCounters(schema: string): string {
  return `SELECT clock_timestamp() AS remembered_at, (SELECT oid FROM pg_database WHERE datname = current_database()) AS database,
         info.stats_reset AS statistics_reset, info.dealloc AS dropped, coalesce(
         (SELECT jsonb_object_agg(concat(queryid, ' ', userid, ' ', toplevel), calls) FROM ${schema}.pg_stat_statements(false)
          WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL), '{}') AS counters
       FROM ${schema}.pg_stat_statements_info AS info`;
}

/** @throws {NotSetUp} if the role may not read every counter. */
export async function assertAllVisible(query: Query, schema: string): Promise<void> {
  const { rows } = await query(
    `SELECT current_user AS role FROM ${schema}.pg_stat_statements(false) WHERE queryid IS NULL LIMIT 1`,
  );
  if (!rows[0]) return;
  throw new NotSetUp({
    object: '--remember',
    found: `counters that ${rows[0]['role']} may not read`,
    expected: 'a role that sees the statements of every role',
    next: `as an administrator: GRANT pg_read_all_stats TO ${identifier(String(rows[0]['role']))}`,
  });
}

/**
 * Reads the last remembered point; undefined if there is none, or it was remembered in a database that this one is a copy of, as a replica
 * is of its primary.
 *
 * @throws {NotSetUp} if there is one that the role may not read.
 */
export async function readRememberedPoint(query: Query): Promise<RememberedPoint | undefined> {
  const { schema, name } = parseQualifiedName(rememberedTable);
  const { rows: tables } = await query(
    `SELECT current_user AS role, has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  const [table] = tables;
  if (!table) return undefined;
  if (table['readable'] !== true) {
    const role = identifier(String(table['role']));
    throw new NotSetUp({
      object: rememberedTable,
      found: `no right of ${table['role']} to read it`,
      expected: 'a role that can read the remembered point',
      next: `as an administrator: GRANT USAGE ON SCHEMA ${schema} TO ${role}; GRANT SELECT ON ${rememberedTable} TO ${role}`,
    });
  }
  const { rows } = await query(
    `SELECT remembered_at, statistics_reset, dropped::text AS dropped, counters FROM ${rememberedTable}
     WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND NOT pg_is_in_recovery()
     ORDER BY remembered_at DESC LIMIT 1`,
  );
  const [row] = rows;
  if (!row) return undefined;
  return {
    at: row['remembered_at'] as Date,
    statisticsReset: row['statistics_reset'] as Date,
    dropped: Number(row['dropped']),
    calls: new Map(Object.entries(row['counters'] as Record<string, number>)),
  };
}

/** SQLSTATEs of failures to remember a point, with what to do. */
const advice: Readonly<Record<string, readonly [expected: string, next: string]>> = {
  '55000': [
    'a server that has loaded pg_stat_statements',
    "set shared_preload_libraries = 'pg_stat_statements', and restart the server",
  ],
  '42501': [
    `a role that may write ${rememberedTable} and read the statistics`,
    'connect as the role that migrates, or as an administrator',
  ],
  '25006': [
    'a session that may write, or a file',
    'on a replica: canonical-models usage --remember --point <file>; otherwise connect with a role that is not read-only',
  ],
};

export function rememberFailure(error: unknown): unknown {
  const { code = '', message } = (error ?? {}) as { code?: string; message?: string };
  const [expected, next] = advice[code] ?? [];
  if (expected === undefined || next === undefined) {
    return databaseFailure(error, {
      object: '--remember',
      expected: 'statistics that can be read, and a table for them',
    });
  }
  return new NotSetUp({
    object: '--remember',
    found: `an error: ${message}`,
    expected,
    next,
    cause: error,
  });
}
