import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

const root = fileURLToPath(new URL('../../', import.meta.url));
const limitFile = 'test/skipped.txt';

/**
 * Ends a run with the seconds of each folder and the number of skipped tests. A run of the whole suite fails if it skips more tests
 * than `test/skipped.txt` allows: a test that nobody runs proves nothing.
 */
export default class FolderReporter implements Reporter {
  #isWholeSuite = false;

  onInit(vitest: Vitest): void {
    this.#isWholeSuite = vitest.config.testNamePattern === undefined && !vitest.filenamePattern?.length;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const seconds = new Map<string, number>();
    let skipped = 0;
    for (const module of modules) {
      const folder = relative(root, dirname(module.moduleId));
      seconds.set(folder, (seconds.get(folder) ?? 0) + module.diagnostic().duration / 1000);
      skipped += Array.from(module.children.allTests('skipped')).length;
    }
    console.log('\n Seconds a folder (files run side by side):');
    for (const [folder, duration] of [...seconds].sort(([, one], [, other]) => other - one)) {
      console.log(`${duration.toFixed(1).padStart(8)}  ${folder}`);
    }
    console.log(`\n ${skipped} tests skipped.`);
    if (!this.#isWholeSuite) return;

    const allowed = Number(readFileSync(`${root}${limitFile}`, 'utf8'));
    if (skipped > allowed) {
      console.error(
        ` ${limitFile}: found ${skipped} skipped tests; expected ${allowed} at most.\n Next: let them run, or remove them.`,
      );
      process.exitCode = 1;
    }
  }
}
