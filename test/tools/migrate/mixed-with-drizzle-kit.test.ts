import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as migrateFolder } from 'drizzle-orm/node-postgres/migrator';
import { afterAll, describe, expect, test } from 'vitest';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { check } from '../../../src/tools/check/check.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import { type Content, majors, serverOf, withConnection } from '../../support/databases.ts';
import { drizzleKit, migrateByDrizzle, writeMigrateConfig } from '../../support/kit.ts';
import { migrationsFolderOf } from '../../support/migrate.ts';
import { createDatabase, type Major } from '../../support/servers.ts';
import { type DatabaseState, databaseState, databaseStateAt, rowVersionsAt, withSession } from './database-state.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';

const migrations = readMigrations();
/** As many migrations as a release before this one has. */
const earlier = 4;
const earlierFolder = migrationsFolderOf(migrations.slice(0, earlier).map(({ name }) => name));

/** A service's own migrations, one older and one newer than ours. The second one refers to a table of ours. */
const firstOwn = {
  name: '20200101000000_notes',
  sql: 'CREATE TABLE booking_notes (id serial PRIMARY KEY, booking_id uuid NOT NULL, note text)',
};
const secondOwn = {
  name: '20990101000000_of_bookings',
  sql: 'ALTER TABLE booking_notes ADD CONSTRAINT notes_of_bookings FOREIGN KEY (booking_id) REFERENCES bookings (id)',
};
const firstOnly = migrationsFolderOf([], { [firstOwn.name]: [firstOwn.sql] });
const both = migrationsFolderOf([], { [firstOwn.name]: [firstOwn.sql], [secondOwn.name]: [secondOwn.sql] });

const configs = mkdtempSync(join(tmpdir(), 'canonical-models-mixed-'));
afterAll(() => {
  for (const folder of [earlierFolder, firstOnly, both, configs]) rmSync(folder, { recursive: true, force: true });
});
const earlierConfig = writeMigrateConfig(join(configs, 'earlier.mjs'), earlierFolder);

/** Where a service has drizzle-kit record its migrations: where it does by default, or in `public`. */
const ownRecords = { default: 'drizzle.__drizzle_migrations', public: 'public.__drizzle_migrations' };
type OwnRecord = keyof typeof ownRecords;

/** drizzle-kit itself, or the migrator that it calls: in the short form the command has one order, which uses it twice. */
type Kit = 'command' | 'migrator';

async function kitMigrate(url: string, config?: string): Promise<void> {
  expect(await drizzleKit(url, ['migrate'], config)).toMatchObject({ exitCode: 0 });
}

/** A service's own migrations: by drizzle-kit, or, but for the long form, by the migrator that drizzle-kit calls, as services do at their start. */
async function migrateOwn(url: string, record: OwnRecord, folder: string): Promise<void> {
  if (deep) {
    const migrations = record === 'public' ? { schema: 'public' } : {};
    await kitMigrate(url, writeMigrateConfig(join(configs, `${randomUUID()}.mjs`), folder, migrations));
  } else {
    const migrationsSchema = record === 'public' ? { migrationsSchema: 'public' } : {};
    await withSession(url, ({ client }) =>
      migrateFolder(drizzle({ client }), { migrationsFolder: folder, ...migrationsSchema }),
    );
  }
}

/** What can be done to a database, by the words in which the orders below name it. */
const actions: Readonly<Record<string, (url: string, record: OwnRecord, kit: Kit) => Promise<unknown>>> = {
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
  'drizzle-kit migrate': (url, _, kit) =>
    kit === 'command' ? kitMigrate(url) : withSession(url, ({ client }) => migrateByDrizzle(client)),
  'drizzle-kit migrate of an earlier release': async (url) => {
    await kitMigrate(url, earlierConfig);
    const { record } = await databaseStateAt(url);
    expect(record).toHaveLength(earlier);
  },
  'own first': (url, record) => migrateOwn(url, record, firstOnly),
  // As drizzle-kit before 1.0 left it: its record has neither names nor times.
  'own first of long ago': (url) =>
    withSession(url, async ({ client }) => {
      const [migration] = readMigrations(firstOnly);
      await client.query(`${firstOwn.sql}; CREATE SCHEMA drizzle;
        CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
        INSERT INTO drizzle.__drizzle_migrations (hash, created_at)
        VALUES ('${migration?.hash}', ${migration?.folderMillis})`);
    }),
  own: (url, record) => migrateOwn(url, record, both),
};

interface Order {
  readonly content: Content;
  readonly order: readonly string[];
  /** Where the service records its own migrations. @default 'default' */
  readonly record?: OwnRecord;
  /** Who `drizzle-kit migrate` is in the short form. @default 'migrator' */
  readonly kit?: Kit;
}

/** Both ways on either database, either one going on where the other stopped, and a service's own before, between and after. */
const few: readonly Order[] = [
  { content: 'empty', order: ['drizzle-kit migrate', 'own', 'migrate'] },
  { content: 'empty', order: ['own first of long ago', 'migrate half-way', 'own', 'drizzle-kit migrate', 'migrate'] },
  { content: 'legacy', order: ['own first of long ago', 'migrate', 'drizzle-kit migrate', 'own'] },
  {
    content: 'legacy',
    record: 'public',
    kit: 'command',
    order: ['own first', 'baseline', 'drizzle-kit migrate', 'revert', 'own', 'drizzle-kit migrate', 'migrate'],
  },
];

const oursAlone: readonly Order[] = [
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

/** Ours in two parts, by either tool, with a service's own two migrations at every place; the second needs our bookings. */
const withOwn: readonly Order[] = (['empty', 'legacy'] as const).flatMap((content) =>
  (['default', 'public'] as const).flatMap((record) =>
    ['migrate', 'drizzle-kit migrate'].flatMap((first) =>
      ['migrate', 'drizzle-kit migrate'].flatMap((rest) => {
        const start = content === 'legacy' && first !== 'migrate' ? ['baseline'] : [];
        const part = [...start, `${first} of an earlier release`];
        const ownFirsts = ['own first', ...(record === 'default' ? ['own first of long ago'] : [])];
        return [
          ...ownFirsts.flatMap((own) => [
            [own, ...part, 'own', rest],
            [own, ...part, rest, 'own'],
          ]),
          [...part, 'own first', 'own', rest],
          [...part, 'own first', rest, 'own'],
          [...part, rest, 'own first', 'own'],
        ].map((order) => ({ content, record, order }));
      }),
    ),
  ),
);

/** What is not of the package: the service's table and its record. */
const isOurs = ({ name, table = name }: { readonly name: string; readonly table?: string }) =>
  !/^(?:public\.booking_notes|(?:public|drizzle)\.__drizzle_migrations)/.test(table);

/** What `migrate` alone makes of a database, once for each content: the same on every server. */
const alones = new Map<Content, ReturnType<typeof migrateAlone>>();
function alone(major: Major, content: Content): ReturnType<typeof migrateAlone> {
  const known = alones.get(content) ?? migrateAlone(major, content);
  alones.set(content, known);
  return known;
}

async function migrateAlone(major: Major, content: Content) {
  const { url, drop } = await createDatabase(serverOf(major), content === 'legacy' ? { template: 'legacy' } : {});
  try {
    await withConnection(url, (connection) => migrate(connection));
    return await outcome(url);
  } finally {
    await drop();
  }
}

/**
 * What everybody has to agree on: catalogs with privileges, rows, and one row of the record a migration, whatever was applied first.
 */
async function outcome(url: string) {
  return withSession(url, async ({ query }) => {
    const { rows, record } = ours(await databaseState(query));
    const catalogs = await describeDatabase(query, { owners: true, grants: true, comments: true });
    return {
      catalogs: catalogs.filter(isOurs),
      rows,
      record: record.toSorted((a, b) => String(a['name']).localeCompare(String(b['name']))),
    };
  });
}

function ours({ catalogs, rows, ...state }: DatabaseState): DatabaseState {
  return { ...state, catalogs: catalogs.filter(isOurs), rows: rows.filter(({ table }) => isOurs({ name: table })) };
}

/** The service has what its two migrations leave, and a record of them. */
async function expectOwn(url: string, record: OwnRecord): Promise<void> {
  await withSession(url, async ({ query }) => {
    const { rows } = await query(`SELECT name FROM ${ownRecords[record]} ORDER BY id`);
    expect(rows).toEqual([{ name: firstOwn.name }, { name: secondOwn.name }]);
    const { rows: keys } = await query(`SELECT confrelid::regclass::text AS table FROM pg_constraint
      WHERE conrelid = 'booking_notes'::regclass AND conname = 'notes_of_bookings'`);
    expect(keys).toEqual([{ table: 'bookings' }]);
  });
}

/** In the short form those in which most tools take part. */
const turns = (deep ? [...oursAlone, ...few, ...withOwn] : few.filter((_, index) => index % 2 === 1)).flatMap(
  (order, index) =>
    (deep && oursAlone.includes(order) ? majors : [majors[index % majors.length] as Major]).map((major) => ({
      record: 'default' as const,
      ...order,
      kit: deep ? ('command' as const) : (order.kit ?? 'migrator'),
      major,
      shown: order.order.join(', '),
    })),
);

describe('migrate, drizzle-kit migrate, and drizzle-kit migrate of a service with tables of its own, on one database', () => {
  test.concurrent.for(turns)('$content: $shown (PostgreSQL $major)', async ({ content, order, record, kit, major }) => {
    const { url, drop } = await createDatabase(serverOf(major), content === 'legacy' ? { template: 'legacy' } : {});
    const isOwn = (action: string) => action.startsWith('own');
    try {
      let complete = false;
      for (const action of order) {
        // The second tool finds nothing to do, and a service's own migrations change nothing of ours.
        const kept = async () => (isOwn(action) ? ours(await databaseStateAt(url)) : rowVersionsAt(url));
        const before = complete && action !== 'revert' ? await kept() : undefined;
        await actions[action]?.(url, record, kit);
        if (before) expect(await kept()).toEqual(before);
        if (!isOwn(action)) complete = ['migrate', 'drizzle-kit migrate'].includes(action);
      }
      expect(await outcome(url)).toEqual(await alone(major, content));
      if (order.some(isOwn)) await expectOwn(url, record);
      await withConnection(url, async (connection) => {
        const { migrations: steps } = await status(connection);
        expect(steps.filter(({ state }) => state === 'pending')).toEqual([]);
        if (!deep && content !== 'legacy') return;
        expect(await check(connection, { drizzleKit: deep })).toMatchObject({ status: 'agrees', differs: [] });
      });
    } finally {
      await drop();
    }
  });
});
