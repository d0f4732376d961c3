import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule, TestState, Vitest } from 'vitest/node';

const root = fileURLToPath(new URL('../../', import.meta.url));
const limitFile = 'test/skipped.txt';

/**
 * Ends a run with the seconds of each folder and the numbers of tests. A run of the whole suite fails if it skips more tests than
 * `test/skipped.txt` allows: a test that nobody runs proves nothing.
 */
export default class FolderReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const seconds = new Map<string, number>();
    for (const module of modules) {
      const folder = relative(root, dirname(module.moduleId));
      seconds.set(folder, (seconds.get(folder) ?? 0) + module.diagnostic().duration / 1000);
    }
    console.log('\n Seconds a folder (files run side by side):');
    for (const [folder, duration] of [...seconds].sort(([, one], [, other]) => other - one)) {
      console.log(`${duration.toFixed(1).padStart(8)}  ${folder}`);
    }

    const count = (state: TestState) =>
      modules.reduce((sum, { children }) => sum + Array.from(children.allTests(state)).length, 0);
    const skipped = count('skipped');
    const files = await this.#vitest?.globTestSpecifications();
    const isWholeSuite = this.#vitest?.config.testNamePattern === undefined && files?.length === modules.length;
    const allowed = Number(readFileSync(`${root}${limitFile}`, 'utf8'));
    if (isWholeSuite && skipped > allowed) {
      console.error(
        `\n ${limitFile}: found ${skipped} skipped tests; expected ${allowed} at most.\n Next: let them run, or remove them.`,
      );
      process.exitCode = 1;
    }
    console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${skipped} skipped`);
  }
}
