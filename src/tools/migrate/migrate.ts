import { CanonicalModelsError, Conflict, InvalidInput } from '../../errors.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import { baselineTables, inspectBaseline } from '../baseline/baseline.ts';
import { type Connection, withTaggedErrors } from '../database/connect.ts';
import { databaseFailure } from '../database/database-failure.ts';
import type { Query } from '../database/query.ts';
import { readInTransaction, readOnlyTransaction } from '../database/read-only-transaction.ts';
import type { DatabaseState, MigrationAction } from '../database-state.ts';
import type { AcceptedDifference } from '../deviations/accept.ts';
import { isTolerated } from '../deviations/report.ts';
import { type FiredTrigger, listFiredTriggers } from '../migrations/fired-triggers.ts';
import { compareHistory, type History } from '../migrations/history.ts';
import {
  baselineHash,
  type Migration,
  packageMigrationsFolder,
  placeOf,
  readMigrations,
} from '../migrations/migrations-folder.ts';
import { type Obstacle, obstaclesFailure } from '../migrations/obstacle.ts';
import { findObstacles } from '../migrations/obstacles.ts';
import {
  listOutsideReaders,
  noOutsideReaders,
  type OutsideReaders,
  renameNotes,
} from '../migrations/outside-readers.ts';
import { isStop, Patience, type PatienceOptions } from '../migrations/patience.ts';
import { missingRights } from '../migrations/preconditions.ts';
import { type AppliedMigration, appliedMigrations, recordTable } from '../migrations/record.ts';
import { tablesRenamedBy } from '../migrations/rename-steps.ts';
import { missingTablesStatements, recordStatements } from '../migrations/runs.ts';
import { RunFailure } from '../run-failure.ts';

/** How to migrate. Times are in milliseconds. */
export interface MigrateOptions extends PatienceOptions {
  /** The folder of migrations; the package's own by default. */
  readonly folder?: string;
  /** Called before the first migration if somebody reads tables to be renamed outside of SQL on this server. */
  readonly onOutsideReaders?: (readers: OutsideReaders) => void;
  /** Called before the first migration if triggers of others fire when the migrations write rows. */
  readonly onFiredTriggers?: (triggers: readonly FiredTrigger[]) => void;
  /** What stays different on purpose in a legacy database. @default nothing */
  readonly accept?: readonly AcceptedDifference[];
  /** Called before a migration is tried for the first time. */
  readonly onStep?: (step: { readonly migration: string; readonly number: number; readonly of: number }) => void;
}

/** A migration that this run applied, or recorded because the tables were there already. */
export interface MigrateStep {
  readonly migration: string;
  readonly action: MigrationAction;
  /** How long the transaction that did it took, in milliseconds. */
  readonly milliseconds: number;
  /** How many transactions it took until it got its locks. */
  readonly tries: number;
  /** How long the tries before it and the pauses between them took, in milliseconds. */
  readonly waited: number;
}

/** What `migrate` found and did. */
export interface MigrateReport {
  readonly version: 1;
  /** Where the connection leads, without the password. */
  readonly database: string;
  /** How the database stood before; `null` if the run ended before its turn. */
  readonly state: DatabaseState | null;
  /** Who reads the tables that were to be renamed outside of SQL on this server, as it was before. */
  readonly outside: OutsideReaders;
  /** The triggers of others that fire when the migrations that were pending write rows, as it was before. */
  readonly triggers: readonly FiredTrigger[];
  /** What this run did. Another run at the same time may have done the rest. */
  readonly steps: readonly MigrateStep[];
  /** The newest migration that the database has now; `null` if it has none, or the record could not be read. */
  readonly last: string | null;
  /** The migration before which the run stopped, which may be older than `last` after a `revert`; `null` if it completed. */
  readonly stoppedAt: string | null;
  /** Whether `signal` stopped it before all migrations were applied. */
  readonly interrupted: boolean;
  /** What is in the way of the pending migrations: if there is anything, the run has changed nothing. */
  readonly obstacles: readonly Obstacle[];
}

/**
 * A failure of `migrate`, with what the run had done before it.
 *
 * @example
 * try {
 *   await migrate(connection);
 * } catch (error) {
 *   if (error instanceof MigrateFailure) console.error(error.report.steps, error.next);
 * }
 */
export class MigrateFailure extends RunFailure<MigrateReport> {
  override readonly name = 'MigrateFailure';
}

/**
 * Brings a database up to date: each migration in a transaction of its own, one run at a time. It finds the state by itself: an empty
 * database gets everything, a legacy one is checked and its baseline recorded, a partly migrated one gets the rest.
 *
 * @param connection One session, outside a transaction. It may lead through a pooler in transaction mode.
 * Before it applies anything, it looks for everything that would stop one of the pending migrations, and tells it whole.
 *
 * @throws {MigrateFailure} caused by a `Conflict` if something is in the way, which is in `obstacles` of its `report`, if the time for
 * locks is up, the record does not fit the folder, or a database without a record is not the legacy one; by `NotSetUp` if the session may not migrate, a statement fails or the connection is lost. What
 * was applied before stays, and is in its `report`; of the migration at hand nothing stays.
 * @throws {InvalidInput} if the folder is not one of this package.
 *
 * @example
 * import { connect, migrate } from 'canonical-models/migrate';
 *
 * const connection = await connect(process.env.DATABASE_URL);
 * const report = await migrate(connection, { maxWait: 60_000 }).finally(() => connection.close());
 * console.log(report.steps.map(({ migration }) => migration));
 */
export async function migrate(connection: Connection, options: MigrateOptions = {}): Promise<MigrateReport> {
  const migrations = folderOfThePackage(options.folder);
  connection = withTaggedErrors(connection);
  const { query } = connection;
  const steps: MigrateStep[] = [];
  let object = 'the record of migrations';
  let state: DatabaseState | undefined;
  let history: History | undefined;
  let outside = noOutsideReaders;
  let triggers: readonly FiredTrigger[] = [];
  let obstacles: readonly Obstacle[] | undefined;
  const report = (interrupted: boolean): MigrateReport => ({
    version: 1,
    database: connection.label,
    state: state ?? (history?.pending.length === 0 ? 'up-to-date' : null),
    outside,
    triggers,
    steps,
    last: history?.applied.at(-1)?.name ?? null,
    stoppedAt: history?.pending[0]?.name ?? null,
    interrupted,
    obstacles: obstacles ?? [],
  });
  /** Keeps the latest history: another run may have applied what was pending a moment ago. */
  const know = (known: History): void => {
    history = known;
    const next = known.pending[0]?.name;
    if (next === undefined || next === object) return;
    object = next;
    options.onStep?.({ migration: next, number: known.applied.length + 1, of: migrations.length });
  };
  try {
    const rights = await missingRights(query, migratedTables);
    obstacles = rights.length > 0 ? [...rights, ...(await obstaclesBeside(query, migrations))] : undefined;
    refuse(obstacles);
    history = compareHistory(migrations, await appliedMigrations(query));
    const tables = tablesRenamedBy(history.pending);
    const known = history;
    [outside, triggers] = await readInTransaction(query, async () => [
      await listOutsideReaders(query, tables),
      await listFiredTriggers(query, known),
    ]);
    if (renameNotes(outside).length > 0) options.onOutsideReaders?.(outside);
    if (triggers.length > 0) options.onFiredTriggers?.(triggers);
    const patience = new Patience(connection, options);
    while (history.pending.length > 0) {
      know(history);
      const { value, ...took } = await patience.transaction(
        () => object,
        () =>
          applyNext(connection, migrations, know, {
            accept: options.accept,
            assertNothingInTheWay: async (known) => {
              obstacles ??= await obstaclesOf(query, known);
              refuse(obstacles);
            },
          }),
      );
      state ??= value.state;
      if (value.done) steps.push({ ...value.done, ...took });
      history = value.history;
    }
  } catch (error) {
    if (!isStop(error, options.signal)) {
      const failure = databaseFailure(foundOtherState(error, history?.pending[0]), {
        object,
        expected: 'a migration that is applied whole; nothing of it was kept',
        expectedWhenLost: 'a migration that is applied whole or not at all; the next run finds out which',
      });
      throw failure instanceof CanonicalModelsError ? new MigrateFailure(failure, report(false)) : failure;
    }
  }
  return report(history?.pending.length !== 0);
}

/** What the migrations alter, by old and by canonical names. */
export const migratedTables: readonly string[] = [...baselineTables, ...tableRenames.map(({ to }) => to)];

/**
 * The migrations of a folder that begins with this package's baseline.
 *
 * @throws {InvalidInput} if it holds others.
 * @throws {NotSetUp} if it holds none.
 */
export function folderOfThePackage(folder: string = packageMigrationsFolder()): Migration[] {
  const migrations = readMigrations(folder);
  if (migrations[0]?.hash !== baselineHash) {
    throw new InvalidInput({
      object: placeOf(folder),
      found: `migrations that begin with ${migrations[0]?.name}`,
      expected: 'those of canonical-models, which begin with its baseline',
      next: 'give the folder drizzle/ of the package, or none',
    });
  }
  return migrations;
}

/** What is known about a database before its oldest pending migration is tried. */
interface Known {
  readonly state: DatabaseState;
  readonly history: History;
}

/** What is in the way of the pending migrations. The baseline of a legacy database is only recorded, and needs nothing. */
export function obstaclesOf(
  query: Query,
  { state, history: { applied, pending } }: Known,
): Promise<readonly Obstacle[]> {
  const [next, ...later] = pending;
  return findObstacles(
    query,
    state === 'legacy' && next ? { applied: [...applied, next], pending: later } : { applied, pending },
  );
}

/** What is in the way besides rights that are missing, as far as a role without them can see it. */
function obstaclesBeside(query: Query, migrations: readonly Migration[]): Promise<readonly Obstacle[]> {
  return readOnlyTransaction(query, 'catalogs and a record of migrations that can be read', async () => {
    const applied = (await appliedMigrations(query)) ?? [];
    const history = compareHistory(migrations, applied);
    return obstaclesOf(query, { history, state: await stateOf(query, applied, history.pending[0]) });
  }).catch(() => []);
}

function refuse([first, ...more]: readonly Obstacle[] = []): void {
  if (first) throw obstaclesFailure('the database', [first, ...more]);
}

/** duplicate_schema, duplicate_table (any relation), duplicate_object, duplicate_column, undefined_table, undefined_object. */
const otherState = /^(42P06|42P07|42710|42701|42P01|42704)$/;

/** A pending migration that finds another state than the one it begins from, and that nothing told before: somebody changed it meanwhile. */
function foundOtherState(error: unknown, migration: Migration | undefined): unknown {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  if (!migration || !otherState.test(code)) return error;
  return new Conflict({
    object: migration.name,
    found: `no row in ${recordTable}, and a database that is not as it was before this migration: ${message} (${code})`,
    expected: 'a database that has what its record says, and no more; nothing of the migration was kept',
    next: `canonical-models migrate --dry-run lists what is in the way of ${migration.name}, canonical-models check what is there`,
    cause: error,
  });
}

interface Progress {
  /** How far the database was when the transaction had its turn. */
  readonly state: DatabaseState;
  readonly done?: Pick<MigrateStep, 'migration' | 'action' | 'milliseconds'>;
  readonly history: History;
}

/**
 * Applies the oldest pending migration, if any is left now that it is our turn, and ends the transaction.
 *
 * @param know Told what is applied and what is pending before anything is tried.
 * @param assertNothingInTheWay Called with the turn of this deploy, before anything is tried.
 */
async function applyNext(
  { query, exec }: Connection,
  migrations: readonly Migration[],
  know: (history: History) => void,
  {
    accept,
    assertNothingInTheWay,
  }: {
    readonly accept: readonly AcceptedDifference[] | undefined;
    readonly assertNothingInTheWay: (known: Known) => Promise<void>;
  },
): Promise<Progress> {
  const began = performance.now();
  const applied = (await appliedMigrations(query)) ?? [];
  const history = compareHistory(migrations, applied);
  know(history);
  const [next] = history.pending;
  if (!next) {
    await exec('COMMIT');
    return { state: 'up-to-date', history };
  }
  const state = await stateOf(query, applied, next, accept);
  await assertNothingInTheWay({ state, history });
  const action = state === 'legacy' ? 'recorded' : 'applied';
  // One message: the locks are held no longer than the server takes.
  await exec(
    script([
      ...(await missingTablesStatements(query)),
      ...(action === 'recorded' ? [] : statementsOf(next)),
      ...recordStatements(next, action),
      'COMMIT',
    ]),
  );
  return {
    state,
    done: { migration: next.name, action, milliseconds: performance.now() - began },
    history: compareHistory(migrations, [...applied, { ...next, appliedAt: new Date() }]),
  };
}

/** The statements of a migration, but for the lock timeout: that is the run's own. */
export function statementsOf({ statements }: Migration): readonly string[] {
  return statements.filter((statement) => !/^SET LOCAL lock_timeout\b/i.test(statement));
}

/** Statements as one message. Each ends on a line of its own, as its last line may be a comment. */
export function script(statements: readonly string[]): string {
  return statements.map((statement) => `${statement.replace(/;\s*$/, '')}\n;\n`).join('');
}

/**
 * How far a database has come.
 *
 * @param next The oldest migration that its record does not have, if there is one.
 * @throws {Conflict} if it has no record and is neither empty nor the legacy one.
 */
export async function stateOf(
  query: Query,
  applied: readonly AppliedMigration[],
  next: Migration | undefined,
  accept: readonly AcceptedDifference[] = [],
): Promise<DatabaseState> {
  if (!next) return 'up-to-date';
  if (applied.length > 0) return 'partly-migrated';
  const report = await inspectBaseline(query, next, accept);
  if (report.status === 'empty') return 'empty';
  if (report.status !== 'differs') return 'legacy';
  const open = report.deviations.filter((deviation) => !isTolerated(deviation));
  const [first] = open;
  throw new Conflict({
    object: first?.object ?? recordTable,
    found: `${open.length} differences from the legacy tables and no record of migrations: ${first?.object} ${first?.words}`,
    expected: 'an empty database, a legacy one as the baseline has it, or one with a record',
    next: 'canonical-models baseline shows every difference, and canonical-models adopt what to do about it; then run the command again',
  });
}
