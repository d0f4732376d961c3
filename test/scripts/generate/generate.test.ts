import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { customMigrations } from '../../../scripts/generate/custom-migrations.ts';
import { migrationFolders } from '../../../scripts/generate/migrated-tables.ts';
import { statementsOf, writtenObjects } from '../../../scripts/generate/migration-sql.ts';
import { domains } from '../../../src/registry/domains.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { runMigrations } from '../../../src/tools/baseline/expected.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import {
  connectionTo,
  eachOfFewMajors,
  openDatabase,
  type ServerDatabase,
  thorough,
  withDatabase,
} from '../../support/databases.ts';
import { drizzleKit, kitAnswer, runNode } from '../../support/kit.ts';
import { applyMigrations } from '../../support/migrate.ts';
import { copyProject, type ProjectCopy, removeProjectCopies } from './project-copy.ts';

const chef = 'src/core/chef.ts';
const message = 'src/core/message.ts';
const messageThread = 'src/core/message-thread.ts';
const qrScan = 'src/feedback_marketing/qr-scan.ts';
const userRole = 'src/identity/user-role.ts';

const chefsRenamed = [
  ["'chefs'", "'catering_chefs'"],
  ['_chefs_', '_catering_chefs_'],
] as const;
const chefsEntry = { from: 'public.chefs', to: 'public.catering_chefs', migration: 'rename_chef_tables' };
/** What that entry becomes, by its outline: the view under the old name, the rename, the names. */
const chefsRename = [
  "SET LOCAL lock_timeout = '2s';",
  'view "public"."chefs_renaming"',
  'privileges of "public"."chefs_renaming"',
  'ALTER TABLE "chefs" RENAME TO "catering_chefs";',
  'ALTER VIEW "chefs_renaming" RENAME TO "chefs";',
  'names on public.catering_chefs: chefs becomes catering_chefs',
];
const noChanges = 'No changes: the migrations lead to the models.\n';

/** The statements of a migration, with the long ones named by their view or label. */
const outline = (sql: string) =>
  statementsOf(sql).map((statement) => {
    if (statement.startsWith('-- Takes every lock'))
      return `locks of ${statement.match(/ IN ACCESS EXCLUSIVE MODE/g)?.length} tables`;
    if (!statement.startsWith('DO $$')) return statement;
    const [, table, names] = /^DO \$\$ -- On (\S+), (.*)\.\n/.exec(statement) ?? [];
    if (table) return `names on ${table}: ${names}`;
    const [, owned, made, kept, back, label] =
      /ALTER VIEW (\S+) OWNER|format\('CREATE VIEW (\S+) |DROP VIEW (\S+);|'CREATE VIEW (\S+) |PERFORM (\S+);/.exec(
        statement,
      ) ?? [];
    if (owned) return `privileges of ${owned}`;
    if (made) return `view ${made}`;
    if (label) return `committed ${label}`;
    return kept ? `take away ${kept}` : `bring back ${back}`;
  });

let project: ProjectCopy;
afterAll(removeProjectCopies);

describe('npm run db:generate, without a terminal', { timeout: 240_000 }, () => {
  beforeEach(() => {
    project = copyProject();
  });

  /** Runs the command, which has to refuse, and checks that it changed nothing. */
  async function refusal(...parameters: readonly string[]): Promise<{ exitCode: number; stderr: string }> {
    const before = project.files();
    const { exitCode, stdout, stderr } = await project.generate(...parameters);
    expect(stdout).toBe('');
    expect(project.files()).toEqual(before);
    expect(project.left()).toEqual([]);
    return { exitCode, stderr };
  }

  test('reports no changes if the migrations lead to the models, and writes nothing', async () => {
    const before = project.files();
    expect(await project.generateFromSources('--name', 'later')).toEqual({
      exitCode: 0,
      stdout: noChanges,
      stderr: '',
    });
    expect(project.files()).toEqual(before);
    expect(project.left()).toEqual([]);
  });

  test('requires a name and refuses unknown flags: exit 2, and how to run it', async () => {
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

  test.runIf(thorough)(
    'a table renamed with its entry becomes one migration, and then there is no change',
    async () => {
      project.edit(chef, ...chefsRenamed);
      project.addRename(chefsEntry);
      const { exitCode, stdout, stderr } = await project.generate('--name', 'not_needed');
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
      const [folder, ...others] = project.added();
      expect(others).toEqual([]);
      expect(folder).toMatch(/^\d{14}_rename_chef_tables_1_catering_chefs$/);
      expect(stdout).toBe(`drizzle/${folder}\n`);
      expect(outline(project.migration('rename_chef_tables_1_catering_chefs'))).toEqual(chefsRename);
      expect(project.files()['src/generated/views.ts']).toMatch(
        /export const PublicChefsView: [^=]* = pgView\('chefs'\)/,
      );
      expect(await project.generate('--name', 'later')).toEqual({ exitCode: 0, stdout: noChanges, stderr: '' });
      expect(project.added()).toEqual([folder]);
    },
  );

  test.runIf(thorough)(
    'of two renamed tables, the one without an entry is refused with the entry that is missing, and neither is written',
    async () => {
      project.edit(chef, ...chefsRenamed);
      project.edit(qrScan, ["'qr_scans", "'qr_code_scans"], ['idx_qr_scans', 'idx_qr_code_scans']);
      project.addRename({ from: 'public.qr_scans', to: 'public.qr_code_scans', migration: 'rename_qr_tables' });
      const { exitCode, stderr } = await refusal('--name', 'later');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('public.catering_chefs: found a new table, while public.chefs is gone from the models');
      expect(stderr).toContain("add { kind: 'table', from: 'public.chefs', to: 'public.catering_chefs', ");
      expect(stderr).toContain('src/registry/renames.ts');
      expect(stderr).not.toContain('qr_scans');
    },
  );

  test.runIf(thorough)('a removed model or column is dropped only if --drop names it', async () => {
    project.edit(qrScan, ['export const QRScan', 'const QRScan']);
    project.edit('src/registry/service-modules.ts', ["      'QRScan',\n", '']);
    project.edit(chef, ["    bio: text('bio'),\n", '']);
    const refused = await refusal('--name', 'later');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/^public\.qr_scans, public\.chefs\.bio: found gone from the models/);
    expect(refused.stderr).toContain(
      "add { kind: 'table', from: 'public.qr_scans', to: … } to src/registry/renames.ts",
    );
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
      'locks of 3 tables',
    ]);
  });

  test.runIf(thorough)(
    'a table that becomes scoped to stations gets its policies in a separate migration',
    async () => {
      project.edit(
        chef,
        ["    bio: text('bio'),\n", "$&    stationId: uuid('station_id'),\n"],
        ["from 'drizzle-orm/pg-core';", "$&\nimport { stationPolicies } from '../identity/access/policies.ts';"],
        ['import { boolean', 'import { uuid, boolean'],
        [/^ {2}\],\n\);/m, "    ...stationPolicies('public.chefs'),\n$&"],
      );
      project.edit('src/identity/access/scopes.ts', [
        /'public\.chefs': \{.*\},/,
        "'public.chefs': { by: 'column', column: 'station_id', permissions: customers },",
      ]);
      expect(await project.generate('--name', 'add_station_of_chefs')).toMatchObject({ exitCode: 0, stderr: '' });
      expect(project.added().map((folder) => folder.slice(15))).toEqual([
        'add_station_of_chefs',
        'station_access',
        'station_access_core',
      ]);
      expect(outline(project.migration('add_station_of_chefs'))).toEqual([
        "SET LOCAL lock_timeout = '2s';",
        'ALTER TABLE "chefs" ADD COLUMN "station_id" uuid;',
      ]);
      const policies = outline(project.migration('station_access_core'));
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
    'a label taken out of an enum is refused, because the type would be dropped and created again without it',
    async () => {
      project.edit(messageThread, ["'closed', 'spam'", "'closed'"]);
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
    expect(stderr).toContain(`${entry}: there is no model of public.kitchen_bookings`);
    expect(stderr).toContain(`${entry}: public.bookings is still a table: the model core#Booking declares it`);
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

  test.runIf(thorough)(
    'a statement that PostgreSQL refuses is named, and what drizzle-kit wrote is undone',
    async () => {
      project.edit(chef, ["    bio: text('bio'),\n", "$&    hobby: text('hobby'),\n"]);
      project.edit('scripts/generate/custom-migrations.ts', [
        'identity: [\n',
        "$&  { name: 'chef_triggers', statements: ['SELECT 1;', 'SELECT hat_size FROM chefs;'] },\n",
      ]);
      const { exitCode, stderr } = await refusal('--name', 'add_chef_hobby');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^\d{14}_chef_triggers: found a statement that PostgreSQL refuses: .* \(42703\)/);
      expect(stderr).toContain('SELECT hat_size FROM chefs;');
    },
  );

  test('SIGINT after drizzle-kit has written leaves nothing behind', async () => {
    project.edit(chef, ["    bio: text('bio'),\n", "$&    hobby: text('hobby'),\n"]);
    const before = project.files();
    expect(await project.interruptGenerate('--name', 'add_chef_hobby')).toEqual({
      exitCode: 130,
      stdout: '',
      stderr: 'Interrupted: nothing was written.\n',
    });
    expect(project.files()).toEqual(before);
    expect(project.left()).toEqual([]);
  });

  test('drizzle-kit generate in a checkout writes nothing and says which command does', async () => {
    const before = project.files();
    const kit = join(dirname(fileURLToPath(import.meta.resolve('drizzle-kit'))), 'bin.cjs');
    project.edit(chef, ["    bio: text('bio'),\n", "$&    hobby: text('hobby'),\n"]);
    const { exitCode, stderr } = await runNode([kit, 'generate', '--name', 'add_chef_hobby'], { cwd: project.folder });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('npm run db:generate -- --name <name>');
    expect({ ...project.files(), [chef]: before[chef] }).toEqual(before);
  });

  test.runIf(thorough)(
    'a new column that existing rows cannot have is refused, and so is dropping one that an old name’s view reads',
    async () => {
      project.edit(chef, ["    bio: text('bio'),\n", "$&    hobby: text('hobby').notNull(),\n"]);
      const needed = await refusal('--name', 'later');
      expect(needed.exitCode).toBe(1);
      expect(needed.stderr).toContain('chefs.hobby: found a new column that is NOT NULL and has no default');
      project.edit(chef, ["text('hobby').notNull()", "text('hobby')"]);
      project.edit(message, [/ {4}isRead: .*\n/, '']);
      const read = await refusal('--name', 'later', '--drop', 'public.customer_messages.is_read');
      expect(read.exitCode).toBe(1);
      expect(read.stderr).toContain(
        'core#Message: found no column is_read, which the view under the old name public.messages reads',
      );
    },
  );

  const plan = tableRenames.filter(({ since }) => since === '1.0.0');

  test.runIf(thorough)('from nothing, writes every statement and derived file that the package ships', async () => {
    const shipped = project.files();
    for (const folder of migrationFolders(join(project.folder, 'drizzle'))) {
      rmSync(join(project.folder, 'drizzle', folder), { recursive: true });
    }
    rmSync(join(project.folder, 'docs/reference'), { recursive: true });
    writeFileSync(join(project.folder, 'src/generated/views.ts'), 'export {};\n');
    writeFileSync(join(project.folder, 'src/generated/old-paths/models/booking.ts'), '');
    writeFileSync(join(project.folder, 'src/generated/old-paths/models/obsolete.ts'), '');
    writeFileSync(join(project.folder, 'drizzle/expected/baseline.json'), '{ "objects": [] }');
    project.edit('package.json', [/"exports": \{\n.*?\n {2}\},/s, '"exports": {},']);
    const { exitCode, stdout, stderr } = await project.generate('--name', 'not_needed');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);

    // Snapshots have random identifiers; folders, and what names them, have times. What has changed in the models since the baseline
    // is in a baseline made from today's models.
    const folders = migrationFolders(join(project.folder, 'drizzle'));
    expect(stdout).toBe(folders.map((folder) => `drizzle/${folder}\n`).join(''));
    const steps = plan.map(({ migration, to }) => ({ migration, table: to.split('.')[1] }));
    const names = [
      'baseline',
      ...steps.map((step, index) => {
        const place = steps.slice(0, index).filter(({ migration }) => migration === step.migration).length + 1;
        return `${step.migration}_${place}_${step.table}`;
      }),
      ...domains.map((domain) => `station_access_${domain}`),
    ];
    expect(folders.map((folder) => folder.slice(15))).toEqual(names);

    const inMigrations = (path: string) => /^drizzle\/\d/.test(path);
    const nameOf = (path: string) => path.replace(/^drizzle\/\d+_|\/[^/]+$/g, '');
    const statements = (files: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(files).flatMap(([path, text]) =>
          inMigrations(path) && path.endsWith('.sql') && names.slice(1).includes(nameOf(path))
            ? [[nameOf(path), statementsOf(text).sort()]]
            : [],
        ),
      );
    expect(statements(project.files())).toEqual(statements(shipped));

    const derived = (files: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(files).filter(
          // docs:api writes the other one.
          ([path]) =>
            !inMigrations(path) && !['drizzle/expected/baseline.json', 'docs/reference/api.md'].includes(path),
        ),
      );
    expect(derived(project.files())).toEqual(derived(shipped));
  });

  test('objects that no model has are written exactly as in their source', () => {
    for (const [domain, objects] of Object.entries(customMigrations)) {
      const sql = project.migration(`station_access_${domain}`);
      for (const { name, statements } of objects) {
        if (statements.length === 0) continue;
        expect(writtenObjects(sql, name, statements)).toEqual([`-- ${name}\n${statements[0]}`, ...statements.slice(1)]);
      }
    }
  });

  test.runIf(thorough)('an object that no model has gets a separate migration, after those of the models', async () => {
    project.edit('scripts/generate/custom-migrations.ts', [
      'identity: [\n',
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
      '-- chef_triggers\nSELECT 1;',
      'SELECT 2;',
    ]);
  });
});

test('a statement that PostgreSQL refuses is named with its migration, which is undone', () =>
  withDatabase('pglite', 'empty', async ({ pglite, query }) => {
    const statements = ['CREATE TABLE hats (id int);', 'SELECT hat_size FROM hats;'];
    const refused = runMigrations(pglite, [
      { name: '20270101000000_chefs', statements: ['CREATE TABLE chefs (id int);'] },
      { name: '20270102000000_chef_hats', statements },
    ]);
    await expect(refused).rejects.toMatchObject({
      name: 'Conflict',
      message: expect.stringMatching(
        /^20270102000000_chef_hats: found a statement that PostgreSQL refuses: .* \(42703\): SELECT hat_size FROM hats;/,
      ),
    });
    const { rows } = await query("SELECT relname FROM pg_class WHERE relname IN ('chefs', 'hats')");
    expect(rows).toEqual([{ relname: 'chefs' }]);
  }));

/** Where the renamed tables are declared, with the line before which a new column comes. */
const tablesWithView = [
  [message, '    isRead: boolean'],
  [messageThread, / {4}updatedAt: updatedAt\(\),\n {4}lastMessageAt/],
  ['src/feedback_marketing/customer-review.ts', "    moderatedAt: timestamptz('moderated_at')"],
  ['src/identity/oauth-account.ts', '    expiresAt: '],
  ['src/lead/business-social-account.ts', '    connectedAt: '],
  ['src/lead/customer-social-identity.ts', '    firstSeenAt: '],
  ['src/lead/lead-social-thread.ts', '    lastMessageAt: '],
] as const;

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
    project.edit(userRole, ["'user_roles", "'user_role_grants"]);
    project.edit('src/identity/access/scopes.ts', ["'identity.user_roles'", "'identity.user_role_grants'"]);
    project.addRename({
      from: 'identity.user_roles',
      to: 'identity.user_role_grants',
      migration: 'rename_grant_tables',
    });
    project.edit('src/feedback_marketing/customer-review.ts', [/event_customer_reviews/, 'guest_reviews']);
    project.edit('src/identity/access/scopes.ts', ['public.event_customer_reviews', 'public.guest_reviews']);
    project.edit('src/identity/access/acts.ts', ['public.event_customer_reviews', 'public.guest_reviews']);
    project.edit('src/registry/renames.ts', ['public.event_customer_reviews', 'public.guest_reviews']);
    project.addRename({
      from: 'public.event_customer_reviews',
      to: 'public.guest_reviews',
      migration: 'rename_review_tables',
    });
    // Changes of tables that have a view: a new column in each of them, a new type, and a label that is used at once.
    project.edit(message, ['type JsonObject }', 'type JsonObject, timestamptz }']);
    for (const [path, anchor] of tablesWithView) {
      project.edit(path, [anchor, "    addedLater: timestamptz('added_later'),\n$&"]);
    }
    project.edit(
      messageThread,
      ["'subject', { length: 255 }", "'subject', { length: 300 }"],
      ["'closed', 'spam'", "'closed', 'snoozed', 'spam'"],
      [".default('active')", ".default('snoozed')"],
    );
    const { exitCode, stderr } = await project.generate('--name', 'change_messages');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  }, 240_000);

  test('as one migration for all other changes, then one for each renamed table', () => {
    expect(project.added().map((folder) => folder.slice(15))).toEqual([
      'change_messages_enum_labels',
      'change_messages',
      'rename_chef_tables_1_catering_chefs',
      'rename_grant_tables_1_user_role_grants',
      'rename_review_tables_2_guest_reviews',
      // The functions of station access and the triggers of acts name the table.
      'station_access',
      'review_acts',
    ]);
    expect(outline(project.migration('rename_chef_tables_1_catering_chefs'))).toEqual(chefsRename);
    expect(project.files()['src/generated/views.ts']).toMatch(
      /export const PublicChefsView: [^=]* = pgView\('chefs'\)/,
    );
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

  test('without a new column entering a view in any migration, snapshot or derived file', () => {
    const files = project.files();
    const [labels, change] = project.added();
    expect(outline(project.migration('change_messages_enum_labels'))).toEqual([
      "SET LOCAL lock_timeout = '2s';",
      `ALTER TYPE "thread_status" ADD VALUE 'snoozed' BEFORE 'spam';`,
    ]);
    expect(outline(project.migration('change_messages'))).toEqual([
      "SET LOCAL lock_timeout = '2s';",
      'locks of 8 tables',
      'take away "public"."message_threads"',
      `committed 'snoozed'::"thread_status"`,
      expect.stringContaining('CREATE TYPE "chef_hobby"'),
      ...Array(8).fill(expect.stringMatching(/^ALTER TABLE .* ADD COLUMN /)),
      expect.stringContaining('SET DATA TYPE varchar(300)'),
      expect.stringContaining(`SET DEFAULT 'snoozed'`),
      'bring back "public"."message_threads"',
      'privileges of "public"."message_threads"',
    ]);
    for (const folder of [labels, change]) expect(files[`drizzle/${folder}/snapshot.json`]).not.toMatch(/"views/);
    expect(files['src/generated/views.ts']?.split('export ').filter((view) => view.includes('addedLater'))).toEqual([
      // This one was renamed after the column came.
      expect.stringContaining('PublicEventCustomerReviewsView'),
    ]);
    const views = (text = '') => text.split('\n').filter((line) => line.includes('"kind":"view"'));
    const expected = readFileSync('drizzle/expected/migrated.json', 'utf8');
    const changed = (line: string) => /chefs|user_role|_reviews"/.test(line);
    expect(views(files['drizzle/expected/migrated.json']).filter((line) => !changed(line))).toEqual(
      views(expected).filter((line) => !changed(line)),
    );
  });

  /** What has the column that came later: the tables, and the one view whose table was renamed after it. */
  const withLater = [
    { relation: 'business_social_accounts', kind: 'r' },
    { relation: 'customer_message_threads', kind: 'r' },
    { relation: 'customer_messages', kind: 'r' },
    { relation: 'customer_social_identities', kind: 'r' },
    { relation: 'event_customer_reviews', kind: 'v' },
    { relation: 'guest_reviews', kind: 'r' },
    { relation: 'identity.oauth_accounts', kind: 'r' },
    { relation: 'lead_social_threads', kind: 'r' },
  ];

  eachOfFewMajors((major) => {
    describe('in one go', () => {
      /** The legacy database, which a role may read, after all migrations of the project. */
      let migrated: ServerDatabase;
      let reader: string;
      beforeAll(async () => {
        migrated = await openDatabase(major, 'legacy');
        reader = `reader_${migrated.name}`;
        await migrated.exec(`CREATE ROLE ${reader}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader};`);
        const [, ...migrations] = readMigrations(join(project.folder, 'drizzle'));
        await applyMigrations(migrated.query, migrations);
      });
      afterAll(async () => {
        await migrated.exec(`RESET ROLE; DROP OWNED BY ${reader}; DROP ROLE ${reader};`);
        await migrated.close();
      });

      /** The columns that no view under an old name has, as they came after it. */
      const laterColumns = "'{added_later,reviewed_on_google_at,reviewed_on_yelp_at}'::text[]";

      test('with every row, under every name that a table ever had, for every role that could read it', async () => {
        const { query, exec } = migrated;
        await exec(`SET ROLE ${reader}`);
        for (const [table, ...views] of [
          ['catering_chefs', 'chefs'],
          ['guest_reviews', 'event_customer_reviews', 'customer_reviews'],
          ['customer_messages', 'messages'],
          ['customer_message_threads', 'message_threads'],
        ]) {
          const rows = async (from: string | undefined) =>
            (
              await query(
                `SELECT count(*)::int AS count, md5(string_agg((to_jsonb(t) - ${laterColumns})::text, ',' ORDER BY id)) FROM ${from} AS t`,
              )
            ).rows[0];
          const expected = await rows(table);
          expect(expected?.['count']).toBeGreaterThan(0);
          for (const view of views) expect(await rows(view), view).toEqual(expected);
        }
        await exec('RESET ROLE');
      });

      test('and leaves nothing between database and models', async () => {
        const { url, query } = migrated;
        const { rows } = await query(`SELECT conname FROM pg_constraint
          WHERE conrelid IN ('catering_chefs'::regclass, 'identity.user_role_grants'::regclass) AND contype = 'p' ORDER BY conname`);
        expect(rows).toEqual([{ conname: 'catering_chefs_pkey' }, { conname: 'user_role_grants_pkey' }]);
        const config = join(project.folder, 'dist/drizzle.config.js');
        const drift = await drizzleKit(url, ['push', '--explain', '--output', 'json'], config);
        expect(kitAnswer(drift)).toMatchObject({ status: 'no_changes' });
      });
    });

    test('and leaves old views alone: a column that came later never enters them, after revert and forward again either', () =>
      withDatabase(major, 'legacy', async (database) => {
        const { query, exec } = database;
        const connection = connectionTo(database);
        const folder = join(project.folder, 'drizzle');
        const later = async (): Promise<unknown> =>
          (
            await query(`SELECT attrelid::regclass::text AS relation, relkind::text AS kind FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
              WHERE attname = 'added_later' AND NOT attisdropped ORDER BY 1`)
          ).rows;
        const views = async () => {
          const { rows } = await query(`
            SELECT n.nspname || '.' || relname AS view, reloptions::text AS options,
              (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid) AS columns,
              coalesce(relacl::text, '') AS privileges, pg_relation_is_updatable(c.oid, true) AS updatable
            FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'v' AND nspname IN ('public', 'identity') ORDER BY 1`);
          for (const { view, columns } of rows) {
            const [column] = columns as string[];
            const { rows: updated } = await query(`UPDATE ${view} SET ${column} = ${column} RETURNING ${column}`);
            expect(updated.length, String(view)).toBeGreaterThan(0);
          }
          return rows;
        };
        await baseline(query);
        // A column that no model knows: services on the old name keep using it.
        await exec("ALTER TABLE messages ADD COLUMN of_legacy text; UPDATE messages SET of_legacy = 'kept'");
        await migrate(connection, { folder });
        const before = await views();
        expect(before).toHaveLength(10);
        expect(
          before.every(({ updatable, options }) => updatable === 28 && options === '{security_invoker=true}'),
        ).toBe(true);
        expect(await later()).toEqual(withLater);
        expect((await query('SELECT DISTINCT of_legacy FROM messages')).rows).toEqual([{ of_legacy: 'kept' }]);

        await revert(connection, { to: 'baseline', folder });
        // Services that use the old names in between must not lose a column.
        await exec('ALTER TABLE messages ADD COLUMN of_legacy_too text');
        await migrate(connection, { folder });
        const messages = 'public.messages';
        const others = (rows: typeof before) => rows.filter(({ view }) => view !== messages);
        const after = await views();
        expect(others(after)).toEqual(others(before));
        const columns = (rows: typeof before) => rows.find(({ view }) => view === messages)?.['columns'] as string[];
        expect(columns(after)).toEqual([...columns(before), 'of_legacy_too']);
        expect(await later()).toEqual(withLater);
        const messageId = `(SELECT id FROM messages ORDER BY id LIMIT 1)`;
        await exec(
          `UPDATE customer_messages SET added_later = now() WHERE id = ${messageId}; UPDATE messages SET content = 'again' WHERE id = ${messageId}`,
        );
        expect(
          (await query(`SELECT added_later IS NULL AS lost, content FROM customer_messages WHERE id = ${messageId}`))
            .rows,
        ).toEqual([{ lost: false, content: 'again' }]);
      }));

    test('but the label and its use in one transaction, as drizzle-kit migrate would, which says what to do instead', () =>
      withDatabase(major, 'legacy', async ({ query, exec }) => {
        const [, ...migrations] = readMigrations(join(project.folder, 'drizzle'));
        const use = migrations.findIndex(({ name }) => name.endsWith('_change_messages'));
        await applyMigrations(query, migrations.slice(0, use - 1));
        await exec('BEGIN');
        for (const statement of migrations[use - 1]?.statements ?? []) await query(statement);
        const together = async () => {
          for (const statement of migrations[use]?.statements ?? []) await query(statement);
        };
        await expect(together()).rejects.toMatchObject({
          code: '55P04',
          hint: expect.stringContaining('canonical-models migrate commits each migration by itself'),
        });
        await exec('ROLLBACK');
      }));
  });
});
