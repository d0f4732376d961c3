import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/seed.ts'],
    reporters: ['default', './test/support/folder-reporter.ts'],
    pool: 'forks',
    // Two processes for the run, not one a file: loading the sources, the drivers and PGlite again for each takes a seventh of the time.
    // So a file leaves nothing behind that the next one could see.
    isolate: false,
    // Without V8's optimising compiler for WebAssembly, which takes 2 s of CPU a process for PGlite and gains nothing in one so short. That
    // for JavaScript begins later than usual, as most code runs a few times only, and more memory needs fewer collections of garbage.
    execArgv: ['--liftoff-only', '--interrupt-budget=500000', '--min-semi-space-size=32', '--max-semi-space-size=64'],
    // Tests wait for servers and compilers most of the time, so no core is kept free for Vitest itself.
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
