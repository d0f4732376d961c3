import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportText } from '../../../src/cli/check-text.ts';
import { coloursFor } from '../../../src/cli/terminal.ts';
import { models } from '../../../src/registry/models.ts';
import { check } from '../../../src/tools/check/check.ts';
import { kitDiff } from '../../../src/tools/check/drizzle-kit.ts';
import { duplicateModels } from '../../../src/tools/check/duplicates.ts';
import { kitDifferences } from '../../../src/tools/check/kit-differences.ts';
import type { CheckReport } from '../../../src/tools/check/report.ts';
import { softReferences } from '../../../src/tools/check/soft-references.ts';
import { connect } from '../../../src/tools/database/connect.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import type { Migration } from '../../../src/tools/migrations/migrations-folder.ts';
import { createRecordStatements, recordStatement } from '../../../src/tools/migrations/record.ts';
import { stateOf } from '../../support/data.ts';
import {
  eachEngine,
  eachOfFewMajors,
  majors,
  openDatabase,
  type ServerDatabase,
  type TestDatabase,
  withDatabase,
} from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';
import { applyMigrations, baselineMigration, migrationsAfterBaseline } from '../../support/migrate.ts';
import type { Major } from '../../support/servers.ts';
import { placedDrifts } from './drifts.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';

/** Says of migrations that they were applied. */
async function record(query: Query, migrations: readonly Migration[]): Promise<void> {
  for (const statement of [...createRecordStatements, ...migrations.map(recordStatement)]) await query(statement);
}

/** Says of a legacy database that every migration has run on that it did. */
const recordAll = ({ query }: Pick<TestDatabase, 'query'>) =>
  record(query, [baselineMigration, ...migrationsAfterBaseline]);

const shown = ({ differs }: CheckReport) =>
  differs.map(({ kind, object, property }) => [kind, object, property].filter((part) => part !== undefined).join(' '));

const shownNotes = ({ notes }: CheckReport) =>
  notes
    .map(({ kind, object }) => `${kind} ${object}`)
    .filter((line) => !isOrder(line))
    .sort();

/** A column that a drift drops comes back at the end of its table. */
const isOrder = (line: string) => line.startsWith('column-order ');

/** Runs the SQL of the report by hand, a statement at a time. A comment is read, and where it asks for values they are filled in. */
async function repair(query: Query, { differs }: CheckReport, fill?: string): Promise<void> {
  for (const statement of differs.flatMap(({ sql }) => sql)) {
    if (!statement.startsWith('--')) await query(statement);
    else if (fill && statement.includes('need a value')) await query(fill);
  }
}

eachOfFewMajors((major) => {
  const isNewest = major === majors.at(-1);
  /** The newest version of this run has every drift; the others have a third of each kind, unless there is time. */
  const chosen = placedDrifts.filter(({ place }) => deep || isNewest || place % 3 === 0);

  test('every kind of object that can drift is among the drifts', () => {
    expect([...new Set(chosen.map(({ kind }) => kind))].sort()).toEqual([
      'column',
      'constraint',
      'enum',
      'index',
      'note',
      'policy',
      'rule',
      'table',
      'trigger',
      'view',
    ]);
  });

  // One database, on which each drift follows the one before.
  describe('a schema that drifted is found, it alone, and its SQL repairs it', { shuffle: false }, () => {
    let database: ServerDatabase;
    /** The drift before, of whose repair the next check shows what it left. */
    let last = 'the migration';
    const open = async () => {
      database = await openDatabase(major, 'migrated');
      await recordAll(database);
    };
    beforeAll(open);
    afterAll(() => database.close());

    test('the migrated database agrees', async () => {
      expect(await check(database)).toMatchObject({ status: 'agrees', differs: [] });
    });

    test('what belongs to an extension is the extension', async () => {
      await database.exec('CREATE EXTENSION pg_stat_statements');
      const report = await check(database);
      await database.exec('DROP EXTENSION pg_stat_statements');
      expect(report).toMatchObject({
        status: 'agrees',
        differs: [],
        unknown: [{ kind: 'extension', object: 'pg_stat_statements' }],
        drizzleKit: { status: 'compared' },
      });
    });

    test.each(chosen.map((drift) => [drift.name, drift] as const))('%s', async (_, drift) => {
      const { place, sql, differences, notes = [], fill, undo } = drift;
      // drizzle-kit asks every version the same, and a kind of object the same way.
      const withKit = deep || (isNewest && place === 0);
      try {
        await database.exec(sql);
        const report = await check(database, { drizzleKit: withKit });
        expect(shown(report), `after the repair of ${last}`).toEqual(differences);
        expect(shownNotes(report), `after the repair of ${last}`).toEqual([...notes].sort());
        expect(report).toMatchObject({
          status: differences.length > 0 ? 'differs' : 'agrees',
          drizzleKit: { status: withKit ? 'compared' : 'not-asked' },
        });
        for (const difference of report.differs) {
          expect(difference.expected).not.toBe(difference.found);
          expect(difference.sql.some((statement) => !statement.startsWith('--'))).toBe(true);
        }
        await repair(database.query, report, fill);
        if (undo !== undefined) await database.exec(undo);
        last = drift.name;
        if (deep) {
          const repaired = await check(database);
          expect([...shown(repaired), ...shownNotes(repaired)].filter((line) => !isOrder(line))).toEqual([]);
        }
      } catch (error) {
        // The next drift starts from a database of its own.
        await database.close();
        await open();
        last = 'the migration';
        throw error;
      }
    });

    test('after all of them, drizzle-kit agrees too', async () => {
      await database.exec('DROP TABLE IF EXISTS parent, messages_table');
      const report = await check(database);
      expect(report, `after the repair of ${last}`).toMatchObject({ status: 'agrees', differs: [], unknown: [] });
      expect(shownNotes(report), `after the repair of ${last}`).toEqual([]);
      expect(report.drizzleKit).toEqual({ status: 'compared', statements: 0 });
    });
  });

  test('it reads only: nothing of the database changes, and drizzle-kit can not make it write', () =>
    withDatabase(major, 'migrated', async (database) => {
      await recordAll(database);
      await database.exec(
        'ALTER TABLE bookings ADD COLUMN tip integer; CREATE TABLE notes (id int); DROP VIEW messages',
      );
      const state = () => stateOf(database.query);
      const before = await state();
      const modes = new Set<unknown>();
      let statements = 0;
      const watched: Query = async (sql, parameters) => {
        const answer = await database.query(sql, parameters);
        if (!/^(BEGIN|ROLLBACK)/.test(sql)) {
          statements++;
          modes.add((await database.query('SHOW transaction_read_only')).rows[0]?.['transaction_read_only']);
        }
        return answer;
      };
      expect((await check(watched)).status).toBe('differs');
      expect(await state()).toEqual(before);
      expect(modes).toEqual(new Set(['on']));
      expect(statements).toBeLessThan(40);
    }));

  test('a role that may read our tables may check; one that may not is told so', () =>
    withDatabase(major, 'migrated', async (database) => {
      await recordAll(database);
      const role = `checker_${randomUUID().slice(0, 8)}`;
      await database.exec(`CREATE ROLE ${role} LOGIN PASSWORD 'check'`);
      const url = new URL(database.url);
      url.username = role;
      url.password = 'check';
      const connection = await connect(url.href);
      try {
        await database.exec(
          `GRANT USAGE ON SCHEMA drizzle, public, identity TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO ${role}`,
        );
        await expect(check(connection)).rejects.toMatchObject({
          name: 'NotSetUp',
          message: expect.stringContaining('permission denied'),
        });

        await database.exec(`GRANT pg_read_all_data TO ${role}`);
        expect(await check(connection)).toMatchObject({ status: 'agrees', drizzleKit: { status: 'compared' } });
      } finally {
        await connection.close();
        await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    }));

  test.runIf(deep || isNewest)('the command: a report for people and for programs, and the exit code', () =>
    withDatabase(major, 'migrated', async (database) => {
      await recordAll(database);
      const agrees = await hostedCommand(['check'], { DATABASE_URL: database.url });
      expect(agrees).toMatchObject({ exitCode: 0, stderr: '' });
      expect(agrees.stdout).toContain('the database agrees with the models. 2 references lead to rows that are gone.');
      expect(agrees.stdout).toContain('public.reviews  60 rows');
      expect(agrees.stdout).not.toContain('\u001B');

      await database.exec(`ALTER TABLE chefs ALTER COLUMN bio SET DEFAULT 'none'`);
      const [differs, json] = await Promise.all([
        hostedCommand(['check', '--no-drizzle-kit'], { DATABASE_URL: database.url }),
        hostedCommand(['check', '--json', '--no-drizzle-kit'], { DATABASE_URL: database.url }),
      ]);
      expect(differs).toMatchObject({ exitCode: 1, stderr: '' });
      expect(differs.stdout).toContain('column public.chefs.bio: default');
      expect(differs.stdout).toContain('ALTER TABLE public.chefs ALTER COLUMN bio DROP DEFAULT;');
      expect(json).toMatchObject({ exitCode: 1, stderr: '' });
      expect(JSON.parse(json.stdout)).toEqual(await check(database, { drizzleKit: false }));
    }),
  );
});

eachEngine((engine) => {
  // What follows from our own data is the same on every engine: one has it all, the others where there is time.
  const testOnce = test.runIf(deep || engine === majors.at(-1));
  const withLegacy = (run: (database: TestDatabase) => Promise<void>) => withDatabase(engine as 15, 'legacy', run);
  const withMigrated = (run: (database: TestDatabase) => Promise<void>) => withDatabase(engine as 15, 'migrated', run);

  test('views under old names are transitional, reviews are retired, and what is not ours is unknown', () =>
    withMigrated(async (database) => {
      await recordAll(database);
      await database.exec(`CREATE TABLE notes (id serial PRIMARY KEY, mood int CHECK (mood > 0)); CREATE SCHEMA other;
        CREATE TABLE other.messages (id int); CREATE TYPE mood AS ENUM ('good'); CREATE VIEW names AS SELECT first_name FROM chefs;
        CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SEQUENCE numbers;
        CREATE TABLE __drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
        CREATE POLICY mine ON notes USING (true); DELETE FROM reviews WHERE id <> (SELECT max(id::text)::uuid FROM reviews)`);
      const report = await check(database);
      expect(report).toMatchObject({ version: 1, status: 'agrees', pending: [], differs: [], duplicates: [] });
      expect(report.transitional).toHaveLength(7);
      expect(report.transitional).toContainEqual({
        view: 'public.messages',
        table: 'public.customer_messages',
        removedIn: '2.0.0',
      });
      expect(report.retired).toEqual([
        { table: 'public.reviews', rows: 1, reason: expect.stringContaining('Reviews') },
      ]);
      expect(report.unknown.map(({ kind, object }) => `${kind} ${object}`)).toEqual([
        'enum public.mood',
        'function public.one()',
        'schema other',
        'sequence public.numbers',
        'table other.messages',
        'table public.__drizzle_migrations',
        'table public.notes',
        'view public.names',
      ]);
    }));

  testOnce('a view under an old name may be gone in the version in which it is removed, and not before', () =>
    withMigrated(async (database) => {
      await recordAll(database);
      await database.exec('DROP VIEW messages');
      expect(shown(await check(database))).toEqual(['view public.messages']);
      const report = await check(database, { version: '2.0.0' });
      expect(report).toMatchObject({ status: 'agrees', differs: [] });
      expect(report.transitional).toHaveLength(6);
    }),
  );

  testOnce('rows that a soft reference orphaned are counted, and their SQL repairs them if NULL is allowed', () =>
    withMigrated(async (database) => {
      await recordAll(database);
      await database.exec(`UPDATE business_social_accounts SET connected_by = (SELECT id FROM identity.users LIMIT 1);
        UPDATE customer_social_identities SET customer_id = NULL`);
      expect((await check(database, { drizzleKit: deep })).orphans).toEqual([]);

      await database.exec(`UPDATE customer_social_identities SET customer_id = gen_random_uuid()
        WHERE id IN (SELECT id FROM customer_social_identities ORDER BY id LIMIT 7)`);
      const { orphans, status } = await check(database, { drizzleKit: deep });
      const { rows } = await database.query('SELECT id FROM customer_social_identities ORDER BY id LIMIT 5');
      expect(status).toBe('agrees');
      expect(orphans).toMatchObject([
        {
          relation: 'CustomerSocialIdentity.customer',
          from: 'public.customer_social_identities.customer_id',
          to: 'public.customers.id',
          rows: 7,
          examples: rows.map(({ id }) => id),
        },
      ]);
      for (const statement of orphans.flatMap(({ sql }) => sql)) await database.exec(statement);
      expect((await check(database, { drizzleKit: deep })).orphans).toEqual([]);
    }),
  );

  testOnce('where migrations come first, it says so and compares nothing else', () =>
    withLegacy(async (database) => {
      expect(await check(database)).toMatchObject({
        status: 'unrecorded',
        differs: [],
        drizzleKit: { status: 'not-asked' },
      });
      await record(database.query, [baselineMigration]);
      const [first, ...later] = migrationsAfterBaseline as [Migration, ...Migration[]];
      await applyMigrations(database.query, [first]);
      await record(database.query, [first]);
      expect(await check(database)).toMatchObject({
        status: 'partly-migrated',
        pending: later.map(({ name }) => name),
        differs: [],
      });
    }),
  );

  testOnce('a database that has all but the record gets the record', () =>
    withMigrated(async (database) => {
      const report = await check(database, { drizzleKit: deep });
      expect(shown(report)).toEqual(['record drizzle.canonical_models_migrations']);
      await repair(database.query, report);
      expect(await check(database, { drizzleKit: deep })).toMatchObject({ status: 'agrees', pending: [] });
    }),
  );

  testOnce('an empty database has everything before it', () =>
    withDatabase(engine as 15, 'empty', async (database) => {
      await (database as TestDatabase).exec('CREATE TABLE notes (id int)');
      expect(await check(database)).toMatchObject({
        status: 'empty',
        pending: [baselineMigration, ...migrationsAfterBaseline].map(({ name }) => name),
        unknown: [],
      });
    }),
  );
});

describe('what drizzle-kit finds', () => {
  const nothing = { differs: [], unknown: [] };
  const surroundings = { expected: new Map(), found: new Map(), renames: [] };

  test('is a difference where our comparison knows nothing of it', () => {
    const statement = 'ALTER TABLE "identity"."users" SET SCHEMA "elsewhere"';
    expect(kitDifferences([statement], nothing, surroundings)).toEqual([
      {
        kind: 'statement',
        object: 'identity.users',
        expected: 'nothing to run',
        found: 'drizzle-kit would run a statement',
        foundBy: 'drizzle-kit',
        sql: [`${statement};`],
      },
    ]);
  });

  test('is none where it concerns what we found', () => {
    const column = { kind: 'column', name: 'public.bookings.tip', table: 'public.bookings', properties: {} } as const;
    const found = { ...nothing, differs: [{ found: column, properties: [] }] };
    expect(kitDifferences(['ALTER TABLE "bookings" DROP COLUMN "tip"'], found, surroundings)).toEqual([]);
    expect(kitDifferences(['ALTER TABLE "leads" DROP COLUMN "tip"'], found, surroundings)).toHaveLength(1);
  });

  test('is none where it would drop an enum or a sequence of others, and is one where only the name is theirs', () => {
    const others = [
      { kind: 'enum', name: 'public.tip', properties: {} },
      { kind: 'sequence', name: 'public.numbers', properties: {} },
      { kind: 'table', name: 'public.notes', properties: {} },
    ] as const;
    const found = { ...nothing, unknown: others };
    const ofOthers = ['DROP TYPE "tip"', 'DROP SEQUENCE "numbers"'];
    const ofOurs = ['tip', 'numbers', 'notes'].map((name) => `ALTER TABLE "bookings" DROP COLUMN "${name}"`);
    const differences = kitDifferences([...ofOthers, ...ofOurs], found, surroundings);
    expect(differences.flatMap(({ sql }) => sql)).toEqual(ofOurs.map((statement) => `${statement};`));
  });

  test('is not known where its diff fails: then nothing agrees, and what we found is said', () =>
    withDatabase(majors.at(-1) as Major, 'migrated', async (database) => {
      await recordAll(database);
      const failing = () => {
        let asked = false;
        const query: Query = (sql, parameters) =>
          asked && !/^(?:SET|ROLLBACK)/.test(sql)
            ? Promise.reject(new Error('a catalog that it can not read'))
            : database.query(sql, parameters);
        const onStep = (step: string) => {
          asked = step.startsWith('asking drizzle-kit');
        };
        return check(query, { onStep });
      };
      await expect(failing()).rejects.toMatchObject({
        name: 'NotSetUp',
        object: 'drizzle-kit',
        found: expect.stringContaining('a catalog that it can not read'),
        next: expect.stringContaining('canonical-models check --no-drizzle-kit'),
      });
      expect(await check(database, { drizzleKit: false })).toMatchObject({ status: 'agrees' });

      await database.exec('ALTER TABLE bookings ALTER COLUMN travel_fee DROP DEFAULT');
      const report = await failing();
      expect(shown(report)).toEqual(['column public.bookings.travel_fee default']);
      expect(report).toMatchObject({
        status: 'differs',
        drizzleKit: { status: 'failed', reason: expect.stringContaining('a catalog that it can not read') },
      });
      expect(reportText(report, 'the database', coloursFor())).toContain("drizzle-kit's own diff failed");
    }));

  test('is left out, and said to be, where it is not installed', async () => {
    const query: Query = () => Promise.reject(new Error('nothing is asked'));
    expect(await kitDiff({ status: 'not-installed' }, query)).toEqual({ status: 'not-installed' });
  });
});

test('models that stand for the same thing are named', () => {
  const [first, second] = models();
  if (!first || !second) throw new Error('expected two models at least');
  expect(duplicateModels(models())).toEqual([]);
  expect(duplicateModels([first, second, { ...first, domain: 'lead', entity: 'Twin' }])).toEqual([
    { kind: 'table', name: first.name, models: [`${first.domain}#${first.entity}`, 'lead#Twin'] },
  ]);
  expect(duplicateModels([first, { ...second, domain: 'lead', entity: first.entity }])).toEqual([
    { kind: 'entity', name: first.entity, models: [`${first.domain}#${first.entity}`, `lead#${first.entity}`] },
  ]);
});

test('soft references are what the relations have and no foreign key', () => {
  expect(softReferences().map(({ relation }) => relation)).toEqual([
    'BusinessSocialAccount.connectedByUser',
    'CustomerSocialIdentity.customer',
  ]);
});

test('the help fits a screen and never shows a connection string', async () => {
  const { exitCode, stdout } = await hostedCommand(['check', '--help'], {
    DATABASE_URL: 'postgres://me:s3cret@host/db',
  });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Exit codes:');
  expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(24);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(stdout).not.toContain('s3cret');
});
