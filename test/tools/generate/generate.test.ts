import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { renames, type TableRename } from '../../../src/renames.ts';
import { customMigrations } from '../../../src/tools/generate/custom-migrations.ts';
import { migrationFolders } from '../../../src/tools/generate/migrated-tables.ts';
import { statementsOf } from '../../../src/tools/generate/migration-sql.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { models } from '../../../src/tools/models.ts';
import { eachOfFewMajors, type ServerDatabase, thorough, withDatabase } from '../../support/databases.ts';
import { drizzleKit, kitAnswer } from '../../support/kit.ts';
import { applyMigrations } from '../../support/migrate.ts';
import { copyProject, type ProjectCopy, removeProjectCopies } from './project-copy.ts';

const chef = 'src/core/chef.ts';
const message = 'src/core/message.ts';
const qrCode = 'src/feedback_marketing/qr-code.ts';
const role = 'src/identity/role.ts';

const chefsRenamed = [
  ["'chefs'", "'catering_chefs'"],
  ['_chefs_', '_catering_chefs_'],
] as const;
const chefsEntry = { from: 'public.chefs', to: 'public.catering_chefs', migration: 'rename_chef_tables' };
const noChanges = 'No changes: the migrations lead to the models.\n';

/** The statements of a migration, with the long one that copies privileges named by its view. */
const outline = (sql: string) =>
  statementsOf(sql).map((statement) =>
    statement.startsWith('DO $$') ? `privileges of ${/ALTER VIEW (\S+) OWNER/.exec(statement)?.[1]}` : statement,
  );

let project: ProjectCopy;
afterAll(removeProjectCopies);

describe('npm run db:generate, without a terminal', { timeout: 240_000 }, () => {
  beforeEach(() => {
    project = copyProject();
  });

  /** Runs the command, which has to refuse, and shows that nothing came of it. */
  async function refusal(...parameters: readonly string[]): Promise<{ exitCode: number; stderr: string }> {
    const before = project.files();
    const { exitCode, stdout, stderr } = await project.generate(...parameters);
    expect(stdout).toBe('');
    expect(project.files()).toEqual(before);
    expect(project.left()).toEqual([]);
    return { exitCode, stderr };
  }

  test('says so where the migrations lead to the models, and writes nothing', async () => {
    const before = project.files();
    expect(await project.generate('--name', 'later')).toEqual({ exitCode: 0, stdout: noChanges, stderr: '' });
    expect(project.files()).toEqual(before);
    expect(project.left()).toEqual([]);
  });

  test('wants a name and no flag that it does not know: exit 2, and how to run it', async () => {
    const withoutName = await refusal();
    expect(withoutName).toMatchObject({ exitCode: 2 });
    expect(withoutName.stderr).toContain('--name: found nothing; expected a name in lower case');
    expect(withoutName.stderr).toContain('npm run db:generate -- --name add_booking_notes');

    const badName = await refusal('--name', 'Add notes!');
    expect(badName).toMatchObject({ exitCode: 2 });
    expect(badName.stderr).toContain('--name: found "Add notes!"');

    const badFlag = await refusal('--nmae', 'later');
    expect(badFlag).toMatchObject({ exitCode: 2 });
    expect(badFlag.stderr).toContain("Unknown option '--nmae'");
    expect(badFlag.stderr).toContain('npm run db:generate -- --name <name>');

    expect(await project.generate('--help')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('a table renamed with its entry becomes one migration: rename, names, view, privileges; then there is no change', async () => {
    project.edit(chef, ...chefsRenamed);
    project.addRename(chefsEntry);
    const { exitCode, stdout, stderr } = await project.generate('--name', 'not_needed');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const [folder, ...others] = project.added();
    expect(others).toEqual([]);
    expect(folder).toMatch(/^\d{14}_rename_chef_tables_1_catering_chefs$/);
    expect(stdout).toBe(`drizzle/${folder}\n`);
    expect(outline(project.migration('rename_chef_tables_1_catering_chefs'))).toEqual([
      "SET LOCAL lock_timeout = '2s';",
      'CREATE VIEW "chefs_renaming" WITH (security_invoker = true) AS (select "id", "first_name", "last_name", "email", "phone", "bio", ' +
        '"specialties", "years_experience", "is_active", "chef_metadata", "created_at", "updated_at" from "chefs");',
      'privileges of "public"."chefs_renaming"',
      'ALTER INDEX "chefs_pkey" RENAME TO "catering_chefs_pkey";',
      'ALTER INDEX "idx_chefs_active" RENAME TO "idx_catering_chefs_active";',
      'ALTER INDEX "idx_chefs_email" RENAME TO "idx_catering_chefs_email";',
      'ALTER INDEX "idx_chefs_phone" RENAME TO "idx_catering_chefs_phone";',
      'ALTER INDEX "ix_chefs_email" RENAME TO "ix_catering_chefs_email";',
      'ALTER TABLE "chefs" RENAME TO "catering_chefs";',
      'ALTER VIEW "chefs_renaming" RENAME TO "chefs";',
    ]);
    expect(project.files()['src/compat.ts']).toContain("export const PublicChefsView = pgView('chefs')");
    expect(await project.generate('--name', 'later')).toEqual({ exitCode: 0, stdout: noChanges, stderr: '' });
    expect(project.added()).toEqual([folder]);
  });

  test.runIf(thorough)(
    'of two renamed tables, the one without an entry is refused with the entry that is missing, and neither is written',
    async () => {
      project.edit(chef, ...chefsRenamed);
      project.edit(qrCode, ["'qr_scans", "'qr_code_scans"], ['idx_qr_scans', 'idx_qr_code_scans']);
      project.addRename({ from: 'public.qr_scans', to: 'public.qr_code_scans', migration: 'rename_qr_tables' });
      const { exitCode, stderr } = await refusal('--name', 'later');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('public.catering_chefs: found a new table, while public.chefs is gone from the models');
      expect(stderr).toContain("add { kind: 'table', from: 'public.chefs', to: 'public.catering_chefs', ");
      expect(stderr).toContain('src/renames.ts');
      expect(stderr).not.toContain('qr_scans');
    },
  );

  test.runIf(thorough)('a model or a column that is gone is dropped only where --drop names it', async () => {
    project.edit(qrCode, ['export const QRScan', 'const QRScan']);
    project.edit(chef, ["    bio: text('bio'),\n", '']);
    const refused = await refusal('--name', 'later');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/^public\.qr_scans, public\.chefs\.bio: found gone from the models/);
    expect(refused.stderr).toContain("add { kind: 'table', from: 'public.qr_scans', to: … } to src/renames.ts");
    expect(refused.stderr).toContain('--drop public.qr_scans --drop public.chefs.bio');

    const halfAsked = await refusal('--name', 'later', '--drop', 'public.qr_scans');
    expect(halfAsked.exitCode).toBe(1);
    expect(halfAsked.stderr).toMatch(/^public\.chefs\.bio: found gone from the models/);

    const asked = ['--drop', 'public.qr_scans', '--drop', 'public.chefs.bio'];
    expect(await project.generate('--name', 'drop_scans', ...asked)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(project.added()).toHaveLength(1);
    expect(outline(project.migration('drop_scans')).sort()).toEqual([
      'ALTER TABLE "chefs" DROP COLUMN "bio";',
      'DROP TABLE "qr_scans";',
      "SET LOCAL lock_timeout = '2s';",
    ]);
  });

  test.runIf(thorough)(
    'a table that comes to belong to stations gets its policies in a migration of its own',
    async () => {
      project.edit(
        chef,
        ["    bio: text('bio'),\n", "$&    stationId: uuid('station_id'),\n"],
        ["from 'drizzle-orm/pg-core';", "$&\nimport { stationPolicies } from '../identity/station-policies.ts';"],
        ['import { boolean', 'import { uuid, boolean'],
        [/^ {2}\],\n\);/m, "    ...stationPolicies('public.chefs'),\n$&"],
      );
      project.edit('src/identity/station-scope.ts', [
        /'public\.chefs': \{.*\},/,
        "'public.chefs': { by: 'column', column: 'station_id', permissions: customers },",
      ]);
      expect(await project.generate('--name', 'add_station_of_chefs')).toMatchObject({ exitCode: 0, stderr: '' });
      expect(project.added().map((folder) => folder.slice(15))).toEqual([
        'add_station_of_chefs',
        'station_access',
        'station_access_chefs',
      ]);
      expect(outline(project.migration('add_station_of_chefs'))).toEqual([
        "SET LOCAL lock_timeout = '2s';",
        'ALTER TABLE "chefs" ADD COLUMN "station_id" uuid;',
      ]);
      const policies = outline(project.migration('station_access_chefs'));
      expect(policies.slice(0, 2)).toEqual([
        "SET LOCAL lock_timeout = '2s';",
        'ALTER TABLE "chefs" ENABLE ROW LEVEL SECURITY;',
      ]);
      expect(policies.filter((statement) => statement.startsWith('CREATE POLICY'))).toHaveLength(7);
      expect(policies.at(-1)).toBe(
        'GRANT INSERT, UPDATE, DELETE ON public.chefs TO station_service, station_service_every;',
      );
    },
  );

  test.runIf(thorough)('a column that is new becomes one migration under the given name', async () => {
    project.edit(chef, ["    bio: text('bio'),\n", "$&    hobby: text('hobby'),\n"]);
    expect(await project.generate('--name', 'add_chef_hobby')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(project.added()).toHaveLength(1);
    expect(outline(project.migration('add_chef_hobby'))).toEqual([
      "SET LOCAL lock_timeout = '2s';",
      'ALTER TABLE "chefs" ADD COLUMN "hobby" text;',
    ]);
  });

  test.runIf(thorough)('a column renamed is refused, with the advice to keep both', async () => {
    project.edit(chef, ["text('bio')", "text('biography')"]);
    const { exitCode, stderr } = await refusal('--name', 'later');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('public.chefs.biography: found a new column, while another is gone from the models');
    expect(stderr).toContain('side by side until nobody reads the old one; the registry renames tables only');
  });

  test.runIf(thorough)(
    'a label taken out of an enum is refused, because the type would be dropped and made anew without it',
    async () => {
      project.edit(message, ["'closed', 'spam'", "'closed'"]);
      const { exitCode, stderr } = await refusal('--name', 'later');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('public.thread_status: found gone from the models, whole or in part');
      expect(stderr).toContain('--drop public.thread_status');
    },
  );

  test('a registry with a bad entry is refused before drizzle-kit is asked, and the entry is named', async () => {
    project.addRename({ from: 'public.bookings', to: 'public.kitchen_bookings', migration: 'rename_bookings' });
    const { exitCode, stderr } = await refusal('--name', 'later');
    expect(exitCode).toBe(1);
    const entry = 'table public.bookings → public.kitchen_bookings';
    expect(stderr).toContain(`${entry}: no model stands for public.kitchen_bookings`);
    expect(stderr).toContain(`${entry}: public.bookings is still a table: the model core#Booking stands for it`);
  });

  test('migrations that drizzle-kit cannot build on end with exit 2 and what is wrong with them', async () => {
    const [baseline = '', ...others] = migrationFolders(join(project.folder, 'drizzle'));
    rmSync(join(project.folder, 'drizzle', baseline), { recursive: true });
    const withoutBaseline = await refusal('--name', 'later');
    expect(withoutBaseline.exitCode).toBe(2);
    expect(withoutBaseline.stderr).toContain('drizzle-kit generate: found {"code":"check_error"');

    const snapshot = `${others[0]}/snapshot.json`;
    writeFileSync(join(project.folder, 'drizzle', snapshot), '<<<<<<< HEAD\n');
    const conflict = await refusal('--name', 'later');
    expect(conflict.exitCode).toBe(2);
    expect(conflict.stderr).toContain(`${snapshot}: found `);
  });

  const plan = renames.filter((entry): entry is TableRename => entry.kind === 'table' && entry.since === '1.0.0');

  test.runIf(thorough)('from nothing, writes every statement and derived file that the package ships', async () => {
    const shipped = project.files();
    rmSync(join(project.folder, 'drizzle'), { recursive: true });
    mkdirSync(join(project.folder, 'drizzle'));
    rmSync(join(project.folder, 'IMPORT_MAP.md'));
    writeFileSync(join(project.folder, 'src/compat.ts'), 'export {};\n');
    writeFileSync(join(project.folder, 'src/legacy/models/booking.ts'), '');
    writeFileSync(join(project.folder, 'src/legacy/models/obsolete.ts'), '');
    writeFileSync(join(project.folder, 'src/tools/baseline/expected.json'), '{ "objects": [] }');
    project.edit('package.json', [/"exports": \{\n.*?\n {2}\},/s, '"exports": {},']);
    const { exitCode, stdout, stderr } = await project.generate('--name', 'not_needed');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);

    // Snapshots have random identifiers; folders, and what names them, have times. A later change of the models has a migration of
    // its own, but a baseline made from today's models holds it already.
    const folders = readdirSync(join(project.folder, 'drizzle')).sort();
    expect(stdout).toBe(folders.map((folder) => `drizzle/${folder}\n`).join(''));
    const steps = plan.map(({ migration, to }) => ({ migration, table: to.split('.')[1] }));
    const names = [
      'baseline',
      ...steps.map((step, index) => {
        const place = steps.slice(0, index).filter(({ migration }) => migration === step.migration).length + 1;
        return `${step.migration}_${place}_${step.table}`;
      }),
      ...customMigrations.map(({ name }) => name),
      ...models().flatMap(({ name, table }) =>
        getTableConfig(table).policies.length > 0 ? [`station_access_${name.split('.')[1]}`] : [],
      ),
    ];
    // Policies come last, in the order in which Node lists what a module exports; Vitest has another one.
    const written = folders.map((folder) => folder.slice(15));
    const before = names.findIndex((name) => name.startsWith('station_access_bookings'));
    expect(before).toBeGreaterThan(0);
    expect(written.slice(0, before)).toEqual(names.slice(0, before));
    expect(written.slice(before).sort()).toEqual(names.slice(before).sort());

    const inMigrations = (path: string) => path.startsWith('drizzle/');
    const nameOf = (path: string) => path.replace(/^drizzle\/\d+_|\/[^/]+$/g, '');
    const statements = (files: Record<string, string>) =>
      Object.entries(files)
        .filter(([path]) => inMigrations(path) && path.endsWith('.sql'))
        .flatMap(([path, text]) =>
          names.slice(1).includes(nameOf(path))
            ? [`${nameOf(path)}: ${text}`]
            : statementsOf(text).filter((statement) => !statement.startsWith('SET LOCAL lock_timeout')),
        )
        .sort();
    expect(statements(project.files())).toEqual(statements(shipped));

    const derived = (files: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(files).filter(([path]) => !inMigrations(path) && !path.endsWith('baseline/expected.json')),
      );
    expect(derived(project.files())).toEqual(derived(shipped));
  });

  test('what is in no model is written as it stands in its source', () => {
    for (const { name, statements } of customMigrations) {
      expect(statementsOf(project.migration(name)).slice(1)).toEqual(statements);
    }
  });

  test.runIf(thorough)(
    'what is in no model and has no migration yet gets one of its own, after what the models say',
    async () => {
      project.edit('src/tools/generate/custom-migrations.ts', [
        'readonly CustomMigration[] = [\n',
        "$&  { name: 'chef_triggers', statements: ['SELECT 1;', 'SELECT 2;'] },\n",
      ]);
      project.edit(chef, ["    bio: text('bio'),\n", "$&    hobby: text('hobby'),\n"]);
      const { stdout, stderr } = await project.generate('--name', 'add_chef_hobby');
      expect(stderr).toBe('');
      expect(project.added().map((name) => name.slice(15))).toEqual(['add_chef_hobby', 'chef_triggers']);
      expect(stdout).toBe(
        project
          .added()
          .map((name) => `drizzle/${name}\n`)
          .join(''),
      );
      expect(statementsOf(project.migration('chef_triggers'))).toEqual([
        "SET LOCAL lock_timeout = '2s';",
        'SELECT 1;',
        'SELECT 2;',
      ]);
    },
  );
});

describe('what npm run db:generate writes for a later version runs on the legacy database', {
  timeout: 240_000,
}, () => {
  beforeAll(async () => {
    project = copyProject();
    // A rename with other changes, in one go; of a table whose primary key has a name; of a table that was renamed before.
    project.edit(
      chef,
      ...chefsRenamed,
      ['import { boolean', 'import { pgEnum, boolean'],
      ["    bio: text('bio'),\n", "$&    hobby: ChefHobby('hobby'),\n"],
      ['/** A chef', "export const ChefHobby = pgEnum('chef_hobby', ['tea', 'chess']);\n\n$&"],
    );
    project.addRename(chefsEntry);
    project.edit(role, ["'user_roles", "'user_role_grants"]);
    project.edit('src/identity/station-scope.ts', ["'identity.user_roles'", "'identity.user_role_grants'"]);
    project.addRename({
      from: 'identity.user_roles',
      to: 'identity.user_role_grants',
      migration: 'rename_grant_tables',
    });
    project.edit(
      'src/feedback_marketing/customer-review.ts',
      ["'event_customer_reviews'", "'guest_reviews'"],
      ["'public.event_customer_reviews'", "'public.guest_reviews'"],
    );
    project.edit('src/identity/station-scope.ts', ['public.event_customer_reviews', 'public.guest_reviews']);
    project.edit('src/renames.ts', ['public.event_customer_reviews', 'public.guest_reviews']);
    project.addRename({
      from: 'public.event_customer_reviews',
      to: 'public.guest_reviews',
      migration: 'rename_review_tables',
    });
    // Changes of tables that have a view: a new column in the middle, and a new type.
    project.edit(
      message,
      ['    isRead: boolean', "    editedAt: timestamptz('edited_at'),\n$&"],
      ["'subject', { length: 255 }", "'subject', { length: 300 }"],
    );
    const { exitCode, stderr } = await project.generate('--name', 'change_messages');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  }, 240_000);

  test('as one migration for what is no rename, then one for each renamed table', () => {
    expect(project.added().map((folder) => folder.slice(15))).toEqual([
      'change_messages',
      'rename_chef_tables_1_catering_chefs',
      'rename_grant_tables_1_user_role_grants',
      'rename_review_tables_2_guest_reviews',
      // The functions of station access name the table.
      'station_access',
    ]);
    for (const name of [
      'chef_tables_1_catering_chefs',
      'grant_tables_1_user_role_grants',
      'review_tables_2_guest_reviews',
    ]) {
      const statements = outline(project.migration(`rename_${name}`));
      expect(statements.filter((statement) => /^ALTER TABLE .* RENAME TO "[a-z_]+";$/.test(statement))).toHaveLength(1);
      expect(statements.join('\n')).not.toMatch(/ADD COLUMN|CREATE TYPE|SET DATA TYPE|DROP CONSTRAINT|DROP TABLE/);
    }
  });

  eachOfFewMajors((major) => {
    const migrated = (run: (database: ServerDatabase) => Promise<void>) =>
      withDatabase(major, 'legacy', async (database) => {
        const [, ...migrations] = readMigrations(join(project.folder, 'drizzle'));
        const reader = `reader_${database.name}`;
        await database.exec(`CREATE ROLE ${reader}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader};`);
        try {
          await applyMigrations(database.query, migrations);
          await run(database);
        } finally {
          await database.exec(`RESET ROLE; DROP OWNED BY ${reader}; DROP ROLE ${reader};`);
        }
      });

    test('with every row, under every name that a table ever had, for everyone who might read it', () =>
      migrated(async ({ query, exec, name }) => {
        await exec(`SET ROLE reader_${name}`);
        for (const [table, ...views] of [
          ['catering_chefs', 'chefs'],
          ['guest_reviews', 'event_customer_reviews', 'customer_reviews'],
          ['customer_messages', 'messages'],
          ['customer_message_threads', 'message_threads'],
        ]) {
          const rows = async (from: string | undefined) =>
            (
              await query(
                `SELECT count(*)::int AS count, md5(string_agg(to_jsonb(t)::text, ',' ORDER BY id)) FROM ${from} AS t`,
              )
            ).rows[0];
          const expected = await rows(table);
          expect(expected?.['count']).toBeGreaterThan(0);
          for (const view of views) expect(await rows(view), view).toEqual(expected);
        }
      }));

    test('and leaves nothing between database and models', () =>
      migrated(async ({ url, query }) => {
        const { rows } = await query(`SELECT conname FROM pg_constraint
          WHERE conrelid IN ('catering_chefs'::regclass, 'identity.user_role_grants'::regclass) AND contype = 'p' ORDER BY conname`);
        expect(rows).toEqual([{ conname: 'catering_chefs_pkey' }, { conname: 'user_role_grants_pkey' }]);
        const config = join(project.folder, 'src/drizzle.config.ts');
        const drift = await drizzleKit(url, ['push', '--explain', '--output', 'json'], config);
        expect(kitAnswer(drift)).toMatchObject({ status: 'no_changes' });
      }));
  });
});
