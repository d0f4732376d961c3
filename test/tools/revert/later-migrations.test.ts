import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checksumTables } from '../../../src/tools/database/checksum.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { planMigrations } from '../../../src/tools/migrate/plan.ts';
import { createViewBeside } from '../../../src/tools/migrations/compatibility-view-sql.ts';
import { appliedMigrations } from '../../../src/tools/migrations/record.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import {
  connectionTo,
  eachEngineOfLongRuns,
  eachOfFewMajors,
  majors,
  type TestDatabase,
  withConnection,
  withDatabase,
} from '../../support/databases.ts';
import { drizzleKit, hostedCommand, writeMigrateConfig } from '../../support/kit.ts';
import { baselineMigration, migrationsFolderOf, otherMigrations, renameMigrations } from '../../support/migrate.ts';

const notes = '29990101000000_add_message_notes';
const counts = '29990101000001_count_unread';
const notesStatements = [
  `CREATE TABLE "message_notes" (
    "message_id" uuid PRIMARY KEY REFERENCES "customer_messages" ("id") ON DELETE CASCADE,
    "note" text NOT NULL
  );`,
  'ALTER TABLE "customer_messages" ENABLE ROW LEVEL SECURITY;',
  'GRANT SELECT ON "customer_messages", "messages" TO PUBLIC;',
  'CREATE POLICY "only_unread" ON "customer_messages" FOR SELECT USING (NOT "is_read");',
  'CREATE POLICY "noted" ON "message_notes" USING (EXISTS (SELECT FROM "customer_messages" AS m WHERE m."id" = "message_id"));',
];
const countsStatements = [
  `CREATE FUNCTION "unread_count"() RETURNS bigint LANGUAGE sql STABLE
     BEGIN ATOMIC SELECT count(*) FROM "customer_messages" WHERE NOT "is_read"; END;`,
];

const baselineAndRenames = [baselineMigration, ...renameMigrations].map(({ name }) => name);
const packaged = [...baselineAndRenames, ...otherMigrations.map(({ name }) => name)].sort();
const kept = [...otherMigrations.map(({ name }) => name), notes, counts];
const undone = renameMigrations.map(({ name }) => name);
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderWith(added: Readonly<Record<string, readonly string[]>>, names: readonly string[] = packaged): string {
  const folder = migrationsFolderOf(names, added);
  folders.push(folder);
  return folder;
}

/** A later release of the package, with a table that refers to a renamed one, policies, and a function. */
const folder = folderWith({ [notes]: notesStatements, [counts]: countsStatements });

async function recorded({ query }: TestDatabase): Promise<(string | null)[] | undefined> {
  return (await appliedMigrations(query))?.map(({ name }) => name);
}

/** A note at a message, so that the foreign key has something to hold. */
async function writeNote({ exec }: TestDatabase, table: string, note: string): Promise<void> {
  await exec(`INSERT INTO message_notes SELECT id, '${note}' FROM ${table} ORDER BY id DESC LIMIT 1
    ON CONFLICT (message_id) DO UPDATE SET note = excluded.note`);
}

/** The tables to which the later migrations bound what they made, by the names that these have now. */
async function boundTables({ query }: TestDatabase): Promise<unknown> {
  const { rows } = await query(
    `SELECT confrelid::regclass::text AS referred,
       (SELECT polrelid::regclass::text FROM pg_policy WHERE polname = 'only_unread') AS guarded,
       (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'noted') AS noted,
       has_table_privilege('public', 'messages', 'SELECT') AS granted,
       unread_count() = (SELECT count(*) FROM messages WHERE NOT is_read) AS counted
     FROM pg_constraint WHERE conrelid = 'message_notes'::regclass AND contype = 'f'`,
  );
  return rows[0];
}

eachEngineOfLongRuns((engine) => {
  test('later migrations stay: their objects follow the tables back, and forward again', () =>
    withDatabase(engine, 'deployed', async (database) => {
      const connection = connectionTo(database);
      await migrate(connection, { folder });
      await writeNote(database, 'customer_messages', 'under the canonical name');
      const content = async (table: string) =>
        (await checksumTables(database.query, [`public.${table}`, 'public.message_notes'])).map(
          ({ table: _, ...rows }) => rows,
        );
      const before = await content('customer_messages');

      const report = await revert(connection, { to: 'baseline', folder });
      expect(report.steps.map(({ migration }) => migration)).toEqual(undone.toReversed());
      expect(report).toMatchObject({ kept, last: baselineMigration.name, interrupted: false });
      expect(await recorded(database)).toEqual([baselineMigration.name, ...kept]);
      expect(await content('messages')).toEqual(before);
      expect(await boundTables(database)).toEqual({
        referred: 'messages',
        guarded: 'messages',
        noted: expect.stringContaining('FROM messages m'),
        granted: true,
        counted: true,
      });
      expect(await revert(connection, { to: 'baseline', folder })).toEqual({ ...report, steps: [] });
      await writeNote(database, 'messages', 'under the old name');

      // What is before the newest migration is pending as well as what would come after it.
      const { migrations, renames } = await status(connection, { folder });
      expect(migrations.filter(({ state }) => state === 'pending').map(({ migration }) => migration)).toEqual(undone);
      expect(renames.map(({ state }) => state)).toEqual(renames.map(() => 'legacy'));

      const forward = await migrate(connection, { folder });
      expect(forward).toMatchObject({ state: 'partly-migrated', last: counts, interrupted: false });
      expect(forward.steps.map(({ migration }) => migration)).toEqual(undone);
      expect(await migrate(connection, { folder })).toMatchObject({ state: 'up-to-date', steps: [], last: counts });
      expect(await boundTables(database)).toEqual({
        referred: 'customer_messages',
        guarded: 'customer_messages',
        noted: expect.stringContaining('FROM customer_messages m'),
        granted: true,
        counted: true,
      });
      const { rows } = await database.query('SELECT note FROM message_notes');
      expect(rows).toEqual([{ note: 'under the old name' }]);
    }));
});

eachOfFewMajors((major) => {
  test('drizzle-kit applies the undone renames, and finds nothing left after migrate did', () =>
    withDatabase(major, 'deployed', async (database) => {
      const connection = connectionTo(database);
      const config = writeMigrateConfig(join(folder, 'drizzle.config.mjs'), folder);
      const everything = [...baselineAndRenames, ...kept].sort();
      const kit = () => drizzleKit(database.url, ['migrate'], config);
      await migrate(connection, { folder });
      await revert(connection, { to: 'baseline', folder });
      expect(await kit()).toMatchObject({ exitCode: 0 });
      expect((await recorded(database))?.toSorted()).toEqual(everything);
      expect(await migrate(connection, { folder })).toMatchObject({ state: 'up-to-date', steps: [] });

      await revert(connection, { to: 'baseline', folder });
      await migrate(connection, { folder });
      const complete = await recorded(database);
      expect(complete?.toSorted()).toEqual(everything);
      expect(await kit()).toMatchObject({ exitCode: 0 });
      expect(await recorded(database)).toEqual(complete);
    }));

  test('the plan contains the undone renames, with their locks, and no migration that stays', () =>
    withDatabase(major, 'empty', async (database) => {
      const connection = connectionTo(database);
      // To find out locks takes the longer, the more migrations there are.
      const folder = folderWith({ [notes]: notesStatements, [counts]: countsStatements }, baselineAndRenames);
      await migrate(connection, { folder });
      await revert(connection, { to: 'baseline', folder });
      const plan = await planMigrations(connection, { folder });
      expect(plan.migrations.map(({ migration }) => migration)).toEqual(undone);
      const wanted = plan.migrations.flatMap(({ statements }) => statements.flatMap(({ locks }) => locks ?? []));
      expect(wanted).toContainEqual({ relation: 'public.messages', mode: 'AccessExclusiveLock' });
    }));

  test('if a run is interrupted on the way back or forward, the next one continues', () =>
    withDatabase(major, 'deployed', async (database) => {
      const connection = connectionTo(database);
      await migrate(connection, { folder });
      const stopAt = (name: string | undefined) => {
        const stop = new AbortController();
        return {
          folder,
          signal: stop.signal,
          onStep: ({ migration }: { migration: string }) => migration === name && stop.abort(),
        };
      };
      const half = await revert(connection, { to: 'baseline', ...stopAt(undone[3]) });
      expect(half).toMatchObject({ kept, last: undone[3], interrupted: true });
      const begun = await migrate(connection, stopAt(undone[5]));
      expect(begun).toMatchObject({ last: counts, interrupted: true });
      expect(begun.steps.map(({ migration }) => migration)).toEqual([undone[4]]);
      const back = await revert(connection, { to: 'baseline', folder });
      expect(back.steps.map(({ migration }) => migration)).toEqual(undone.slice(0, 5).reverse());
      expect(await recorded(database)).toEqual([baselineMigration.name, ...kept]);
    }));

  test('with --to a later migration, only later ones are considered: there is nothing to undo', () =>
    withDatabase(major, 'deployed', async (database) => {
      const connection = connectionTo(database);
      await migrate(connection, { folder });
      const before = await recorded(database);
      expect(await revert(connection, { to: 'add_message_notes', folder })).toMatchObject({
        steps: [],
        kept: [counts],
        last: notes,
        interrupted: false,
      });
      expect(await recorded(database)).toEqual(before);
    }));

  test.each([
    {
      obstacle: 'a function that names a canonical table in its text',
      body: `LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM customer_messages); END $$`,
      object: undone[5],
      found: /^function public\.held\(\), which names public\.customer_messages$/,
    },
    {
      obstacle: 'a function in SQL under a search_path of its own',
      body: `LANGUAGE sql SET search_path = identity AS 'SELECT count(*) FROM oauth_accounts'`,
      object: undone[0],
      found: /^function public\.held\(\), which names identity\.oauth_accounts$/,
    },
    {
      obstacle: 'a function that puts SQL together around a canonical name',
      body: `LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT 1 FROM customer_messages' || to_char(now(), 'YYYY'); RETURN 1; END $$`,
      object: undone[5],
      found: /^function public\.held\(\), which mentions public\.customer_messages: it puts SQL together when it runs$/,
    },
  ])('undoes nothing if there is $obstacle', ({ body, object, found }) =>
    withDatabase(major, 'deployed', async (database) => {
      const connection = connectionTo(database);
      await migrate(connection, { folder });
      await database.exec(`CREATE FUNCTION held() RETURNS bigint ${body}`);
      const before = await recorded(database);
      await expect(revert(connection, { to: 'baseline', folder })).rejects.toMatchObject({
        name: 'RevertFailure',
        cause: { name: 'Conflict' },
        object,
        found: expect.stringMatching(found),
        next: expect.stringContaining('BEGIN ATOMIC'),
        report: { steps: [], kept, last: undone.at(-1), interrupted: false },
      });
      expect(await recorded(database)).toEqual(before);
    }),
  );

  test('functions that name no affected canonical table are no obstacle', () =>
    withDatabase(major, 'deployed', async (database) => {
      const connection = connectionTo(database);
      await migrate(connection, { folder });
      await database.exec(`CREATE SCHEMA crm; CREATE TABLE crm.customer_messages (id integer);
        CREATE FUNCTION of_another() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM crm.customer_messages';
        CREATE FUNCTION by_old_name() RETURNS bigint LANGUAGE sql AS $$SELECT count(*) FROM messages -- once customer_messages
        $$;
        CREATE FUNCTION of_one_that_stays() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM identity.oauth_accounts'`);
      const { steps } = await revert(connection, { to: undone[0] as string, folder });
      expect(steps).toHaveLength(undone.length - 1);
    }));

  const later = { [notes]: notesStatements, [counts]: countsStatements };
  test.each([
    {
      obstacle: 'a later rename does more than rename',
      added: {
        '29990101000002_rename_notes': [
          'ALTER TABLE "message_notes" RENAME TO "notes";',
          'UPDATE "notes" SET "note" = trim("note");',
        ],
      },
      object: '29990101000002_rename_notes',
      found: /a statement that is not a rename: UPDATE "notes"/,
    },
    {
      obstacle: 'a later migration drops a view under an old name',
      added: { '29990101000002_drop_old_name_public_messages': ['DROP VIEW "messages";'] },
      object: '29990101000002_drop_old_name_public_messages',
      found: /changes or drops the view public\.messages, which would be dropped/,
    },
    {
      obstacle: 'somebody dropped a view under an old name',
      sql: 'DROP VIEW identity.social_accounts',
      object: undone[0],
      found: /^no view identity\.social_accounts, although drizzle\.canonical_models_migrations has the migration$/,
    },
    {
      obstacle: 'somebody renamed a table back by hand',
      sql: 'DROP VIEW messages; ALTER TABLE customer_messages RENAME TO messages',
      object: undone[5],
      found: /^no table public\.customer_messages and no view public\.messages, although/,
    },
    {
      obstacle: 'the row of a rename is gone from the record',
      sql: `DELETE FROM drizzle.canonical_models_migrations WHERE name = '${undone[6]}'`,
      object: undone[6],
      found:
        /^no row in drizzle\.canonical_models_migrations, although its table already has the canonical name public\.lead_social_threads/,
    },
  ])('undoes nothing if $obstacle', ({ added = {}, sql = '', object, found }) =>
    withDatabase(major, 'deployed', async (database) => {
      const connection = connectionTo(database);
      const given = folderWith({ ...later, ...added });
      await migrate(connection, { folder: given });
      await database.exec(sql);
      const before = await recorded(database);
      await expect(revert(connection, { to: 'baseline', folder: given })).rejects.toMatchObject({
        name: 'RevertFailure',
        cause: { name: 'Conflict' },
        object,
        found: expect.stringMatching(found),
        report: { steps: [] },
      });
      expect(await recorded(database)).toEqual(before);
    }),
  );

  test('a table that is renamed twice gets its first name back', () =>
    withDatabase(major, 'empty', async (database) => {
      const connection = connectionTo(database);
      const again = '29990101000002_rename_chats';
      const given = folderWith(
        {
          [again]: [
            ...createViewBeside('public.customer_messages'),
            'ALTER TABLE "customer_messages" RENAME TO "chats";',
            'ALTER VIEW "customer_messages_renaming" RENAME TO "customer_messages";',
          ],
        },
        baselineAndRenames,
      );
      await migrate(connection, { folder: given });
      const { steps } = await revert(connection, { to: 'baseline', folder: given });
      expect(steps.map(({ migration }) => migration)).toEqual([again, ...undone.toReversed()]);
      const { rows } = await database.query(
        `SELECT relkind::text AS kind FROM pg_class WHERE oid = 'messages'::regclass`,
      );
      expect(rows).toEqual([{ kind: 'r' }]);
    }));
});

test('the command lists what stays: a few by their names, of many the first and the last', () =>
  withDatabase(majors.at(-1) ?? 18, 'empty', async ({ url }) => {
    const two = folderWith({ [notes]: notesStatements, [counts]: countsStatements }, baselineAndRenames);
    const comments = Array.from({ length: 5 }, (_, index) => `2999010100001${index}_comment`);
    const many = folderWith(
      {
        [notes]: notesStatements,
        [counts]: countsStatements,
        ...Object.fromEntries(comments.map((name) => [name, [`COMMENT ON TABLE "message_notes" IS '${name}';`]])),
      },
      baselineAndRenames,
    );
    await withConnection(url, (connection) => migrate(connection, { folder: two }));
    const few = await hostedCommand(['revert', '--url', url, '--folder', two, '--to', 'baseline']);
    expect(few).toMatchObject({ exitCode: 0 });
    expect(few.stdout).toContain(`\n\n2 later migrations stay:\n  ${notes}\n  ${counts}\n\n`);
    expect(few.stdout).toMatch(new RegExp(`: back at ${baselineMigration.name}\\.\n$`));

    await withConnection(url, (connection) => migrate(connection, { folder: many }));
    const rest = await hostedCommand(['revert', '--url', url, '--folder', many, '--to', undone.at(-1) as string]);
    expect(rest.stdout).toContain(`7 later migrations stay:\n  ${notes}\n  …\n  ${comments.at(-1)}\n\n`);
    expect(rest.stdout).toMatch(new RegExp(`: already at ${undone.at(-1)}\\.\n$`));
    const pending = await hostedCommand(['revert', '--url', url, '--folder', many, '--to', 'baseline', '--json']);
    expect(JSON.parse(pending.stdout)).toMatchObject({
      kept: [notes, counts, ...comments],
      last: baselineMigration.name,
    });
    const shown = await hostedCommand(['status', '--url', url, '--folder', many]);
    expect(shown.stdout).toContain(`${undone.length} pending.`);
  }));
