import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { adopt, listAdoptStatements } from '../../../src/tools/adopt/index.ts';
import { connectionTo, eachOfFewMajors, type ServerDatabase, thorough, withDatabase } from '../../support/databases.ts';
import { blocksOf, guides } from '../../support/documents.ts';
import { hostedCommand } from '../../support/kit.ts';
import { adoptFixture } from './real-databases.ts';

const guide = guides.find(({ path }) => path === 'docs/guides/adopt-a-database.md');
const hasPsql = !spawnSync('psql', ['--version']).error;

/** The answers that the guide promises, one a command, in its order. */
const exitCodes = [1, 1, 0, 0, 0, 0, 0];

/** Takes the comment marks from everything that is to be decided, as an operator does in an editor. */
async function decideAll(database: ServerDatabase, file: string): Promise<string[]> {
  const { online, decide, moves } = await adopt(connectionTo(database), { tables: ['lead.social_threads'] });
  let script = readFileSync(file, 'utf8');
  for (const statement of listAdoptStatements({ online: decide, moves: [] })) {
    const commented = statement.replace(/^/gm, '-- ');
    expect(script).toContain(`${commented}\n`);
    script = script.replace(commented, () => statement);
  }
  writeFileSync(file, script);
  return [...online, ...decide, ...moves].flatMap(({ sql }) => sql).filter((statement) => !statement.startsWith('--'));
}

eachOfFewMajors((major) => {
  test('the guide leads from the first question to the last check', { timeout: 120_000 }, () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec, url } = database;
      for (const script of ['numbered-keys', 'own-schemas']) await exec(adoptFixture(script));
      await exec(`
        ALTER TABLE feedback.customer_review_blog_posts SET SCHEMA public;
        ALTER TABLE feedback.review_approval_log SET SCHEMA public;
        ALTER TABLE core.customers ENABLE ROW LEVEL SECURITY;
        CREATE POLICY station_isolation ON core.customers USING (true);
        ALTER TABLE core.bookings ALTER COLUMN status DROP DEFAULT;
        DROP INDEX lead.ix_leads_status`);
      await exec(adoptFixture('upper-case-labels'));
      const posts = (await query('SELECT count(*)::int AS rows FROM customer_review_blog_posts')).rows[0]?.['rows'];
      const log = (await query('SELECT count(*)::int AS rows FROM review_approval_log')).rows[0]?.['rows'];

      const folder = mkdtempSync(join(tmpdir(), 'canonical-models-guide-'));
      const file = join(folder, 'adopt.sql');
      try {
        const blocks = guide ? blocksOf(guide) : [];
        const answers: number[] = [];
        for (const { code } of blocks.filter(({ language }) => language === 'sh')) {
          for (const line of code.trim().split('\n')) {
            const [program, ...words] = line.replace('adopt.sql', file).split(' ');
            if (program === 'psql') {
              const statements = await decideAll(database, file);
              if (hasPsql) execFileSync('psql', ['--quiet', ...words, url]);
              else for (const statement of statements) await query(statement);
              for (const { code: sql } of blocks.filter(({ language }) => language === 'sql')) await exec(sql);
            } else {
              // The locks of each statement take seconds to find out, and have tests of their own.
              if (!thorough && words.includes('--dry-run')) words.push('--sql');
              const result = await hostedCommand(words.slice(1), { DATABASE_URL: url });
              expect(result.exitCode, `${line}\n${result.stdout}${result.stderr}`).toBe(exitCodes[answers.length]);
              answers.push(result.exitCode);
            }
          }
        }
        expect(answers).toEqual(exitCodes);
        const { rows } = await query(`SELECT (SELECT count(*)::int FROM customer_review_blog_posts) AS posts,
          (SELECT count(*)::int FROM review_approval_log) AS log, (SELECT count(*)::int FROM core.messages) AS messages`);
        expect(rows).toMatchObject([{ posts, log }]);
        for (const { from } of tableRenames) await query(`SELECT FROM ${from}`);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
  );
});
