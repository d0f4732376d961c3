import type { Connection } from '../database/connect.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { literal } from '../database/query.ts';
import { Failure } from '../failure.ts';
import { folderOfThePackage, migratedTables, missingRuns, script } from '../migrate/migrate.ts';
import { compareHistory, type History } from '../migrations/history.ts';
import type { Migration } from '../migrations/migrations-folder.ts';
import { Patience, type PatienceOptions } from '../migrations/patience.ts';
import { assertMayMigrate } from '../migrations/preconditions.ts';
import { appliedMigrations, recordTable } from '../migrations/record.ts';
import { noteRunStatement } from '../migrations/runs.ts';
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
  /** The newest migration that the database has now. */
  readonly last: string;
  /** Whether `signal` stopped it before all were undone. */
  readonly interrupted: boolean;
}

/**
 * Undoes rename migrations, newest first, each in a transaction of its own, with the turn and the locks of `migrate`. Tables get their
 * old names back and keep their rows, those written meanwhile among them; the views under the old names go. Services that already use
 * the canonical names have to go back first.
 *
 * @param connection One session, outside a transaction.
 * @throws {Failure} with exit code 1 where one of the migrations does more than rename: then nothing is undone. Also as `migrate` does.
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
  try {
    await assertMayMigrate(query, migratedTables);
    history = compareHistory(migrations, await appliedMigrations(query));
    assertApplied(to, history);
    assertWithoutGap(history);
    // All of them before the first one: a way back that ends half-way is none.
    for (const migration of laterThan(to, history)) inverseOf(migration);
    const patience = new Patience(connection, options);
    for (let next = laterThan(to, history).at(-1); next; next = laterThan(to, history).at(-1)) {
      object = next.name;
      options.onStep?.({ migration: object });
      const { value, ...took } = await patience.transaction(object, () => undoLast(connection, migrations, to));
      if (value.done) steps.push({ ...value.done, ...took });
      history = value.history;
    }
  } catch (error) {
    if (!options.signal?.aborted || error instanceof Failure) {
      throw databaseFailure(error, {
        object,
        expected: 'a migration that is undone whole; nothing of it was changed',
        expectedWhenLost: 'a migration that is undone whole or not at all; the next run finds out which',
      });
    }
  }
  const last = history?.applied.at(-1)?.name ?? to.name;
  return { version: 1, database: connection.label, steps, last, interrupted: last !== to.name };
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
      ...(await missingRuns(query)),
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
