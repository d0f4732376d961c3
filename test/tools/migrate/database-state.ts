import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TableChecksum } from '../../../src/tools/database/checksum.ts';
import { type DatabaseDescription, describeDatabase } from '../../../src/tools/database/describe.ts';
import { type Query, queryOf } from '../../../src/tools/database/query.ts';
import { checksumsOfData } from '../../support/data.ts';

/** All that `migrate` and `revert` could have changed. Two states that are equal are the same database. */
export interface DatabaseState {
  /** With owners, privileges and comments, the schema of the record among them. */
  readonly catalogs: DatabaseDescription;
  /** Every row of every table, but for those that a migration puts there. */
  readonly rows: readonly TableChecksum[];
  /** drizzle-kit's record, but for the times in it. */
  readonly record: readonly Record<string, unknown>[];
  /** What `migrate` and `revert` noted, but for the times. */
  readonly runs: readonly Record<string, unknown>[];
}

export async function databaseState(query: Query): Promise<DatabaseState> {
  return {
    catalogs: await describeDatabase(query, { withoutSchemas: [], owners: true, grants: true, comments: true }),
    rows: await checksumsOfData(query),
    ...(await recordedState(query)),
  };
}

/** The part of a state that `migrate` and `revert` record. */
export async function recordedState(query: Query): Promise<Pick<DatabaseState, 'record' | 'runs'>> {
  const has = async (table: string) =>
    (await query(`SELECT to_regclass($1) IS NOT NULL AS here`, [table])).rows[0]?.['here'] === true;
  return {
    record: (await has('drizzle.canonical_models_migrations'))
      ? (await query('SELECT hash, created_at, name FROM drizzle.canonical_models_migrations ORDER BY id')).rows
      : [],
    runs: (await has('drizzle.canonical_models_runs'))
      ? (await query('SELECT migration, action FROM drizzle.canonical_models_runs ORDER BY id')).rows
      : [],
  };
}

/** The state of the database of a URL, asked over a session of its own. */
export async function databaseStateAt(url: string): Promise<DatabaseState> {
  return withSession(url, ({ query }) => databaseState(query));
}

/**
 * Every version of a row that a database has in its tables and in its own catalogs, summed up by table: equal as long as nothing was
 * written there, and different even after a change that was changed back. For one database at two times, at a fifth of what
 * `databaseState` costs; two databases with the same content never have equal ones.
 */
export async function rowVersions(query: Query): Promise<readonly Record<string, unknown>[]> {
  // Statistics change by themselves, the shared catalogs by what happens in other databases.
  const { rows: tables } = await query(`
    SELECT format('%I.%I', nspname, relname) AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'm') AND NOT relisshared AND relname !~ '^pg_statistic' AND nspname !~ '^pg_(toast|temp)'
    ORDER BY 1`);
  const sums = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS table, count(*), sum(hashtextextended(xmin::text || ctid::text, 0)) FROM ${name}`,
  );
  return (await query(`${sums.join(' UNION ALL ')} ORDER BY 1`)).rows;
}

/** The versions of rows in the database of a URL, asked over a session of its own. */
export async function rowVersionsAt(url: string): Promise<readonly Record<string, unknown>[]> {
  return withSession(url, ({ query }) => rowVersions(query));
}

/** A session beside those under test. */
export interface Session {
  readonly client: pg.Client;
  readonly query: Query;
}

/** Opens a session, and closes it when `run` is done. */
export async function withSession<T>(url: string, run: (session: Session) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' });
  client.on('error', () => {});
  await client.connect();
  try {
    return await run({ client, query: queryOf(client) });
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Waits until a query answers a row, and answers the first one.
 *
 * @throws Error when none comes in 30 seconds.
 */
export async function firstRow(
  query: Query,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Record<string, unknown>> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { rows } = await query(sql, parameters);
    if (rows[0]) return rows[0];
    if (performance.now() > deadline) throw new Error(`No row in 30 s: ${sql}`);
    await sleep(10);
  }
}

/** Waits until the sessions that `migrate` and `revert` opened in this database are gone, whatever became of their clients. */
export async function sessionsGone(query: Query): Promise<void> {
  await firstRow(
    query,
    `SELECT true WHERE NOT EXISTS (
       SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'canonical-models')`,
  );
}
