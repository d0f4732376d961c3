import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import {
  appendFileSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { type GuardedFolder, guardedFolder } from './guarded-folder.ts';
import {
  canReach,
  installedBinaries,
  type Major,
  runnableBinaries,
  type SystemUser,
  serverUser,
} from './server-binaries.ts';

export { type Major, supportedMajors } from './server-binaries.ts';

/** How to reach a server as its superuser. Plain data, so that it can be handed from one process to another. */
export interface ServerAddress {
  readonly major: Major;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A running PostgreSQL server with a data folder of its own. It never outlives the process that started it. */
export interface Server extends ServerAddress {
  readonly dataDirectory: string;
  /** Starts it again on the same port and data after `stop` or `kill`; recovers from a crash if there was one. */
  start(): Promise<void>;
  /** `fast` ends every session and shuts down cleanly; `immediate` shuts down as in a crash, without writing back. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Kills every process of the server at once. Only what the operating system was already given to write survives. */
  kill(): Promise<void>;
  /** Stops it for good and removes its folder. */
  remove(): Promise<void>;
  /** What the server has logged so far. */
  log(): string;
}

/** A value of a setting in `postgresql.conf`. */
export type Setting = string | number | boolean;

export interface ServerOptions {
  readonly major: Major;
  /** Settings of `postgresql.conf`, on top of those that make tests fast. */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** Libraries for `shared_preload_libraries`. @default ['pg_stat_statements'] */
  readonly preload?: readonly string[];
  /** A folder with `bin`, `lib` and `share` of that version. @default the one that npm installed */
  readonly binaries?: string;
}

/** Settings for tests that crash a server: what is committed is on the disk. Other tests trade that for speed. */
export const durable = { fsync: true, synchronous_commit: true, full_page_writes: true } as const;

const host = '127.0.0.1';
const user = 'postgres';
const startTimeout = 60_000;
const patience = 15_000;

/**
 * Starts a PostgreSQL server of its own: empty, in a temporary folder, in the C locale with UTF-8, in UTC, open to passwords
 * on 127.0.0.1 only. Runs as root too, where the server itself runs as another user.
 *
 * @throws Error with the server's log if it does not come up.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { major, settings = {}, preload = ['pg_stat_statements'], binaries = installedBinaries(major) } = options;
  const account = serverUser();
  const folder = guardedFolder(reachableTemporaryFolder(account), `canonical-models-postgres-${major}-`);
  try {
    if (account) chownSync(folder.path, account.uid, account.gid);
    const native = runnableBinaries(binaries, join(folder.path, 'native'), account);
    const dataDirectory = join(folder.path, 'data');
    const run: Run = { folder, account, postgres: join(native, 'bin', 'postgres'), dataDirectory };
    const kept = options.binaries === undefined ? keptData(major) : undefined;
    const password = await initialise(run, join(native, 'bin', 'initdb'), kept);
    configure(run, {
      ...fastSettings,
      ...(major >= 18 && { md5_password_warnings: false }),
      shared_preload_libraries: preload.join(','),
      ...settings,
    });
    let { port, postmaster } = await launchOnFreePort(run);

    return {
      major,
      host,
      port,
      user,
      password,
      dataDirectory,
      async start() {
        if (isRunning(postmaster)) return;
        postmaster = await relaunch(run, port);
      },
      async stop(mode) {
        await end(run, postmaster, () => postmaster.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT'));
      },
      async kill() {
        await end(run, postmaster, () => killAll(postmaster));
      },
      async remove() {
        await end(run, postmaster, () => postmaster.kill('SIGQUIT'));
        await folder.remove();
      },
      log: () => readFileSync(logFile(run), 'utf8'),
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** The URL of a database for a client, as the superuser: `postgresql://…`. */
export function superuserUrl({ user, password, host, port }: ServerAddress, database: string): string {
  return `postgresql://${user}:${password}@${host}:${port}/${database}`;
}

/** A database of its own for one test. */
export interface CreatedDatabase {
  readonly name: string;
  /** Its address as the superuser. */
  readonly url: string;
  /** Removes it, and ends the sessions that are still open in it. */
  drop(): Promise<void>;
}

/**
 * Creates a database under a name that no other has, so that tests can run side by side.
 *
 * @param options.template The database that it becomes a copy of, as in `legacy`. Without one it is empty.
 */
export async function createDatabase(
  server: ServerAddress,
  options: { readonly template?: string } = {},
): Promise<CreatedDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const template = pg.escapeIdentifier(options.template ?? 'template0');
  // Copying files takes two thirds of the time that writing each page to the log takes, which is the default.
  await administration(server).query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  return {
    name,
    url: superuserUrl(server, name),
    async drop() {
      await administration(server).query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/**
 * Opens a pool. Connections that still close when their database is dropped, or that a server takes with it, are told so: without a listener
 * that ends the run.
 */
export function openPool(connectionString: string, options: Omit<pg.PoolConfig, 'connectionString'> = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString, ...options });
  pool.on('error', () => {});
  return pool;
}

const pools = new Map<string, pg.Pool>();

/** Connections of this process that create and drop databases: one each for every database would take as long as what it does. */
function administration(server: ServerAddress): pg.Pool {
  const connectionString = superuserUrl(server, 'postgres');
  const pool = pools.get(connectionString) ?? openPool(connectionString, { max: 4, allowExitOnIdle: true });
  pools.set(connectionString, pool);
  return pool;
}

/** Runs statements as the superuser in a database of the server (`postgres` unless told) and closes the connection. */
export async function asSuperuser<T>(
  server: ServerAddress,
  run: (client: pg.Client) => Promise<T>,
  database = 'postgres',
): Promise<T> {
  const client = new pg.Client(superuserUrl(server, database));
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/** What the steps of starting a server share. */
interface Run {
  readonly folder: GuardedFolder;
  readonly account: SystemUser | undefined;
  readonly postgres: string;
  readonly dataDirectory: string;
}

const fastSettings: Record<string, Setting> = {
  fsync: false,
  synchronous_commit: false,
  full_page_writes: false,
  update_process_title: false,
  max_connections: 200,
  max_wal_size: '256MB',
  listen_addresses: host,
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
};

/** The temporary folder, or the first common one that the server's user can reach where that lies in a closed place. */
function reachableTemporaryFolder(account: SystemUser | undefined): string {
  if (!account || canReach(account, tmpdir())) return tmpdir();
  return '/tmp';
}

/** What a process of the server starts with: nothing of ours in its environment, and a folder that it can enter. */
function spawnOptions({ folder, account }: Run) {
  return { ...account, cwd: folder.path, env: { LC_ALL: 'C', TZ: 'UTC' } };
}

/**
 * Makes the data folder, and returns the superuser's password. Within a test run the first server of a version keeps a copy of it, which the
 * others begin with: `initdb` takes half a second.
 */
async function initialise(run: Run, initdb: string, kept: string | undefined): Promise<string> {
  if (kept !== undefined && existsSync(kept)) {
    await copyFolder(join(kept, 'data'), run.dataDirectory);
    return readFileSync(join(kept, 'password'), 'utf8');
  }
  const password = randomBytes(12).toString('hex');
  await runInitdb(run, initdb, password);
  if (kept !== undefined) {
    const making = `${kept}-${randomUUID()}`;
    mkdirSync(making);
    writeFileSync(join(making, 'password'), password, { mode: 0o600 });
    await copyFolder(run.dataDirectory, join(making, 'data'));
    // Of two that are made at once, one stays.
    await rename(making, kept).catch(() => {});
  }
  return password;
}

/** The variable of the environment that names the folder of a test run for what `initdb` made. */
export const keptDataVariable = 'CANONICAL_MODELS_TEST_DATA';

function keptData(major: Major): string | undefined {
  const folder = process.env[keptDataVariable];
  return folder === undefined ? undefined : join(folder, `initdb-${major}`);
}

/** Copies a folder with the owners of its files. */
async function copyFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}

async function runInitdb(run: Run, initdb: string, password: string): Promise<void> {
  const passwordFile = join(run.folder.path, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (run.account) chownSync(passwordFile, run.account.uid, run.account.gid);
  const options = [
    `--pgdata=${run.dataDirectory}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    // SCRAM spends milliseconds on each connection, on either side, so that a stolen hash is slow to guess: here nobody steals one.
    '--auth=md5',
    '--locale=C',
    '--encoding=UTF8',
    '--no-sync',
    '--no-instructions',
  ];
  await promisify(execFile)(initdb, options, spawnOptions(run));
  rmSync(passwordFile);
}

function configure(run: Run, settings: Readonly<Record<string, Setting>>): void {
  const lines = Object.entries(settings).map(([name, value]) => {
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
    return `${name} = '${text.replaceAll("'", "''")}'\n`;
  });
  appendFileSync(join(run.dataDirectory, 'postgresql.conf'), lines.join(''));
}

async function launchOnFreePort(run: Run): Promise<{ port: number; postmaster: ChildProcess }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      return { port, postmaster: await launch(run, port) };
    } catch (error) {
      if (tries === 5 || !String(error).includes('Address already in use')) throw error;
    }
  }
}

/** Launches on the same port again. What a killed server left behind (its port, its shared memory) goes within moments. */
async function relaunch(run: Run, port: number): Promise<ChildProcess> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await launch(run, port);
    } catch (error) {
      const passing = /Address already in use|shared memory block|lock file "postmaster.pid"/.test(String(error));
      if (!passing || performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function launch(run: Run, port: number): Promise<ChildProcess> {
  const log = openSync(logFile(run), 'a');
  const logged = readFileSync(logFile(run)).length;
  const postmaster = spawn(run.postgres, ['-D', run.dataDirectory, '-p', String(port)], {
    ...spawnOptions(run),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let failed: Error | undefined;
  postmaster.once('error', (error) => {
    failed = error;
  });
  postmaster.unref();
  run.folder.guard(postmaster.pid);

  const deadline = performance.now() + startTimeout;
  while (!isReady(run, postmaster)) {
    const late = performance.now() > deadline;
    if (failed || late || !isRunning(postmaster)) {
      await end(run, postmaster, () => postmaster.kill('SIGQUIT'));
      const reason = failed?.message ?? (late ? 'not ready in time' : `exit code ${postmaster.exitCode}`);
      const said = readFileSync(logFile(run)).subarray(logged).toString();
      throw new Error(`PostgreSQL did not start (${reason}):\n${said}`, { cause: failed });
    }
    await sleep(10);
  }
  return postmaster;
}

/** Whether the server says of itself that it takes connections: the eighth line of its `postmaster.pid`, as in `pg_ctl`. */
function isReady(run: Run, postmaster: ChildProcess): boolean {
  try {
    const lines = readFileSync(join(run.dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(postmaster.pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

function isRunning(postmaster: ChildProcess): boolean {
  return postmaster.pid !== undefined && postmaster.exitCode === null && postmaster.signalCode === null;
}

async function end(run: Run, postmaster: ChildProcess, signal: () => void): Promise<void> {
  if (isRunning(postmaster)) {
    const ended = new Promise((resolve) => postmaster.once('exit', resolve));
    postmaster.ref();
    signal();
    await ended;
  }
  run.folder.guard(undefined);
}

/** Stops the postmaster in its tracks first, so that it neither answers for its children nor starts new ones. */
function killAll(postmaster: ChildProcess): void {
  postmaster.kill('SIGSTOP');
  for (const pid of childrenOf(postmaster.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended by itself meanwhile.
    }
  }
  postmaster.kill('SIGKILL');
}

function childrenOf(parent: number | undefined): number[] {
  const pairs =
    process.platform === 'linux'
      ? readdirSync('/proc')
          .filter((name) => /^\d+$/.test(name))
          .map((pid) => [Number(pid), parentOnLinux(pid)])
      : execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
          .trim()
          .split('\n')
          .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}

function parentOnLinux(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in parentheses and may hold spaces; state and parent follow it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function logFile(run: Run): string {
  return join(run.folder.path, 'server.log');
}

/**
 * A port that nobody listens on, below the range from which systems take the ports of outgoing connections: a client that
 * tries again and again while the server restarts could otherwise be given the server's own port, and keep it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
