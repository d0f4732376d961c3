import { randomUUID } from 'node:crypto';
import { appendFileSync, cpSync, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { describe, inject, type SuiteOptions } from 'vitest';
import { type Connection, connect } from '../../src/tools/database/connect.ts';
import { type Query, queryOf } from '../../src/tools/database/query.ts';
import { legacySql } from './legacy.ts';
import { applyMigrations, baselineMigration, migrationsAfterBaseline, recordMigrations } from './migrate.ts';
import { createDatabase, type Major, type ServerAddress } from './servers.ts';

/**
 * The initial content of a test's database: nothing, the legacy schema with its rows, every table without a row, or the legacy database
 * after all migrations. No record of migrations is in it, but for `deployed`: that is the legacy database as `migrate` leaves it.
 */
export type Content = 'empty' | 'legacy' | 'canonical' | 'migrated' | 'deployed';

/** The engines for tests: a server of a PostgreSQL version, or PGlite in the test's own process. */
export type Engine = Major | 'pglite';

/** A database that one test has to itself, with one connection to it. */
export interface TestDatabase {
  readonly engine: Engine;
  readonly query: Query;
  /** Runs several statements, separated by semicolons, in one transaction unless they say otherwise. */
  exec(sql: string): Promise<void>;
  /** Closes the connection and removes the database. */
  close(): Promise<void>;
}

/** A test's database on a server. */
export interface ServerDatabase extends TestDatabase {
  readonly engine: Major;
  readonly client: pg.Client;
  readonly name: string;
  /** For more connections, and for tools that open their own. */
  readonly url: string;
}

/** A test's PGlite database. */
export interface PGliteDatabase extends TestDatabase {
  readonly engine: 'pglite';
  readonly pglite: PGlite;
  readonly folder: string;
}

/** A test's database as the library takes it. */
export const connectionTo = ({ query, exec }: TestDatabase): Connection => ({
  query,
  exec,
  label: 'the test database',
  close: async () => {},
});

/** Opens a connection of the library's own, and closes it when `run` is done. */
export async function withConnection<T>(url: string, run: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(url);
  return run(connection).finally(() => connection.close());
}

/** The PostgreSQL versions of this run. */
export const majors: readonly Major[] = inject('servers').map(({ major }) => major);

/** Everything that this run can run on. */
export const engines: readonly Engine[] = [...majors, 'pglite'];

/** Whether the run has time: every version, or the long forms. */
export const thorough: boolean = majors.length > 2 || process.env['CANONICAL_MODELS_DEEP'] === '1';

/** What can be run on where the answer hardly depends on the version: the newest one and PGlite, and all of them in a long run. */
const fewEngines: readonly Engine[] = thorough ? engines : engines.slice(-2);

/** The cases that a version takes: all of them in a long run, and otherwise each version its share. */
export function shareOf<T>(cases: readonly T[], major: Major): readonly T[] {
  return thorough ? cases : cases.filter((_, index) => index % majors.length === majors.indexOf(major));
}

/** The cases that one of few engines takes: all of them in a long run, and otherwise each engine its share. */
export function shareOfEngine<T>(cases: readonly T[], engine: Engine): readonly T[] {
  return thorough ? cases : cases.filter((_, index) => index % fewEngines.length === fewEngines.indexOf(engine));
}

/** Declares the same tests for each PostgreSQL version of this run. */
export function eachMajor(declare: (major: Major) => void): void {
  for (const major of majors) describe(engineName(major), () => declare(major));
}

/** Declares the same tests for each PostgreSQL version of this run and for PGlite. */
export function eachEngine(declare: (engine: Engine) => void): void {
  for (const engine of engines) describe(engineName(engine), () => declare(engine));
}

/** Declares the same tests for the newest PostgreSQL version of this run and for PGlite; for all of them in a long run. */
export function eachOfFewEngines(declare: (engine: Engine) => void): void {
  for (const engine of fewEngines) describe(engineName(engine), () => declare(engine));
}

/** Declares the same tests for the newest PostgreSQL version of this run; for each of them in a long run. */
export function eachOfFewMajors(declare: (major: Major) => void, options: SuiteOptions = {}): void {
  for (const major of thorough ? majors : majors.slice(-1)) describe(engineName(major), options, () => declare(major));
}

/** Declares the same tests for the oldest PostgreSQL version of this run; for each of them in a long run. */
export function eachOfOldestMajors(declare: (major: Major) => void): void {
  for (const major of thorough ? majors : majors.slice(0, 1)) describe(engineName(major), () => declare(major));
}

/** Declares the same tests for the newest PostgreSQL version of this run; for each of them and for PGlite in a long run. */
export function eachEngineOfLongRuns(declare: (engine: Engine) => void): void {
  for (const engine of thorough ? engines : majors.slice(-1)) describe(engineName(engine), () => declare(engine));
}

/** The server of this run for a PostgreSQL version. */
export function serverOf(major: Major): ServerAddress {
  const server = inject('servers').find((address) => address.major === major);
  if (!server) throw new Error(`No PostgreSQL ${major} in this run: CANONICAL_MODELS_TEST_MAJORS does not list it.`);
  return server;
}

/** Opens a fresh database, and closes it even if `run` fails. */
export async function withDatabase<T>(
  engine: Major,
  content: Content,
  run: (database: ServerDatabase) => Promise<T>,
): Promise<T>;
export async function withDatabase<T>(
  engine: 'pglite',
  content: Content,
  run: (database: PGliteDatabase) => Promise<T>,
): Promise<T>;
export async function withDatabase<T>(
  engine: Engine,
  content: Content,
  run: (database: TestDatabase) => Promise<T>,
): Promise<T>;
export async function withDatabase<T>(
  engine: Engine,
  content: Content,
  run: (database: never) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(engine, content);
  try {
    return await run(database as never);
  } finally {
    await database.close();
  }
}

/** Opens a fresh database, for tests that share one. Close it when done. */
export function openDatabase(engine: Major, content: Content): Promise<ServerDatabase>;
export function openDatabase(engine: 'pglite', content: Content): Promise<PGliteDatabase>;
export function openDatabase(engine: Engine, content: Content): Promise<ServerDatabase | PGliteDatabase>;
export function openDatabase(engine: Engine, content: Content): Promise<ServerDatabase | PGliteDatabase> {
  return engine === 'pglite' ? openPGlite(content) : openServerDatabase(engine, content);
}

/** Opens a fresh database on the server of a PostgreSQL version. */
export async function openServerDatabase(major: Major, content: Content): Promise<ServerDatabase> {
  const { name, url, drop } = await createDatabase(serverOf(major), content === 'empty' ? {} : { template: content });
  const client = new pg.Client(url);
  await client.connect();
  return {
    engine: major,
    name,
    url,
    client,
    query: queryOf(client),
    async exec(sql) {
      await client.query(sql);
    },
    async close() {
      await client.end();
      await drop();
    },
  };
}

/** Opens a fresh PGlite database in a folder of its own. */
async function openPGlite(content: Content): Promise<PGliteDatabase> {
  const folder = join(inject('pgliteFolder'), randomUUID());
  // Of a thousand small files: one by one without waiting takes a seventh of the time.
  cpSync(await pgliteTemplate(content), folder, { recursive: true });
  const pglite = await PGlite.create(folder);
  return {
    engine: 'pglite',
    pglite,
    folder,
    query: queryOf(pglite),
    async exec(sql) {
      await pglite.exec(sql);
    },
    async close() {
      await pglite.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function engineName(engine: Engine): string {
  return engine === 'pglite' ? 'PGlite' : `PostgreSQL ${engine}`;
}

/**
 * A folder to copy, because creating a PGlite database takes seconds. The first test of a run that needs it makes it;
 * tests in other processes wait for it.
 */
async function pgliteTemplate(content: Content): Promise<string> {
  const template = join(inject('pgliteFolder'), `template-${content}`);
  const making = `${template}-in-the-making`;
  while (!existsSync(template)) {
    const ours = await mkdir(making).then(
      () => true,
      () => false,
    );
    if (ours) await makePGliteTemplate(content, template, making);
    else await sleep(50);
  }
  return template;
}

async function makePGliteTemplate(content: Content, template: string, making: string): Promise<void> {
  try {
    if (existsSync(template)) return;
    const folder = join(making, 'data');
    const begun: Partial<Record<Content, Content>> = {
      legacy: 'empty',
      canonical: 'empty',
      migrated: 'legacy',
      deployed: 'migrated',
    };
    const from = begun[content];
    if (from) cpSync(await pgliteTemplate(from), folder, { recursive: true });
    const pglite = await PGlite.create(folder);
    if (content === 'legacy') await pglite.exec(legacySql());
    if (content === 'canonical')
      await applyMigrations(queryOf(pglite), [baselineMigration, ...migrationsAfterBaseline]);
    if (content === 'migrated') await applyMigrations(queryOf(pglite));
    if (content === 'deployed') await recordMigrations(queryOf(pglite));
    await pglite.close();
    // A fresh one zeroes 128 MB each time it is opened, which takes half of the time of opening it.
    if (content === 'empty') appendFileSync(join(folder, 'postgresql.conf'), 'shared_buffers = 16MB\n');
    await rename(folder, template);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}
