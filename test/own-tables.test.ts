import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../src/tools/check/check.ts';
import { describeDatabase } from '../src/tools/database/describe.ts';
import type { Query } from '../src/tools/database/query.ts';
import { majors, serverOf, withConnection } from './support/databases.ts';
import { type CommandResult, kitAnswer, runNode } from './support/kit.ts';
import { recordMigrations } from './support/migrate.ts';
import { type PackedPackage, packedPackage } from './support/package.ts';
import { type CreatedDatabase, createDatabase, type Major } from './support/servers.ts';

let packed: PackedPackage;
const folders: string[] = [];
beforeAll(async () => {
  packed = await packedPackage();
}, 300_000);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A service's folder, with the package installed above it. */
function serviceWith(files: Readonly<Record<string, string>>) {
  const folder = join(packed.service, `own-${randomUUID()}`);
  folders.push(folder);
  mkdirSync(folder);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    write,
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    /** The statements of its newest migration, each on one line. */
    statements() {
      const newest = readdirSync(join(folder, 'drizzle')).sort().at(-1) ?? '';
      const sql = readFileSync(join(folder, 'drizzle', newest, 'migration.sql'), 'utf8');
      return sql.split('--> statement-breakpoint').map((statement) => statement.replace(/\s+/g, ' ').trim());
    },
    kit: (url: string, ...parameters: readonly string[]): Promise<CommandResult> =>
      runNode([join(packed.service, 'node_modules/drizzle-kit/bin.cjs'), ...parameters], {
        cwd: folder,
        env: { DATABASE_URL: url },
      }),
  };
}

const succeeded = { exitCode: 0 };
const noChanges = { status: 'no_changes' };

/** What `push` of a service, or of the shipped configuration, would do. Nothing runs. */
const explain = ['push', '--explain', '--output', 'json'] as const;
const shippedConfig = '../node_modules/canonical-models/dist/drizzle.config.js';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';

const server = serverOf(majors.at(-1) as Major);

/** A migrated database with the legacy rows, which each test has a copy of. */
let migrated: CreatedDatabase;
beforeAll(async () => {
  migrated = await createDatabase(server, { template: 'migrated' });
  await withConnection(migrated.url, ({ query }) => recordMigrations(query));
});
afterAll(() => migrated.drop());

/** A copy of the migrated database. */
async function withMigrated(run: (database: { url: string; query: Query }) => Promise<void>): Promise<void> {
  const { url, drop } = await createDatabase(server, { template: migrated.name });
  await withConnection(url, ({ query }) => run({ url, query })).finally(drop);
}

/** All that is the package's, with privileges. */
async function canonicalObjects(query: Query) {
  const objects = await describeDatabase(query, { owners: true, grants: true, comments: true });
  return objects.filter(
    ({ name, table = name }) => !/^(?:schema )?(?:notes|public\.(?:booking_|mood|ticket_))/.test(table),
  );
}

describe('tables of a service in a PostgreSQL schema of their own', () => {
  const files = {
    'drizzle.config.ts': `import { defineConfig } from 'drizzle-kit';
      export default defineConfig({
        dialect: 'postgresql',
        schema: './schema.ts',
        out: './drizzle',
        dbCredentials: { url: process.env.DATABASE_URL! },
        schemaFilter: ['notes'],
      });`,
    'schema.ts': `import { Booking } from 'canonical-models/core';
      import { User } from 'canonical-models/identity';
      import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';
      export const notes = pgSchema('notes');
      export const Mood = notes.enum('mood', ['good', 'bad']);
      export const BookingNote = notes.table('booking_notes', {
        id: uuid().primaryKey().defaultRandom(),
        bookingId: uuid('booking_id').notNull().references(() => Booking.id),
        authorId: uuid('author_id').references(() => User.id),
        mood: Mood().notNull(),
        body: text().notNull(),
      });`,
  };

  test('generate, migrate, push and pull of its drizzle-kit neither touch nor list canonical objects', () =>
    withMigrated(async ({ url, query }) => {
      const service = serviceWith(files);
      expect(await service.kit(url, 'generate', '--name', 'notes')).toMatchObject(succeeded);
      expect(service.statements()).toEqual([
        'CREATE SCHEMA "notes";',
        expect.stringMatching(/^CREATE TYPE "notes"\."mood" AS ENUM/),
        expect.stringMatching(/^CREATE TABLE "notes"\."booking_notes"/),
        expect.stringMatching(
          /^ALTER TABLE "notes"\."booking_notes" .* FOREIGN KEY .* REFERENCES "bookings"\("id"\);$/,
        ),
        expect.stringMatching(
          /^ALTER TABLE "notes"\."booking_notes" .* FOREIGN KEY .* REFERENCES "identity"\."users"\("id"\);$/,
        ),
      ]);

      const before = await canonicalObjects(query);
      expect(await service.kit(url, 'migrate')).toMatchObject(succeeded);
      expect(await canonicalObjects(query)).toEqual(before);
      expect(kitAnswer(await service.kit(url, ...explain))).toMatchObject(noChanges);
      // Its own filter keeps `pull` to the schema, as it does `push`.
      if (deep) {
        expect(await service.kit(url, 'pull')).toMatchObject(succeeded);
        const pulled = service.read('drizzle/schema.ts');
        expect(
          [...pulled.matchAll(/^export const (\w+) = (.*?)\(/gm)].map(([, name, what]) => `${name} ${what}`),
        ).toEqual(['notes pgSchema', 'moodInNotes notes.enum', 'bookingNotesInNotes notes.table']);
      }
      await withConnection(url, async (connection) => {
        // What drizzle-kit says of tables that are not the package's, the tables in public show.
        expect(await check(connection, { drizzleKit: deep })).toMatchObject({ status: 'agrees', differs: [] });
      });
    }));
});

describe('tables of a service in public', () => {
  const files = {
    'drizzle.config.ts': `import { excludeCanonicalTables } from 'canonical-models/drizzle-kit';
      import { defineConfig } from 'drizzle-kit';
      export default defineConfig({
        dialect: 'postgresql',
        out: './drizzle',
        dbCredentials: { url: process.env.DATABASE_URL! },
        ...excludeCanonicalTables('./schema.ts'),
      });`,
    'schema.ts': `import { Booking } from 'canonical-models/core';
      import { CustomerReview } from 'canonical-models/feedback_marketing';
      import { pgEnum, pgMaterializedView, pgSequence, pgTable, pgView, serial, text, uuid } from 'drizzle-orm/pg-core';
      export const Mood = pgEnum('mood', ['good', 'bad']);
      export const numbers = pgSequence('ticket_numbers');
      export const BookingNote = pgTable('booking_notes', {
        id: serial().primaryKey(),
        bookingId: uuid('booking_id').notNull().references(() => Booking.id),
        reviewId: uuid('review_id').references(() => CustomerReview.id),
        mood: Mood(),
      });
      export const moods = pgView('booking_moods').as((qb) => qb.select().from(BookingNote));
      export const reviewed = pgMaterializedView('booking_reviewed').as((qb) => qb.select().from(BookingNote));`,
  };
  const ownStatements = [
    expect.stringMatching(/^CREATE TYPE "mood"/),
    expect.stringMatching(/^CREATE SEQUENCE "public"\."ticket_numbers"/),
    expect.stringMatching(/^CREATE TABLE "booking_notes"/),
    expect.stringMatching(/FOREIGN KEY .* REFERENCES "bookings"\("id"\);$/),
    expect.stringMatching(/FOREIGN KEY .* REFERENCES "event_customer_reviews"\("id"\);$/),
    expect.stringMatching(/^CREATE VIEW "booking_moods"/),
    expect.stringMatching(/^CREATE MATERIALIZED VIEW "booking_reviewed"/),
  ];

  test('generate, migrate and push of its drizzle-kit leave canonical objects alone, and our check and push leave its objects alone', () =>
    withMigrated(async ({ url, query }) => {
      const service = serviceWith(files);
      expect(await service.kit(url, 'generate', '--name', 'push')).toMatchObject(succeeded);
      expect(service.statements()).toEqual(ownStatements);

      const before = await canonicalObjects(query);
      expect(await service.kit(url, 'migrate')).toMatchObject(succeeded);
      expect(await canonicalObjects(query)).toEqual(before);
      const [own, ours] = await Promise.all([
        service.kit(url, ...explain),
        service.kit(url, ...explain, '--config', shippedConfig),
      ]);
      expect(kitAnswer(own)).toMatchObject(noChanges);
      // drizzle-kit filters neither enums nor sequences: these two are all that it would touch.
      expect(kitAnswer(ours)).toMatchObject({
        statements: [
          expect.objectContaining({ type: 'drop_enum' }),
          expect.objectContaining({ type: 'drop_sequence' }),
        ],
      });
      await withConnection(url, async (connection) => {
        expect(await check(connection)).toMatchObject({ status: 'agrees', differs: [] });
      });

      // A new enum beside 31 that are not the service's: drizzle-kit does not take it for one of those under a new name.
      service.write('schema.ts', `${files['schema.ts']} export const Tone = pgEnum('booking_tone', ['kind']);`);
      expect(kitAnswer(await service.kit(url, ...explain))).toMatchObject({
        statements: [expect.objectContaining({ type: 'create_enum' })],
      });
    }));
});

describe('the configuration of the installed package', () => {
  const migrationsOf = () => readdirSync(join(packed.folder, 'drizzle'), { recursive: true }).sort();

  test.each(deep ? ['generate', 'pull', 'up'] : ['generate'])(
    'drizzle-kit %s ends with a sentence and writes nothing',
    async (command) => {
      const before = migrationsOf();
      const service = serviceWith({});
      const result = await service.kit('postgres://nobody@127.0.0.1:1/none', command, '--config', shippedConfig);
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toContain(
        `drizzle-kit ${command}: found the configuration of the installed canonical-models`,
      );
      expect(migrationsOf()).toEqual(before);
    },
  );
});
