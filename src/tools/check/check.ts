import expectedFile from '../../../drizzle/expected/migrated.json' with { type: 'json' };
import packageJson from '../../../package.json' with { type: 'json' };
import { NotSetUp } from '../../errors.ts';
import { StationService, StationServiceAssigned, StationServiceEvery } from '../../identity/access/policies.ts';
import { stationScopes } from '../../identity/access/scopes.ts';
import { writtenByOwner } from '../../identity/access/written-by-owner.ts';
import { models } from '../../registry/models.ts';
import { relationFilters } from '../../registry/relation-names.ts';
import { retiredTables } from '../../registry/retired.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import { type DatabaseDescription, type DescribedObject, describeDatabase } from '../database/describe.ts';
import { readEntryByUserId } from '../database/entry-by-user-id.ts';
import { literal, type Query, tagErrors } from '../database/query.ts';
import { readOnlyTransaction } from '../database/read-only-transaction.ts';
import type { CheckStatus } from '../database-state.ts';
import { type AcceptedDifference, buildAcceptance } from '../deviations/accept.ts';
import { inspectDeviations } from '../deviations/inspect.ts';
import { pairObjects } from '../deviations/pairs.ts';
import { placeObjects } from '../deviations/places.ts';
import { reportDeviations } from '../deviations/report.ts';
import { compareHistory } from '../migrations/history.ts';
import { readMigrations } from '../migrations/migrations-folder.ts';
import { appliedMigrations, createRecordStatements, recordStatement, recordTable } from '../migrations/record.ts';
import { byKey, compare, type ObjectDifference, type Registry } from './compare.ts';
import { schemaDifferences } from './differences.ts';
import { kitDiff, loadKit } from './drizzle-kit.ts';
import { duplicateModels } from './duplicates.ts';
import { kitDifferences } from './kit-differences.ts';
import type { CheckReport, OrphanedRows, RetiredTableRows, SchemaDifference } from './report.ts';
import { orphanMendingSql, orphanQuery, type SoftReference, softReferences } from './soft-references.ts';
import { findBreach, findForeignTriggers, readStationRoles, withoutTaken } from './tolerance.ts';

export interface CheckOptions {
  /** Whether to run drizzle-kit's own diff too, if it is installed. @default true */
  readonly drizzleKit?: boolean;
  /**
   * The version of the package that the database is for, as `major.minor.patch`: an old name whose version is reached may be gone.
   * @default this package's version
   */
  readonly version?: string;
  /** What stays different on purpose: it is listed, and the database agrees all the same. @default nothing */
  readonly accept?: readonly AcceptedDifference[];
  /** Called with each step before it begins, for a line of progress. */
  readonly onStep?: (step: string) => void;
}

const expected = expectedFile.objects as unknown as DatabaseDescription;

const guarded: ReadonlySet<string> = new Set(
  Object.entries(stationScopes).flatMap(([name, { by }]) => (by === 'none' ? [] : [name])),
);
const stationGroups = [StationService, StationServiceAssigned, StationServiceEvery].map(({ name }) => name);

/**
 * Compares a database with the models: tables, columns, types, defaults, nullability, constraints, indexes, enums, views, policies,
 * triggers and rules, and what is there but not modelled. Also looks for rows whose reference leads to no row, and for models that
 * stand for the same thing.
 *
 * It reads only, in one transaction that PostgreSQL itself keeps from writing, and sees one moment of the database. The number of
 * its statements does not grow with the tables. What it does not compare: other privileges of tables. What differs without mattering is a
 * note: an extra column that is nullable, an index under another name, the order of columns, comments, how the server stores.
 * A policy that is not expected and applies to a role of station access is a breach, and so is the right of others to put triggers on the trail
 * and other tables that functions write with the owner's rights.
 *
 * @param database A connection of `connect`, or the query function of one session, outside of a transaction.
 * @throws {Conflict} if the record is of other migrations.
 * @throws {NotSetUp} if the role may not read what has to be read, the connection is lost, or drizzle-kit's diff fails although our
 * own comparison finds no difference.
 *
 * @example
 * import { check, connect } from 'canonical-models/check';
 *
 * const connection = await connect(process.env.DATABASE_URL);
 * const report = await check(connection).finally(() => connection.close());
 * if (report.status !== 'agrees') process.exitCode = 1;
 */
export async function check(
  database: Query | { readonly query: Query },
  options: CheckOptions = {},
): Promise<CheckReport> {
  const query = tagErrors(typeof database === 'function' ? database : database.query);
  const { drizzleKit = true } = options;
  const kit = drizzleKit ? loadKit() : undefined;
  // Awaited late. A failure before that is not lost.
  kit?.catch(() => {});
  const readable = 'catalogs, tables of ours and a record of migrations that can be read';
  return readOnlyTransaction(query, readable, () => inspect(query, kit, options));
}

async function inspect(
  query: Query,
  kit: ReturnType<typeof loadKit> | undefined,
  { version = packageJson.version, accept = [], onStep = () => {} }: CheckOptions,
): Promise<CheckReport> {
  onStep('reading the catalogs …');
  const migrations = readMigrations();
  const applied = await appliedMigrations(query);
  const pending = compareHistory(migrations, applied).pending.map(({ name }) => name);
  const found = await describeDatabase(query, { owners: true, grants: true, comments: true });
  const report: CheckReport = {
    version: 1,
    status: 'agrees',
    pending,
    differs: [],
    accepted: [],
    unusedAccept: [],
    notes: [],
    transitional: [],
    retired: [],
    unknown: [],
    orphans: [],
    duplicates: duplicateModels(models()),
    drizzleKit: { status: 'not-asked' },
    entryByUserId: await readEntryByUserId(query),
  };
  const state = stateOf(found, pending.length, migrations.length);
  if (state !== 'migrated' && state !== 'record-missing') return { ...report, status: state };

  const due = new Set(
    tableRenames.filter(({ removedIn }) => removedIn && !isBefore(version, removedIn)).map(({ from }) => from),
  );
  const registry: Registry = { renames: tableRenames, retired: retiredTables, due };
  // In the enums that this database has, wherever they are: what differs then is more than a place.
  const { enums } = pairObjects(expected, found);
  const here = placeObjects(expected, found, { tables: [], meeting: new Map(), enums }).map((placed) => placed.here);
  const deviations = await inspectDeviations(query, expected, found, { guarded });
  const inPlace = compare(here, found, registry);
  const open = withoutTaken(inPlace.differs, deviations);
  const surroundings = { expected: byKey(here), found: byKey(found), renames: tableRenames };

  onStep('counting rows …');
  const soft = softReferences().filter((reference) => canBeFollowed(reference, open, surroundings.found));
  const rows = await readRows(query, inPlace.retired, soft);
  const hasPolicies = open.some((difference) => difference.found?.kind === 'policy' && !difference.expected);
  const stationRoles = hasPolicies ? await readStationRoles(query, stationGroups) : new Set<string>();
  const foreign = await findForeignTriggers(query, writtenByOwner);
  const ours = schemaDifferences(open, surroundings, rows.unenforced).map((difference) => {
    const policy = difference.expected === null ? surroundings.found.get(`policy ${difference.object}`) : undefined;
    const breach = policy
      ? findBreach(policy, stationRoles)
      : foreign.find((each) => keyOf(each) === keyOf(difference))?.breach;
    return breach === undefined ? difference : { ...difference, breach };
  });

  onStep('asking drizzle-kit …');
  const theirs = kit ? await kitDiff(await kit, await withUsualSearchPath(query), due) : undefined;
  const onlyTheirs =
    theirs?.status === 'compared'
      ? kitDifferences(
          theirs.statements,
          // As drizzle-kit sees it, which knows of no other places.
          compare(expected, found, registry),
          { ...surroundings, expected: byKey(expected) },
          due,
          await extensionMembers(query),
        )
      : [];

  const acceptance = buildAcceptance(accept, tableRenames);
  const all = [
    ...(state === 'record-missing' ? [missingRecord()] : []),
    ...ours,
    ...foreign.filter((each) => !ours.some((difference) => keyOf(difference) === keyOf(each))),
    ...onlyTheirs,
  ];
  const accepted = all.flatMap((difference) => {
    const reason = acceptance.find(difference)?.reason;
    return reason === undefined ? [] : [{ ...difference, reason }];
  });
  const differs = all.filter((difference) => acceptance.find(difference) === undefined);
  const taken = deviations.filter(({ treatment }) => treatment === 'taken');
  const { deviations: notes, unused } = reportDeviations(taken, acceptance);
  const agrees = differs.length + report.duplicates.length === 0;
  // drizzle-kit might have found a difference: the answer can't be "agrees".
  if (agrees && theirs?.status === 'failed') throw kitFailure(theirs.reason);
  return {
    ...report,
    status: agrees ? 'agrees' : 'differs',
    pending: [],
    differs,
    accepted,
    unusedAccept: unused,
    notes,
    transitional: inPlace.transitional.map(({ from, to, removedIn }) => ({
      view: from,
      table: to,
      ...(removedIn !== undefined && { removedIn }),
    })),
    retired: rows.retired,
    unknown: inPlace.unknown.map(({ kind, name }) => ({ kind, object: name })),
    orphans: rows.orphans,
    drizzleKit:
      theirs?.status === 'compared'
        ? { status: 'compared', statements: theirs.statements.length }
        : (theirs ?? { status: 'not-asked' }),
  };
}

function keyOf({ kind, object }: SchemaDifference): string {
  return `${kind} ${object}`;
}

function kitFailure(reason: string): NotSetUp {
  return new NotSetUp({
    object: 'drizzle-kit',
    found: `an error in its own diff: ${reason}`,
    expected: 'a diff between the models and the database',
    next: 'fix what it reports, or leave drizzle-kit out: canonical-models check --no-drizzle-kit',
  });
}

/** How far the migrations have come. A database may have everything but the record, as after a dump of some schemas only. */
function stateOf(
  found: DatabaseDescription,
  pending: number,
  migrations: number,
): 'migrated' | 'record-missing' | Exclude<CheckStatus, 'agrees' | 'differs'> {
  if (pending === 0) return 'migrated';
  if (pending < migrations) return 'partly-migrated';
  const tables = new Set(found.filter(({ kind }) => kind === 'table').map(({ name }) => name));
  const isOld = tableRenames.some(({ from }) => tables.has(from));
  const wanted = expected.filter(({ kind }) => kind === 'table').map(({ name }) => name);
  const present = wanted.filter((name) => tables.has(name)).length;
  if (present === 0 && !isOld) return 'empty';
  return !isOld && tableRenames.every(({ to }) => tables.has(to)) ? 'record-missing' : 'unrecorded';
}

function missingRecord(): SchemaDifference {
  const migrations = readMigrations();
  return {
    kind: 'record',
    object: recordTable,
    expected: migrations.map(({ name }) => name).join(', '),
    found: null,
    foundBy: 'catalogs',
    sql: [
      '-- The tables are there under their canonical names, and no record says so: drizzle-kit would run every migration again.',
      '-- Once all else agrees:',
      ...createRecordStatements.map((statement) => `${statement};`),
      ...migrations.map((migration) => `${recordStatement(migration)};`),
    ],
  };
}

/** The enums and sequences that belong to extensions, in the schemas that drizzle-kit looks at. */
async function extensionMembers(query: Query): Promise<Pick<DescribedObject, 'kind' | 'name'>[]> {
  const { rows } = await query(
    `SELECT CASE WHEN c.oid IS NULL THEN 'enum' ELSE 'sequence' END AS kind,
       format('%I.%I', coalesce(c.relnamespace, t.typnamespace)::regnamespace, coalesce(c.relname, t.typname)) AS name
     FROM pg_catalog.pg_depend d
     LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid AND c.relkind = 'S'
     LEFT JOIN pg_catalog.pg_type t ON d.classid = 'pg_catalog.pg_type'::regclass AND t.oid = d.objid AND t.typtype = 'e'
     WHERE d.deptype = 'e' AND coalesce(c.relnamespace, t.typnamespace)::regnamespace::text = ANY ($1::text[])`,
    [relationFilters.schemaFilter],
  );
  return rows as unknown as Pick<DescribedObject, 'kind' | 'name'>[];
}

/** What is read from the tables themselves, not from the catalogs. */
interface Rows {
  readonly retired: readonly RetiredTableRows[];
  readonly orphans: readonly OrphanedRows[];
  /** Foreign keys whose triggers are switched off, as in `public.bookings.bookings_chef_id_fkey`, with their tables. */
  readonly unenforced: ReadonlyMap<string, string>;
}

const greatestExamples = 5;

/** One statement for all: its time is that of the rows, and not of the number of questions. */
async function readRows(
  query: Query,
  retired: Registry['retired'],
  references: readonly SoftReference[],
): Promise<Rows> {
  const unenforced = `
    SELECT DISTINCT 'unenforced' AS section, format('%I.%I.%I', n.nspname, c.relname, k.conname) AS name, NULL::text AS rows,
      format('%I.%I', n.nspname, c.relname) AS more
    FROM pg_catalog.pg_trigger g
    JOIN pg_catalog.pg_constraint k ON k.oid = g.tgconstraint AND k.contype = 'f'
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE g.tgisinternal AND g.tgenabled = 'D'`;
  const counts = retired.map(({ name }) => `SELECT 'retired', ${literal(name)}, count(*)::text, NULL FROM ${name}`);
  const orphans = references.map(
    (reference) => `(
      WITH orphan AS MATERIALIZED (${orphanQuery(reference)})
      SELECT 'orphans', ${literal(reference.relation)}, (SELECT count(*)::text FROM orphan),
        (SELECT json_agg(id)::text FROM (SELECT id FROM orphan ORDER BY id LIMIT ${greatestExamples}) AS example)
    )`,
  );
  const answer = await query([unenforced, ...counts, ...orphans].join('\nUNION ALL\n'));
  const of = (section: string) => answer.rows.filter((row) => row['section'] === section);
  return {
    retired: of('retired').map(({ name, rows }) => ({
      table: String(name),
      rows: Number(rows),
      reason: retired.find((table) => table.name === name)?.reason ?? '',
    })),
    orphans: of('orphans').flatMap(({ name, rows, more }): OrphanedRows[] => {
      const reference = references.find(({ relation }) => relation === name);
      if (!reference || rows === '0') return [];
      const { relation, table, columns, targetTable, targetColumns } = reference;
      return [
        {
          relation,
          from: columns.map((column) => `${table}.${column}`).join(', '),
          to: targetColumns.map((column) => `${targetTable}.${column}`).join(', '),
          rows: Number(rows),
          examples: JSON.parse(String(more)) as string[],
          sql: orphanMendingSql(reference),
        },
      ];
    }),
    unenforced: new Map(of('unenforced').map(({ name, more }) => [String(name), String(more)])),
  };
}

/** Whether the columns of a reference are there, in the types that the models say. If not, that is already a difference. */
function canBeFollowed(
  { table, columns, targetTable, targetColumns, primaryKey }: SoftReference,
  differs: readonly ObjectDifference[],
  found: ReadonlyMap<string, DescribedObject>,
): boolean {
  const needed = [
    ...[...columns, ...primaryKey].map((column) => `column ${table}.${column}`),
    ...targetColumns.map((column) => `column ${targetTable}.${column}`),
  ];
  const others = new Set(
    differs.flatMap((difference) =>
      difference.properties.includes('type') ? [`column ${difference.found?.name}`] : [],
    ),
  );
  return needed.every((column) => found.has(column) && !others.has(column));
}

/** drizzle-kit reads names as the session writes them: without a schema if it is `public`. */
async function withUsualSearchPath(query: Query): Promise<Query> {
  await query('SET LOCAL search_path TO public');
  return query;
}

/** Whether a version comes before another one, both as `major.minor.patch`. */
function isBefore(version: string, other: string): boolean {
  const [numbers, others] = [version, other].map((text) => text.split(/[.-]/, 3).map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (numbers?.[index] ?? 0) - (others?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
