import { literal, type Query } from '../database/query.ts';
import type { MigrationAction } from '../database-state.ts';
import type { Migration } from './migrations-folder.ts';
import { missingRecordStatements, recordStatement } from './record.ts';
import { record } from './record-name.ts';

/** The table in which `migrate` and `revert` note what they did and how long it took. drizzle-kit's record has no column for that. */
export const runsTable: string = `${record.schema}.canonical_models_runs`;

/** One migration that was applied or undone by this package. */
export interface MigrationRun {
  readonly migration: string;
  readonly action: MigrationAction | 'reverted';
  /** When it was done. */
  readonly at: Date;
  /** How long its statements took, in milliseconds, the wait for their locks included. */
  readonly milliseconds: number;
  readonly role: string;
}

/** Creates the table if it does not exist. */
export const createRunsStatement: string = `
  CREATE TABLE IF NOT EXISTS ${runsTable} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration text NOT NULL,
    action text NOT NULL,
    at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    milliseconds double precision NOT NULL,
    role name NOT NULL DEFAULT current_user
  )`;

/** The statements that create this table and the record if they are missing: a role that may only use them needs no more rights. */
export async function missingTablesStatements(query: Query): Promise<string[]> {
  return [...(await missingRecordStatements(query)), ...(await missingRunsStatements(query))];
}

async function missingRunsStatements(query: Query): Promise<readonly string[]> {
  const { rows } = await query(`SELECT to_regclass('${runsTable}') IS NULL AS missing`);
  return rows[0]?.['missing'] === true ? [createRunsStatement] : [];
}

/**
 * Notes a run, as the last statement of its work.
 *
 * @param since When that began: with its message, if it is a single one, or with its transaction.
 */
export function noteRunStatement(
  migration: string,
  action: MigrationRun['action'],
  since: 'statement_timestamp()' | 'transaction_timestamp()' = 'statement_timestamp()',
): string {
  return `INSERT INTO ${runsTable} (migration, action, milliseconds)
    VALUES (${literal(migration)}, '${action}', extract(epoch FROM clock_timestamp() - ${since}) * 1000)`;
}

/**
 * The statements that record a migration, in the transaction that applies it.
 *
 * @param since As in `noteRunStatement`.
 */
export function recordStatements(
  migration: Migration,
  action: MigrationAction,
  since?: Parameters<typeof noteRunStatement>[2],
): string[] {
  return [recordStatement(migration), noteRunStatement(migration.name, action, since)];
}

/** Reads the noted runs, oldest first; `undefined` if the role may not read them. */
export async function migrationRuns(query: Query): Promise<MigrationRun[] | undefined> {
  const { rows: found } = await query(
    `SELECT to_regclass('${runsTable}') IS NOT NULL AS there, has_table_privilege(to_regclass('${runsTable}'), 'SELECT') AS readable`,
  );
  if (found[0]?.['there'] !== true) return [];
  if (found[0]['readable'] !== true) return undefined;
  const { rows } = await query(`SELECT migration, action, at, milliseconds, role FROM ${runsTable} ORDER BY id`);
  return rows as unknown as MigrationRun[];
}
