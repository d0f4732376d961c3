import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { canonicalModelsProgram } from '../../src/cli/program.ts';
import type { FailedReport } from '../../src/tools/failed-report.ts';
import { majors, serverOf, thorough, withConnection } from '../support/databases.ts';
import { type CommandResult, canonicalModels, hostedCommand } from '../support/kit.ts';
import { recordMigrations } from '../support/migrate.ts';
import { asSuperuser, type CreatedDatabase, createDatabase } from '../support/servers.ts';
import { folderWith, old } from '../tools/codemod/source-folder.ts';

const server = serverOf(majors.at(-1) ?? 18);
const databases: CreatedDatabase[] = [];
let migrated: CreatedDatabase;

/** A database of its own, changed by some SQL. */
async function databaseFrom(template: 'legacy' | 'migrated', sql = ''): Promise<string> {
  const database = await createDatabase(server, { template: template === 'legacy' ? 'legacy' : migrated.name });
  databases.push(database);
  if (sql !== '') await asSuperuser(server, (client) => client.query(sql), database.name);
  return database.url;
}

beforeAll(async () => {
  migrated = await createDatabase(server, { template: 'migrated' });
  databases.push(migrated);
  await withConnection(migrated.url, ({ query }) => recordMigrations(query));
});
afterAll(() => Promise.all(databases.map(({ drop }) => drop())));

/** A run of a command, and what of its report shows that it is the one of this answer. */
interface Run {
  readonly parameters: readonly string[];
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly report: object;
}

/** The runs of a command that answers "yes", and of one that answers "no" by its report, or by refusing. */
interface Answers {
  readonly yes: () => Run | Promise<Run>;
  readonly no: () => Run | Promise<Run>;
  /** What the command needs beside a URL. */
  readonly parameters?: readonly string[];
}

const unknownMigration = `INSERT INTO drizzle.canonical_models_migrations (hash, created_at, name) VALUES ('0', 0, 'of_the_future')`;
const refused = { error: { code: 'conflict' } };
const keys = {
  CANONICAL_MODELS_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  CANONICAL_MODELS_ENCRYPTION_KEY_ID: 'k1',
};

const ofDatabases: Readonly<Record<string, Answers>> = {
  migrate: {
    yes: async () => ({
      parameters: ['--no-check'],
      url: await databaseFrom('migrated'),
      report: { state: 'up-to-date', stoppedAt: null, check: null },
    }),
    no: async () => ({
      parameters: [],
      url: await databaseFrom('migrated', unknownMigration),
      report: { ...refused, steps: [], check: null, interrupted: false },
    }),
  },
  check: {
    yes: () => ({ parameters: ['--no-drizzle-kit'], url: migrated.url, report: { status: 'agrees' } }),
    no: async () => ({
      parameters: ['--no-drizzle-kit'],
      url: await databaseFrom('migrated', 'DROP INDEX idx_bookings_status'),
      report: { status: 'differs' },
    }),
  },
  status: {
    yes: () => ({ parameters: [], url: migrated.url, report: { migrations: expect.any(Array) } }),
    no: async () => ({ parameters: [], url: await databaseFrom('migrated', unknownMigration), report: refused }),
  },
  usage: {
    yes: async () => ({
      parameters: ['--remember'],
      url: await databaseFrom('migrated', 'CREATE EXTENSION pg_stat_statements'),
      report: { remembered: expect.any(String) },
    }),
    no: () => ({ parameters: [], url: migrated.url, report: { verdict: 'cannot-tell' } }),
  },
  revert: {
    yes: async () => ({
      parameters: ['--to', 'rename_social_thread_tables_1_lead_social_threads'],
      url: await databaseFrom('migrated'),
      report: { steps: [], stoppedAt: null, interrupted: false },
    }),
    no: async () => ({
      parameters: ['--to', 'baseline'],
      url: await databaseFrom('legacy'),
      report: { ...refused, steps: [], interrupted: false },
    }),
    parameters: ['--to', 'baseline'],
  },
  baseline: {
    yes: async () => ({ parameters: [], url: await databaseFrom('legacy'), report: { status: 'recorded' } }),
    no: async () => ({
      parameters: [],
      url: await databaseFrom('legacy', 'DROP INDEX idx_bookings_status'),
      report: { status: 'differs' },
    }),
  },
  adopt: {
    yes: async () => ({ parameters: [], url: await databaseFrom('legacy'), report: { status: 'ready' } }),
    no: async () => ({
      parameters: [],
      url: await databaseFrom('legacy', 'ALTER TABLE bookings ENABLE ROW LEVEL SECURITY'),
      report: { status: 'undecided' },
    }),
  },
  'encrypt-tokens': {
    yes: () => ({ parameters: ['--dry-run'], url: migrated.url, env: keys, report: { dryRun: true, unreadable: 0 } }),
    no: async () => ({
      parameters: ['--dry-run'],
      url: await databaseFrom(
        'migrated',
        `UPDATE identity.oauth_accounts SET access_token = '§encrypted:v1:gone:' || repeat('A', 60) || '§'`,
      ),
      env: keys,
      report: { dryRun: true, unreadable: expect.any(Number) },
    }),
    parameters: ['--dry-run'],
  },
};

const ofFiles: Readonly<Record<string, Answers>> = {
  codemod: {
    yes: () => ({ parameters: ['--check', folderWith({ 'a.ts': '' })], report: { summary: { moved: 0 } } }),
    no: () => ({ parameters: ['--check', folderWith({ 'a.ts': old })], report: { summary: { moved: 1 } } }),
    parameters: ['/nowhere/at/all'],
  },
  shims: {
    yes: () => ({ parameters: ['--legacy-root', folderWith({ 'a.ts': '' })], report: { files: [] } }),
    no: () => ({
      parameters: ['--legacy-root', folderWith({ 'models/customer.ts': 'export const loyalty = 1;\n' })],
      report: { files: [{ status: 'refused' }] },
    }),
    parameters: ['--legacy-root', '/nowhere/at/all'],
  },
};

/** The JSON of a run, which is all that stands on standard output. */
const reportOf = ({ stdout }: Pick<CommandResult, 'stdout'>) => JSON.parse(stdout) as Partial<FailedReport>;

const { error: emptyError }: FailedReport = {
  version: 1,
  error: { code: 'wrong-usage', object: '', found: '', expected: '', next: '' },
};

/** Checks that a run failed as every run fails: one shape on standard output, the same in words on standard error. */
function expectFailed(result: CommandResult, exitCode: number, error: Partial<FailedReport['error']>): void {
  const report = reportOf(result);
  expect(report, result.stderr).toMatchObject({ version: 1, error });
  expect(result.exitCode).toBe(exitCode);
  expect(Object.keys(report.error ?? {}).sort()).toEqual(Object.keys(emptyError).sort());
  for (const text of Object.values(report.error ?? {})) expect(text).toMatch(/\S/);
  const { object, found, expected, next } = report.error ?? emptyError;
  expect(result.stderr).toContain(`${object}: found ${found}; expected ${expected}.\nNext: ${next}\n`);
}

const every = { ...ofDatabases, ...ofFiles };

test('the table has every command', () => {
  expect(Object.keys(every).sort()).toEqual(
    canonicalModelsProgram()
      .commands.map((command) => command.name())
      .sort(),
  );
});

describe.each(Object.entries(every))('%s --json', (name, { yes, no, parameters = [] }) => {
  const run = (command: typeof canonicalModels, { parameters: given, url, env }: Run) =>
    command([name, ...given, '--json'], { ...env, ...(url !== undefined && { DATABASE_URL: url }) });

  test.concurrent('done: exit 0, the report of the command', async () => {
    const asked = await yes();
    const result = await run(canonicalModels, asked);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(reportOf(result)).toMatchObject({ version: 1, ...asked.report });
    expect(reportOf(result)).not.toHaveProperty('error');
  });

  test.concurrent('no: exit 1, the report of the command, with an error where it refused', async () => {
    const asked = await no();
    const result = await run(thorough ? canonicalModels : hostedCommand, asked);
    if ('error' in asked.report) expectFailed(result, 1, {});
    expect(result.exitCode, result.stderr).toBe(1);
    expect(reportOf(result)).toMatchObject({ version: 1, ...asked.report });
    if (!('error' in asked.report)) expect(reportOf(result)).not.toHaveProperty('error');
  });

  // The program gives all commands this in one loop: a short run asks the first, the last and one between.
  if (!thorough && !['migrate', 'encrypt-tokens', 'shims'].includes(name)) return;
  test.concurrent('wrong usage: exit 2, and the next step is the help of this command', async () => {
    const result = await hostedCommand([name, ...parameters, '--jsom', '--json']);
    expectFailed(result, 2, {
      code: 'wrong-usage',
      object: `canonical-models ${name}`,
      found: "unknown option '--jsom'",
      next: `Did you mean --json? See canonical-models ${name} --help`,
    });
    expect(result.stderr).not.toContain('Usage:');
  });
});

/** A URL with secrets: a password that is percent-encoded, and one as a parameter. */
const urlWithSecrets = (port: number) =>
  `postgres://deploy:Hidden%40%2Fone@127.0.0.1:${port}/catering?password=Hidden-two%21&sslpassword=Hidden-three`;
const secrets = /Hidden|one@|two|three/;

describe.each(Object.entries(ofDatabases))('%s', (name, { parameters = [] }) => {
  test.concurrent('no connection: exit 2, and no password shows', async () => {
    const result = await hostedCommand([name, ...parameters, '--json', '--url', urlWithSecrets(1)], keys);
    expectFailed(result, 2, { code: 'no-connection', object: 'postgres://deploy@127.0.0.1:1/catering' });
    expect(result.stdout + result.stderr).not.toMatch(secrets);
  });

  // The same function takes the URL and opens the connection: a short run asks three commands.
  if (!thorough && !['migrate', 'encrypt-tokens', 'usage'].includes(name)) return;
  test.concurrent('no URL: exit 2', async () => {
    const result = await hostedCommand([name, ...parameters, '--json'], keys);
    expectFailed(result, 2, { code: 'missing-url', object: '--url', next: 'give --url, or set DATABASE_URL' });
  });
});

test.concurrent.for(Object.entries(ofFiles))(
  '%s of files that are not there: exit 2',
  async ([name, { parameters = [] }]) => {
    const result = await hostedCommand([name, ...parameters, '--json']);
    expectFailed(result, 2, { code: 'invalid-input' });
    expect(result.stderr).toContain('/nowhere/at/all');
  },
);

const withoutConnection = urlWithSecrets(1);
test.concurrent.for<[what: string, words: string[], code: string, says: RegExp]>([
  ['another scheme', ['status', '--url', withoutConnection.replace('postgres', 'mysql')], 'missing-url', /mysql:/],
  ['a password that is not encoded', ['status', '--url', 'postgres://deploy:Hidden/one@h/db'], 'no-connection', /%2F/],
  [
    'one with a blank',
    ['status', '--url', 'postgres://deploy:Hidden one@two three@h:1x/db'],
    'no-connection',
    /given URL/,
  ],
  ['a connection string of libpq', ['status', '--url', 'host=h password=Hidden-two'], 'missing-url', /given URL/],
  ['the name of an option', ['migrate', `--urll=${withoutConnection}`], 'wrong-usage', /--urll=postgres:\/\/deploy@/],
  ['a command', [withoutConnection], 'wrong-usage', /unknown command/],
  ['a duration', ['revert', '--to', 'x', '--max-wait', withoutConnection], 'wrong-usage', /--max-wait/],
  ['a migration', ['revert', '--to', withoutConnection], 'invalid-input', /--to postgres/],
  ['a folder', ['status', '--folder', withoutConnection], 'not-set-up', /no such folder/],
  ['a folder of PGlite', ['status', '--url', `pglite:${withoutConnection}`], 'no-connection', /no database there/],
])('no password shows where a URL is %s', async ([, words, code, says]) => {
  const result = await hostedCommand([...words, '--json'], { DATABASE_URL: migrated.url });
  expectFailed(result, 2, { code });
  expect(result.stderr).toMatch(says);
  expect(result.stdout + result.stderr).not.toMatch(secrets);
});

describe('an interruption', () => {
  /** A server that takes connections and never says anything. */
  async function silentServer(): Promise<{ port: number; arrived: Promise<unknown>; close(): void }> {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on('error', () => {})));
    const arrived = once(silent, 'connection');
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    return {
      port: typeof address === 'object' && address ? address.port : 0,
      arrived,
      close: () => {
        for (const socket of sockets) socket.destroy();
        silent.close();
      },
    };
  }

  async function ended(child: ChildProcess): Promise<CommandResult> {
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [exitCode] = await once(child, 'close');
    return { exitCode: exitCode ?? 255, stdout, stderr };
  }

  const names = Object.keys(ofDatabases);
  test.concurrent.for(thorough ? names : ['check', 'migrate'])('of %s: exit 130, with a report', async (name) => {
    const silent = await silentServer();
    try {
      const parameters = [name, ...(ofDatabases[name]?.parameters ?? []), '--json'];
      const child = spawn(process.execPath, [inject('bin'), ...parameters], {
        env: { ...process.env, ...keys, DATABASE_URL: urlWithSecrets(silent.port) },
      });
      const result = ended(child);
      await silent.arrived;
      child.kill(name === 'check' ? 'SIGTERM' : 'SIGINT');
      expectFailed(await result, 130, { code: 'interrupted', object: `canonical-models ${name}` });
    } finally {
      silent.close();
    }
  });

  test('of a migration that waits for a table: exit 130, and the report names where it stopped', async () => {
    const url = await databaseFrom('legacy');
    await asSuperuser(
      server,
      async (holder) => {
        await holder.query('BEGIN; SELECT count(*) FROM identity.social_accounts');
        const parameters = ['migrate', '--json', '--url', url, '--lock-timeout', '100ms'];
        const child = spawn(process.execPath, [inject('bin'), ...parameters]);
        child.stderr.once('data', () => {});
        const waits = new Promise<void>((resolve) => {
          child.stderr.on('data', (text: Buffer) => {
            if (text.includes('got no lock')) resolve();
          });
        });
        const result = ended(child);
        await waits;
        child.kill('SIGINT');
        const { steps, stoppedAt, ...report } = reportOf(await result) as Record<string, unknown>;
        expect(report).toMatchObject({ interrupted: true, check: null });
        expect(steps).toMatchObject([{ action: 'recorded' }]);
        expect(stoppedAt).toMatch(/_oauth_accounts$/);
        expectFailed(await result, 130, { code: 'interrupted', object: String(stoppedAt) });
      },
      new URL(url).pathname.slice(1),
    );
  });
});
