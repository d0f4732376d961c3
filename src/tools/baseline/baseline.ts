import expected from '../../../drizzle/expected/baseline.json' with { type: 'json' };
import { Conflict, NotSetUp } from '../../errors.ts';
import { stationScopes } from '../../identity/access/scopes.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { type DatabaseDescription, type DescribedObject, describeDatabase } from '../database/describe.ts';
import { type Query, tagErrors } from '../database/query.ts';
import { settleStatement } from '../database/settings.ts';
import type { BaselineStatus } from '../database-state.ts';
import { type AcceptedDifference, buildAcceptance } from '../deviations/accept.ts';
import type { DeviationOptions } from '../deviations/deviation.ts';
import { inspectDeviations } from '../deviations/inspect.ts';
import { type DeviationReport, isTolerated, reportDeviations } from '../deviations/report.ts';
import { type Migration, readMigrations } from '../migrations/migrations-folder.ts';
import { type Obstacle, obstaclesFailure } from '../migrations/obstacle.ts';
import { findObstacles } from '../migrations/obstacles.ts';
import { takeTurnStatement } from '../migrations/patience.ts';
import { missingRights } from '../migrations/preconditions.ts';
import { appliedMigrations, recordTable } from '../migrations/record.ts';
import { missingTablesStatements, recordStatements } from '../migrations/runs.ts';

/** What `baseline` found, and did if it could. */
export type BaselineReport =
  /** `deviations`: notes, and what stays different on purpose. */
  | (DeviationReport & {
      readonly status: Extract<BaselineStatus, 'recorded'>;
      readonly migration: string;
      readonly tables: number;
    })
  | { readonly status: Extract<BaselineStatus, 'already-recorded' | 'empty'>; readonly migration: string }
  /** `deviations`: all, the tolerated ones too. `obstacles`: what is in the way of the migrations besides. */
  | (DeviationReport & {
      readonly status: Extract<BaselineStatus, 'differs'>;
      readonly migration: string;
      readonly obstacles: readonly Obstacle[];
    })
  | {
      readonly status: Extract<BaselineStatus, 'obstructed'>;
      readonly migration: string;
      readonly obstacles: readonly Obstacle[];
    };

/** What a comparison with the baseline finds, before anything is looked for that is in the way. */
type Comparison =
  | Extract<BaselineReport, { readonly status: 'recorded' | 'already-recorded' | 'empty' }>
  | Omit<Extract<BaselineReport, { readonly status: 'differs' }>, 'obstacles'>;

/** How to take over a database. */
export interface BaselineOptions {
  /** How long to wait while another deploy is at work, in milliseconds. @default 30_000 */
  readonly maxWait?: number;
  /** What stays different on purpose. @default nothing */
  readonly accept?: readonly AcceptedDifference[];
}

/** In milliseconds. */
const defaultMaxWait = 30_000;

const expectedObjects = expected.objects as unknown as DatabaseDescription;

/** The tables of the baseline by their names in it, as `public.messages`. */
export const baselineTables: readonly string[] = expectedObjects.flatMap(({ kind, name }) =>
  kind === 'table' ? [name] : [],
);

/** What is known about the tables of the baseline besides what it says. */
export const baselineKnowledge: DeviationOptions = {
  guarded: new Set(
    Object.entries(stationScopes)
      .filter(([, { by }]) => by !== 'none')
      .map(([name]) => tableRenames.find(({ to }) => to === name)?.from ?? name),
  ),
  otherNames: new Map(tableRenames.map(({ from, to }) => [from, to])),
};

/**
 * Takes over a database that had the tables before this package: compares them with the baseline, then records the baseline as
 * applied, so that `migrate` or `drizzle-kit migrate` continues from there. All in one transaction, one run at a time.
 *
 * What deviates without mattering (an extra column that is nullable, an index under another name) is noted and taken as it is.
 *
 * @param query One session, outside a transaction.
 * @throws {Conflict} if the record is of other migrations, or another deploy is at work.
 * @throws {NotSetUp} if the session is read-only, or its role may not alter the tables or create the record.
 *
 * @example
 * import { baseline, connect } from 'canonical-models/baseline';
 *
 * const connection = await connect(process.env.DATABASE_URL);
 * const report = await baseline(connection.query).finally(() => connection.close());
 */
export async function baseline(
  query: Query,
  { maxWait = defaultMaxWait, accept = [] }: BaselineOptions = {},
): Promise<BaselineReport> {
  const [migration, ...later] = readMigrations() as [Migration, ...Migration[]];
  query = tagErrors(query);
  await query('BEGIN ISOLATION LEVEL READ COMMITTED NOT DEFERRABLE');
  try {
    await query(settleStatement());
    await query(`SET LOCAL lock_timeout = ${Math.max(1, Math.round(maxWait))}`);
    await takeTurn(query, maxWait);
    const report = await withObstacles(query, await inspectBaseline(query, migration, accept), [migration, later]);
    if (report.status === 'recorded') {
      for (const statement of [
        ...(await missingTablesStatements(query)),
        ...recordStatements(migration, 'recorded', 'transaction_timestamp()'),
      ]) {
        await query(statement);
      }
    }
    await query('COMMIT');
    return report;
  } catch (error) {
    await query('ROLLBACK').catch(() => {});
    throw databaseFailure(error, {
      object: 'the database',
      expected: 'catalogs that can be read and a record that can be written',
    });
  }
}

/**
 * What is in the way of the migrations that follow the baseline, beside what the comparison found.
 *
 * @throws {NotSetUp} if it is rights only, in a database that could be recorded otherwise.
 */
async function withObstacles(
  query: Query,
  report: Comparison,
  [migration, later]: readonly [Migration, readonly Migration[]],
): Promise<BaselineReport> {
  if (report.status === 'differs') {
    const { deviations } = report;
    const rights = await missingRights(query, baselineTables).catch((error: unknown) => {
      // On a standby, too, the report is of use.
      if (error instanceof NotSetUp) return [];
      throw error;
    });
    const places = new Map(deviations.flatMap(placeOf));
    const open = deviations.filter((deviation) => !isTolerated(deviation));
    return { ...report, obstacles: [...rights, ...(await findObstaclesOfLegacy(query, places, open))] };
  }
  if (report.status !== 'recorded') return report;
  const rights = await missingRights(query, baselineTables);
  const others = await findObstacles(query, { applied: [migration], pending: later });
  const [first, ...more] = [...rights, ...others];
  if (!first) return report;
  if (others.length === 0) throw obstaclesFailure('the database', [first, ...more]);
  return { status: 'obstructed', migration: migration.name, obstacles: [first, ...more] };
}

/** The table of the baseline and where it stands, of a deviation that says so. */
function placeOf({ kind, object, found }: DeviationReport['deviations'][number]): [expected: string, found: string][] {
  return kind === 'other-place' && found ? [[object, found.name]] : [];
}

/**
 * Lists what would stop the migrations after the baseline in a database that is not that of the baseline yet. That a table is missing or
 * stands elsewhere is a deviation, and so is a key that it lacks.
 *
 * @param places Where tables stand that are not in their places, as in `core.messages` for `public.messages`.
 * @param open The deviations that are neither taken nor accepted.
 */
export async function findObstaclesOfLegacy(
  query: Query,
  places: ReadonlyMap<string, string>,
  open: readonly { readonly expected?: DescribedObject | null }[],
): Promise<readonly Obstacle[]> {
  const [migration, ...pending] = readMigrations() as [Migration, ...Migration[]];
  const unquoted = (name: string) =>
    name.replace(/"((?:[^"]|"")+)"/g, (_, quoted: string) => quoted.replaceAll('""', '"'));
  const obstacles = await findObstacles(query, {
    applied: [migration],
    pending,
    places: new Map([...places].map(([expected, found]) => [expected, unquoted(found)])),
  });
  const withoutKeys = open.flatMap(({ expected: part }) =>
    part?.kind === 'index' || part?.kind === 'constraint' ? [`${unquoted(part.table ?? '')}: `] : [],
  );
  return obstacles.filter(
    ({ kind, object }) =>
      kind !== 'table' &&
      kind !== 'record' &&
      !(kind === 'key' && withoutKeys.some((table) => object.startsWith(table))),
  );
}

async function takeTurn(query: Query, maxWait: number): Promise<void> {
  try {
    await query(takeTurnStatement);
  } catch (error) {
    if ((error as { code?: string } | undefined)?.code !== '55P03') throw error;
    throw new Conflict({
      object: recordTable,
      found: `another deploy at work for ${Math.round(maxWait / 1000)} s`,
      expected: 'one deploy at a time',
      next: 'run the command again when it is done; canonical-models migrate --dry-run names it',
      cause: error,
    });
  }
}

/**
 * Compares a database with the baseline, and writes nothing.
 *
 * @param query One session, inside a transaction.
 * @param accept What stays different on purpose.
 * @throws {Conflict} if the record is of other migrations.
 */
export async function inspectBaseline(
  query: Query,
  migration: Migration,
  accept: readonly AcceptedDifference[] = [],
): Promise<Comparison> {
  const applied = (await appliedMigrations(query)) ?? [];
  if (applied.length > 0) {
    const recorded = applied.find(({ hash }) => hash === migration.hash);
    if (recorded) return { status: 'already-recorded', migration: migration.name };
    throw new Conflict({
      object: recordTable,
      found: `${applied.length} migrations, the first ${applied[0]?.name}`,
      expected: `${migration.name} (${migration.hash}), or no record at all`,
      next: 'check that this is the right database; a record of other migrations is never taken over',
    });
  }

  const found = await describeDatabase(query, { comments: true });
  const deviations = await inspectDeviations(query, expectedObjects, found, baselineKnowledge);
  const missing = (kind: 'missing-table' | 'missing-enum') =>
    deviations.filter((deviation) => deviation.kind === kind).length;
  const enums = expectedObjects.filter(({ kind }) => kind === 'enum').length;
  if (missing('missing-table') === baselineTables.length && missing('missing-enum') === enums) {
    return { status: 'empty', migration: migration.name };
  }
  const report = reportDeviations(deviations, buildAcceptance(accept, tableRenames));
  if (!report.deviations.every(isTolerated)) return { status: 'differs', migration: migration.name, ...report };
  const tables = baselineTables.length - missing('missing-table');
  return { status: 'recorded', migration: migration.name, tables, ...report };
}
