import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import { queryOf } from '../src/tools/database/query.ts';
import { readMigrations } from '../src/tools/migrations/migrations-folder.ts';
import { createRecordStatements, recordStatement } from '../src/tools/migrations/record.ts';
import { legacySql } from '../test/support/legacy.ts';
import { asSuperuser, type Major, type Server, startServer, superuserUrl } from '../test/support/servers.ts';
import { type Figure, measurement } from './figure.ts';
import { packageRoot, packPackage } from './installed.ts';

const rounds = 5;
const major: Major = 18;

/** The same migrated database, alone and among tables of others. */
const databases = [
  { name: 'ours', tables: 44 },
  { name: 'many', tables: 500 },
] as const;
type Database = (typeof databases)[number];

/** The compared commands, as whole processes, with the exit codes that are fine. */
const commands = {
  check: { name: 'canonical-models check', script: 'dist/cli.js', parameters: ['check', '--json'], exitCodes: [0] },
  kit: {
    name: 'drizzle-kit push --explain',
    script: 'node_modules/drizzle-kit/bin.cjs',
    parameters: ['push', '--explain', '--output', 'json', '--config', 'dist/drizzle.config.js'],
    exitCodes: [0],
  },
} as const;
type Command = keyof typeof commands;

/**
 * How long `canonical-models check` takes compared with `drizzle-kit push --explain` on the same database, and how much longer both take
 * with 500 tables. The additional tables have the columns, indexes and constraints of our bookings.
 */
export async function benchCheck(): Promise<Figure[]> {
  packPackage();
  const server = await startServer({ major });
  try {
    for (const database of databases) await fill(server, database);
    const samples = measure(server);
    const [few, many] = databases;
    const of = (command: Command, { name }: Database) => samples[command][name];
    const growth = (command: Command) =>
      of(command, many).map((milliseconds, round) => milliseconds - (of(command, few)[round] ?? 0));
    const peer = commands.kit.name;
    return [
      ...databases.map((database) => ({
        name: `${commands.check.name}, ${database.tables} tables`,
        unit: 'ms' as const,
        ours: measurement(of('check', database)),
        peer: { name: peer, value: measurement(of('kit', database)) },
        ...(database === few && { limit: 1.25 }),
      })),
      {
        name: `${commands.check.name}, what ${many.tables} tables add to the time for ${few.tables}`,
        unit: 'ms',
        ours: measurement(growth('check')),
        peer: { name: peer, value: measurement(growth('kit')) },
        limit: 2,
      },
    ];
  } finally {
    await server.remove();
  }
}

function measure(server: Server): Record<Command, Record<Database['name'], number[]>> {
  const samples = { check: { ours: [], many: [] }, kit: { ours: [], many: [] } } as Record<
    Command,
    Record<Database['name'], number[]>
  >;
  // The first round warms the caches of disk and server, and does not count.
  for (let round = -1; round < rounds; round++) {
    for (const { name } of databases) {
      for (const command of ['check', 'kit'] as const) {
        const milliseconds = run(command, superuserUrl(server, name));
        if (round >= 0) samples[command][name].push(milliseconds);
      }
    }
  }
  return samples;
}

function run(command: Command, url: string): number {
  const { name, script, parameters, exitCodes } = commands[command];
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(packageRoot, script), ...parameters], {
    cwd: packageRoot,
    env: { ...process.env, DATABASE_URL: url },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const milliseconds = performance.now() - started;
  if (!exitCodes.some((code) => code === status)) {
    throw new Error(`${name}: found exit code ${status}; expected ${exitCodes.join(' or ')}.\n${stdout}${stderr}`);
  }
  return milliseconds;
}

/** Creates a legacy database, runs every migration on it, and adds tables up to the given number. */
async function fill(server: Server, { name, tables }: Database): Promise<void> {
  await asSuperuser(server, (client) =>
    client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`),
  );
  await asSuperuser(
    server,
    async (client) => {
      await client.query(legacySql());
      const query = queryOf(client);
      const migrations = readMigrations();
      for (const { statements } of migrations.slice(1)) {
        await query('BEGIN');
        for (const statement of statements) await query(statement);
        await query('COMMIT');
      }
      for (const statement of [...createRecordStatements, ...migrations.map(recordStatement)]) await query(statement);
      const { rows } = await query(
        `SELECT count(*)::int AS count FROM pg_tables WHERE schemaname IN ('public', 'identity')`,
      );
      for (let table = Number(rows[0]?.['count']) + 1; table <= tables; table++) {
        await query(`CREATE TABLE table_${table} (LIKE bookings INCLUDING ALL)`);
      }
      await query('ANALYZE');
    },
    name,
  );
}
