import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { LeftReason } from './result.ts';

/** Why a file was not replaced. */
export interface NotReplaced {
  readonly reason: LeftReason;
  /** In words. */
  readonly message: string;
}

/**
 * Replaces a file's text atomically: a reader sees the old text or the new one, even if this process is killed. The mode stays,
 * and so does the owner if the system allows it. Another hard link to the file keeps the old text.
 *
 * The new text is first written to a temporary file in the same folder. If a process was killed, the next one that replaces a file
 * in that folder removes its temporary file.
 *
 * @returns undefined if the file was replaced; otherwise the reason: the file or its folder is read-only, the file has changed
 * since it was read, or the system refuses.
 *
 * @example
 * const failed = replaceFile('src/account.ts', bytesAsRead, after);
 * if (failed) console.error(failed.message);
 */
export function replaceFile(path: string, before: Buffer, after: string): NotReplaced | undefined {
  const folder = dirname(path);
  const temporary = buildTemporaryPath(path);
  try {
    const stats = statSync(path);
    if (isReadOnly(path, stats)) return { reason: 'not-writable', message: 'the file is read-only' };
    if (isReadOnly(folder, statSync(folder))) {
      return { reason: 'not-writable', message: 'its folder is read-only, so the file cannot be replaced' };
    }
    removeLeftovers(folder);
    try {
      writeAs(temporary, after, stats);
      // As late as possible: a change from here on is lost.
      if (!readFileSync(path).equals(before)) {
        return { reason: 'changed-meanwhile', message: 'the file was changed while its imports were moved' };
      }
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return { reason: 'changed-meanwhile', message: 'the file was removed while its imports were moved' };
    }
    const message = `the file could not be replaced: ${error instanceof Error ? error.message : String(error)}`;
    return { reason: 'not-writable', message };
  }
}

/** Whether a file may not be written to. The owner's permission counts too, since root may write everything. */
function isReadOnly(path: string, { mode }: Stats): boolean {
  if ((mode & 0o200) === 0) return true;
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

/** Writes a file atomically, over an existing one, with the mode and owner of another file. */
export function putFile(path: string, text: string | Buffer, like: Stats): void {
  const temporary = buildTemporaryPath(path);
  try {
    writeAs(temporary, text, like);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function buildTemporaryPath(path: string): string {
  return join(dirname(path), `.canonical-models-${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
}

/** Writes a new file with the mode and owner of another file, and flushes it to disk. */
function writeAs(path: string, text: string | Buffer, { mode, uid, gid }: Stats): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    keepOwner(file, uid, gid);
    fchmodSync(file, mode & 0o7777);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function keepOwner(file: number, uid: number, gid: number): void {
  try {
    fchownSync(file, uid, gid);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP'].includes(code)) throw error;
  }
}

/** Removes temporary files of processes that no longer run. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^\.canonical-models-(\d+)-[0-9a-f]{8}\.tmp$/.exec(name)?.[1]);
    if (pid > 0 && (pid === process.pid || !isRunning(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
