import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InvalidInput } from '../../../src/errors.ts';
import { adopt, listAdoptStatements, renderAdoptScript } from '../../../src/tools/adopt/index.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import { connectionTo, eachOfFewMajors, withDatabase } from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import { adoptFixture } from './real-databases.ts';

/** The embedded servers come without psql. */
const hasPsql = !spawnSync('psql', ['--version']).error;

eachOfFewMajors((major) => {
  test('the script is the statements with what is said of each; what is to be decided is commented out, and psql runs it', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec, url } = database;
      await exec(adoptFixture('own-schemas'));
      await exec(`
        ALTER TABLE core.bookings ALTER COLUMN status DROP DEFAULT, ADD COLUMN old_status text;
        ALTER TABLE core.chefs ENABLE ROW LEVEL SECURITY;
        ALTER TABLE core.customers ALTER COLUMN phone TYPE varchar(25);
        ALTER TABLE lead.leads ALTER COLUMN utm_source TYPE varchar(50);
        DROP INDEX core.idx_bookings_status;
        CREATE ROLE adopting_service;
        GRANT SELECT, INSERT ON core.messages TO adopting_service`);
      const folder = mkdtempSync(join(tmpdir(), 'canonical-models-adopt-'));
      try {
        const file = join(folder, 'adopt.sql');
        const result = await hostedCommand(['adopt', '--table', 'lead.social_threads', '--out', file], {
          DATABASE_URL: url,
        });
        expect(result).toMatchObject({ exitCode: 1, stderr: '' });
        expect(result.stdout).toContain('2 steps online, 34 moves, 1 to decide. Nothing was run.');
        const report = await adopt(connectionTo(database), { tables: ['lead.social_threads'] });
        const script = readFileSync(file, 'utf8');
        expect(script).toContain(`Next: canonical-models baseline`);
        const withoutComments = (sql: string) =>
          sql
            .replace(/^--.*$/gm, '')
            .replace(/\s+/g, ' ')
            .trim();
        expect(withoutComments(script)).toBe(withoutComments(listAdoptStatements(report).join('\n')));
        for (const { why, locks, lasts } of [...report.online, ...report.moves, ...report.decide]) {
          expect(script).toContain(`${why}.\n`);
          expect(script).toContain(`-- Locks: ${locks}. For: ${lasts}.\n`);
        }
        expect(script).toContain('\n-- ALTER TABLE core.chefs DISABLE ROW LEVEL SECURITY;\n');
        // Only what has another type, place or default is touched.
        expect(script).toContain(`ALTER COLUMN status SET DEFAULT 'pending'::core.booking_status;`);
        expect(script).toContain(
          '-- core.social_threads (3 rows): retired: lead.social_threads is adopted as public.social_threads',
        );
        expect(script).not.toMatch(/CREATE TYPE|varchar\(25\)|old_status [a-z]/);

        if (hasPsql) execFileSync('psql', ['--set', 'ON_ERROR_STOP=1', '--quiet', '--file', file, url]);
        else for (const statement of listAdoptStatements(report)) await query(statement);
        const left = await adopt(connectionTo(database));
        expect(left).toMatchObject({
          status: 'undecided',
          online: [],
          moves: [],
          decide: [{ kind: 'row-security', object: 'public.chefs' }],
        });
        const { rows } = await query(
          `SELECT has_table_privilege('adopting_service', 'core.messages', 'SELECT, INSERT') AND NOT has_table_privilege('adopting_service', 'core.messages', 'DELETE') AS same`,
        );
        expect(rows).toEqual([{ same: true }]);
      } finally {
        rmSync(folder, { recursive: true });
        await exec('DROP OWNED BY adopting_service; DROP ROLE adopting_service').catch(() => {});
      }
    }));

  test('two tables that could be meant: both are named, none is moved, and a name that could not be meant is refused', () =>
    withDatabase(major, 'legacy', async (database) => {
      await database.exec(adoptFixture('own-schemas'));
      const report = await adopt(connectionTo(database));
      expect(report.status).toBe('undecided');
      expect(report.decide).toMatchObject([
        {
          kind: 'meeting-tables',
          object: 'public.social_threads',
          sql: [
            '-- canonical-models adopt --table core.social_threads',
            '-- canonical-models adopt --table lead.social_threads',
          ],
        },
      ]);
      expect(report.moves.map(({ object }) => object)).not.toContain('public.social_threads');
      expect(report.leftAlone.map(({ table }) => table)).toEqual([
        'core.reviews',
        'core.social_threads',
        'lead.social_threads',
      ]);
      await expect(adopt(connectionTo(database), { tables: ['lead.leds'] })).rejects.toThrow(InvalidInput);
    }));

  test('a table whose key has another type is not adopted: it is named and left alone, with the written way', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec } = database;
      await exec(adoptFixture('numbered-keys'));
      const report = await adopt(connectionTo(database));
      expect(report.decide.map(({ kind, object }) => `${kind} ${object}`)).toEqual([
        'other-key-type public.customer_review_blog_posts',
        'other-key-type public.review_approval_log',
      ]);
      expect(report.leftAlone).toMatchObject([
        { table: 'public.customer_review_blog_posts' },
        { table: 'public.review_approval_log' },
        { table: 'public.reviews' },
      ]);
      const rows = report.leftAlone.map(({ rows }) => rows);
      // The written way, as an operator takes it.
      for (const statement of listAdoptStatements({ online: [...report.decide], moves: [] })) await query(statement);
      for (const statement of listAdoptStatements(report)) await query(statement);
      expect(await adopt(connectionTo(database))).toMatchObject({ status: 'ready' });
      const kept = await query(
        `SELECT (SELECT count(*)::int FROM customer_review_blog_posts_before) AS posts, (SELECT count(*)::int FROM review_approval_log_before) AS log`,
      );
      expect(kept.rows).toEqual([{ posts: rows[0], log: rows[1] }]);
    }));

  test('another type: the values that do not convert are counted, and nothing is written by asking', () =>
    withDatabase(major, 'legacy', async (database) => {
      const { query, exec } = database;
      await exec(
        `
        ALTER TABLE bookings ALTER COLUMN guest_count TYPE text;
        UPDATE bookings SET guest_count = 'a dozen' WHERE id IN (SELECT id FROM bookings ORDER BY id LIMIT 4)`.replace(
          'ALTER TABLE bookings ALTER',
          'ALTER TABLE bookings DROP CONSTRAINT check_guest_count_positive; ALTER TABLE bookings ALTER',
        ),
      );
      const before = await describeDatabase(query, { withoutSchemas: [] });
      const report = await adopt(connectionTo(database));
      expect(await describeDatabase(query, { withoutSchemas: [] })).toEqual(before);
      const [step] = report.decide.filter(({ kind }) => kind === 'other-type');
      expect(step).toMatchObject({ object: 'public.bookings.guest_count', inTheWay: { rows: 4 } });
      expect((await query(String(step?.inTheWay?.query))).rows.length).toBeGreaterThan(0);
      expect(renderAdoptScript(report)).toContain('-- In the way: 4 rows.');
    }));
});
