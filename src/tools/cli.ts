#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CanonicalModelsError } from '../errors.ts';
import { exitCodeOf } from './exit-code.ts';
import { setCommandLine } from './peers.ts';
import { canonicalModelsProgram } from './program.ts';

// Whoever reads the output may stop reading, as `head` does. The work goes on, and the exit code is that of the work.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

setCommandLine(process.argv.slice(2));
try {
  await canonicalModelsProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; what it calls an error is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`${error instanceof CanonicalModelsError ? error.message : traceOf(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** Any other error is a bug, and its stack says where. */
function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
