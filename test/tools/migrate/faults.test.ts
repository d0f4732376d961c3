import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-code.ts';
import { CanonicalModelsError } from '../../../src/errors.ts';
import { type MigrateReport, migrate } from '../../../src/tools/migrate/migrate.ts';
import { packageMigrationsFolder, readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { type RevertReport, revert } from '../../../src/tools/revert/revert.ts';
import { RunFailure } from '../../../src/tools/run-failure.ts';
import { majors, serverOf, withConnection } from '../../support/databases.ts';
import { type CommandResult, canonicalModels, hostedCommand } from '../../support/kit.ts';
import { legacySql } from '../../support/legacy.ts';
import { renameMigrations } from '../../support/migrate.ts';
import { openProxy } from '../../support/proxy.ts';
import {
  asSuperuser,
  type CreatedDatabase,
  createDatabase,
  type Major,
  startServer,
  superuserUrl,
} from '../../support/servers.ts';
import { startStandby } from '../../support/standbys.ts';
import { firstRow, rowVersionsAt, sessionsGone, withSession } from './database-state.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';

const migrations = readMigrations();
const names = migrations.map(({ name }) => name);
const [baselineName, firstRename, secondRename] = names as [string, string, string];
const lastRename = renameMigrations.at(-1)?.name as string;

/** How a database stands before the fault. `recorded` is legacy with its baseline in the record. */
type Start = 'empty' | 'legacy' | 'recorded' | 'migrated';

/** The databases whose baseline is recorded, one a version: made once, and copied. */
const recorded = new Map<Major, CreatedDatabase>();
const folders = mkdtempSync(join(tmpdir(), 'canonical-models-faults-'));

async function databaseAt(major: Major, start: Start): Promise<CreatedDatabase> {
  if (start === 'empty') return createDatabase(serverOf(major));
  const template = start === 'recorded' ? recorded.get(major)?.name : start === 'migrated' ? 'deployed' : start;
  return createDatabase(serverOf(major), template === undefined ? {} : { template });
}

/** A copy of the package's migrations, with only some of them, and changed by `change`. */
function migrationsFolder(count: number, change: (folder: string) => void = () => {}): string {
  const folder = mkdtempSync(join(folders, 'migrations-'));
  for (const name of names.slice(0, count)) {
    cpSync(join(packageMigrationsFolder(), name), join(folder, name), { recursive: true });
  }
  change(folder);
  return folder;
}

beforeAll(async () => {
  await Promise.all(
    majors.map(async (major) => {
      const database = await createDatabase(serverOf(major), { template: 'legacy' });
      recorded.set(major, database);
      await withConnection(database.url, (connection) => migrate(connection, { folder: migrationsFolder(1) }));
    }),
  );
});
afterAll(async () => {
  for (const { drop } of recorded.values()) await drop();
  rmSync(folders, { recursive: true, force: true });
});

/** The password of a URL must show nowhere. */
function expectNoPassword(url: string, { stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): void {
  const password = decodeURIComponent(new URL(url).password);
  expect(password.length).toBeGreaterThan(8);
  expect(stdout).not.toContain(password);
  expect(stderr).not.toContain(password);
}

/** A role of one test. */
interface TestRole {
  readonly name: string;
  /** The address of the test's database as this role. */
  readonly url: string;
}

/** What a case works on. */
interface Setting {
  readonly major: Major;
  /** As the superuser. */
  readonly url: string;
  exec(sql: string): Promise<void>;
  /** Makes a role that goes with the test. */
  role(): Promise<TestRole>;
}

/** Runs a test on a database of its own. */
async function withSetting<T>(major: Major, start: Start, run: (setting: Setting) => Promise<T>): Promise<T> {
  const server = serverOf(major);
  const database = await databaseAt(major, start);
  const roles: string[] = [];
  const exec = async (sql: string) => {
    await withSession(database.url, ({ client }) => client.query(sql));
  };
  try {
    return await run({
      major,
      url: database.url,
      exec,
      async role() {
        const name = `deploy_${randomUUID().replaceAll('-', '')}`;
        const password = `Secret-${randomUUID()}`;
        await exec(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
        roles.push(name);
        const url = new URL(database.url);
        url.username = name;
        url.password = password;
        return { name, url: url.href };
      },
    });
  } finally {
    await database.drop();
    for (const role of roles) await asSuperuser(server, (client) => client.query(`DROP ROLE ${role}`));
  }
}

/** A run as a command, or as the call of the library that the command makes: what it says is then what its error says. */
type By = 'command' | 'library';

async function run(by: By, parameters: readonly string[], url: string): Promise<CommandResult> {
  if (by === 'command') return hostedCommand(parameters, { DATABASE_URL: url });
  const [command] = parameters;
  const at = parameters.indexOf('--folder');
  const folder = at === -1 ? {} : { folder: parameters[at + 1] as string };
  const failure: unknown = await withConnection<unknown>(url, (connection) =>
    command === 'migrate' ? migrate(connection, folder) : revert(connection, { to: 'baseline', ...folder }),
  ).catch((error: unknown) => error);
  if (!(failure instanceof CanonicalModelsError))
    throw new Error(`${parameters.join(' ')} was not refused`, { cause: failure });
  const { code, object, found, expected, next } = failure;
  const report = failure instanceof RunFailure ? (failure.report as object) : {};
  return {
    exitCode: exitCodeOf(failure),
    stdout: JSON.stringify({ version: 1, ...report, error: { code } }),
    stderr: `${object}: found ${found}; expected ${expected}.\nNext: ${next}`,
  };
}

/** Runs it and checks that it says so, exits with the code, shows no password, and changed nothing. */
async function expectRefused(
  { url }: Pick<Setting, 'url'>,
  parameters: readonly string[],
  expected: {
    readonly exitCode: number;
    readonly says: readonly (string | RegExp)[];
    readonly as?: string;
    readonly by?: By;
  },
): Promise<CommandResult> {
  const { as = url, by = 'command', exitCode, says } = expected;
  const before = await rowVersionsAt(url);
  const result = await run(by, parameters, as);
  expect(result).toMatchObject({ exitCode });
  const report = JSON.parse(result.stdout);
  expect(report).toMatchObject({ version: 1, error: { code: expect.any(String) } });
  // Where the run had begun, it says that it did nothing.
  if ('steps' in report) expect(report).toMatchObject({ steps: [], interrupted: false });
  for (const text of says) expect(result.stderr).toMatch(text);
  expect(result.stderr).toMatch(/found [\s\S]+; expected [\s\S]+\nNext: ./);
  expectNoPassword(as, result);
  expect(await rowVersionsAt(url)).toEqual(before);
  return result;
}

/** A fault that exists before the command starts. */
interface FaultCase {
  readonly fault: string;
  readonly start: Start;
  /** Makes the fault; answers what the command is run with. */
  readonly prepare: (setting: Setting) => Promise<{ readonly as?: string; readonly folder?: string }>;
  readonly command?: readonly string[];
  readonly exitCode: 1 | 2;
  readonly says: readonly (string | RegExp)[];
}

const record = 'drizzle.canonical_models_migrations';
const sql =
  (text: string) =>
  async ({ exec }: Setting) => {
    await exec(text);
    return {};
  };

/** Has every statement of a kind fail as it does on a full disk, when its work is done. */
const fullDisk = (tag: string) => `
  CREATE FUNCTION disk_is_full() RETURNS event_trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
  CREATE EVENT TRIGGER disk_is_full ON ddl_command_end WHEN TAG IN ('${tag}') EXECUTE FUNCTION disk_is_full()`;

/** Hands all tables to a role that may do what the README says, but for what `rights` leaves out. */
const handOver = (role: string, rights: { database?: boolean; schemas?: boolean } = {}) => `
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'identity')
    LOOP EXECUTE 'ALTER TABLE ' || name || ' OWNER TO ${role}'; END LOOP;
    ${rights.database === false ? '' : `EXECUTE format('GRANT CREATE ON DATABASE %I TO ${role}', current_database());`}
    ${rights.schemas === false ? '' : `GRANT CREATE, USAGE ON SCHEMA public, identity TO ${role};`}
  END $$`;

const cases: readonly FaultCase[] = [
  {
    fault: 'a full disk in the midst of a rename',
    start: 'recorded',
    prepare: sql(fullDisk('CREATE VIEW')),
    exitCode: 2,
    says: [firstRename, 'a full disk', '53100', 'nothing of it was kept', 'free space'],
  },
  {
    fault: 'a full disk in the midst of the baseline',
    start: 'empty',
    prepare: sql(fullDisk('CREATE INDEX')),
    exitCode: 2,
    says: [baselineName, 'a full disk', '53100'],
  },
  {
    fault: 'a full disk while a rename is undone',
    start: 'migrated',
    prepare: sql(fullDisk('ALTER TABLE')),
    command: ['revert', '--to', 'baseline'],
    exitCode: 2,
    says: [lastRename, 'a full disk', '53100', 'nothing of it was changed'],
  },
  {
    fault: 'a database that may only be read',
    start: 'legacy',
    prepare: sql(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
    ),
    exitCode: 2,
    says: ['default_transaction_read_only = on', 'a session that may write'],
  },
  {
    fault: 'a role that may only read',
    start: 'migrated',
    async prepare({ role, exec }) {
      const { name, url } = await role();
      await exec(`ALTER ROLE ${name} SET default_transaction_read_only = on`);
      return { as: url };
    },
    command: ['revert', '--to', 'baseline'],
    exitCode: 2,
    says: ['default_transaction_read_only = on'],
  },
  {
    fault: 'a role that may not create a schema',
    start: 'legacy',
    async prepare({ role, exec }) {
      const { name, url } = await role();
      await exec(handOver(name, { database: false }));
      return { as: url };
    },
    exitCode: 2,
    says: ['no right to create a schema', 'GRANT CREATE ON DATABASE'],
  },
  {
    fault: 'an owner of the tables who may not create in their schemas',
    start: 'legacy',
    async prepare({ role, exec }) {
      const { name, url } = await role();
      await exec(handOver(name, { schemas: false }));
      return { as: url };
    },
    exitCode: 2,
    says: ['no right to create in schema identity', 'GRANT CREATE, USAGE ON SCHEMA "identity", "public"'],
  },
  {
    fault: 'a role that does not own the tables',
    start: 'legacy',
    async prepare({ role, exec }) {
      const { name, url } = await role();
      await exec(`GRANT ALL ON SCHEMA public, identity TO ${name}; GRANT ALL ON ALL TABLES IN SCHEMA public, identity TO ${name};
        DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${name}', current_database()); END $$`);
      return { as: url };
    },
    exitCode: 2,
    says: [/\d+ tables of postgres/, 'which it may not alter', 'GRANT "postgres"'],
  },
  {
    fault: 'a role without a right on the schema of the record',
    start: 'recorded',
    async prepare({ role, exec }) {
      const { name, url } = await role();
      await exec(handOver(name));
      return { as: url };
    },
    exitCode: 2,
    says: ['no right to create a table in schema drizzle', 'GRANT CREATE, USAGE ON SCHEMA drizzle'],
  },
  {
    fault: 'a role without a right on the record',
    start: 'recorded',
    async prepare({ role, exec }) {
      const { name, url } = await role();
      await exec(`${handOver(name)}; GRANT ALL ON SCHEMA drizzle TO ${name}`);
      return { as: url };
    },
    exitCode: 2,
    says: [
      `no right to read and write ${record}`,
      'GRANT SELECT, INSERT, DELETE ON',
      'canonical_models_runs',
      'SEQUENCE',
    ],
  },
  {
    fault: 'a role without a right on the sequence of the record',
    start: 'recorded',
    async prepare({ role, exec }) {
      const { name, url } = await role();
      await exec(
        `${handOver(name)}; GRANT ALL ON SCHEMA drizzle TO ${name}; GRANT ALL ON ALL TABLES IN SCHEMA drizzle TO ${name}`,
      );
      return { as: url };
    },
    exitCode: 2,
    says: [`no right to read and write ${record}`, 'GRANT USAGE ON SEQUENCE'],
  },
  {
    fault: 'no folder',
    start: 'legacy',
    prepare: async () => ({ folder: join(folders, 'nowhere') }),
    exitCode: 2,
    says: ['nowhere', 'no such folder'],
  },
  {
    fault: 'an empty folder',
    start: 'legacy',
    prepare: async () => ({ folder: migrationsFolder(0) }),
    exitCode: 2,
    says: ['no migration'],
  },
  {
    fault: 'a folder of other migrations',
    start: 'legacy',
    prepare: async () => ({
      folder: migrationsFolder(0, (folder) => {
        mkdirSync(join(folder, '20200101000000_other'));
        writeFileSync(join(folder, '20200101000000_other', 'migration.sql'), 'CREATE TABLE other (id int);');
      }),
    }),
    exitCode: 2,
    says: ['20200101000000_other', 'those of canonical-models'],
  },
  {
    fault: 'a folder that is older than the record',
    start: 'migrated',
    prepare: async () => ({ folder: migrationsFolder(3) }),
    exitCode: 1,
    says: ['which the migrations folder does not have', names[3] as string],
  },
  {
    fault: 'a folder with a statement that fails',
    start: 'recorded',
    prepare: async () => ({
      folder: migrationsFolder(2, (folder) => {
        const file = join(folder, firstRename, 'migration.sql');
        writeFileSync(file, `${readFileSync(file, 'utf8')}--> statement-breakpoint\nSELECT 1 / 0;`);
      }),
    }),
    exitCode: 2,
    says: [firstRename, 'division by zero', 'nothing of it was kept'],
  },
  {
    fault: 'a record with an edited hash',
    start: 'recorded',
    prepare: sql(`UPDATE ${record} SET hash = 'edited'`),
    exitCode: 1,
    says: [baselineName, 'a text in the folder', 'edited'],
  },
  {
    fault: 'a record with an unknown migration',
    start: 'recorded',
    prepare: sql(
      `INSERT INTO ${record} (hash, created_at, name) VALUES ('0ther', 1, '20990101000000_of_somebody_else')`,
    ),
    exitCode: 1,
    says: [record, '20990101000000_of_somebody_else', 'which the migrations folder does not have'],
  },
  {
    fault: 'a record with a row twice',
    start: 'recorded',
    prepare: sql(`INSERT INTO ${record} (hash, created_at, name) SELECT hash, created_at, name FROM ${record}`),
    exitCode: 1,
    says: [baselineName, 'two rows'],
  },
  {
    fault: 'a record without the row of the baseline',
    start: 'migrated',
    prepare: sql(`DELETE FROM ${record} WHERE name = '${baselineName}'`),
    exitCode: 1,
    says: [baselineName, `no row in ${record}`, 'not as it was before this migration', 'put it back: INSERT INTO'],
  },
  {
    fault: 'a record without the row of a rename in the middle',
    start: 'migrated',
    prepare: sql(`DELETE FROM ${record} WHERE name = '${secondRename}'`),
    exitCode: 1,
    says: [secondRename, `no row in ${record}`, 'not as it was before this migration', 'put it back: INSERT INTO'],
  },
  {
    fault: 'a way back over a row that is gone',
    start: 'migrated',
    prepare: sql(`DELETE FROM ${record} WHERE name = '${secondRename}'`),
    command: ['revert', '--to', 'baseline'],
    exitCode: 1,
    says: [secondRename, `no row in ${record}`, 'already has the canonical name', 'put it back: INSERT INTO'],
  },
  {
    fault: 'a record without any row',
    start: 'migrated',
    prepare: sql(`DELETE FROM ${record}`),
    exitCode: 1,
    says: ['no record of migrations', 'canonical-models baseline'],
  },
];

// What is said does not depend on the version, so that the short form takes the versions in turn, and has every third one as a command.
const turns = cases.flatMap((fault, index) =>
  (deep ? majors : [majors[index % majors.length] as Major]).map((major) => ({
    ...fault,
    major,
    by: deep || index % 3 === 0 ? ('command' as const) : ('library' as const),
  })),
);

describe('a clear message, the right exit code, nothing changed', () => {
  test.concurrent.for(turns)(
    '$fault (PostgreSQL $major)',
    ({ major, start, prepare, command = ['migrate'], exitCode, says, by }) =>
      withSetting(major, start, async (setting) => {
        const { as, folder } = await prepare(setting);
        const parameters = [...command, ...(folder === undefined ? [] : ['--folder', folder]), '--json'];
        await expectRefused(setting, parameters, { exitCode, says, by, ...(as !== undefined && { as }) });
      }),
  );
});

describe.each(deep ? majors : majors.slice(-1))(
  'with exactly the rights that are documented, on PostgreSQL %d',
  (major) => {
    /** Migrates, goes back and migrates again. The rights that it takes are those of the library: the commands show it once. */
    async function expectRoundTrip(url: string, by: By): Promise<void> {
      if (by === 'library') {
        await withConnection(url, async (connection) => {
          expect(await migrate(connection)).toMatchObject({ last: names.at(-1) });
          expect(await revert(connection, { to: 'baseline' })).toMatchObject({ last: baselineName });
          expect(await migrate(connection)).toMatchObject({ last: names.at(-1), stoppedAt: null });
        });
        return;
      }
      const commands = [['migrate'], ['revert', '--to', 'baseline'], ['migrate', '--no-check']];
      for (const command of commands) {
        const result = await hostedCommand(command, { DATABASE_URL: url });
        expect(result, result.stderr + result.stdout).toMatchObject({ exitCode: 0 });
        expectNoPassword(url, result);
      }
    }

    test.concurrent('the owner of the tables', () =>
      withSetting(major, 'legacy', async ({ role, exec }) => {
        const { name, url } = await role();
        await exec(handOver(name));
        await expectRoundTrip(url, 'command');
      }));

    test.concurrent('a member of the role that owns them', () =>
      withSetting(major, 'legacy', async ({ role, exec }) => {
        const owner = await role();
        const { name, url } = await role();
        await exec(`${handOver(owner.name)}; GRANT ${owner.name} TO ${name}`);
        await expectRoundTrip(url, deep ? 'command' : 'library');
      }));

    test.concurrent('a role that starts from nothing', () =>
      withSetting(major, 'empty', async ({ role, exec }) => {
        const { name, url } = await role();
        await exec(`GRANT CREATE ON SCHEMA public TO ${name};
        DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${name}', current_database()); END $$`);
        const result = await canonicalModels(['migrate', '--no-check'], { DATABASE_URL: url });
        expect(result, result.stderr).toMatchObject({ exitCode: 0 });
        expectNoPassword(url, result);
      }));
  },
);

/** A session of ours that waits for the lock on a table which the test holds. */
const waitingSession = `
  SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'canonical-models' AND wait_event_type = 'Lock'`;

describe('a connection that is lost in the middle', () => {
  const ways = [
    { way: 'ended by the server', command: ['migrate'], start: 'recorded', table: 'identity.social_accounts' },
    {
      way: 'ended by the server',
      command: ['revert', '--to', 'baseline'],
      start: 'migrated',
      table: 'lead_social_threads',
    },
    { way: 'cut on the way', command: ['migrate'], start: 'recorded', table: 'identity.social_accounts' },
    { way: 'cut on the way', command: ['revert', '--to', 'baseline'], start: 'migrated', table: 'lead_social_threads' },
  ] as const;
  // Each way and each command once; every command in every way in the long form.
  const waysInTurn = (deep ? ways : [ways[0], ways[3]]).flatMap((way, index) =>
    (deep ? majors : [majors[index % majors.length] as Major]).map((major) => ({ ...way, major })),
  );

  test.concurrent.for(waysInTurn)('$way: $command.0 (PostgreSQL $major)', ({ way, command, start, table, major }) =>
    withSetting(major, start, async ({ url }) => {
      const before = await rowVersionsAt(url);
      const proxy = await openProxy(serverOf(major));
      const through = new URL(url);
      through.port = String(proxy.port);
      try {
        await withSession(url, async ({ query }) => {
          await withSession(url, async (holder) => {
            await holder.query('BEGIN');
            await holder.query(`LOCK TABLE ${table} IN ACCESS SHARE MODE`);
            const running = canonicalModels([...command, '--json', '--lock-timeout', '5s'], {
              DATABASE_URL: through.href,
            });
            const { pid } = await firstRow(query, waitingSession);
            if (way === 'cut on the way') proxy.cut();
            else await query('SELECT pg_terminate_backend($1)', [pid]);
            const result = await running;
            expect(result).toMatchObject({ exitCode: 2 });
            expect(JSON.parse(result.stdout)).toMatchObject({ version: 1, interrupted: false });
            expect(result.stderr).toMatch(
              way === 'cut on the way' ? 'a lost connection' : 'a connection that the server ended',
            );
            expect(result.stderr).toContain('whole or not at all; the next run finds out which');
            expect(result.stderr).toContain('Next: run the command again');
            expectNoPassword(url, result);
            // What the server had been sent it gives up when the time for the lock is over.
            await sessionsGone(query);
          });
        });
        expect(await rowVersionsAt(url)).toEqual(before);
        const again = await withConnection<MigrateReport | RevertReport>(url, (connection) =>
          command[0] === 'migrate' ? migrate(connection) : revert(connection, { to: 'baseline' }),
        );
        expect(again).toMatchObject({
          last: command[0] === 'migrate' ? names.at(-1) : baselineName,
          interrupted: false,
        });
      } finally {
        await proxy.close();
      }
    }),
  );
});

describe.each(deep ? majors : majors.slice(0, 1))('a standby of PostgreSQL %d', (major) => {
  test('accepts no writes: clear message, exit code 2, nothing changed there or on the primary', async () => {
    const primary = await startServer({ major, preload: [] });
    try {
      await asSuperuser(primary, (client) => client.query('CREATE DATABASE legacy TEMPLATE template0'));
      await asSuperuser(primary, (client) => client.query(legacySql()), 'legacy');
      const standby = await startStandby(primary);
      try {
        const url = superuserUrl({ ...primary, port: standby.port }, 'legacy');
        const onPrimary = await rowVersionsAt(superuserUrl(primary, 'legacy'));
        const says = [/database legacy: found a standby/, 'connect to the primary'];
        await expectRefused({ url }, ['migrate', '--json'], { exitCode: 2, says });
        await expectRefused({ url }, ['revert', '--to', 'baseline', '--json'], { exitCode: 2, says });
        expect(await rowVersionsAt(superuserUrl(primary, 'legacy'))).toEqual(onPrimary);
        // It is a standby of that primary, and not a disconnected copy.
        await asSuperuser(primary, (client) => client.query('CREATE TABLE arrived ()'), 'legacy');
        await withSession(url, ({ query }) => firstRow(query, `SELECT true WHERE to_regclass('arrived') IS NOT NULL`));
      } finally {
        await standby.remove();
      }
    } finally {
      await primary.remove();
    }
  });
});
