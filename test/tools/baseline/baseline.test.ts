import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { expectedFile, runMigrations } from '../../../src/tools/baseline/expected.ts';
import { labelOf } from '../../../src/tools/database/connect.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import { queryOf } from '../../../src/tools/database/query.ts';
import {
  eachOfFewEngines,
  eachOfOldestMajors,
  openServerDatabase,
  type ServerDatabase,
  serverOf,
  shareOf,
  withDatabase,
} from '../../support/databases.ts';
import { hostedCommand, migrateByDrizzle } from '../../support/kit.ts';
import { baselineMigration, migrationsAfterBaseline } from '../../support/migrate.ts';
import { type Major, startServer } from '../../support/servers.ts';
import { rowVersions, withSession } from '../migrate/database-state.ts';

/** Runs the command and checks that it left the database exactly as it was. */
async function refused(database: ServerDatabase, url: string = database.url) {
  const before = await rowVersions(database.query);
  const result = await hostedCommand(['baseline', '--url', url]);
  expect(await rowVersions(database.query)).toEqual(before);
  return result;
}

/** Ways in which a database is not the legacy one, with what the report has to name. */
const halfWay: Readonly<Record<string, { readonly sql: string; readonly names: readonly string[] }>> = {
  'a table renamed by hand': {
    sql: 'ALTER TABLE messages RENAME TO customer_messages',
    names: ['public.messages', 'stands at public.customer_messages; expected public.messages'],
  },
  'several tables renamed by hand, with views of ours': {
    sql: `ALTER TABLE messages RENAME TO customer_messages;
      CREATE VIEW messages WITH (security_invoker = true) AS SELECT * FROM customer_messages;
      ALTER TABLE identity.social_accounts RENAME TO oauth_accounts`,
    names: ['public.messages', 'identity.social_accounts'],
  },
  'a view under an old name that is not ours': {
    sql: 'ALTER TABLE messages RENAME TO letters; CREATE VIEW messages AS SELECT id FROM letters',
    names: ['public.messages'],
  },
  'a table missing': { sql: 'DROP TABLE qr_scans', names: ['public.qr_scans'] },
  'a column missing': { sql: 'ALTER TABLE bookings DROP COLUMN travel_fee', names: ['public.bookings.travel_fee'] },
  'another default': {
    sql: `ALTER TABLE stations_of_identity ALTER COLUMN country SET DEFAULT 'CA'`.replace(
      'stations_of_identity',
      'identity.stations',
    ),
    names: ['identity.stations.country', "'US'", "'CA'"],
  },
  'NULL allowed': { sql: 'ALTER TABLE leads ALTER COLUMN score DROP NOT NULL', names: ['public.leads.score'] },
  'an index missing': { sql: 'DROP INDEX idx_bookings_status', names: ['idx_bookings_status'] },
  'a foreign key missing': {
    sql: 'ALTER TABLE bookings DROP CONSTRAINT bookings_chef_id_fkey',
    names: ['bookings_chef_id_fkey'],
  },
  'another check': {
    sql: `ALTER TABLE bookings DROP CONSTRAINT check_guest_count_positive,
      ADD CONSTRAINT check_guest_count_positive CHECK (guest_count >= 0)`,
    names: ['check_guest_count_positive', 'guest_count >= 0', 'guest_count > 0'],
  },
  'a unique constraint missing': {
    sql: 'ALTER TABLE identity.stations DROP CONSTRAINT unique_station_code',
    names: ['unique_station_code'],
  },
  'row-level security switched on': {
    sql: 'ALTER TABLE customers ENABLE ROW LEVEL SECURITY',
    names: ['public.customers'],
  },
};

/** Ways in which a database is not the legacy one that do not matter, with what the report notes. */
const tolerated: Readonly<Record<string, { readonly sql: string; readonly notes: readonly string[] }>> = {
  'a column too many': {
    sql: 'ALTER TABLE bookings ADD COLUMN tip integer',
    notes: ['extra-column public.bookings.tip'],
  },
  'a wider type': {
    sql: 'ALTER TABLE chefs ALTER COLUMN phone TYPE varchar(21)',
    notes: ['wider-type public.chefs.phone'],
  },
  'an extra enum label': {
    sql: `ALTER TYPE lead_quality ADD VALUE 'boiling' BEFORE 'hot'`,
    notes: ['extra-label public.lead_quality'],
  },
  'an index too many, and one under another name': {
    sql: 'CREATE INDEX by_tip ON bookings (travel_fee); ALTER INDEX idx_bookings_status RENAME TO by_status',
    notes: ['extra-index public.by_tip', 'other-index-name public.idx_bookings_status'],
  },
};

eachOfOldestMajors((major) => {
  test.each(Object.entries(tolerated))('does not matter and is noted: %s', (_, { sql, notes }) =>
    withDatabase(major, 'legacy', async (database) => {
      await database.exec(sql);
      const report = await baseline(database.query);
      expect(report).toMatchObject({ status: 'recorded', tables: 43, unused: [] });
      expect('deviations' in report && report.deviations.map(({ kind, object }) => `${kind} ${object}`)).toEqual(notes);
    }),
  );

  test('the report has counts first, then a section a table, in words and no wider than the screen', () =>
    withDatabase(major, 'legacy', async (database) => {
      await database.exec(`ALTER TABLE bookings ALTER created_at DROP DEFAULT, ADD COLUMN tip integer;
        CREATE SCHEMA lead; ALTER TABLE leads SET SCHEMA lead; CREATE POLICY open ON customers USING (true)`);
      const { stdout, exitCode } = await refused(database);
      expect(exitCode).toBe(1);
      expect(
        stdout.replace(/^.*: the tables/, 'the tables'),
      ).toBe(`the tables are not those of the baseline. Nothing was written.

  to decide          1  1 foreign policy
  moves              1  1 table in another place
  needs a statement  1  1 missing default
  taken as it is     1  1 extra column

public.bookings
  needs a statement
    created_at has no default; expected now()
  taken as it is
    tip is not expected: integer

public.customers
  to decide
    open is not expected: permissive, for all, to PUBLIC USING (true); to drop it: DROP POLICY open ON public.customers

public.leads
  moves
    stands at lead.leads; expected public.leads

What stays different on purpose goes into canonical-models.json, with a reason.
Next: canonical-models adopt
`);
    }));

  describe('what stays different on purpose', () => {
    const drift = 'ALTER TABLE messages ALTER is_read DROP DEFAULT, ALTER content DROP NOT NULL';
    const content = { object: 'public.messages.content', property: 'notNull', reason: 'drafts have none' };
    const isRead = { object: 'public.messages.is_read', reason: 'the backend sets it' };
    const nothing = { object: 'public.messages.content', property: 'type', reason: 'of before' };

    test('is accepted by object and property; what no entry names is refused, what matches nothing is reported', () =>
      withDatabase(major, 'legacy', async (database) => {
        await database.exec(drift);
        const some = await baseline(database.query, { accept: [content, nothing] });
        expect(some).toMatchObject({
          status: 'differs',
          deviations: [
            { object: 'public.messages.content', accepted: 'drafts have none' },
            { object: 'public.messages.is_read', accepted: null },
          ],
          unused: [nothing],
        });
        expect(await baseline(database.query, { accept: [content, isRead] })).toMatchObject({
          status: 'recorded',
          unused: [],
        });
      }));

    test('is accepted by migrate and check, under the canonical name of its table too', () =>
      withDatabase(major, 'legacy', async (database) => {
        await database.exec(drift);
        const folder = mkdtempSync(join(tmpdir(), 'canonical-models-accept-'));
        const file = join(folder, 'canonical-models.json');
        writeFileSync(file, JSON.stringify({ version: 1, accept: [content, isRead, nothing] }));
        try {
          const without = await hostedCommand(['migrate', '--url', database.url]);
          expect(without).toMatchObject({ exitCode: 1 });
          expect(without.stderr).toContain('2 differences from the legacy tables');
          const plan = await hostedCommand(['migrate', '--dry-run', '--sql', '--url', database.url, '--accept', file]);
          expect(plan).toMatchObject({ exitCode: 0, stderr: '' });
          const run = await hostedCommand(['migrate', '--json', '--url', database.url, '--accept', file]);
          expect(run).toMatchObject({ exitCode: 0 });
          expect(JSON.parse(run.stdout).check).toMatchObject({
            status: 'agrees',
            differs: [],
            accepted: [
              { object: 'public.customer_messages.content', property: 'notNull', reason: 'drafts have none' },
              { object: 'public.customer_messages.is_read', property: 'default', reason: 'the backend sets it' },
            ],
            unusedAccept: [nothing],
          });
          const shown = await hostedCommand(['check', '--no-drizzle-kit', '--url', database.url, '--accept', file]);
          expect(shown).toMatchObject({ exitCode: 0 });
          expect(shown.stdout).toContain('drafts have none');
          expect(shown.stdout).toContain('public.messages.content: type');
          expect(await hostedCommand(['check', '--no-drizzle-kit', '--url', database.url])).toMatchObject({
            exitCode: 1,
          });
        } finally {
          rmSync(folder, { recursive: true });
        }
      }));
  });

  describe('a database with differences is left exactly as it was, and the differences are named', () => {
    test.each(shareOf(Object.entries(halfWay), major))('%s', (_, { sql, names }) =>
      withDatabase(major, 'legacy', async (database) => {
        await database.exec(sql);
        const before = await rowVersions(database.query);
        const report = await baseline(database.query);
        expect(await rowVersions(database.query)).toEqual(before);
        expect(report.status).toBe('differs');
        for (const name of names) expect(JSON.stringify(report)).toContain(name);
      }),
    );

    test('the command exits with 1, says so table by table, and as JSON', () =>
      withDatabase(major, 'legacy', async (database) => {
        await database.exec('ALTER TABLE messages RENAME TO customer_messages');
        const text = await refused(database);
        expect(text).toMatchObject({ exitCode: 1, stderr: '' });
        expect(text.stdout).toContain('public.messages');
        expect(text.stdout).toContain('Nothing was written');
        const json = await hostedCommand(['baseline', '--json'], { DATABASE_URL: database.url });
        expect(json).toMatchObject({ exitCode: 1, stderr: '' });
        expect(JSON.parse(json.stdout)).toMatchObject({
          status: 'differs',
          migration: baselineMigration.name,
          deviations: [{ kind: 'other-place', treatment: 'moves', object: 'public.messages', property: null }],
        });
      }));

    test('a record of other migrations is not taken over', () =>
      withDatabase(major, 'legacy', async (database) => {
        await database.exec(`CREATE SCHEMA drizzle;
          CREATE TABLE drizzle.canonical_models_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint,
            name text, applied_at timestamp with time zone DEFAULT now());
          INSERT INTO drizzle.canonical_models_migrations (hash, created_at, name) VALUES ('0ther', 1, '20200101000000_other')`);
        const result = await refused(database);
        expect(result.exitCode).toBe(1);
        expect(result.stderr).toContain('drizzle.canonical_models_migrations');
        expect(result.stderr).toContain('20200101000000_other');
      }));
  });

  describe('a database that cannot be queried', () => {
    const serverUrl = () => {
      const { host, port, user, password } = serverOf(major);
      return new URL(`postgres://${user}:${password}@${host}:${port}/postgres`);
    };

    test('wrong password: exit 2, without the password', async () => {
      const url = serverUrl();
      url.password = 'wr0ng-s3cret';
      const result = await hostedCommand(['baseline', '--url', url.href]);
      expect(result).toMatchObject({ exitCode: 2, stdout: '' });
      expect(result.stderr).toContain(`${url.username}@${url.host}`);
      expect(result.stderr).toMatch(/password .* refuses/);
      expect(result.stderr).not.toContain('wr0ng-s3cret');
    });

    test('no such database: exit 2', async () => {
      const url = serverUrl();
      url.pathname = '/nowhere';
      const result = await hostedCommand(['baseline', '--url', url.href]);
      expect(result).toMatchObject({ exitCode: 2, stdout: '' });
      expect(result.stderr).toContain('no database of that name');
    });

    test('a read-only default: exit 2, nothing written', () =>
      withDatabase(major, 'legacy', async (database) => {
        await database.exec(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
        const result = await refused(database);
        expect(result).toMatchObject({ exitCode: 2, stdout: '' });
        expect(result.stderr).toContain('default_transaction_read_only');
      }));

    test('a role that may not create the record, or not alter the tables: exit 2, nothing written', () =>
      withDatabase(major, 'legacy', async (database) => {
        const role = `deploy_${randomUUID().slice(0, 8)}`;
        await database.exec(`CREATE ROLE ${role} LOGIN PASSWORD 'deploy';
          GRANT USAGE ON SCHEMA public, identity TO ${role}`);
        const url = new URL(database.url);
        url.username = role;
        url.password = 'deploy';
        try {
          const mayNotCreate = await refused(database, url.href);
          expect(mayNotCreate).toMatchObject({ exitCode: 2, stdout: '' });
          expect(mayNotCreate.stderr).toContain(`GRANT CREATE ON DATABASE "${database.name}" TO "${role}"`);

          await database.exec(`GRANT CREATE ON DATABASE ${database.name} TO ${role}`);
          const mayNotAlter = await refused(database, url.href);
          expect(mayNotAlter).toMatchObject({ exitCode: 2, stdout: '' });
          expect(mayNotAlter.stderr).toContain(`role ${role}`);
          expect(mayNotAlter.stderr).toContain('may not alter');
        } finally {
          await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
        }
      }));
  });

  test('a member of the role that owns the tables can migrate', () =>
    withDatabase(major, 'legacy', async (database) => {
      const [owner, role] = ['owner', 'deploy'].map((name) => `${name}_${randomUUID().slice(0, 8)}`);
      await database.exec(`CREATE ROLE ${owner}; CREATE ROLE ${role} LOGIN PASSWORD 'deploy' IN ROLE ${owner};
        GRANT CREATE ON DATABASE ${database.name} TO ${role};
        GRANT CREATE, USAGE ON SCHEMA public, identity TO ${owner};
        DO $$ DECLARE t regclass; BEGIN
          FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('public', 'identity')
          LOOP EXECUTE format('ALTER TABLE %s OWNER TO ${owner}', t); END LOOP;
        END $$`);
      const url = new URL(database.url);
      url.username = role ?? '';
      url.password = 'deploy';
      try {
        expect(await hostedCommand(['baseline', '--url', url.href])).toMatchObject({ exitCode: 0 });
        await withSession(url.href, ({ client }) => migrateByDrizzle(client));
        const { rows } = await database.query(
          `SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE oid IN ('messages'::regclass, 'customer_messages'::regclass)`,
        );
        expect(rows).toEqual([{ owner }, { owner }]);
      } finally {
        await database.exec(`REASSIGN OWNED BY ${owner}, ${role} TO CURRENT_USER; DROP OWNED BY ${owner}, ${role};
          DROP ROLE ${role}, ${owner}`);
      }
    }));

  test('a database whose checks were written as IN is the same database', () =>
    withDatabase(major, 'legacy', async (database) => {
      await database.exec(`ALTER TABLE identity.stations DROP CONSTRAINT station_status_valid,
        ADD CONSTRAINT station_status_valid CHECK (status IN ('active', 'inactive', 'suspended', 'maintenance'))`);
      expect(await baseline(database.query)).toMatchObject({ status: 'recorded' });
    }));

  test('does not wait for another deploy forever', () =>
    withDatabase(major, 'legacy', async (database) => {
      const other = new pg.Client(database.url);
      await other.connect();
      try {
        await other.query(`BEGIN; SELECT pg_advisory_xact_lock(hashtext('drizzle.canonical_models_migrations'))`);
        await expect(baseline(database.query, { maxWait: 100 })).rejects.toMatchObject({
          name: 'Conflict',
          found: expect.stringContaining('another deploy at work'),
        });
      } finally {
        await other.end();
      }
      expect(await baseline(database.query)).toMatchObject({ status: 'recorded' });
      const { rows } = await database.query(`SELECT current_setting('lock_timeout') AS timeout`);
      expect(rows).toEqual([{ timeout: '0' }]);
    }));

  test('of several runs at once, one records and the others see the record', async () => {
    const database = await openServerDatabase(major, 'legacy');
    const clients = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const client = new pg.Client(database.url);
        await client.connect();
        return client;
      }),
    );
    try {
      const reports = await Promise.all(clients.map((client) => baseline(queryOf(client))));
      expect(reports.map(({ status }) => status).sort()).toEqual([...Array(5).fill('already-recorded'), 'recorded']);
      expect((await database.query('SELECT hash FROM drizzle.canonical_models_migrations')).rows).toHaveLength(1);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
      await database.close();
    }
  });

  test('objects outside the baseline are left alone and do not matter', () =>
    withDatabase(major, 'legacy', async (database) => {
      await database.exec(`CREATE TABLE notes (id int); CREATE SCHEMA other; CREATE TABLE other.messages (id int);
        CREATE TYPE mood AS ENUM ('good'); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
      expect(await baseline(database.query)).toMatchObject({ status: 'recorded', tables: 43 });
    }));
});

eachOfFewEngines((engine) => {
  test('a legacy database is recorded once', () =>
    withDatabase(engine as 15, 'legacy', async ({ query }) => {
      expect(await baseline(query)).toEqual({
        status: 'recorded',
        migration: baselineMigration.name,
        tables: 43,
        deviations: [],
        unused: [],
      });
      expect(await baseline(query)).toEqual({ status: 'already-recorded', migration: baselineMigration.name });
      const { rows } = await query('SELECT id, hash, created_at::text, name FROM drizzle.canonical_models_migrations');
      const { hash, folderMillis, name } = baselineMigration;
      expect(rows).toEqual([{ id: 1, hash, created_at: String(folderMillis), name }]);
    }));

  test('an empty record, as a failed migration leaves it, does not count as a record', () =>
    withDatabase(engine as 15, 'legacy', async ({ query, exec }) => {
      await exec(`CREATE SCHEMA drizzle; CREATE TABLE drizzle.canonical_models_migrations (id serial PRIMARY KEY, hash text NOT NULL,
        created_at bigint, name text, applied_at timestamp with time zone DEFAULT now())`);
      expect(await baseline(query)).toMatchObject({ status: 'recorded' });
    }));

  test('an empty database, or one without our tables, is reported as empty', () =>
    withDatabase(engine as 15, 'empty', async ({ query, exec }) => {
      await exec('CREATE TABLE notes (id int)');
      const before = await rowVersions(query);
      expect(await baseline(query)).toEqual({ status: 'empty', migration: baselineMigration.name });
      expect(await rowVersions(query)).toEqual(before);
    }));

  test('a database that has its canonical names without a record is not recorded', () =>
    withDatabase(engine as 15, 'migrated', async ({ query }) => {
      const before = await rowVersions(query);
      const report = await baseline(query);
      expect(report.status).toBe('differs');
      expect(await rowVersions(query)).toEqual(before);
    }));
});

test('a server that does not exist: exit 2, without the password', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const result = await hostedCommand(['baseline', '--url', `postgres://me:s3cret@127.0.0.1:${port}/db`]);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain(`postgres://me@127.0.0.1:${port}/db: found no server that listens there`);
  expect(result.stderr).not.toContain('s3cret');
});

test('a server that never answers: exit 2 in reasonable time', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  try {
    const result = await hostedCommand(['baseline', '--url', `postgres://me@127.0.0.1:${port}/db?connect_timeout=2`]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain('no answer in time');
  } finally {
    silent.close();
  }
});

test('a server older than PostgreSQL 15: exit 2, nothing written', async () => {
  // Installed for this test alone: no other test runs on what the package does not support.
  const server = await startServer({ major: 14 as Major });
  try {
    const result = await hostedCommand([
      'baseline',
      '--url',
      `postgres://${server.user}:${server.password}@${server.host}:${server.port}/postgres`,
    ]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain('found PostgreSQL 14; expected PostgreSQL 15 or later');
  } finally {
    await server.remove();
  }
});

test.each([
  ['no URL', [], 'found nothing, and no DATABASE_URL'],
  ['a URL of something else', ['--url', 'mysql://me:s3cret@host/db'], 'expected postgres://'],
  ['a URL that is none', ['--url', 'postgres://me:s3cret@host:port:5/db'], 'expected'],
  ['an option that is none', ['--force'], 'unknown option'],
] as const)('wrong usage, %s: exit 2, without the password', async (_, parameters, message) => {
  const result = await hostedCommand(['baseline', ...parameters]);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toContain('s3cret');
});

test('the help never shows a connection string', async () => {
  const result = await hostedCommand(['baseline', '--help'], { DATABASE_URL: 'postgres://me:s3cret@host/db' });
  expect(result.exitCode).toBe(0);
  expect(result.stdout).toContain('Example:');
  expect(result.stdout).not.toContain('s3cret');
});

test('drizzle/expected has what the baseline leaves behind, and what all migrations do', () =>
  withDatabase('pglite', 'empty', async ({ pglite, query }) => {
    const fileOf = (name: string) => readFileSync(join(import.meta.dirname, '../../../drizzle/expected', name), 'utf8');
    await runMigrations(pglite, [baselineMigration]);
    expect(fileOf('baseline.json')).toBe(expectedFile(await describeDatabase(query)));
    await runMigrations(pglite, migrationsAfterBaseline);
    expect(fileOf('migrated.json')).toBe(expectedFile(await describeDatabase(query), 'the migrations in drizzle/'));
  }));

test('no part of a password is shown, however the URL is parsed', () => {
  expect(labelOf('postgres://app:secret@db.example:5433/x?sslmode=require')).toBe('postgres://app@db.example:5433/x');
  for (const password of ['12/34secret', '12?34secret', '12#34secret', '/secret']) {
    expect(labelOf(`postgres://app:${password}@db.example/x`)).toBe('the given URL');
  }
});
