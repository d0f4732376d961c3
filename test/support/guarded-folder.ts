import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';

/** A temporary folder that never outlives this process, and with it at most one server that works in it. */
export interface GuardedFolder {
  readonly path: string;
  /** The process that works in the folder and is stopped before the folder goes; `undefined` once it has ended. */
  guard(pid: number | undefined): void;
  /** Stops the process, if there is one, and removes the folder. May be called more than once. */
  remove(): Promise<void>;
}

// Reads one process id a line, the last one counts. Its input ends when this process calls `remove`, and also when this
// process ends in any other way, a SIGKILL included: the operating system closes the pipe.
const guardScript = `
trap '' HUP INT TERM
runs() { kill -0 "$pid" 2>/dev/null && ! grep -q ') Z ' "/proc/$pid/stat" 2>/dev/null; }
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  tries=0
  while [ "$tries" -lt 100 ] && runs; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$pid" 2>/dev/null
fi
rm -rf -- "$1"
`;

/** Makes an empty folder inside `parent`, named with `prefix`, which goes with this process at the latest. */
export function guardedFolder(parent: string, prefix: string): GuardedFolder {
  const path = mkdtempSync(join(parent, prefix));
  const guard = spawn('/bin/sh', ['-c', guardScript, 'sh', path], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const removed = new Promise<void>((resolve, reject) => {
    guard.once('exit', () => resolve());
    guard.once('error', reject);
  });
  removed.catch(() => {});
  guard.unref();
  (guard.stdin as Socket).unref();
  guard.stdin.on('error', () => {});

  return {
    path,
    guard(pid) {
      guard.stdin.write(`${pid ?? ''}\n`);
    },
    async remove() {
      guard.ref();
      guard.stdin.end();
      await removed;
    },
  };
}
