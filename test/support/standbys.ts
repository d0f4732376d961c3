import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardedFolder } from './guarded-folder.ts';
import { installedBinaries, runnableBinaries, serverUser } from './server-binaries.ts';
import { asSuperuser, freePort, type Server, type ServerAddress } from './servers.ts';

/** A hot standby of a server. */
export interface Standby extends ServerAddress {
  remove(): Promise<void>;
}

/**
 * Starts a hot standby from a copy of a running server's data: the package of the binaries has no pg_basebackup.
 *
 * @param settings Lines of its configuration, as in `max_standby_streaming_delay = 0`.
 */
export async function startStandby(primary: Server, settings: readonly string[] = []): Promise<Standby> {
  const account = serverUser();
  const folder = guardedFolder('/tmp', 'canonical-models-standby-');
  const data = join(folder.path, 'data');
  try {
    await asSuperuser(primary, async (client) => {
      await client.query(`SELECT pg_backup_start('standby', true)`);
      cpSync(primary.dataDirectory, data, {
        recursive: true,
        filter: (source) => !source.endsWith('postmaster.pid') && !source.endsWith('postmaster.opts'),
      });
      const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)');
      writeFileSync(join(data, 'backup_label'), rows[0].labelfile);
    });
    const { host, port: primaryPort, user, password } = primary;
    writeFileSync(join(data, 'standby.signal'), '');
    writeFileSync(
      join(data, 'postgresql.auto.conf'),
      `primary_conninfo = 'host=${host} port=${primaryPort} user=${user} password=${password}'\nhot_standby = on\n${settings.join('\n')}\n`,
    );
    if (account) {
      const files = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder.path, name),
      );
      for (const path of [folder.path, ...files]) chownSync(path, account.uid, account.gid);
    }
    const native = runnableBinaries(installedBinaries(primary.major), join(folder.path, 'native'), account);
    const port = await freePort();
    const postmaster: ChildProcess = spawn(join(native, 'bin', 'postgres'), ['-D', data, '-p', String(port)], {
      ...account,
      cwd: folder.path,
      env: { LC_ALL: 'C', TZ: 'UTC' },
      detached: true,
      stdio: 'ignore',
    });
    postmaster.unref();
    folder.guard(postmaster.pid);
    const ready = () =>
      existsSync(join(data, 'postmaster.pid')) &&
      /^(standby|ready)\s*$/.test(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[7] ?? '');
    for (const deadline = performance.now() + 30_000; !ready(); await sleep(20)) {
      if (performance.now() > deadline) throw new Error('the standby did not start');
    }
    return { ...addressOf(primary), port, remove: () => folder.remove() };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

function addressOf({ major, host, port, user, password }: ServerAddress): ServerAddress {
  return { major, host, port, user, password };
}
