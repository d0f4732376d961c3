import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { connectionTo, eachOfFewMajors, thorough, withDatabase } from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import { databaseState, rowVersions } from './database-state.ts';

const migrations = readMigrations();

/** Text as it is compared: without comments of one line, blanks and semicolons that only part statements. */
const essence = (sql: string) => sql.replace(/^--.*$/gm, '').replace(/[\s;]+/g, ' ');

/** The embedded servers come without psql. */
const hasPsql = !spawnSync('psql', ['--version']).error;

eachOfFewMajors((major) => {
  test.each(thorough ? (['legacy', 'empty'] as const) : (['legacy'] as const))(
    'the script of --dry-run --sql does to a database that is %s what migrate does, and changes nothing by itself',
    (content) =>
      withDatabase(major, content, async (database) => {
        const before = await rowVersions(database.query);
        const { exitCode, stdout, stderr } = await hostedCommand(['migrate', '--dry-run', '--sql'], {
          DATABASE_URL: database.url,
        });
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
        expect(stdout).not.toContain(new URL(database.url).password);
        expect(await rowVersions(database.query)).toEqual(before);

        // As psql sends it, if psql is available; and as one message.
        if (hasPsql && content === 'legacy') {
          execFileSync('psql', ['--set', 'ON_ERROR_STOP=1', '--quiet', database.url], { input: stdout });
        } else await database.exec(stdout);
        const byScript = await databaseState(database.query);
        const sent: string[] = [];
        const byMigrate = await withDatabase(major, content, async (other) => {
          const connection = connectionTo(other);
          await migrate({
            ...connection,
            exec: (sql) => {
              sent.push(sql);
              return connection.exec(sql);
            },
          });
          return databaseState(other.query);
        });
        expect(byScript).toEqual(byMigrate);
        expect(byScript.record).toHaveLength(migrations.length);
        // Every statement that migrate sends stands there whole, in this order, but for where the notes count the time from.
        const comparable = (sql: string) =>
          essence(sql.replaceAll('transaction_timestamp()', 'statement_timestamp()')).trim();
        const script = comparable(stdout);
        let at = 0;
        for (const message of sent) {
          at = script.indexOf(comparable(message), at);
          expect(at, message).toBeGreaterThanOrEqual(0);
          at += comparable(message).length;
        }
        expect(at).toBe(script.length);
        const again = await hostedCommand(['migrate', '--dry-run', '--sql'], { DATABASE_URL: database.url });
        expect(essence(again.stdout)).toBe(' ');
        expect(again.stdout).toContain('0 migrations to do');
      }),
  );
});

test.each([
  [['--sql'], '--sql without --dry-run'],
  [['--dry-run', '--sql', '--json'], '--json'],
])('migrate %j is refused', async (parameters, says) => {
  const result = await hostedCommand(['migrate', ...parameters], { DATABASE_URL: 'pglite:memory://' });
  expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(says) });
});
