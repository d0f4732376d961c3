import type { Connection } from '../database/connect.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { literal, type Query } from '../database/query.ts';
import { Failure, type FailureDetails } from '../failure.ts';
import { folderOfThePackage, migratedTables, script } from '../migrate/migrate.ts';
import { compareHistory, type History } from '../migrations/history.ts';
import type { Migration } from '../migrations/migrations-folder.ts';
import { isStop, Patience, type PatienceOptions } from '../migrations/patience.ts';
import { assertMayMigrate } from '../migrations/preconditions.ts';
import { appliedMigrations, missingRecordStatements, recordTable } from '../migrations/record.ts';
import { missingRunsStatements, noteRunStatement } from '../migrations/runs.ts';
import { inverseOf } from './inverse.ts';

/** How far to go back, and how. Times are in milliseconds. */
export interface RevertOptions extends PatienceOptions {
  /** The migration to go back to: it stays, all later ones are undone. Its name, or the part of it after the time. */
  readonly to: string;
  /** The folder of migrations; the package's own where not given. */
  readonly folder?: string;
  /** Called before a migration is tried for the first time. */
  readonly onStep?: (step: { readonly migration: string }) => void;
}

/** A migration that this run undid. */
export interface RevertStep {
  readonly migration: string;
  /** How long the transaction that did it took, in milliseconds. */
  readonly milliseconds: number;
  readonly tries: number;
  /** How long the tries before it and the pauses between them took, in milliseconds. */
  readonly waited: number;
}

/** What `revert` did. */
export interface RevertReport {
  readonly version: 1;
  /** Where the connection leads, without the password. */
  readonly database: string;
  readonly steps: readonly RevertStep[];
  /** The newest migration that the database has now; `null` where it has none, or the record could not be read. */
  readonly last: string | null;
  /** Whether `signal` stopped it before all were undone. */
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
export class RevertFailure extends Failure {
  override readonly name = 'RevertFailure';
  readonly report: RevertReport;

  constructor(details: FailureDetails, report: RevertReport) {
    super(details);
    this.report = report;
  }
}

/**
 * Undoes rename migrations, newest first, each in a transaction of its own, with the turn and the locks of `migrate`. Tables get their
 * old names back and keep their rows, those written meanwhile among them; the views under the old names go. Services that already use
 * the canonical names have to go back first.
 *
 * @param connection One session, outside a transaction.
 * @throws {RevertFailure} with exit code 1 where one of the migrations does more than rename, or other objects depend on a view that
 * would go: then nothing is undone. Also as `migrate` does; what was undone before is in its `report`.
 * @throws {Failure} with exit code 2 where there is no such migration, or the folder is not one of this package.
 *
 * @example
 * const report = await revert(connection, { to: 'baseline' });
 */
export async function revert(connection: Connection, options: RevertOptions): Promise<RevertReport> {
  const migrations = folderOfThePackage(options.folder);
  const to = migrationNamed(options.to, migrations);
  const { query } = connection;
  const steps: RevertStep[] = [];
  let object = 'the record of migrations';
  let history: History | undefined;
  const report = (): RevertReport => {
    const last = history?.applied.at(-1)?.name ?? null;
    return { version: 1, database: connection.label, steps, last, interrupted: false };
  };
  try {
    await assertMayMigrate(query, migratedTables, { undo: true });
    history = compareHistory(migrations, await appliedMigrations(query));
    assertApplied(to, history);
    assertWithoutGap(history);
    // All of them before the first one: a way back that ends half-way is none.
    await assertViewsMayGo(query, laterThan(to, history).flatMap(inverseOf));
    const patience = new Patience(connection, options);
    for (let next = laterThan(to, history).at(-1); next; next = laterThan(to, history).at(-1)) {
      object = next.name;
      options.onStep?.({ migration: object });
      const { value, ...took } = await patience.transaction(object, () => undoLast(connection, migrations, to));
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
      throw failure instanceof Failure ? new RevertFailure(failure, report()) : failure;
    }
  }
  return { ...report(), interrupted: history?.applied.at(-1)?.name !== to.name };
}

interface Undone {
  readonly done?: Pick<RevertStep, 'migration' | 'milliseconds'>;
  readonly history: History;
}

/** Undoes the newest migration, if any is left to undo now that it is our turn, and ends the transaction. */
async function undoLast({ query, exec }: Connection, migrations: readonly Migration[], to: Migration): Promise<Undone> {
  const began = performance.now();
  const history = compareHistory(migrations, await appliedMigrations(query));
  assertWithoutGap(history);
  const last = laterThan(to, history).at(-1);
  if (!last) {
    await exec('COMMIT');
    return { history };
  }
  await exec(
    script([
      ...(await missingRecordStatements(query, migrations)),
      ...(await missingRunsStatements(query)),
      giveWayBeforeDeadlocks,
      ...inverseOf(last),
      `DELETE FROM ${recordTable} WHERE name = ${literal(last.name)} AND hash = ${literal(last.hash)}`,
      noteRunStatement(last.name, 'reverted'),
      'COMMIT',
    ]),
  );
  return {
    done: { migration: last.name, milliseconds: performance.now() - began },
    history: { applied: history.applied.filter(({ name }) => name !== last.name), pending: [last, ...history.pending] },
  };
}

/**
 * The view is locked before the table. A client that holds the table, by way of a foreign key say, and now wants the view waits for this
 * transaction, which waits for the client. PostgreSQL ends whoever first has waited for the deadlock timeout. The client waits while
 * this transaction queues for the view and then for the table; where each takes less than half of that time, the client lives, and this
 * transaction gives way. So this comes before the view is dropped.
 */
const giveWayBeforeDeadlocks = `
  SELECT set_config('lock_timeout', greatest(1, least(own.setting::int, deadlock.setting::int / 2 - 1))::text, true)
  FROM pg_settings AS own, pg_settings AS deadlock WHERE own.name = 'lock_timeout' AND deadlock.name = 'deadlock_timeout'`;

/**
 * @param statements Those that undo migrations.
 * @throws {Failure} with exit code 1 where objects depend on a view that they drop, or on its row type.
 */
async function assertViewsMayGo(query: Query, statements: readonly string[]): Promise<void> {
  const views = statements.flatMap((statement) => {
    const [, view] = /^DROP VIEW (.+)$/.exec(statement) ?? [];
    return view === undefined ? [] : [view.includes('"."') ? view : `public.${view}`];
  });
  const { rows } = await query(
    `WITH dropped AS (
       SELECT c.oid, c.reltype, t.typarray, format('%s.%s', n.nspname, c.relname) AS name
       FROM json_array_elements_text($1::json) AS given (name)
       JOIN pg_class c ON c.oid = to_regclass(given.name) AND c.relkind = 'v'
       JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = c.reltype
     )
     SELECT DISTINCT dropped.name AS view, pg_describe_object(classid, objid, objsubid) AS object
     FROM dropped JOIN pg_depend
       ON (refclassid = 'pg_class'::regclass AND refobjid = dropped.oid)
       OR (refclassid = 'pg_type'::regclass AND refobjid IN (dropped.reltype, dropped.typarray))
     WHERE NOT (classid = 'pg_type'::regclass AND objid IN (dropped.reltype, dropped.typarray))
       AND NOT EXISTS (
         SELECT FROM pg_rewrite rule
         WHERE classid = 'pg_rewrite'::regclass AND rule.oid = objid AND rule.ev_class = dropped.oid AND rule.rulename = '_RETURN'
       )
     ORDER BY view, object`,
    [JSON.stringify(views)],
  );
  const [first] = rows;
  if (!first) return;
  throw new Failure({
    object: String(first['view']),
    found: `objects that would go with the views or keep them: ${rows.map(({ view, object }) => `${object} (on ${view})`).join(', ')}`,
    expected: 'views under old names that nothing in the database depends on; nothing was undone',
    next: 'drop these objects, or let them use the canonical names, then run the command again',
    exitCode: 1,
  });
}

function laterThan(to: Migration, { applied }: History): readonly Migration[] {
  return applied.slice(applied.findIndex(({ name }) => name === to.name) + 1);
}

function migrationNamed(to: string, migrations: readonly Migration[]): Migration {
  const found = migrations.filter(({ name }) => name === to || name.replace(/^\d+_/, '') === to);
  if (found.length === 1) return found[0] as Migration;
  throw new Failure({
    object: `--to ${to}`,
    found: found.length === 0 ? 'no migration of that name' : `${found.length} migrations of that name`,
    expected: `one of ${migrations.map(({ name }) => name).join(', ')}`,
    next: 'canonical-models status shows them',
    exitCode: 2,
  });
}

function assertApplied(to: Migration, { applied }: History): void {
  if (applied.some(({ name }) => name === to.name)) return;
  throw new Failure({
    object: to.name,
    found: 'a migration that this database does not have',
    expected: `one that it has: ${applied.map(({ name }) => name).join(', ') || 'none yet'}`,
    next: 'canonical-models status shows them',
    exitCode: 1,
  });
}

/** What is not in the record can't be undone, and what was built on it can't be undone before it. */
function assertWithoutGap({ applied, pending }: History): void {
  const last = applied.at(-1);
  const missing = pending.find(({ folderMillis }) => last !== undefined && folderMillis < last.folderMillis);
  if (!missing || !last) return;
  throw new Failure({
    object: missing.name,
    found: `no row in ${recordTable}, which has the later ${last.name}`,
    expected: 'every migration up to the newest one in the record',
    next: 'canonical-models migrate says what is missing',
    exitCode: 1,
  });
}
