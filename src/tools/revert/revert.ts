import { CanonicalModelsError, Conflict, InvalidInput } from '../../errors.ts';
import { type Connection, withTaggedErrors } from '../database/connect.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { literal } from '../database/query.ts';
import { readOnlyTransaction } from '../database/read-only-transaction.ts';
import { folderOfThePackage, migratedTables, script } from '../migrate/migrate.ts';
import { compareHistory, type History } from '../migrations/history.ts';
import { laterColumnsStatements } from '../migrations/later-columns.ts';
import type { Migration } from '../migrations/migrations-folder.ts';
import { obstaclesFailure } from '../migrations/obstacle.ts';
import {
  listOutsideReaders,
  noOutsideReaders,
  type OutsideReaders,
  renameNotes,
} from '../migrations/outside-readers.ts';
import { isStop, Patience, type PatienceOptions } from '../migrations/patience.ts';
import { missingRights } from '../migrations/preconditions.ts';
import { appliedMigrations, recordTable } from '../migrations/record.ts';
import { missingTablesStatements, noteRunStatement } from '../migrations/runs.ts';
import { RunFailure } from '../run-failure.ts';
import { inverseOf, renamedTables } from './inverse.ts';
import { assertWayBack, wayBack } from './preconditions.ts';

/** How far to go back, and how. Times are in milliseconds. */
export interface RevertOptions extends PatienceOptions {
  /** The migration to go back to: it stays, all later renames are undone. Its name, or the part of it after the time. */
  readonly to: string;
  /** The migrations folder. Default: the package's own. */
  readonly folder?: string;
  /** Called before the first migration is undone if somebody reads its table outside of SQL on this server. */
  readonly onOutsideReaders?: (readers: OutsideReaders) => void;
  /** Called before a migration is tried for the first time. */
  readonly onStep?: (step: { readonly migration: string }) => void;
}

/** A migration that this run undid. */
export interface RevertStep {
  readonly migration: string;
  /** How long its transaction took, in milliseconds. */
  readonly milliseconds: number;
  readonly tries: number;
  /** How long earlier tries and the pauses between them took, in milliseconds. */
  readonly waited: number;
}

/** What `revert` did. */
export interface RevertReport {
  readonly version: 1;
  /** Where the connection leads, without the password. */
  readonly database: string;
  /** Who reads the tables that were to get their old names outside of SQL on this server, as it was before. */
  readonly outside: OutsideReaders;
  readonly steps: readonly RevertStep[];
  /** The later migrations that rename no table, oldest first: they stay applied and recorded, with everything they created. */
  readonly kept: readonly string[];
  /** The newest migration that the database has now, except for `kept`; `null` if it has none, or the record could not be read. */
  readonly last: string | null;
  /** The migration at which the run stopped, which is not undone; `null` if it ran to its end. */
  readonly stoppedAt: string | null;
  /** Whether `signal` stopped it before all renames were undone. */
  readonly interrupted: boolean;
}

/**
 * A failure of `revert`, with what the run had undone before it.
 *
 * @example
 * try {
 *   await revert(connection, { to: 'baseline' });
 * } catch (error) {
 *   if (error instanceof RevertFailure) console.error(error.report.steps, error.next);
 * }
 */
export class RevertFailure extends RunFailure<RevertReport> {
  override readonly name = 'RevertFailure';
}

/**
 * Undoes rename migrations, newest first, each in a transaction of its own, with the turn and the locks of `migrate`. Tables get their
 * old names back and keep all their rows, including recent ones; the views under the old names are dropped. Services that already use
 * the canonical names have to go back first.
 *
 * Later migrations that rename no table stay: their columns, policies, indexes, foreign keys and triggers follow a table to its old name.
 * `migrate` and `drizzle-kit migrate` apply the undone renames again, even with later migrations present; columns that were added after a
 * rename are recorded, so that the view under the old name is created without them again.
 *
 * @param connection One session, outside a transaction.
 * @throws {RevertFailure} caused by a `Conflict` if a rename does more than rename, other objects or a later migration need a view that
 * would be dropped, a function names a canonical table in its text, or the record is wrong: then nothing is undone. Also for the errors
 * of `migrate`; its `report` lists what was undone before.
 * @throws {InvalidInput} if there is no such migration, or the folder is not one of this package.
 *
 * @example
 * const report = await revert(connection, { to: 'baseline' });
 * console.log(report.steps.map(({ migration }) => migration), report.kept);
 */
export async function revert(connection: Connection, options: RevertOptions): Promise<RevertReport> {
  const migrations = folderOfThePackage(options.folder);
  const to = migrationNamed(options.to, migrations);
  connection = withTaggedErrors(connection);
  const { query } = connection;
  const steps: RevertStep[] = [];
  let object = 'the record of migrations';
  let history: History = { applied: [], pending: [] };
  let outside = noOutsideReaders;
  const report = (interrupted: boolean): RevertReport => {
    const way = wayBack(to, history);
    const kept = new Set(way.kept.map(({ name }) => name));
    const last = history.applied.findLast(({ name }) => !kept.has(name))?.name ?? null;
    const stoppedAt = way.undone.at(-1)?.name ?? null;
    return { version: 1, database: connection.label, outside, steps, kept: [...kept], last, stoppedAt, interrupted };
  };
  /** What is known now; another run may have undone the same renames a moment ago. */
  const know = (known: History): void => {
    history = known;
    const next = wayBack(to, known).undone.at(-1)?.name;
    if (next === undefined || next === object) return;
    object = next;
    options.onStep?.({ migration: next });
  };
  try {
    const [right, ...more] = await missingRights(query, migratedTables, { undo: true });
    if (right) throw obstaclesFailure('the database', [right, ...more]);
    await readOnlyTransaction(query, 'catalogs and a record of migrations that can be read', async () => {
      history = compareHistory(migrations, await appliedMigrations(query));
      assertApplied(to, history);
      const way = wayBack(to, history);
      await assertWayBack(query, way);
      const tables = way.undone.flatMap(renamedTables).map((table) => table.to);
      outside = await listOutsideReaders(query, tables);
    });
    if (renameNotes(outside).length > 0) options.onOutsideReaders?.(outside);
    const patience = new Patience(connection, options);
    while (wayBack(to, history).undone.length > 0) {
      know(history);
      const { value, ...took } = await patience.transaction(
        () => object,
        () => undoLast(connection, migrations, to, know),
      );
      if (value.done) steps.push({ ...value.done, ...took });
      history = value.history;
    }
  } catch (error) {
    if (!isStop(error, options.signal)) {
      const failure = databaseFailure(error, {
        object,
        expected: 'a migration that is undone whole; nothing of it was changed',
        expectedWhenLost: 'a migration that is undone whole or not at all; the next run finds out which',
      });
      throw failure instanceof CanonicalModelsError ? new RevertFailure(failure, report(false)) : failure;
    }
    return report(true);
  }
  return report(false);
}

interface Undone {
  readonly done?: Pick<RevertStep, 'migration' | 'milliseconds'>;
  readonly history: History;
}

/**
 * Undoes the newest rename, if any is left to undo now that it is our turn, and ends the transaction.
 *
 * @param know Called with what is applied before anything is tried.
 */
async function undoLast(
  { query, exec }: Connection,
  migrations: readonly Migration[],
  to: Migration,
  know: (history: History) => void,
): Promise<Undone> {
  const began = performance.now();
  const applied = await appliedMigrations(query);
  const history = compareHistory(migrations, applied);
  know(history);
  const last = wayBack(to, history).undone.at(-1);
  if (!last) {
    await exec('COMMIT');
    return { history };
  }
  const laterColumns: string[] = [];
  for (const names of renamedTables(last)) laterColumns.push(...(await laterColumnsStatements(query, names)));
  await exec(
    script([
      ...(await missingTablesStatements(query)),
      ...laterColumns,
      giveWayBeforeDeadlocks,
      ...inverseOf(last),
      `DELETE FROM ${recordTable} WHERE name = ${literal(last.name)} AND hash = ${literal(last.hash)}`,
      noteRunStatement(last.name, 'reverted'),
      'COMMIT',
    ]),
  );
  return {
    done: { migration: last.name, milliseconds: performance.now() - began },
    history: compareHistory(
      migrations,
      applied?.filter(({ hash }) => hash !== last.hash),
    ),
  };
}

/**
 * The view is locked before the table. A client that holds the table, through a foreign key say, and now wants the view waits for this
 * transaction, which waits for the client. PostgreSQL cancels the first one that has waited for the deadlock timeout. The client waits
 * while this transaction queues for the view and then for the table; if each takes less than half of that time, the client survives, and
 * this transaction gives way. That is why this runs before the view is dropped.
 */
const giveWayBeforeDeadlocks = `
  SELECT set_config('lock_timeout', greatest(1, least(own.setting::int, deadlock.setting::int / 2 - 1))::text, true)
  FROM pg_settings AS own, pg_settings AS deadlock WHERE own.name = 'lock_timeout' AND deadlock.name = 'deadlock_timeout'`;

function migrationNamed(to: string, migrations: readonly Migration[]): Migration {
  const found = migrations.filter(({ name }) => name === to || name.replace(/^\d+_/, '') === to);
  if (found.length === 1) return found[0] as Migration;
  throw new InvalidInput({
    object: `--to ${to}`,
    found: found.length === 0 ? 'no migration of that name' : `${found.length} migrations of that name`,
    expected: `one of ${migrations.map(({ name }) => name).join(', ')}`,
    next: 'canonical-models status shows them',
  });
}

function assertApplied(to: Migration, { applied }: History): void {
  if (applied.some(({ name }) => name === to.name)) return;
  throw new Conflict({
    object: to.name,
    found: 'a migration that this database does not have',
    expected: `one that it has: ${applied.map(({ name }) => name).join(', ') || 'none yet'}`,
    next: 'canonical-models status shows them',
  });
}
