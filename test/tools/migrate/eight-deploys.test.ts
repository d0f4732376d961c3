import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../src/tools/database/connect.ts';
import { type MigrateReport, migrate } from '../../../src/tools/migrate/migrate.ts';
import { packageMigrationsFolder, readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { majors, serverOf, shareOf } from '../../support/databases.ts';
import { canonicalModels } from '../../support/kit.ts';
import { asSuperuser, type CreatedDatabase, createDatabase } from '../../support/servers.ts';
import { databaseStateAt } from './database-state.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';
const rounds = deep ? 25 : 1;
const deploys = Array.from({ length: 8 }, (_, index) => index);

const names = readMigrations().map(({ name }) => name);
/** As many migrations as the half-migrated database has. */
const half = 4;

async function deploy(url: string, folder?: string): Promise<MigrateReport> {
  const connection = await connect(url);
  return migrate(connection, folder === undefined ? {} : { folder }).finally(() => connection.close());
}

describe.each(majors)('PostgreSQL %d', (major) => {
  const server = serverOf(major);
  let halfMigrated: CreatedDatabase;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'canonical-models-half-'));
    for (const name of names.slice(0, half)) {
      cpSync(join(packageMigrationsFolder(), name), join(folder, name), { recursive: true });
    }
    halfMigrated = await createDatabase(server, { template: 'legacy' });
    await deploy(halfMigrated.url, folder);
  });
  afterAll(async () => {
    await halfMigrated?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const states = [
    { state: 'empty', pending: names, template: () => undefined },
    { state: 'legacy', pending: names, template: () => 'legacy' },
    { state: 'partly-migrated', pending: names.slice(half), template: () => halfMigrated.name },
  ] as const;

  /** Has all eight at work on a fresh database, and checks what they did together against what one does alone. */
  async function round(
    template: string | undefined,
    pending: readonly string[],
    run: (url: string, deploy: number) => Promise<MigrateReport>,
    expected: string,
  ): Promise<MigrateReport[]> {
    const { url, drop } = await createDatabase(server, template === undefined ? {} : { template });
    try {
      const reports = await Promise.all(deploys.map((index) => run(url, index)));
      const done = reports.flatMap(({ steps }) => steps.map(({ migration }) => migration));
      expect(done.sort()).toEqual([...pending].sort());
      for (const report of reports) expect(report).toMatchObject({ last: names.at(-1), interrupted: false });
      // The record and the notes, a row a migration, are part of the state.
      expect(JSON.stringify(await databaseStateAt(url)) === expected, 'the same as one deploy alone').toBe(true);
      return reports;
    } finally {
      await drop();
    }
  }

  /** The state after one deploy. */
  async function alone(template: string | undefined): Promise<string> {
    const { url, drop } = await createDatabase(server, template === undefined ? {} : { template });
    try {
      await deploy(url);
      const state = await databaseStateAt(url);
      expect(state.record.map(({ name }) => name)).toEqual(names);
      expect(state.runs.map(({ migration }) => migration)).toEqual(names);
      return JSON.stringify(state);
    } finally {
      await drop();
    }
  }

  test.for(shareOf(states, major))(
    `eight at once, ${rounds} rounds, on a database that is $state: one application of each migration`,
    { timeout: deep ? 900_000 : 120_000 },
    async ({ state, pending, template }) => {
      const expected = await alone(template());
      for (let number = 1; number <= rounds; number++) {
        const reports = await round(template(), pending, (url) => deploy(url), expected);
        // The first run saw the original database; later ones saw what had been migrated by then.
        expect(reports.map((report) => report.state)).toContain(state);
      }
    },
  );
});

// Processes are the same whatever the server: one version, one state and half of them in the short form.
const processes = deep ? deploys : deploys.slice(0, 4);
describe.each(deep ? majors : majors.slice(-1))(`${processes.length} processes on PostgreSQL %d`, (major) => {
  const server = serverOf(major);

  test('all exit with 0, and each migration is applied once', { timeout: deep ? 900_000 : 120_000 }, async () => {
    const { url, drop } = await createDatabase(server, { template: 'legacy' });
    try {
      const results = await Promise.all(
        processes.map(() =>
          canonicalModels(['migrate', '--json', ...(deep ? [] : ['--no-check'])], { DATABASE_URL: url }),
        ),
      );
      expect(results.map(({ exitCode }) => exitCode)).toEqual(processes.map(() => 0));
      const reports = results.map(({ stdout }) => JSON.parse(stdout) as MigrateReport);
      expect(reports.flatMap(({ steps }) => steps.map(({ migration }) => migration)).sort()).toEqual(names);
      const { record, runs } = await databaseStateAt(url);
      expect(record.map(({ name }) => name)).toEqual(names);
      expect(runs.map(({ migration }) => migration)).toEqual(names);
      const { rows } = await asSuperuser(
        server,
        (client) => client.query('SELECT count(*)::int AS count FROM customer_messages'),
        new URL(url).pathname.slice(1),
      );
      expect(rows).toEqual([{ count: 420 }]);
    } finally {
      await drop();
    }
  });
});
