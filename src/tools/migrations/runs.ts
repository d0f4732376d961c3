import { literal, type Query } from '../database/query.ts';

/** Where `migrate` and `revert` note what they did and how long it took. drizzle-kit's own record has no place for that. */
export const runsTable = 'drizzle.canonical_models_runs';

/** One migration that was applied or undone by this package. */
export interface MigrationRun {
  readonly migration: string;
  readonly action: 'applied' | 'recorded' | 'reverted';
  /** When it was done. */
  readonly at: Date;
  /** How long its statements took, in milliseconds, the wait for their locks included. */
  readonly milliseconds: number;
  readonly role: string;
}

/** Makes the table, where it is not there yet. */
export const createRunsStatement: string = `
  CREATE TABLE IF NOT EXISTS ${runsTable} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration text NOT NULL,
    action text NOT NULL,
    at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
    milliseconds double precision NOT NULL,
    role name NOT NULL DEFAULT current_user
  )`;

/** Notes a run: as the last statement of the message that did it, so that the message's own time is the time that it took. */
export function noteRunStatement(migration: string, action: MigrationRun['action']): string {
  return `INSERT INTO ${runsTable} (migration, action, milliseconds)
    VALUES (${literal(migration)}, '${action}', extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000)`;
}

/** What was noted, oldest first. */
export async function migrationRuns(query: Query): Promise<MigrationRun[]> {
  const { rows: found } = await query(
    `SELECT to_regclass('${runsTable}') IS NOT NULL AND has_table_privilege(to_regclass('${runsTable}'), 'SELECT') AS readable`,
  );
  if (found[0]?.['readable'] !== true) return [];
  const { rows } = await query(`SELECT migration, action, at, milliseconds, role FROM ${runsTable} ORDER BY id`);
  return rows as unknown as MigrationRun[];
}
