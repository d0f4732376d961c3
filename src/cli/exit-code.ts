import { Conflict, NotFound } from '../errors.ts';
import { RunFailure } from '../tools/run-failure.ts';

/**
 * The exit code of a command that threw. 1: the answer is "no" (the database differs, another deploy is at work, a table is
 * missing). 2: wrong usage, wrong environment, no connection, or a bug.
 */
export function exitCodeOf(error: unknown): 1 | 2 {
  const stop = error instanceof RunFailure ? error.cause : error;
  return stop instanceof Conflict || stop instanceof NotFound ? 1 : 2;
}
