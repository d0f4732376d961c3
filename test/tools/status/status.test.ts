import { expect, test } from 'vitest';
import { renames } from '../../../src/renames.ts';
import type { Connection } from '../../../src/tools/database/connect.ts';
import { oldModules } from '../../../src/tools/legacy/old-modules.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import { eachEngine, majors, type TestDatabase, withDatabase } from '../../support/databases.ts';
import { canonicalModels, drizzleKit } from '../../support/kit.ts';

const names = readMigrations().map(({ name }) => name);

const connectionTo = ({ query, exec }: TestDatabase): Connection => ({
  query,
  exec,
  label: 'the test database',
  close: async () => {},
});

eachEngine((engine) => {
  test('tells where each migration and each rename stands, before, between and after', () =>
    withDatabase(engine, 'legacy', async (database) => {
      const connection = connectionTo(database);
      const before = await status(connection);
      expect(before.migrations).toEqual(
        names.map((migration) => ({ migration, state: 'pending', at: null, milliseconds: null, role: null })),
      );
      expect(before.renames.map(({ state }) => state)).toEqual(before.renames.map(() => 'legacy'));

      await migrate(connection);
      const after = await status(connection);
      expect(after.migrations.map(({ state }) => state)).toEqual(
        names.map((_, index) => (index === 0 ? 'recorded' : 'applied')),
      );
      for (const { at, milliseconds, role } of after.migrations) {
        expect(Math.abs(Date.parse(at ?? '') - Date.now())).toBeLessThan(600_000);
        expect(milliseconds).toBeGreaterThan(0);
        expect(role).toBe('postgres');
      }
      expect(after.renames).toEqual(
        renames.flatMap((entry) =>
          entry.kind === 'table'
            ? [{ from: entry.from, to: entry.to, state: 'both names', removedIn: entry.removedIn ?? null }]
            : [],
        ),
      );

      await revert(connection, { to: names[6] as string });
      await database.exec('DROP VIEW messages; DROP VIEW customer_reviews; CREATE TABLE customer_reviews (id integer)');
      const between = await status(connection);
      expect(between.migrations.at(-1)).toMatchObject({ migration: names[7], state: 'pending' });
      const stateOf = (from: string) => between.renames.find((rename) => rename.from === from)?.state;
      expect(stateOf('public.social_threads')).toBe('legacy');
      expect(stateOf('public.messages')).toBe('canonical only');
      expect(stateOf('public.customer_reviews')).toBe('unclear');
      expect(stateOf('identity.social_accounts')).toBe('both names');
    }));

  test('every old path is there, with the version in which it goes', () =>
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
    const result = await canonicalModels(['status', '--url', url]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(
      new RegExp(`${names.at(-1)} +applied +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC +drizzle-kit`),
    );
    expect(result.stdout).toMatch(/public\.messages +public\.customer_messages +both names +goes in 2\.0\.0/);
    expect(result.stdout).toContain('up to date.');
    const json = await canonicalModels(['status', '--url', url, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, migrations: { length: names.length } });
    const { rows } = await query(`SELECT to_regclass('drizzle.canonical_models_runs') AS runs`);
    expect(rows).toEqual([{ runs: null }]);
  }));
