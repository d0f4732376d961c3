import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import type { Connection } from '../../../src/tools/database/connect.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { appliedMigrations } from '../../../src/tools/migrations/record.ts';
import { inverseOf, isRename } from '../../../src/tools/revert/inverse.ts';
import { RevertFailure, revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import { checksumsOfData } from '../../support/data.ts';
import {
  connectionTo,
  eachEngineOfLongRuns,
  eachOfFewEngines,
  eachOfOldestMajors,
  majors,
  type TestDatabase,
  withConnection,
  withDatabase,
} from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import { baselineMigration, migrationsFolderOf, otherMigrations, renameMigrations } from '../../support/migrate.ts';

/** Everything that there is: catalogs with owners and privileges, and rows. */
const state = async ({ query }: TestDatabase) => ({
  catalogs: await describeDatabase(query, { owners: true, grants: true, comments: true }),
  rows: await checksumsOfData(query),
});

/** A package that has come no further than the renames. */
const folder = migrationsFolderOf([baselineMigration, ...renameMigrations].map(({ name }) => name));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

eachOfFewEngines((engine) => {
  test('undoes all renames: the database is as it was, and can be migrated forward again', () =>
    withDatabase(engine, 'legacy', async (database) => {
      const connection = connectionTo(database);
      const before = await state(database);
      await migrate(connection, { folder });
      const migrated = await state(database);
      const report = await revert(connection, { to: 'baseline', folder });
      expect(report).toMatchObject({ version: 1, kept: [], last: baselineMigration.name, interrupted: false });
      expect(report.steps.map(({ migration }) => migration)).toEqual(
        renameMigrations.map(({ name }) => name).reverse(),
      );
      expect(await state(database)).toEqual(before);
      expect((await appliedMigrations(database.query))?.map(({ name }) => name)).toEqual([baselineMigration.name]);
      expect((await status(connection)).renames.map(({ state }) => state)).toEqual(
        renameMigrations.map(() => 'legacy'),
      );
      expect(await revert(connection, { to: baselineMigration.name, folder })).toMatchObject({ steps: [] });
      expect(await migrate(connection, { folder })).toMatchObject({ state: 'partly-migrated' });
      expect(await state(database)).toEqual(migrated);
    }));
});

test('undoes nothing if a migration on the way does more than rename', () => {
  expect(() => inverseOf(baselineMigration)).toThrow(/a statement that is not a rename/);
  const [first = baselineMigration] = renameMigrations;
  expect(renameMigrations.every(isRename)).toBe(true);
  expect([baselineMigration, ...otherMigrations].some(isRename)).toBe(false);
  expect(isRename({ ...first, statements: ['-- by hand\nalter table messages\n  rename to letters'] })).toBe(true);
  expect(isRename({ ...first, statements: ['ALTER TABLE "a" RENAME COLUMN "b" TO "c"'] })).toBe(false);
  for (const statement of [
    'UPDATE messages SET is_read = true',
    'DROP VIEW "messages"',
    'ALTER TABLE "a" RENAME COLUMN "b" TO "c"',
  ]) {
    expect(() => inverseOf({ ...first, statements: [...first.statements, statement] })).toThrow(statement.slice(0, 20));
  }
});

eachEngineOfLongRuns((engine) => {
  test('undoes some of them, and keeps the rows that were written meanwhile under either name', () =>
    withDatabase(engine, 'deployed', async (database) => {
      const connection = connectionTo(database);
      const { rows: threads } = await database.query('SELECT id FROM message_threads ORDER BY id LIMIT 1');
      const write = (table: string, content: string) =>
        database.query(`INSERT INTO ${table} (thread_id, sender_type, content) VALUES ($1, 'customer', $2)`, [
          threads[0]?.['id'],
          content,
        ]);
      await write('messages', 'under the old name');
      await write('customer_messages', 'under the canonical name');
      const report = await revert(connection, { to: 'rename_message_tables_1_customer_message_threads' });
      expect(report.steps).toHaveLength(2);
      const { rows } = await database.query(
        `SELECT content, (SELECT relkind::text FROM pg_class WHERE oid = 'messages'::regclass) AS kind
         FROM messages WHERE content LIKE 'under the % name' ORDER BY content`,
      );
      expect(rows).toEqual([
        { content: 'under the canonical name', kind: 'r' },
        { content: 'under the old name', kind: 'r' },
      ]);
      const { renames } = await status(connection);
      expect(renames.find(({ from }) => from === 'public.messages')?.state).toBe('legacy');
      expect(renames.find(({ from }) => from === 'public.message_threads')?.state).toBe('both names');
    }));

  test('undoes nothing while a foreign object depends on a view', () =>
    withDatabase(engine, 'deployed', async (database) => {
      await database.exec(`CREATE VIEW unread AS SELECT id FROM messages WHERE NOT is_read;
        CREATE FUNCTION first_of(customer_reviews[]) RETURNS integer LANGUAGE sql AS 'SELECT 1'`);
      const before = await state(database);
      const toBaseline = revert(connectionTo(database), { to: 'baseline' });
      await expect(toBaseline).rejects.toBeInstanceOf(RevertFailure);
      await expect(toBaseline).rejects.toMatchObject({
        cause: { name: 'Conflict' },
        object: 'public.customer_reviews',
        found: expect.stringMatching(
          /function public\.first_of\(.*rule _RETURN on view public\.unread \(on public\.messages\)/,
        ),
        report: { steps: [], last: renameMigrations.at(-1)?.name, interrupted: false },
      });
      expect(await state(database)).toEqual(before);
      // What depends on views that stay is in nobody's way.
      const { steps } = await revert(connectionTo(database), { to: renameMigrations[5]?.name as string });
      expect(steps).toHaveLength(1);
    }));

  test('a failure reports what was undone before it, and names an object that was created meanwhile', () =>
    withDatabase(engine, 'deployed', async (database) => {
      const connection = connectionTo(database);
      const interruption = new AbortController();
      const late = {
        ...connection,
        exec: async (sql: string) => {
          // An object that comes to depend on the view once the run has begun.
          if (sql.includes('DROP VIEW "messages"')) {
            interruption.abort();
            return connection.exec(sql.replace('DROP VIEW', 'CREATE VIEW late AS TABLE messages; DROP VIEW'));
          }
          return connection.exec(sql);
        },
      };
      await expect(revert(late, { to: 'baseline', signal: interruption.signal })).rejects.toMatchObject({
        name: 'RevertFailure',
        cause: { name: 'Conflict' },
        object: renameMigrations[5]?.name,
        found: expect.stringContaining('2BP01'),
        report: { steps: [{ migration: renameMigrations[6]?.name }], last: renameMigrations[5]?.name },
      });
      const defect = new TypeError('a defect');
      const defective = revert(connection, {
        to: 'baseline',
        signal: interruption.signal,
        onStep: () => {
          throw defect;
        },
      });
      await expect(defective).rejects.toBe(defect);
    }));
});

eachOfOldestMajors((major) => {
  test('gives way before a client that holds the table and wants the view becomes a deadlock victim', () =>
    withDatabase(major, 'deployed', async (database) => {
      const [client, reader] = [new pg.Client(database.url), new pg.Client(database.url)];
      await Promise.all([client.connect(), reader.connect()]);
      try {
        // The reader keeps the view from going at first: the time that the run queues for it counts, too.
        await client.query('BEGIN; SELECT count(*) FROM customer_messages');
        await reader.query('BEGIN; SELECT count(*) FROM messages');
        const clients: Promise<unknown>[] = [];
        let tries = 0;
        const connection = connectionTo(database);
        const dropping = {
          ...connection,
          exec: (sql: string) => {
            if (sql.includes('DROP VIEW "messages"')) {
              tries++;
              if (tries === 1) {
                const wants = sleep(50).then(() => client.query('SELECT count(*) FROM messages; COMMIT'));
                clients.push(
                  wants,
                  sleep(300).then(() => reader.query('COMMIT')),
                );
                wants.catch(() => {});
              }
            }
            return connection.exec(sql);
          },
        };
        const report = await revert(dropping, { to: 'rename_message_tables_1_customer_message_threads' });
        expect(tries).toBeGreaterThan(1);
        expect(report.steps.at(-1)?.tries).toBe(tries);
        await expect(Promise.all(clients)).resolves.toHaveLength(2);
      } finally {
        await Promise.all([client.end(), reader.end()]);
      }
    }));

  test('if another run did a part meanwhile, the report names the migration at which this one stopped', () =>
    withDatabase(major, 'deployed', async (database) => {
      const connection = connectionTo(database);
      const [, , , , , sixth, seventh] = renameMigrations.map(({ name }) => name);
      let isOthersTurn = true;
      const late: Connection = {
        ...connection,
        query: async (sql, parameters) => {
          if (isOthersTurn && sql.includes('pg_advisory_xact_lock')) {
            isOthersTurn = false;
            await withConnection(database.url, (other) => revert(other, { to: sixth as string }));
          }
          return connection.query(sql, parameters);
        },
        exec: (sql) => connection.exec(sql.includes('DROP VIEW "messages"') ? `SELECT 1 / 0; ${sql}` : sql),
      };
      const said: string[] = [];
      await expect(
        revert(late, { to: 'baseline', onStep: ({ migration }) => said.push(migration) }),
      ).rejects.toMatchObject({ object: sixth, report: { steps: [], last: sixth, stoppedAt: sixth } });
      expect(said).toEqual([seventh, sixth]);
    }));

  test('checks the right to delete from the record before it begins', () =>
    withDatabase(major, 'deployed', async (database) => {
      const role = `Deploy "${database.name}"`;
      const quoted = `"${role.replaceAll('"', '""')}"`;
      await database.exec(`CREATE ROLE ${quoted};
        GRANT CREATE, USAGE ON SCHEMA drizzle, public, identity TO ${quoted};
        GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA drizzle TO ${quoted};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA drizzle TO ${quoted}; SET ROLE ${quoted}`);
      try {
        await expect(revert(connectionTo(database), { to: 'baseline' })).rejects.toMatchObject({
          cause: { name: 'NotSetUp' },
          found: expect.stringContaining('to delete from it'),
          next: expect.stringContaining(
            `GRANT SELECT, INSERT, DELETE ON drizzle.canonical_models_migrations TO ${quoted}`,
          ),
          report: { steps: [] },
        });
      } finally {
        await database.exec(`RESET ROLE; DROP OWNED BY ${quoted}; DROP ROLE ${quoted}`);
      }
    }));

  test('after a rename deploy, the previous release of a service keeps working through the views', () =>
    withDatabase(major, 'legacy', async (database) => {
      // The previous release: statements on old names, prepared before the deploy and after the rollback.
      const service = new pg.Client(database.url);
      await service.connect();
      try {
        const { rows: threads } = await service.query('SELECT id FROM message_threads ORDER BY id LIMIT 1');
        const write = (client: pg.Client, content: string) =>
          client.query({
            name: 'write',
            text: `INSERT INTO messages (thread_id, sender_type, content) VALUES ($1, 'customer', $2) RETURNING id, content`,
            values: [threads[0].id, content],
          });
        await write(service, 'before the deploy');
        await migrate(connectionTo(database), { folder });
        expect((await write(service, 'same process, after the deploy')).rows).toHaveLength(1);

        const rolledBack = new pg.Client(database.url);
        await rolledBack.connect();
        expect((await write(rolledBack, 'a process of the previous release')).rows).toHaveLength(1);
        const { rowCount } = await rolledBack.query(
          `UPDATE messages SET is_read = true WHERE content IN ('before the deploy', 'a process of the previous release')`,
        );
        expect(rowCount).toBe(2);
        await rolledBack.end();

        await revert(connectionTo(database), { to: 'baseline', folder });
        expect((await write(service, 'after the way back')).rows).toHaveLength(1);
        const { rows } = await service.query(
          `SELECT count(*)::int AS written FROM messages WHERE content ~ 'deploy|release|way back'`,
        );
        expect(rows).toEqual([{ written: 4 }]);
      } finally {
        await service.end();
      }
    }));
});

test('the command reports what it undid, and which input it needs', () =>
  withDatabase(majors.at(-1) ?? 18, 'deployed', async ({ url }) => {
    const early = await withDatabase(majors.at(-1) ?? 18, 'legacy', (legacy) =>
      hostedCommand(['revert', '--url', legacy.url, '--to', 'baseline']),
    );
    expect(early).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('does not have') });
    const unknown = await hostedCommand(['revert', '--url', url, '--to', 'nothing']);
    expect(unknown).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('no migration of that name'),
    });
    const result = await hostedCommand(['revert', '--url', url, '--to', 'baseline', '--json']);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      version: 1,
      kept: otherMigrations.map(({ name }) => name),
      last: baselineMigration.name,
      interrupted: false,
    });
    expect(result.stderr).toContain(`undoing ${renameMigrations.at(-1)?.name}\n`);
    const without = await hostedCommand(['revert', '--url', url]);
    expect(without).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--to') });
  }));
