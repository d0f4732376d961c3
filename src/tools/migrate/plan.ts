import { type Connection, withTaggedErrors } from '../database/connect.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { readOnlyTransaction } from '../database/read-only-transaction.ts';
import { type Blocker, deployAtWork, holdersOf } from '../migrations/blockers.ts';
import { compareHistory } from '../migrations/history.ts';
import type { Migration } from '../migrations/migrations-folder.ts';
import { assertMayMigrate } from '../migrations/preconditions.ts';
import { appliedMigrations } from '../migrations/record.ts';
import { type PlannedStatement, plannedStatements, wantedLocks } from './locks.ts';
import { type DatabaseState, folderOfThePackage, migratedTables, stateOf } from './migrate.ts';

/** A migration that `migrate` would apply, or only record. */
export interface PlannedMigration {
  readonly migration: string;
  readonly action: 'applied' | 'recorded';
  /** What would run; nothing where it would only be recorded. */
  readonly statements: readonly PlannedStatement[];
  /** Who holds right now what these statements would have to wait for; where their locks are unknown, the tables that they alter. */
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
}

/**
 * What `migrate` would do now: each migration, each statement with the locks that it takes, and who is in the way. It reads only, takes
 * no turn and no lock that anybody would notice.
 *
 * @param connection One session, outside a transaction.
 * @param options.folder As in `migrate`.
 * @throws what causes the failure of `migrate`, without a report, and not for what shows only when it is tried.
 *
 * @example
 * const plan = await planMigrations(connection);
 * for (const { migration, inTheWay } of plan.migrations) console.log(migration, inTheWay.length);
 */
export async function planMigrations(
  connection: Connection,
  options: { readonly folder?: string } = {},
): Promise<MigratePlan> {
  const migrations = folderOfThePackage(options.folder);
  connection = withTaggedErrors(connection);
  const { query } = connection;
  const expected = 'catalogs and a record of migrations that can be read';
  try {
    await assertMayMigrate(query, migratedTables);
  } catch (error) {
    throw databaseFailure(error, { object: 'the database', expected });
  }
  return readOnlyTransaction(query, expected, () => plan(connection, migrations));
}

async function plan(connection: Connection, migrations: readonly Migration[]): Promise<MigratePlan> {
  const { query } = connection;
  const applied = (await appliedMigrations(query)) ?? [];
  const { pending } = compareHistory(migrations, applied);
  const [next] = pending;
  const state = await stateOf(query, applied, next);
  const statements = next
    ? await plannedStatements(migrations, pending)
    : new Map<string, readonly PlannedStatement[]>();
  const planned: PlannedMigration[] = [];
  for (const { name } of pending) {
    if (state === 'legacy' && name === next?.name) {
      planned.push({ migration: name, action: 'recorded', statements: [], inTheWay: [] });
      continue;
    }
    const own = statements.get(name) ?? [];
    const locks = own.flatMap(wantedLocks).map(({ relation, mode }) => ({ name: relation, mode }));
    planned.push({ migration: name, action: 'applied', statements: own, inTheWay: await holdersOf(query, locks) });
  }
  return { version: 1, database: connection.label, state, migrations: planned, deploys: await deployAtWork(query) };
}
