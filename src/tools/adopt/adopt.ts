import expectedFile from '../../../drizzle/expected/baseline.json' with { type: 'json' };
import { InvalidInput } from '../../errors.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import { baselineKnowledge, findObstaclesOfLegacy } from '../baseline/baseline.ts';
import { byKey } from '../check/compare.ts';
import { conversion, type Surroundings } from '../check/repair-sql/index.ts';
import type { Connection } from '../database/connect.ts';
import { type DatabaseDescription, describeDatabase } from '../database/describe.ts';
import { type Query, tagErrors } from '../database/query.ts';
import { readOnlyTransaction } from '../database/read-only-transaction.ts';
import { type Acceptance, type AcceptedDifference, buildAcceptance } from '../deviations/accept.ts';
import type { Deviation } from '../deviations/deviation.ts';
import { inspectDeviations } from '../deviations/inspect.ts';
import { type Pairs, pairObjects } from '../deviations/pairs.ts';
import { placeObjects } from '../deviations/places.ts';
import { appliedMigrations } from '../migrations/record.ts';
import { listDependents } from './dependents.ts';
import { listTablesLeftAlone } from './left-alone.ts';
import { freeNameSteps } from './names-needed.ts';
import { withObstacles } from './obstacle-steps.ts';
import type { AdoptReport, RowsInTheWay } from './report.ts';
import { countRows, countUnconvertible, queryForRowsInTheWay } from './rows-in-the-way.ts';
import { isNeeded, sortSteps } from './sections.ts';

export interface AdoptOptions {
  /** Where several tables could be meant by one name, the one that is: `lead.social_threads`, not `core.social_threads`. @default none */
  readonly tables?: readonly string[];
  /** What stays different on purpose: no step is planned for it. @default nothing */
  readonly accept?: readonly AcceptedDifference[];
}

const expected = expectedFile.objects as unknown as DatabaseDescription;

/**
 * Plans how a database that people really have becomes the one that the baseline describes: what is done while clients go on, what
 * clients notice, and what people decide about. `renderAdoptScript` writes it as a script.
 *
 * It reads only, in one transaction that PostgreSQL itself keeps from writing; it counts the rows that stand in the way of a statement, so
 * it may read whole tables.
 *
 * @param connection One session, outside a transaction.
 * @throws {InvalidInput} if a table that was named is not there, or could not be meant.
 * @throws {NotSetUp} if the role may not read the catalogs, or the connection is lost.
 *
 * @example
 * import { adopt, connect, renderAdoptScript } from 'canonical-models/adopt';
 *
 * const connection = await connect(process.env.DATABASE_URL);
 * const report = await adopt(connection, { tables: ['lead.social_threads'] }).finally(() => connection.close());
 * console.log(renderAdoptScript(report));
 */
export async function adopt(
  connection: Connection,
  { tables = [], accept = [] }: AdoptOptions = {},
): Promise<AdoptReport> {
  const query = tagErrors(connection.query);
  return readOnlyTransaction(query, 'catalogs and tables that can be read', () =>
    plan(query, connection.label, tables, buildAcceptance(accept, tableRenames)),
  );
}

async function plan(
  query: Query,
  database: string,
  named: readonly string[],
  acceptance: Acceptance,
): Promise<AdoptReport> {
  const report = { version: 1, database, online: [], moves: [], decide: [], leftAlone: [], taken: 0 } as const;
  const applied = (await appliedMigrations(query)) ?? [];
  if (applied.length > 0) return { ...report, status: 'already-recorded' };
  const found = await describeDatabase(query, { owners: true, grants: true });
  // A table that has been moved left a view, so that the same command can be given again.
  const chosen = named.filter((name) => !found.some((object) => object.kind === 'view' && object.name === name));
  const options = { ...baselineKnowledge, chosen };
  const pairs = pairObjects(expected, found, options);
  assertMeant(chosen, pairs);
  if (pairs.tables.length === 0 && pairs.meeting.size === 0) return { ...report, status: 'empty' };

  const all = await inspectDeviations(query, expected, found, options);
  const deviations = all.filter((deviation) => !isOfMeeting(deviation, pairs) && !acceptance.find(deviation));
  const here = placeObjects(expected, found, pairs).map((object) => object.here);
  const surroundings = { expected: byKey(here), found: byKey(found), renames: [] };
  // The tables of the package that take the place of those whose key has another type.
  const others = new Set(deviations.flatMap(({ kind, table }) => (kind === 'other-key-type' ? [table] : [])));
  const replacing = { ...pairs, tables: pairs.tables.filter((pair) => !others.has(pair.expected)) };
  const baseline = {
    ...surroundings,
    expected: byKey(placeObjects(expected, found, replacing).map((object) => object.here)),
  };
  const inTheWay = await countRowsInTheWay(query, deviations, surroundings.found);
  const dependents = await listDependents(query, deviations, found);
  const { online, moves, decide } = sortSteps(deviations, {
    surroundings,
    baseline,
    deviations: all,
    accepted: new Set(all.filter((deviation) => acceptance.find(deviation))),
    inTheWay,
    dependents,
  });
  const places = pairs.tables.filter((pair) => pair.expected !== pair.found);
  const obstacles = await findObstaclesOfLegacy(
    query,
    new Map(places.map((pair) => [pair.expected, pair.found])),
    deviations.filter(({ treatment }) => treatment !== 'taken'),
  );
  const undecided = [...decide, ...withObstacles(freeNameSteps(pairs, surroundings), obstacles, surroundings)];
  return {
    ...report,
    status: undecided.length > 0 ? 'undecided' : [...online, ...moves].some(isNeeded) ? 'to-do' : 'ready',
    online,
    moves,
    decide: undecided,
    leftAlone: await listTablesLeftAlone(query, expected, found, { pairs, deviations, options: baselineKnowledge }),
    taken:
      deviations.filter(({ treatment }) => treatment === 'taken').length -
      online.filter((step) => !isNeeded(step)).length,
  };
}

/** An enum that only a table has which is not found yet: it comes with the table. */
function isOfMeeting({ kind, object }: Deviation, { meeting }: Pairs): boolean {
  const users = expected.filter(({ kind: other, properties }) => other === 'column' && properties['type'] === object);
  return kind === 'missing-enum' && users.length > 0 && users.every(({ table = '' }) => meeting.has(table));
}

/** @throws {InvalidInput} if a table that was named is not there, or could not be meant. */
function assertMeant(chosen: readonly string[], pairs: Pairs): void {
  for (const table of chosen) {
    if (pairs.tables.some(({ found }) => found === table)) continue;
    throw new InvalidInput({
      object: table,
      found: 'no table of this name that could be one of the package',
      expected: `a table as it stands in the database${pairs.meeting.size === 0 ? '' : `: ${[...pairs.meeting.values()].flat().join(', ')}`}`,
      next: 'canonical-models adopt without it lists the tables that could be meant',
    });
  }
}

/** Counts what would keep PostgreSQL from running a statement, for every deviation where rows could. */
async function countRowsInTheWay(
  query: Query,
  deviations: readonly Deviation[],
  present: Surroundings['found'],
): Promise<Map<Deviation, RowsInTheWay>> {
  const counted = new Map<Deviation, RowsInTheWay>();
  const { rows } = await query(`SELECT current_setting('server_version_num')::int AS version`);
  for (const deviation of deviations) {
    const { kind, expected: object, found } = deviation;
    if (!object) continue;
    if (kind === 'other-type' && found) {
      const type = String(object.properties['type']);
      const target = { type, converted: conversion(found, type, present), version: Number(rows[0]?.['version']) };
      counted.set(deviation, await countUnconvertible(query, found, target));
      continue;
    }
    const listing = queryForRowsInTheWay(kind, object, present);
    const answer = listing === undefined ? undefined : await countRows(query, listing);
    if (answer) counted.set(deviation, answer);
  }
  return counted;
}
