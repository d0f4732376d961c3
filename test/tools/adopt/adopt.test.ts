import { describe, expect, test } from 'vitest';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { type AdoptReport, adopt, listAdoptStatements } from '../../../src/tools/adopt/index.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { check } from '../../../src/tools/check/check.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { migrate, planMigrations } from '../../../src/tools/migrate/index.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { checksumsOfData, stateOf } from '../../support/data.ts';
import {
  connectionTo,
  eachMajor,
  type ServerDatabase,
  shareOf,
  thorough,
  withDatabase,
} from '../../support/databases.ts';
import { runOnlineUnderTraffic } from './online-under-traffic.ts';
import { adoptFixture, mixedDatabases, type RealDatabase, realDatabases } from './real-databases.ts';

/**
 * The content of every table that has rows, without the names of the tables, which change on the way; and without what the triggers of
 * `extras` note in the rows that a migration gives a station.
 */
async function contents(query: Query): Promise<string[]> {
  const { rows: noting } = await query(
    `SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'note_change'`,
  );
  for (const { name } of noting) {
    await query(`ALTER TABLE ${name} DISABLE TRIGGER note_change`);
    await query(`UPDATE ${name} SET back_office_note = NULL WHERE back_office_note = 'changed'`);
    await query(`ALTER TABLE ${name} ENABLE TRIGGER note_change`);
  }
  const tables = await checksumsOfData(query);
  return tables.flatMap(({ rows, checksum }) => (rows === 0 ? [] : [`${rows} ${checksum}`])).sort();
}

/** Refused or not: what a command says counts here only as something that may have left a trace. */
const asked = (answer: Promise<unknown>) => answer.catch(() => {});

/** Sends statements one by one, as psql does with a script. */
async function send(query: Query, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await query(statement);
  await query('RESET lock_timeout');
}

/** The statements that the script has as comments, as an operator takes the comment marks away. */
const decided = ({ decide }: AdoptReport) => listAdoptStatements({ online: decide, moves: [] });

function countKinds({ online, moves, decide }: AdoptReport): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of [...online, ...moves, ...decide]) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Reads and writes every row of a table through a name. */
async function expectReadsAndWrites(query: Query, name: string): Promise<void> {
  const { rows } = await query(`SELECT count(*)::int AS rows FROM ${name}`);
  const column = await query(`SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1`, [name]);
  const first = `"${column.rows[0]?.['attname']}"`;
  await query('BEGIN');
  const updated = await query(`UPDATE ${name} SET ${first} = ${first} RETURNING *`);
  expect(updated.rows.length, name).toBe(rows[0]?.['rows']);
  expect(updated.rows.length, name).toBeGreaterThan(0);
  await query('ROLLBACK');
}

/** From the first question to the last check, and back and forth. */
async function adoptWhole(database: ServerDatabase, real: RealDatabase): Promise<void> {
  const { query, exec } = database;
  const connection = connectionTo(database);
  let rows: string[] = [];
  for (const script of real.scripts) {
    if (script === 'upper-case-labels') rows = await contents(query);
    await exec(adoptFixture(script));
  }
  // Labels come back in lower case, and so do rows.
  if (rows.length === 0) rows = await contents(query);

  const before = await stateOf(query);
  const report = await adopt(connection, { tables: real.tables ?? [] });
  if (!real.isTaken) await asked(baseline(query));
  await asked(planMigrations(connection, { locks: false }));
  await asked(check(connection, { drizzleKit: false }));
  expect(await stateOf(query)).toEqual(before);

  if (real.steps) expect(countKinds(report)).toEqual(real.steps);
  expect(report.status).toBe(real.isTaken ? 'ready' : report.decide.length > 0 ? 'undecided' : 'to-do');
  for (const step of [...report.online, ...report.moves, ...report.decide]) {
    expect(step).toMatchObject({
      why: expect.stringMatching(/\S/),
      locks: expect.stringMatching(/\S/),
      lasts: expect.stringMatching(/\S/),
    });
  }

  // In the order of the script: what is decided comes before the moves.
  await send(query, listAdoptStatements({ ...report, moves: [] }));
  if (real.decisions) await exec(real.decisions);
  if (real.correctsRows) rows = await contents(query);
  await send(query, decided(report));
  await send(query, listAdoptStatements({ ...report, online: [] }));
  expect(await adopt(connection, { tables: real.tables ?? [] })).toMatchObject({
    status: 'ready',
    moves: [],
    decide: [],
  });

  expect(await baseline(query)).toMatchObject({ status: 'recorded' });
  const migrated = await migrate(connection);
  expect(migrated).toMatchObject({ stoppedAt: null, interrupted: false });
  expect(withoutNew(await contents(query), rows)).toEqual(rows);
  for (const name of [...tableRenames.map(({ from }) => from), ...(real.oldPlaces ?? [])]) {
    await expectReadsAndWrites(query, name);
  }
  const agrees = await check(connection, { drizzleKit: thorough });
  expect(agrees.differs).toEqual([]);
  expect(agrees.status).toBe('agrees');
  expect((await adopt(connection)).status).toBe('already-recorded');

  await revert(connection, { to: 'baseline' });
  expect(withoutNew(await contents(query), rows)).toEqual(rows);
  for (const name of real.oldPlaces ?? []) await expectReadsAndWrites(query, name);
  await migrate(connection);
  expect(withoutNew(await contents(query), rows)).toEqual(rows);
  expect((await check(connection, { drizzleKit: false })).status).toBe('agrees');
}

/** Contents without those of tables that migrations have added and filled. */
function withoutNew(found: readonly string[], expected: readonly string[]): string[] {
  const wanted = [...expected];
  return found.filter((content) => {
    const index = wanted.indexOf(content);
    if (index !== -1) wanted.splice(index, 1);
    return index !== -1;
  });
}

eachMajor((major) => {
  describe('a database as people have it is adopted: nothing is changed by asking, no row is lost, every old place answers', () => {
    const mixed = Object.entries(mixedDatabases);
    test.each([...(thorough ? [...Object.entries(realDatabases), ...mixed] : shareOf(mixed, major))])(
      '%s',
      { timeout: 120_000 },
      (_, real) => withDatabase(major, 'legacy', (database) => adoptWhole(database, real)),
    );
  });

  if (thorough) {
    test(
      'while the statements of the section "online" run, 32 busy connections see no failed statement and lose no row',
      { timeout: 600_000 },
      () => withDatabase(major, 'legacy', runOnlineUnderTraffic),
    );
  }
});
