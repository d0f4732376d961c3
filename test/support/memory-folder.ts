import { readFileSync, statfsSync } from 'node:fs';

/** What a run needs at most: two servers with their logs, and the databases and projects that are open at one time. */
const wantedBytes = 3 * 1024 ** 3;

/**
 * A folder in memory, where the system has one with room enough in which programs may run. Tests make and remove thousands of files,
 * for which some file systems take twenty times as long.
 */
export function memoryFolder(): string | undefined {
  const folder = '/dev/shm';
  try {
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .find(([, at]) => at === folder);
    const [, , type, options = ''] = mount ?? [];
    const { bavail, bsize } = statfsSync(folder);
    const isFit = type === 'tmpfs' && options.split(',').every((option) => option !== 'ro' && option !== 'noexec');
    return isFit && bavail * bsize >= wantedBytes ? folder : undefined;
  } catch {
    return undefined;
  }
}
