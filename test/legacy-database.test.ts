import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { models } from '../src/registry/models.ts';
import { renames } from '../src/registry/renames.ts';
import { baseline } from '../src/tools/baseline/baseline.ts';
import type { TableChecksum } from '../src/tools/database/checksum.ts';
import { connect } from '../src/tools/database/connect.ts';
import { type DatabaseDescription, describeDatabase, differences } from '../src/tools/database/describe.ts';
import type { Query } from '../src/tools/database/query.ts';
import { checksumsOfData } from './support/data.ts';
import {
  type Engine,
  eachEngineOfLongRuns,
  majors,
  openDatabase,
  thorough,
  withDatabase,
} from './support/databases.ts';
import { drizzleKit, kitAnswer } from './support/kit.ts';
import { migrationsAfterBaseline, renameMigrations } from './support/migrate.ts';

const canonicalName = (table: string) => {
  const entry = renames.find(({ kind, from }) => kind === 'table' && from === table);
  return entry && 'to' in entry ? entry.to : table;
};

/** A database that drizzle-kit opens by its URL, while no connection of the test holds it. */
async function withUrl(
  engine: Engine,
  content: 'empty' | 'legacy' | 'canonical',
  run: (url: string, connected: <T>(work: (query: Query) => Promise<T>) => Promise<T>) => Promise<void>,
): Promise<void> {
  const database = await openDatabase(engine, content);
  const url = database.engine === 'pglite' ? `pglite:${database.folder}` : database.url;
  // One process at a time opens a PGlite folder.
  if (database.engine === 'pglite') await database.pglite.close();
  try {
    await run(url, async (work) => {
      const connection = await connect(url);
      return work(connection.query).finally(() => connection.close());
    });
  } finally {
    if (database.engine !== 'pglite') await database.close();
  }
}

eachEngineOfLongRuns((engine) => {
  describe('a legacy database, after baseline and drizzle-kit migrate', () => {
    let before: TableChecksum[];
    let after: TableChecksum[];
    let legacy: DatabaseDescription;
    let fresh: DatabaseDescription;
    let drift: unknown;
    let recorded: unknown[];
    beforeAll(async () => {
      await withUrl(engine, 'legacy', async (url, connected) => {
        before = await connected(async (query) => {
          const sums = await checksumsOfData(query);
          expect(await baseline(query)).toMatchObject({ status: 'recorded', tables: 43 });
          return sums;
        });
        expect(await drizzleKit(url, ['migrate'])).toMatchObject({ exitCode: 0 });
        drift = kitAnswer(await drizzleKit(url, ['push', '--explain', '--output', 'json']));
        await connected(async (query) => {
          after = await checksumsOfData(
            query,
            before.map(({ table }) => canonicalName(table)),
          );
          legacy = await describeDatabase(query, { withoutTables: ['public.reviews'] });
          ({ rows: recorded } = (await query('SELECT * FROM drizzle.canonical_models_migrations ORDER BY id')) as {
            rows: unknown[];
          });
        });
      });
      // That drizzle-kit migrates from nothing, package.test.ts shows as well.
      await withUrl(engine, thorough ? 'empty' : 'canonical', async (url, connected) => {
        if (thorough) expect(await drizzleKit(url, ['migrate'])).toMatchObject({ exitCode: 0 });
        fresh = await connected((query) => describeDatabase(query));
      });
    }, 120_000);

    test('has every row of the 44 tables with equal content', () => {
      expect(before).toHaveLength(44);
      expect(after).toEqual(before.map((table) => ({ ...table, table: canonicalName(table.table) })));
      expect(before.reduce((sum, { rows }) => sum + rows, 0)).toBe(3777);
    });

    test('has no drift from the models', () => {
      expect(drift).toEqual({ status: 'no_changes', dialect: 'postgresql' });
    });

    test('has the description of a database that was migrated from nothing, except for the retired table', () => {
      expect(differences(fresh, legacy)).toEqual([]);
      expect(legacy).toEqual(fresh);
      expect(legacy.filter(({ kind }) => kind === 'table')).toHaveLength(models().length);
      expect(legacy.filter(({ kind }) => kind === 'view')).toHaveLength(renameMigrations.length);
    });

    test('has nothing left that is named after an old table', () => {
      for (const { name, table, kind } of legacy) {
        const entry = renames.find((one) => one.kind === 'table' && one.to === table);
        if (entry?.kind !== 'table' || kind === 'column') continue;
        const [, oldName = ''] = entry.from.split('.');
        const [, newName = ''] = entry.to.split('.');
        expect(name.replaceAll(newName, '')).not.toContain(oldName);
      }
    });

    test('has recorded every migration, including one per renamed table', () => {
      expect(renameMigrations).toHaveLength(renames.filter(({ kind }) => kind === 'table').length);
      expect(recorded).toMatchObject([
        { name: expect.stringMatching(/_baseline$/) },
        ...migrationsAfterBaseline.map(({ name, hash }) => ({ name, hash })),
      ]);
    });
  });
});

test('the retired table is the only object without a model', async () => {
  const [major = 15] = majors;
  await withDatabase(major, 'migrated', async ({ url }) => {
    const folder = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
    // The configuration of people who work on this package: the sources, not bundled.
    const config = join(folder, `unfiltered-${process.pid}.config.ts`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      config,
      `import config from '../../drizzle.config.ts';\nexport default { ...config, tablesFilter: undefined };\n`,
    );
    try {
      const answer = kitAnswer(await drizzleKit(url, ['push', '--explain', '--output', 'json'], config));
      expect(answer).toEqual({
        status: 'missing_hints',
        unresolved: [{ type: 'confirm_data_loss', kind: 'table', entity: ['public', 'reviews'], reason: 'non_empty' }],
      });
    } finally {
      rmSync(config, { force: true });
    }
  });
});
