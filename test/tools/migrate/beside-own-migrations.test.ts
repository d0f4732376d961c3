import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { check } from '../../../src/tools/check/check.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import { type Content, majors, serverOf, withConnection } from '../../support/databases.ts';
import { drizzleKit, writeMigrateConfig } from '../../support/kit.ts';
import { migrationsFolderOf } from '../../support/migrate.ts';
import { createDatabase, type Major } from '../../support/servers.ts';
import { databaseState, withSession } from './database-state.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';

const migrations = readMigrations();
const earlierFolder = migrationsFolderOf(migrations.slice(0, 4).map(({ name }) => name));

/** A service's own migrations, one older and one newer than ours. The second one refers to a table of ours. */
const firstOwn = {
  name: '20200101000000_notes',
  sql: 'CREATE TABLE booking_notes (id serial PRIMARY KEY, booking_id uuid NOT NULL, note text)',
};
const secondOwn = {
  name: '20990101000000_of_bookings',
  sql: 'ALTER TABLE booking_notes ADD CONSTRAINT notes_of_bookings FOREIGN KEY (booking_id) REFERENCES bookings (id)',
};

const onlyFirst = migrationsFolderOf([], { [firstOwn.name]: [firstOwn.sql] });
const both = migrationsFolderOf([], { [firstOwn.name]: [firstOwn.sql], [secondOwn.name]: [secondOwn.sql] });

const home = mkdtempSync(join(tmpdir(), 'canonical-models-service-'));
afterAll(() => {
  for (const folder of [home, earlierFolder, onlyFirst, both]) rmSync(folder, { recursive: true, force: true });
});

/** Where a service has drizzle-kit record its migrations: where it does by default, or in `public`. */
const ownRecords = { default: 'drizzle.__drizzle_migrations', public: 'public.__drizzle_migrations' };
type OwnRecord = keyof typeof ownRecords;

function ownConfig(record: OwnRecord, folder: string): string {
  return writeMigrateConfig(join(home, `${randomUUID()}.mjs`), folder, record === 'public' ? { schema: 'public' } : {});
}
const earlierConfig = writeMigrateConfig(join(home, 'earlier.mjs'), earlierFolder);

async function kitMigrate(url: string, config?: string): Promise<void> {
  expect(await drizzleKit(url, ['migrate'], config)).toMatchObject({ exitCode: 0 });
}

/** What can be done to a database, by the words in which the orders below name it. */
const actions: Readonly<Record<string, (url: string, record: OwnRecord) => Promise<unknown>>> = {
  // As drizzle-kit before 1.0 left it: its record has neither names nor times.
  'own first of long ago': (url) =>
    withSession(url, async ({ client }) => {
      const [migration] = readMigrations(onlyFirst);
      await client.query(`${firstOwn.sql}; CREATE SCHEMA drizzle;
        CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
        INSERT INTO drizzle.__drizzle_migrations (hash, created_at)
        VALUES ('${migration?.hash}', ${migration?.folderMillis})`);
    }),
  'own first': (url, record) => kitMigrate(url, ownConfig(record, onlyFirst)),
  own: (url, record) => kitMigrate(url, ownConfig(record, both)),
  baseline: (url) => withSession(url, ({ query }) => baseline(query)),
  migrate: (url) => withConnection(url, (connection) => migrate(connection)),
  'migrate of an earlier release': (url) =>
    withConnection(url, (connection) => migrate(connection, { folder: earlierFolder })),
  revert: (url) => withConnection(url, (connection) => revert(connection, { to: 'baseline' })),
  'drizzle-kit migrate': (url) => kitMigrate(url),
  'drizzle-kit migrate of an earlier release': (url) => kitMigrate(url, earlierConfig),
};

interface Order {
  readonly content: Content;
  readonly record?: OwnRecord;
  readonly order: readonly string[];
}

/** Every order, but for the second migration of the service, which needs a table of ours. */
const everyOrder: readonly Order[] = (['empty', 'legacy'] as const).flatMap((content) =>
  (['default', 'public'] as const).flatMap((record) =>
    ['migrate', 'drizzle-kit migrate'].flatMap((earlier) =>
      ['migrate', 'drizzle-kit migrate'].flatMap((later) => {
        const start = content === 'legacy' && earlier !== 'migrate' ? ['baseline'] : [];
        const [half, rest] = [[...start, `${earlier} of an earlier release`], [later]];
        const firsts = record === 'default' ? ['own first', 'own first of long ago'] : ['own first'];
        return [
          ...firsts.flatMap((first) => [
            [first, ...half, 'own', ...rest],
            [first, ...half, ...rest, 'own'],
          ]),
          [...half, 'own first', 'own', ...rest],
          [...half, 'own first', ...rest, 'own'],
          [...half, ...rest, 'own first', 'own'],
        ].map((order) => ({ content, record, order }));
      }),
    ),
  ),
);

/** Each tool of ours before, after and between, each form of a service's record. */
const few: readonly Order[] = [
  { content: 'empty', order: ['drizzle-kit migrate', 'own', 'migrate'] },
  { content: 'empty', order: ['own first of long ago', 'migrate of an earlier release', 'own', 'drizzle-kit migrate'] },
  { content: 'legacy', order: ['own first of long ago', 'migrate', 'revert', 'own', 'migrate'] },
  {
    content: 'legacy',
    record: 'public',
    order: ['own first', 'baseline', 'drizzle-kit migrate', 'own', 'drizzle-kit migrate'],
  },
];

const isOurs = ({ name, table = name }: { readonly name: string; readonly table?: string }) =>
  !/^public\.(?:booking_notes|__drizzle_migrations)/.test(table);

/** What is ours in a database: catalogs with privileges, rows, and one row of the record a migration, whatever was applied first. */
async function ours(url: string) {
  return withSession(url, async ({ query }) => {
    const { rows, record } = await databaseState(query);
    const catalogs = await describeDatabase(query, { owners: true, grants: true, comments: true });
    return {
      catalogs: catalogs.filter(isOurs),
      rows: rows.filter(({ table }) => isOurs({ name: table }) && !table.startsWith('drizzle.')),
      record: record.toSorted((a, b) => String(a['name']).localeCompare(String(b['name']))),
    };
  });
}

/** What `migrate` makes of a database that nobody else migrates. */
async function alone(major: Major, content: Content) {
  const { url, drop } = await createDatabase(serverOf(major), content === 'legacy' ? { template: 'legacy' } : {});
  try {
    await withConnection(url, (connection) => migrate(connection));
    return await ours(url);
  } finally {
    await drop();
  }
}

const turns = (deep ? everyOrder : few).map((order, index) => ({
  record: 'default' as const,
  ...order,
  major: majors[index % majors.length] as Major,
  shown: order.order.join(', '),
}));

describe('a service that migrates tables of its own on the same database', () => {
  test.concurrent.for(turns)('$content, record in $record: $shown (PostgreSQL $major)', async (turn) => {
    const { content, record, order, major } = turn;
    const { url, drop } = await createDatabase(serverOf(major), content === 'legacy' ? { template: 'legacy' } : {});
    try {
      for (const action of order) await actions[action]?.(url, record);
      expect(await ours(url)).toEqual(await alone(major, content));
      await withSession(url, async ({ query }) => {
        const { rows } = await query(`SELECT name FROM ${ownRecords[record]} ORDER BY id`);
        expect(rows).toEqual([{ name: firstOwn.name }, { name: secondOwn.name }]);
        const { rows: keys } = await query(`SELECT confrelid::regclass::text AS table FROM pg_constraint
          WHERE conrelid = 'booking_notes'::regclass AND conname = 'notes_of_bookings'`);
        expect(keys).toEqual([{ table: 'bookings' }]);
      });
      await withConnection(url, async (connection) => {
        const { migrations: steps } = await status(connection);
        expect(steps.filter(({ state }) => state === 'pending')).toEqual([]);
        expect(await check(connection)).toMatchObject({ status: 'agrees', differs: [] });
      });
    } finally {
      await drop();
    }
  });
});
