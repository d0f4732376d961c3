import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { packageMigrationsFolder, readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { type Content, majors, serverOf, withConnection } from '../../support/databases.ts';
import { drizzleKit, writeMigrateConfig } from '../../support/kit.ts';
import { createDatabase, type Major } from '../../support/servers.ts';
import { databaseState, databaseStateAt, withSession } from './database-state.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';

const migrations = readMigrations();
/** As many migrations as a release before this one has. */
const earlier = 4;
const folder = mkdtempSync(join(tmpdir(), 'canonical-models-mixed-'));
const earlierFolder = join(folder, 'drizzle');

const earlierConfig = writeMigrateConfig(join(folder, 'drizzle.config.mjs'), earlierFolder);
for (const { name } of migrations.slice(0, earlier)) {
  cpSync(join(packageMigrationsFolder(), name), join(earlierFolder, name), { recursive: true });
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What can be done to a database, by the words in which the orders below name it. */
const actions: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  baseline: (url) => withSession(url, ({ query }) => baseline(query)),
  migrate: (url) => withConnection(url, (connection) => migrate(connection)),
  // An interrupted run: it stops before the migration that would be the fifth.
  'migrate half-way': (url) =>
    withConnection(url, async (connection) => {
      const stop = new AbortController();
      const report = await migrate(connection, {
        signal: stop.signal,
        onStep: ({ number }) => number > earlier && stop.abort(),
      });
      expect(report).toMatchObject({ interrupted: true, last: migrations[earlier - 1]?.name });
    }),
  'migrate of an earlier release': (url) =>
    withConnection(url, (connection) => migrate(connection, { folder: earlierFolder })),
  revert: (url) => withConnection(url, (connection) => revert(connection, { to: 'baseline' })),
  'drizzle-kit migrate': async (url) => expect(await drizzleKit(url, ['migrate'])).toMatchObject({ exitCode: 0 }),
  'drizzle-kit migrate of an earlier release': async (url) => {
    expect(await drizzleKit(url, ['migrate'], earlierConfig)).toMatchObject({ exitCode: 0 });
    const { record } = await databaseStateAt(url);
    expect(record).toHaveLength(earlier);
  },
};

const orders: readonly { readonly content: Content; readonly order: readonly string[] }[] = [
  { content: 'empty', order: ['drizzle-kit migrate', 'migrate'] },
  { content: 'empty', order: ['migrate', 'drizzle-kit migrate'] },
  { content: 'empty', order: ['migrate half-way', 'drizzle-kit migrate', 'migrate'] },
  { content: 'empty', order: ['drizzle-kit migrate of an earlier release', 'migrate', 'drizzle-kit migrate'] },
  { content: 'legacy', order: ['migrate', 'drizzle-kit migrate'] },
  { content: 'legacy', order: ['migrate of an earlier release', 'drizzle-kit migrate', 'migrate'] },
  {
    content: 'legacy',
    order: ['baseline', 'drizzle-kit migrate of an earlier release', 'migrate', 'drizzle-kit migrate'],
  },
  { content: 'legacy', order: ['baseline', 'drizzle-kit migrate', 'revert', 'drizzle-kit migrate', 'migrate'] },
];

/** What `migrate` alone makes of a database: the same on every server, but for the names of roles. */
async function alone(major: Major, content: Content) {
  const { url, drop } = await createDatabase(serverOf(major), content === 'legacy' ? { template: 'legacy' } : {});
  try {
    await withConnection(url, (connection) => migrate(connection));
    return await outcome(url);
  } finally {
    await drop();
  }
}

/** What both have to agree on: catalogs with privileges, rows, and one row of the record a migration, whatever was applied first. */
async function outcome(url: string) {
  return withSession(url, async ({ query }) => {
    const { rows, record } = await databaseState(query);
    const catalogs = await describeDatabase(query, { owners: true, grants: true, comments: true });
    return { catalogs, rows, record: record.toSorted((a, b) => String(a['name']).localeCompare(String(b['name']))) };
  });
}

/** Both ways on either database, and either one going on where the other stopped; the rest in the long form. */
const short = [0, 2, 4, 7];

const turns = (deep ? orders : short.flatMap((index) => orders[index] ?? [])).flatMap((order, index) =>
  (deep ? majors : [majors[index % majors.length] as Major]).map((major) => ({
    ...order,
    major,
    shown: order.order.join(', '),
  })),
);

describe('migrate and drizzle-kit migrate on one database', () => {
  test.concurrent.for(turns)('$content: $shown (PostgreSQL $major)', async ({ content, order, major }) => {
    const { url, drop } = await createDatabase(serverOf(major), content === 'legacy' ? { template: 'legacy' } : {});
    try {
      for (const [index, action] of order.entries()) {
        const complete = index > 0 && ['migrate', 'drizzle-kit migrate'].includes(order[index - 1] ?? '');
        const before = complete && action !== 'revert' ? await databaseStateAt(url) : undefined;
        await actions[action]?.(url);
        // Whoever comes second finds nothing to do.
        if (before) expect(await databaseStateAt(url)).toEqual(before);
      }
      expect(await outcome(url)).toEqual(await alone(major, content));
    } finally {
      await drop();
    }
  });
});
