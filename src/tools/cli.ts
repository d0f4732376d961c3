#!/usr/bin/env node
import { CommanderError } from 'commander';
import { Failure } from './failure.ts';
import { canonicalModelsProgram } from './program.ts';

try {
  await canonicalModelsProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; what it calls an error is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof Failure) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 2;
  }
}
