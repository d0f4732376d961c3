import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContractReport } from '../../../scripts/contract/contract.ts';
import { statementsOf } from '../../../scripts/generate/migration-sql.ts';
import { tableRenames } from '../../../src/registry/table-renames.ts';
import { rememberUsage } from '../../../src/tools/usage/usage.ts';
import { checksumsOfData } from '../../support/data.ts';
import { eachOfFewMajors, majors, thorough, withDatabase } from '../../support/databases.ts';
import { type CommandResult, drizzleKit, runNode } from '../../support/kit.ts';
import { applyMigrations, recordMigrations } from '../../support/migrate.ts';
import type { Major } from '../../support/servers.ts';
import { type MigratedServer, startMigratedServer } from '../../tools/usage/migrated-server.ts';
import { copyProject, type ProjectCopy, removeProjectCopies } from '../generate/project-copy.ts';

const oldNames = tableRenames.map(({ from }) => from);
/** The old names that 2.0.0 drops. In short runs the others are dropped later, as drizzle-kit takes seconds for each. */
const due = thorough
  ? oldNames
  : oldNames.filter((name) => ['identity.social_accounts', 'public.messages'].includes(name));
const written = (name: string) => name.replace(/^public\./, '').replace(/^(.*)\.(.*)$/, '$1"."$2');
const dropOf = (name: string) => [`SET LOCAL lock_timeout = '2s';`, `DROP VIEW "${written(name)}";`];
const noChanges = 'No changes: the migrations lead to the models.\n';
const major = majors[0] as Major;

let server: MigratedServer;
let project: ProjectCopy;
beforeAll(async () => {
  server = await startMigratedServer(major);
});
afterAll(async () => {
  removeProjectCopies();
  await server.remove();
});

/** Runs the command of a copy of the project, as it was bundled. */
function contract(parameters: readonly string[], copy: ProjectCopy = project): Promise<CommandResult> {
  return runNode(['dist/contract/main.js', ...parameters], { cwd: copy.folder });
}

const reportOf = ({ stdout }: CommandResult) => JSON.parse(stdout) as ContractReport;

/** Removes lines from files of a copy, as a person would who follows the report. */
function takeOut(copy: ProjectCopy, lines: ContractReport['notes']['registry']): void {
  for (const { file, line, endLine, text } of [...lines].sort((one, other) => other.line - one.line)) {
    const path = join(copy.folder, file);
    const all = readFileSync(path, 'utf8').split('\n');
    expect(
      all
        .slice(line - 1, endLine)
        .join('\n')
        .trim(),
    ).toBe(text);
    writeFileSync(path, all.toSpliced(line - 1, endLine - line + 1).join('\n'));
  }
}

// A story: each test continues from the previous one.
describe('npm run db:contract', { timeout: 240_000, shuffle: false }, () => {
  beforeAll(async () => {
    project = copyProject();
    for (const name of oldNames.filter((each) => !due.includes(each))) {
      project.edit('src/registry/renames.ts', [
        new RegExp(`(kind: 'table',\\s+from: '${name}',[^}]*)removedIn,`),
        "$1removedIn: '3.0.0',",
      ]);
    }
    await project.bundle();
  });

  test('a name that is not due stays, and no database is queried', async () => {
    expect(await contract([])).toEqual({
      exitCode: 0,
      stdout: 'No old table name is removed in 1.0.0. Nothing to do.\n',
      stderr: '',
    });
    const early = await contract(['--entry', 'public.messages', '--release', '1.9.9']);
    expect(early).toMatchObject({ exitCode: 1, stdout: '' });
    expect(early.stderr).toContain(
      'public.messages: found an old name that is removed in 2.0.0; expected one that is due in 1.9.9.',
    );
    expect(early.stderr).toContain('npm run db:contract -- --release 2.0.0 --entry public.messages');
    expect(project.added()).toEqual([]);
  });

  test.each([
    ['no URL', ['--release', '2.0.0'], 'no DATABASE_URL'],
    ['a version that is none', ['--release', 'next'], '--release: found "next"'],
    ['an entry that is none', ['--release', '2.0.0', '--entry', 'messages'], 'give --entry public.messages'],
    ['a folder of other migrations', ['--release', '2.0.0', '--out', 'nowhere'], 'no migration that creates the view'],
  ])('wrong usage, %s: exit 2', async (_, parameters, message) => {
    const result = await contract(parameters);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(message);
  });

  test('refuses while a name is or may be in use; writes nothing', () =>
    server.withDatabase(async ({ url, query, session }) => {
      const before = project.files();
      await rememberUsage(query);
      const fresh = await contract(['--release', '2.0.0', '--url', url]);
      expect(fresh).toMatchObject({ exitCode: 1, stderr: '' });
      expect(fresh.stdout).toContain('the question is about 7 days');

      const client = await session();
      await client.query('SELECT * FROM messages');
      // --accept-unseen does not allow dropping what was seen in use.
      const used = await contract(['--release', '2.0.0', '--days', '0', '--accept-unseen', '--url', url]);
      expect(used).toMatchObject({ exitCode: 1, stderr: '' });
      expect(used.stdout).toContain('Not safe to contract');
      expect(used.stdout).toContain('Nothing was written');
      expect(project.files()).toEqual(before);

      // Only the entries that are to go are asked about.
      const other = await contract([
        ...['--release', '2.0.0', '--days', '0', '--dry-run', '--json'],
        ...['--entry', 'identity.social_accounts', '--url', url],
      ]);
      expect(other).toMatchObject({ exitCode: 0, stderr: '' });
      const report = reportOf(other);
      expect(report).toMatchObject({ version: 1, status: 'would-write', due: ['identity.social_accounts'] });
      expect(report.migrations.map(({ sql }) => statementsOf(sql))).toEqual([dropOf('identity.social_accounts')]);
      expect(project.files()).toEqual(before);
    }));

  test('writes one migration per view, once; without the entries, models and migrations agree', () =>
    server.withDatabase(async ({ url, query }) => {
      await rememberUsage(query);
      const release = ['--release', '2.0.0', '--days', '0', '--url', url];
      const one = await contract([...release, '--entry', 'public.messages']);
      expect(one).toMatchObject({ exitCode: 0, stderr: '' });
      expect(project.added()).toHaveLength(1);
      expect(statementsOf(project.migration('drop_old_name_public_messages'))).toEqual(dropOf('public.messages'));

      const rest = await contract([...release, '--json']);
      expect(rest).toMatchObject({ exitCode: 0, stderr: '' });
      const report = reportOf(rest);
      expect(report).toMatchObject({ status: 'written', due, usage: { verdict: 'safe' } });
      expect(report.alreadyDropped).toEqual([{ entry: 'public.messages', folder: project.added()[0] }]);
      expect(report.migrations.map(({ entry }) => entry)).toEqual(due.filter((name) => name !== 'public.messages'));
      expect(project.added()).toHaveLength(due.length);
      for (const name of due) {
        expect(statementsOf(project.migration(`drop_old_name_${name.replace('.', '_')}`))).toEqual(dropOf(name));
      }

      const files = project.files();
      const again = await contract(['--release', '2.0.0']);
      expect(again).toMatchObject({ exitCode: 0, stderr: '' });
      expect(again.stdout).toContain('Dropped by earlier migrations');
      expect(again.stdout).toContain('Nothing is left to write.');
      expect(project.files()).toEqual(files);

      expect(report.notes.announced).toMatchObject([{ file: 'CHANGELOG.md', text: expect.stringContaining('2.0.0') }]);
      expect(report.notes.toAdd).toContain('- The old table name `messages`. Use `customer_messages`.');
      expect(report.notes.registry).toHaveLength(due.length);
      takeOut(project, report.notes.registry);
      if (!thorough) return;
      expect(await project.generate('--name', 'contract')).toEqual({ exitCode: 0, stdout: noChanges, stderr: '' });
      expect(project.added()).toHaveLength(due.length);
      expect(project.files()['src/generated/views.ts']).not.toContain('pgView');
      const kit = join(dirname(fileURLToPath(import.meta.resolve('drizzle-kit'))), 'bin.cjs');
      const checked = await runNode([kit, 'check', '--output', 'json', '--dialect', 'postgresql', '--out', 'drizzle'], {
        cwd: project.folder,
      });
      expect(checked.stdout).toContain('"status":"ok"');
    }));

  eachOfFewMajors((each) => {
    test('drizzle-kit applies what was written: the views are gone, every row is there', () =>
      withDatabase(each, 'migrated', async ({ query, url }) => {
        await recordMigrations(query);
        const before = await checksumsOfData(query);
        const views = async () =>
          (
            await query(
              `SELECT schemaname || '.' || viewname AS name FROM pg_views WHERE schemaname || '.' || viewname = ANY ($1)`,
              [oldNames],
            )
          ).rows.map(({ name }) => String(name));
        expect((await views()).sort()).toEqual([...oldNames].sort());

        const migrated = await drizzleKit(url, ['migrate'], join(project.folder, 'dist/drizzle.config.js'));
        expect(migrated).toMatchObject({ exitCode: 0 });
        expect((await views()).sort()).toEqual(oldNames.filter((name) => !due.includes(name)).sort());
        const after = await checksumsOfData(query);
        const data = (checksums: typeof before) => checksums.filter(({ table }) => !table.startsWith('drizzle.'));
        expect(data(after)).toEqual(data(before));
      }));
  });
});

test('a rename that has not run yet is a reason to wait', () =>
  withDatabase(major, 'legacy', async ({ url, query }) => {
    const copy = copyProject();
    await copy.bundle();
    const before = copy.files();
    const result = await contract(['--release', '2.0.0', '--days', '0', '--url', url], copy);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain('canonical-models migrate runs it');
    await applyMigrations(query);
    await query('CREATE EXTENSION pg_stat_statements; CREATE VIEW open_threads AS SELECT id FROM message_threads');
    const depended = await contract(['--release', '2.0.0', '--days', '0', '--url', url], copy);
    expect(depended.stdout).toContain('1 object of the database uses an old name');
    expect(copy.files()).toEqual(before);
  }));
