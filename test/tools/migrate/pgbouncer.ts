import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, chownSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardedFolder } from '../../support/guarded-folder.ts';
import { serverUser } from '../../support/server-binaries.ts';
import type { ServerAddress } from '../../support/servers.ts';
import { freePort } from '../../support/servers.ts';

/** The program `pgbouncer`: in PATH, or where Debian puts it; `undefined` if it is not installed. */
export function installedPgBouncer(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'pgbouncer'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** A pooler in front of a server, for every database of it. */
export interface PgBouncer {
  readonly port: number;
  remove(): Promise<void>;
}

/**
 * Starts PgBouncer in transaction mode: a client has a session of the server for the time of one transaction.
 *
 * @param poolSize How many sessions of the server each database has for all of its clients.
 * @throws Error with its log if it does not come up in 15 seconds.
 */
export async function startPgBouncer(
  program: string,
  { host, port: serverPort, user, password }: ServerAddress,
  poolSize: number,
): Promise<PgBouncer> {
  const account = serverUser();
  const folder = guardedFolder('/tmp', 'canonical-models-pgbouncer-');
  try {
    const port = await freePort();
    const configuration = join(folder.path, 'pgbouncer.ini');
    const log = join(folder.path, 'pgbouncer.log');
    writeFileSync(log, '');
    writeFileSync(
      configuration,
      `[databases]
* = host=${host} port=${serverPort} user=${user} password=${password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 200
logfile = ${log}
`,
      { mode: 0o600 },
    );
    if (account) for (const path of [folder.path, configuration, log]) chownSync(path, account.uid, account.gid);
    const pooler: ChildProcess = spawn(program, ['-q', configuration], {
      ...account,
      cwd: folder.path,
      env: { LC_ALL: 'C' },
      stdio: 'ignore',
      detached: true,
    });
    pooler.on('error', () => {});
    pooler.unref();
    folder.guard(pooler.pid);
    const deadline = performance.now() + 15_000;
    while (!(await listens(port))) {
      if (pooler.exitCode !== null || performance.now() > deadline) {
        throw new Error(`PgBouncer did not start:\n${readFileSync(log, 'utf8')}`);
      }
      await sleep(20);
    }
    return { port, remove: () => folder.remove() };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('error', () => resolve(false));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
  });
}
