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
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
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
    const files = await this.#vitest?.globTestSpecifications();
    if (this.#vitest?.config.testNamePattern || files?.length !== modules.length) return;

    const allowed = Number(readFileSync(`${root}${limitFile}`, 'utf8'));
    if (skipped > allowed) {
      console.error(
        ` ${limitFile}: found ${skipped} skipped tests; expected ${allowed} at most.\n Next: let them run, or remove them.`,
      );
      process.exitCode = 1;
    }
  }
}
