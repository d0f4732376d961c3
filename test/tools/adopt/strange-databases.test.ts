import { describe, expect, test } from 'vitest';
import { type AdoptReport, adopt, renderAdoptScript } from '../../../src/tools/adopt/index.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { check } from '../../../src/tools/check/check.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { migrate } from '../../../src/tools/migrate/index.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { stateOf } from '../../support/data.ts';
import { connectionTo, eachOfFewMajors, type ServerDatabase, thorough, withDatabase } from '../../support/databases.ts';
import { carry } from './operator.ts';
import { refusedDatabases, type StrangeDatabase, strangeDatabases } from './strange-databases.ts';

const stepsOf = (report: AdoptReport) =>
  (['online', 'moves', 'decide'] as const).flatMap((section) =>
    report[section].map(({ kind, object }) => `${section} ${kind} ${object}`),
  );

/** The views that read a column, with all that belongs to them, but for the types of their columns. */
async function viewsOf(query: Query): Promise<readonly object[]> {
  const found = await describeDatabase(query, { owners: true, grants: true, comments: true });
  const views = new Set(found.flatMap(({ kind, name }) => (kind === 'view' && /read/i.test(name) ? [name] : [])));
  return found
    .filter(({ name, table = name }) => views.has(table))
    .map(({ kind, name, properties }) => ({ kind, name, ...properties, type: null }));
}

/** From the first question to the record; in a long run to the last check, and back and forth. */
async function adoptStrange(database: ServerDatabase, { sql, correct, steps }: StrangeDatabase): Promise<void> {
  const { query, exec } = database;
  await exec(sql);
  const views = await viewsOf(query);
  const first = await adopt(connectionTo(database));
  expect(stepsOf(first)).toEqual(expect.arrayContaining([...steps]));
  expect(renderAdoptScript(first)).not.toMatch(/^; DROP TABLE/m);
  expect(await carry(database, correct)).toMatchObject({ status: 'ready', moves: [], decide: [] });
  expect(await viewsOf(query)).toEqual(expect.arrayContaining([...views]));
  expect(await baseline(query)).toMatchObject({ status: 'recorded' });
  if (!thorough) return;
  const connection = connectionTo(database);
  expect(await migrate(connection)).toMatchObject({ stoppedAt: null });
  expect((await check(connection)).differs).toEqual([]);
  await revert(connection, { to: 'baseline' });
  await migrate(connection);
  expect(await check(connection, { drizzleKit: false })).toMatchObject({ status: 'agrees' });
}

/** All of them in one database. */
const together: StrangeDatabase = {
  sql: Object.values(strangeDatabases)
    .map(({ sql }) => sql)
    .join(';\n'),
  correct: Object.values(strangeDatabases)
    .flatMap(({ correct }) => correct ?? [])
    .join(';\n'),
  steps: Object.values(strangeDatabases).flatMap(({ steps }) => steps),
};

eachOfFewMajors((major) => {
  describe('a database of a stranger: every statement of every script runs, and nothing but the column changes in what reads it', () => {
    test.each([['all at once', together] as const, ...(thorough ? Object.entries(strangeDatabases) : [])])(
      '%s',
      { timeout: 120_000 },
      (_, strange) => withDatabase(major, 'legacy', (database) => adoptStrange(database, strange)),
    );
  });

  test('what no statement changes is named, and the script has no statement that would fail', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec, name } = database;
      const all = Object.values(refusedDatabases);
      for (const { sql } of all) await exec(sql.replaceAll('$name', name));
      const before = await stateOf(query);
      const report = await adopt(connectionTo(database));
      expect(await stateOf(query)).toEqual(before);
      expect(report).toMatchObject({ status: 'undecided' });
      expect(stepsOf(report)).toEqual(expect.arrayContaining(all.flatMap(({ steps }) => steps)));
      const sql = (object: string) =>
        report.decide.filter((step) => step.object === object).flatMap((step) => step.sql);
      expect(sql('public.idx_messages_thread_id')).toEqual([
        '-- Not before it is decided about public.messages: the next script has it.',
      ]);
      const phone = sql('public.chefs.phone').join('\n');
      for (const dependent of [
        'default value for column shout of table public.chefs',
        'function public.count_phones()',
        'trigger on_phone on table public.chefs',
        'column chef of table public.rows_kept',
        `publication of table public.chefs in publication phones_of_${name}`,
      ]) {
        expect(phone).toContain(`-- Drop this first, and make it again afterwards, as it depends on it: ${dependent}.`);
      }
      const statements = report.online.flatMap((step) => step.sql).filter((statement) => !statement.startsWith('--'));
      for (const statement of statements) await query(statement);
    }));
});
