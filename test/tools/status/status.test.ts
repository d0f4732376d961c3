import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { oldModules } from '../../../src/registry/old-modules.ts';
import { renames } from '../../../src/registry/renames.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import { connectionTo, eachEngineOfLongRuns, majors, withDatabase } from '../../support/databases.ts';
import { drizzleKit, hostedCommand, migrateByDrizzle } from '../../support/kit.ts';
import { renameMigrations } from '../../support/migrate.ts';

const names = readMigrations().map(({ name }) => name);

eachEngineOfLongRuns((engine) => {
  test('tells where each migration and each rename stands, before, between and after', () =>
    withDatabase(engine, 'legacy', async (database) => {
      const connection = connectionTo(database);
      const before = await status(connection);
      expect(before.migrations).toEqual(
        names.map((migration) => ({ migration, state: 'pending', at: null, milliseconds: null, by: null, role: null })),
      );
      expect(before.renames.map(({ state }) => state)).toEqual(before.renames.map(() => 'legacy'));

      await migrate(connection);
      const after = await status(connection);
      expect(after.migrations.map(({ state }) => state)).toEqual(
        names.map((_, index) => (index === 0 ? 'recorded' : 'applied')),
      );
      for (const { at, milliseconds, by, role } of after.migrations) {
        expect(Math.abs(Date.parse(at ?? '') - Date.now())).toBeLessThan(600_000);
        // A short one takes no time by the clock of PGlite.
        expect(milliseconds).toBeGreaterThanOrEqual(0);
        expect({ by, role }).toEqual({ by: 'canonical-models', role: 'postgres' });
      }
      expect(after.renames).toEqual(
        renames.flatMap((entry) =>
          entry.kind === 'table'
            ? [{ from: entry.from, to: entry.to, state: 'both names', removedIn: entry.removedIn ?? null }]
            : [],
        ),
      );

      const [lastRename, renameBefore] = renameMigrations.toReversed();
      await revert(connection, { to: renameBefore?.name as string });
      await database.exec('DROP VIEW messages; DROP VIEW customer_reviews; CREATE TABLE customer_reviews (id integer)');
      const between = await status(connection);
      expect(between.migrations.filter(({ state }) => state === 'pending')).toMatchObject([
        { migration: lastRename?.name },
      ]);
      const stateOf = (from: string) => between.renames.find((rename) => rename.from === from)?.state;
      expect(stateOf('public.social_threads')).toBe('legacy');
      expect(stateOf('public.messages')).toBe('canonical only');
      expect(stateOf('public.customer_reviews')).toBe('unclear');
      expect(stateOf('identity.social_accounts')).toBe('both names');
    }));

  test('every old path is there, with the version in which it is removed', () =>
    withDatabase(engine, 'empty', async (database) => {
      const { oldPaths, renames: tables } = await status(connectionTo(database));
      expect(tables.map(({ state }) => state)).toEqual(tables.map(() => 'absent'));
      expect(oldPaths.map(({ path }) => path)).toEqual(
        oldModules(renames)
          .map(({ path }) => `canonical-models/${path}`)
          .sort(),
      );
      const kept = oldPaths.filter(({ removedIn }) => removedIn === null).map(({ path }) => path);
      expect(kept).toEqual(['canonical-models/models/knowledge_base', 'canonical-models/models/review']);
    }));
});

test('the command shows what drizzle-kit applied, too, and nothing is written', () =>
  withDatabase(majors.at(-1) ?? 18, 'empty', async ({ url, query }) => {
    expect((await drizzleKit(url, ['migrate'])).exitCode).toBe(0);
    const result = await hostedCommand(['status', '--url', url]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(
      new RegExp(`${names.at(-1)} +applied +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC +drizzle-kit`),
    );
    expect(result.stdout).toMatch(/public\.messages +public\.customer_messages +both names +removed in 2\.0\.0/);
    expect(result.stdout).toContain('up to date.');
    const json = await hostedCommand(['status', '--url', url, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, migrations: { length: names.length } });
    const { rows } = await query(`SELECT to_regclass('drizzle.canonical_models_runs') AS runs`);
    expect(rows).toEqual([{ runs: null }]);
  }));

test('who did it: this package where baseline recorded it, drizzle-kit, or unknown where the notes may not be read', () =>
  withDatabase(majors.at(-1) ?? 18, 'legacy', async (database) => {
    await baseline(database.query);
    const connection = connectionTo(database);
    const first = async () => (await status(connection)).migrations[0];
    expect(await first()).toMatchObject({ state: 'recorded', by: 'canonical-models', role: 'postgres' });
    expect((await first())?.milliseconds).toBeGreaterThan(0);

    await migrateByDrizzle(database.client);
    const { migrations } = await status(connection);
    expect(migrations.map(({ by }) => by)).toEqual(
      names.map((_, index) => (index ? 'drizzle-kit' : 'canonical-models')),
    );

    const role = `reader_${database.name}`;
    await database.exec(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA drizzle TO ${role};
      GRANT SELECT ON drizzle.canonical_models_migrations TO ${role}; SET ROLE ${role}`);
    try {
      expect(await first()).toMatchObject({ state: 'applied', by: null, role: null });
      await database.exec(
        `RESET ROLE; REVOKE SELECT ON drizzle.canonical_models_migrations FROM ${role}; SET ROLE ${role}`,
      );
      await expect(first()).rejects.toMatchObject({ name: 'NotSetUp', object: 'the database' });
    } finally {
      await database.exec(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }));

test.each([['status'], ['baseline'], ['revert', '--to', 'baseline'], ['migrate', '--dry-run']])(
  '%s creates no database',
  async (...command) => {
    const folder = join(tmpdir(), randomUUID());
    const result = await hostedCommand([...command, '--url', `pglite:${folder}`]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('no database there') });
    expect(existsSync(folder)).toBe(false);
  },
);

test.each([
  ['stdout', '--help', 0],
  ['stderr', '--url=nowhere', 2],
] as const)('a reader that closes %s early changes nothing', async (stream, option, exitCode) => {
  const child = spawn(process.execPath, [inject('bin'), 'status', option]);
  const other = stream === 'stdout' ? child.stderr : child.stdout;
  let said = '';
  other.on('data', (part) => {
    said += part;
  });
  child[stream].destroy();
  const [code] = await once(child, 'close');
  expect({ code, said }).toEqual({ code: exitCode, said: '' });
});
