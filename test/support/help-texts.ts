import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';

/** The help of a command as the bin printed it, and the exit code that it set. */
export interface PrintedHelp {
  readonly shown: string;
  readonly exitCode: number;
}

/** Writes a script into a folder that runs the bin with `--help` for each of some commands, all in one process. Returns its path. */
export function writeHelpScript(folder: string, names: readonly string[]): string {
  const script = join(folder, 'help-texts.mjs');
  // Each import runs the bin again, on the words that it finds.
  writeFileSync(
    script,
    `import { EventEmitter } from 'node:events';
    EventEmitter.defaultMaxListeners = 0;
    for (const name of ${JSON.stringify(names)}) {
      // In place, as the bin may have taken it over already.
      process.argv.splice(1, Infinity, 'canonical-models', name, '--help');
      await import(${JSON.stringify(pathToFileURL(inject('bin')).href)} + '?' + name);
      process.stdout.write('\\0' + process.exitCode + '\\0');
    }`,
  );
  return script;
}

/** What such a script printed, in the order of the commands. */
export function readHelps(printed: string): PrintedHelp[] {
  return [...printed.matchAll(/([^\0]*)\0([^\0]*)\0/g)].map(([, shown = '', exitCode]) => ({
    shown,
    exitCode: Number(exitCode),
  }));
}
