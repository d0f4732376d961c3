import { counted } from '../counted.ts';
import { type Connection, withTaggedErrors } from '../database/connect.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { readOnlyTransaction } from '../database/read-only-transaction.ts';
import type { DatabaseState, MigrationAction } from '../database-state.ts';
import type { AcceptedDifference } from '../deviations/accept.ts';
import { type Blocker, deployAtWork, holdersOf } from '../migrations/blockers.ts';
import { type EventTrigger, enabledEventTriggers } from '../migrations/existing-objects.ts';
import { type FiredTrigger, firedTriggerNotes, listFiredTriggers } from '../migrations/fired-triggers.ts';
import { compareHistory } from '../migrations/history.ts';
import type { Migration } from '../migrations/migrations-folder.ts';
import { type Obstacle, obstaclesFailure } from '../migrations/obstacle.ts';
import { listOutsideReaders, type OutsideReaders } from '../migrations/outside-readers.ts';
import { beginStatements, defaultLockTimeout, takeTurnStatement } from '../migrations/patience.ts';
import { missingRights } from '../migrations/preconditions.ts';
import { appliedMigrations } from '../migrations/record.ts';
import { tablesRenamedBy } from '../migrations/rename-steps.ts';
import { missingTablesStatements, recordStatements } from '../migrations/runs.ts';
import { type PlannedStatement, plannedStatements, statementsWithoutLocks, wantedLocks } from './locks.ts';
import { folderOfThePackage, migratedTables, obstaclesOf, stateOf } from './migrate.ts';

/** A migration that `migrate` would apply, or only record. */
export interface PlannedMigration {
  readonly migration: string;
  readonly action: MigrationAction;
  /** What would create the tables of the record if they are missing: before `statements`, in the same transaction. */
  readonly prepare: readonly string[];
  /** What would run; empty if it would only be recorded. */
  readonly statements: readonly PlannedStatement[];
  /** What would record it: after `statements`, in the same transaction. */
  readonly record: readonly string[];
  /** Who holds the locks right now that these statements would wait for; if those are unknown, who holds the tables that they alter. */
  readonly inTheWay: readonly Blocker[];
}

/** What `migrate` would do. */
export interface MigratePlan {
  readonly version: 1;
  readonly database: string;
  readonly state: DatabaseState;
  readonly migrations: readonly PlannedMigration[];
  /** The deploys that are at work right now, or wait for their turn. */
  readonly deploys: readonly Blocker[];
  /** Who reads the tables to be renamed outside of SQL on this server. */
  readonly outside: OutsideReaders;
  /** What is in the way of these migrations: if there is anything, `migrate` would refuse and change nothing. */
  readonly obstacles: readonly Obstacle[];
  /** The event triggers that would run with the statements: whether they let them pass shows only then. */
  readonly eventTriggers: readonly EventTrigger[];
  /** The triggers of others that the migrations fire when they write rows. */
  readonly triggers: readonly FiredTrigger[];
}

/**
 * What `migrate` would do now: each migration, each statement with the locks that it takes, and who is in the way. It reads only, takes
 * no turn, and no lock that another session would notice.
 *
 * @param connection One session, outside a transaction.
 * @param options.folder As in `migrate`.
 * @param options.accept As in `migrate`.
 * @param options.locks Whether to find out the locks, which takes seconds; without them they are `null`. @default true
 * @throws what causes the failure of `migrate`, without a report, and not for what shows only when it is tried.
 *
 * @example
 * const plan = await planMigrations(connection);
 * for (const { migration, inTheWay } of plan.migrations) console.log(migration, inTheWay.length);
 */
export async function planMigrations(
  connection: Connection,
  options: { readonly folder?: string; readonly locks?: boolean; readonly accept?: readonly AcceptedDifference[] } = {},
): Promise<MigratePlan> {
  const migrations = folderOfThePackage(options.folder);
  connection = withTaggedErrors(connection);
  const { query } = connection;
  const expected = 'catalogs and a record of migrations that can be read';
  const rights = await missingRights(query, migratedTables).catch((error: unknown) => {
    throw databaseFailure(error, { object: 'the database', expected });
  });
  return readOnlyTransaction(query, expected, () =>
    plan(connection, migrations, { rights, withLocks: options.locks !== false, accept: options.accept }),
  );
}

async function plan(
  connection: Connection,
  migrations: readonly Migration[],
  {
    rights,
    withLocks,
    accept,
  }: {
    readonly rights: readonly Obstacle[];
    readonly withLocks: boolean;
    readonly accept: readonly AcceptedDifference[] | undefined;
  },
): Promise<MigratePlan> {
  const { query } = connection;
  const applied = (await appliedMigrations(query)) ?? [];
  const history = compareHistory(migrations, applied);
  const { pending } = history;
  const [next] = pending;
  const state = await stateOf(query, applied, next, accept);
  const obstacles = [...rights, ...(await obstaclesOf(query, { state, history }))];
  const statements = next && withLocks ? await plannedStatements(migrations, pending) : statementsWithoutLocks(pending);
  const planned: PlannedMigration[] = [];
  for (const migration of pending) {
    const { name } = migration;
    const action = state === 'legacy' && name === next?.name ? 'recorded' : 'applied';
    const own = action === 'recorded' ? [] : (statements.get(name) ?? []);
    const locks = own.flatMap(wantedLocks).map(({ relation, mode }) => ({ name: relation, mode }));
    planned.push({
      migration: name,
      action,
      // The first one creates what all others find.
      prepare: name === next?.name ? await missingTablesStatements(query) : [],
      statements: own,
      // Run from a script, each statement is a message of its own: how long they take counts from the transaction's begin.
      record: recordStatements(migration, action, 'transaction_timestamp()'),
      inTheWay: locks.length === 0 ? [] : await holdersOf(query, locks),
    });
  }
  return {
    version: 1,
    database: connection.label,
    state,
    migrations: planned,
    deploys: await deployAtWork(query),
    outside: await listOutsideReaders(query, tablesRenamedBy(pending)),
    obstacles,
    eventTriggers: await enabledEventTriggers(query),
    triggers: await listFiredTriggers(query, history),
  };
}

/**
 * What `migrate` would run, as a script for `psql` or for a reader: every statement whole and in order, a transaction a migration, with
 * what records it. It fits the database as the plan found it; run it once, and let it stop at the first error, as
 * `psql --set ON_ERROR_STOP=1` does.
 *
 * @param options.lockTimeout How long a statement may wait for a lock, in milliseconds. @default 2000
 * @throws {Conflict} if something is in the way: run as a script, the migrations would stop half-way. `NotSetUp` if it is rights only.
 *
 * @example
 * await writeFile('migrations.sql', renderScript(await planMigrations(connection)));
 */
export function renderScript(
  { database, state, migrations, triggers, obstacles: [first, ...more] }: MigratePlan,
  { lockTimeout = defaultLockTimeout }: { readonly lockTimeout?: number } = {},
): string {
  if (first) throw obstaclesFailure(database, [first, ...more]);
  const count = `${counted(migrations.length, 'migration')} to do`;
  const header = [
    comment(`What canonical-models migrate would run on ${database} (${state}): ${count}.`),
    ...(migrations.length > 0 ? [comment('Run it once: psql --set ON_ERROR_STOP=1 --file <this file>')] : []),
    ...firedTriggerNotes(triggers).map((text) => comment(`Note: ${text}`)),
  ];
  const parts = migrations.map(({ migration, action, prepare, statements, record }) => [
    comment(action === 'recorded' ? `${migration}: its tables are here already, it is only recorded` : migration),
    ...[
      ...beginStatements(lockTimeout),
      takeTurnStatement,
      ...prepare,
      ...statements.map(({ sql }) => sql),
      ...record,
      'COMMIT',
    ].map(ended),
  ]);
  return [header, ...parts].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

/** A statement with its semicolon, on a line of its own if the last line may end in a comment. */
export function ended(statement: string): string {
  const text = statement.replace(/;\s*$/, '').trimEnd();
  return /--.*$/.test(text) ? `${text}\n;` : `${text};`;
}

function comment(text: string): string {
  return `-- ${text.replace(/\s+/g, ' ')}`;
}
