import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Connection, connect } from '../../../src/tools/database/connect.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { type MigrateReport, migrate } from '../../../src/tools/migrate/migrate.ts';
import { type RevertReport, revert } from '../../../src/tools/revert/revert.ts';
import { RunFailure } from '../../../src/tools/run-failure.ts';
import { type Bundles, bundleInProject } from '../../support/bundle.ts';
import { majors, serverOf } from '../../support/databases.ts';
import { legacySql } from '../../support/legacy.ts';
import {
  asSuperuser,
  type CreatedDatabase,
  createDatabase,
  durable,
  type Server,
  type ServerAddress,
  startServer,
  superuserUrl,
} from '../../support/servers.ts';
import { databaseState, recordedState, sessionsGone, withSession } from './database-state.ts';
import { commits, withHooks } from './message-hooks.ts';
import type { KilledRun, Moment } from './run-until-killed.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';

/** How many times the client is killed, and how many times the server. */
const clientKills = deep ? 60 : 3;
const serverKills = deep ? 20 : 2;

/** The PostgreSQL versions on which the client is killed, and on which the server is. */
const clientMajors = deep ? majors : majors.slice(-1);
const serverMajors = deep ? majors : majors.slice(0, 1);

/** `run-until-killed.ts`, bundled. */
let script: Bundles;
beforeAll(async () => {
  script = await bundleInProject('killed', { 'run-until-killed': 'test/tools/migrate/run-until-killed.ts' });
});
afterAll(() => script.remove());

/** Where a run starts, and what runs. */
const runs = [
  { from: 'legacy', command: 'migrate' },
  { from: 'empty', command: 'migrate' },
  { from: 'migrated', command: 'revert' },
] as const;
type From = (typeof runs)[number]['from'];

/** What a run that nobody disturbs does. */
interface CleanRun {
  /** The state before it, and after each message that commits, oldest first; `outline` of it, but for the long form. */
  readonly states: readonly string[];
  /** The whole state at its end. */
  readonly end: string;
  /** How long the server took for each message, in milliseconds, and whether it commits. */
  readonly messages: readonly { readonly milliseconds: number; readonly commits: boolean }[];
}

const perform = (command: KilledRun['command'], connection: Connection): Promise<MigrateReport | RevertReport> =>
  command === 'migrate' ? migrate(connection) : revert(connection, { to: 'baseline' });

/** Creates a database as a run finds it, for each of the runs to have a copy. */
async function createStart(server: ServerAddress, from: From): Promise<CreatedDatabase> {
  const database = await createDatabase(server, from === 'empty' ? {} : { template: 'legacy' });
  if (from === 'migrated') await withConnection(database.url, (connection) => migrate(connection));
  return database;
}

/** A state as text: equal where the states are. */
const stateText = async (query: Query) => JSON.stringify(await databaseState(query));

/**
 * What a state is told by among those that a run passes through: the record, what is noted, and everything that has a name. It costs a
 * fraction of the whole state, which is compared at the end, when the next run has completed.
 */
async function outline(query: Query): Promise<string> {
  const { rows } = await query(`
    SELECT 'relation' AS kind, oid::regclass::text AS name, concat(relkind, relpersistence, relhastriggers) AS of
    FROM pg_class WHERE oid >= 16384 AND relkind NOT IN ('t', 'i') AND relnamespace::regnamespace::text !~ '^pg_'
    UNION ALL SELECT 'index', indexrelid::regclass::text, concat(indrelid::regclass, indisvalid, indisready)
    FROM pg_index WHERE indexrelid >= 16384 AND indrelid::regclass::text !~ '^pg_toast'
    UNION ALL SELECT 'column', attname, concat(attrelid::regclass, atttypid::regtype, attnotnull, atthasdef)
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'v')
    UNION ALL SELECT 'constraint', conname, concat(conrelid::regclass, contype, convalidated) FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT 'trigger', tgname, concat(tgrelid::regclass, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', oid::regprocedure::text, md5(prosrc) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'type', oid::regtype::text, typtype::text FROM pg_type WHERE oid >= 16384 AND typtype IN ('e', 'd')
    UNION ALL SELECT 'schema', nspname, NULL FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_'
    ORDER BY 1, 2, 3`);
  return JSON.stringify({ rows, ...(await recordedState(query)) });
}

const passedState = deep ? stateText : outline;

async function withConnection<T>(url: string, run: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(url);
  try {
    return await run(connection);
  } finally {
    await connection.close().catch(() => {});
  }
}

async function cleanRun(server: ServerAddress, template: string, command: KilledRun['command']): Promise<CleanRun> {
  const { url, drop } = await createDatabase(server, { template });
  try {
    return await withSession(url, async ({ query }) => {
      const states = [await passedState(query)];
      const messages: { milliseconds: number; commits: boolean }[] = [];
      let began = 0;
      await withConnection(url, (connection) =>
        perform(
          command,
          withHooks(connection, {
            before: () => {
              began = performance.now();
            },
            after: async (_, sql) => {
              messages.push({ milliseconds: performance.now() - began, commits: commits(sql) });
              if (commits(sql)) states.push(await passedState(query));
            },
          }),
        ),
      );
      return { states, messages, end: await stateText(query) };
    });
  } finally {
    await drop();
  }
}

/**
 * Moments spread evenly over a run. Of all that there are, before each message, and in the midst of each that commits as often as
 * its changes weigh, every n-th is taken.
 */
function momentsOf({ messages }: CleanRun, count: number): Moment[] {
  const all = messages.flatMap(({ milliseconds, commits }, index): Moment[] => {
    const message = index + 1;
    const during = commits ? [0.02, 0.2, 0.4, 0.6, 0.8, 0.95, 1.05] : [];
    return [
      { message, when: 'before', delay: 0 },
      ...during.map((part): Moment => ({ message, when: 'during', delay: milliseconds * part })),
      ...(commits ? [{ message, when: 'after', delay: 0 } as const] : []),
    ];
  });
  return Array.from({ length: count }, (_, n) => all[Math.floor(((n + 0.5) * all.length) / count)] as Moment);
}

/**
 * Deals a number of kills out to the runs: a half to legacy databases, a quarter to each of the others. Only the long form has those of
 * an empty database, in which a run does the same and creates the baseline, too.
 */
function deal(kills: number): { run: (typeof runs)[number]; count: number }[] {
  const quarter = Math.floor((kills + 1) / 4);
  const dealt = runs.filter(({ from }) => deep || from !== 'empty');
  return dealt.map((run) => ({
    run,
    count: run.from === 'legacy' ? kills - (dealt.length - 1) * quarter : quarter,
  }));
}

/** Checks that a database is as it was before or after a whole migration, and that the next run completes. */
async function expectWhole(url: string, { states, end }: CleanRun, command: KilledRun['command']): Promise<void> {
  await withSession(url, async ({ query }) => {
    await sessionsGone(query);
    const passed = states.indexOf(await passedState(query));
    expect(passed, 'a state that a clean run passes through').toBeGreaterThanOrEqual(0);
    const report = await withConnection(url, (connection) => perform(command, connection));
    expect(report.interrupted).toBe(false);
    expect(report.steps).toHaveLength(states.length - 1 - passed);
    expect((await stateText(query)) === end, 'the state at which a clean run ends').toBe(true);
  });
}

/** Runs the command in a process of its own, which ends itself with SIGKILL at a moment. */
async function runUntilKilled(run: KilledRun): Promise<void> {
  const child = spawn(process.execPath, [join(script.folder, 'run-until-killed.mjs'), JSON.stringify(run)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const [code, signal] = await once(child, 'close');
  expect({ code, signal, stderr }).toEqual({ code: null, signal: 'SIGKILL', stderr: '' });
}

describe.each(clientMajors)('PostgreSQL %d', (major) => {
  test(`the client killed with SIGKILL at ${clientKills} moments: before or after a whole migration, and the next run completes`, {
    timeout: deep ? 1_800_000 : 120_000,
  }, async () => {
    const server = serverOf(major);
    for (const { run, count } of deal(clientKills)) {
      if (count === 0) continue;
      const start = await createStart(server, run.from);
      const clean = await cleanRun(server, start.name, run.command);
      for (const moment of momentsOf(clean, count)) {
        const { url, drop } = await createDatabase(server, { template: start.name });
        try {
          await runUntilKilled({ command: run.command, url, moment });
          await expectWhole(url, clean, run.command);
        } finally {
          await drop();
        }
      }
      await start.drop();
    }
  });
});

describe.each(serverMajors)('a server of PostgreSQL %d that crashes', (major) => {
  let server: Server;

  beforeAll(async () => {
    server = await startServer({ major, settings: durable });
    await asSuperuser(server, (client) => client.query('CREATE DATABASE legacy TEMPLATE template0'));
    await asSuperuser(server, (client) => client.query(legacySql()), 'legacy');
  });
  afterAll(() => server?.remove());

  test(`at ${serverKills} moments: before or after a whole migration, and the next run completes`, {
    timeout: deep ? 1_800_000 : 120_000,
  }, async () => {
    for (const { run, count } of deal(serverKills)) {
      if (count === 0) continue;
      const start = await createStart(server, run.from);
      const clean = await cleanRun(server, start.name, run.command);
      for (const { message, when, delay } of momentsOf(clean, count)) {
        const { url, drop } = await createDatabase(server, { template: start.name });
        const crash = async (at: number) => {
          if (at !== message) return;
          await sleep(delay);
          await server.stop('immediate');
        };
        const connection = await connect(url);
        const hooked = withHooks(connection, { [when]: crash });
        const outcome = await perform(run.command, hooked).catch((error: unknown) => error);
        await connection.close().catch(() => {});
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(RunFailure);
          expect(outcome).toMatchObject({ cause: { name: 'NotSetUp' }, found: expect.stringMatching(/connection/) });
        }
        await server.start();
        await expectWhole(url, clean, run.command);
        await drop();
      }
      await start.drop();
    }
  });

  test('the error names a server that is gone', async () => {
    await server.stop('fast');
    await expect(connect(superuserUrl(server, 'legacy'))).rejects.toMatchObject({ name: 'NotSetUp' });
    await server.start();
  });
});
