import { CanonicalModelsError } from '../errors.ts';
import { withoutPasswords, withoutUrls } from '../tools/database/secrets.ts';
import type { FailedReport, ReportedError } from '../tools/failed-report.ts';
import { RunFailure } from '../tools/run-failure.ts';
import { exitCodeOf } from './exit-code.ts';
import { fitToScreen } from './terminal.ts';

/** A command that stopped after its run had begun, with what it had done by then, in the shape of its report. */
export class StoppedCommand extends Error {
  readonly report: object;

  /** @param cause What stopped it: an error of this package, an `Interruption`, or a defect. */
  constructor(cause: unknown, report: object) {
    super('a command stopped', { cause });
    this.report = report;
  }
}

/** A run that was ended early by a signal. */
export class Interruption extends Error {
  /** Where it stopped, as the name of a migration. */
  readonly object: string;
  readonly next: string;

  constructor(object: string, next = 'run the command again: it goes on from there') {
    super('an interruption');
    this.object = object;
    this.next = next;
  }
}

let isAnswered = false;

/** Begins a run that has not answered yet. */
export function beginAnswer(): void {
  isAnswered = false;
}

/** Prints the answer of a command: once, when nothing is left that may fail. */
export function printAnswer(text: string): void {
  isAnswered = true;
  process.stdout.write(text);
}

/** What was asked for, as far as it is known. */
export interface Asked {
  /** As in `canonical-models migrate`. */
  readonly command: string;
  readonly json: boolean;
}

/**
 * Prints what failed: on standard error in words, with `json` also on standard output as a `FailedReport`.
 *
 * @returns the exit code
 */
export function printFailure(thrown: unknown, { command, json }: Asked): number {
  const cause = thrown instanceof StoppedCommand ? thrown.cause : thrown;
  const report = thrown instanceof StoppedCommand || thrown instanceof RunFailure ? (thrown.report as object) : {};
  const { exitCode, text, ...error } = describeFailure(cause, command);
  process.stderr.write(`${fitToScreen(text, process.stderr)}\n`);
  if (json && !isAnswered) {
    const failed: FailedReport = { version: 1, ...report, error };
    printAnswer(`${JSON.stringify(failed)}\n`);
  }
  return exitCode;
}

function describeFailure(cause: unknown, command: string): ReportedError & { exitCode: number; text: string } {
  const given = [process.env['DATABASE_URL'], ...process.argv.slice(2)];
  const { code, exitCode, ...failure } = detailsOf(cause, command);
  const found = withoutPasswords(failure.found, given);
  const [object, expected, next] = [failure.object, failure.expected, failure.next].map((text) =>
    withoutUrls(text, given),
  ) as [string, string, string];
  const stack =
    code === 'unexpected' && cause instanceof Error && cause.stack ? `${withoutPasswords(cause.stack, given)}\n` : '';
  const text = `${stack}${object}: found ${found}; expected ${expected}.\nNext: ${next}`;
  return { code, object, found, expected, next, exitCode, text };
}

function detailsOf(cause: unknown, command: string): ReportedError & { exitCode: number } {
  if (cause instanceof CanonicalModelsError) {
    const { code, object, found, expected, next } = cause;
    return { code, object, found, expected, next, exitCode: exitCodeOf(cause) };
  }
  if (cause instanceof Interruption) {
    const { object, next } = cause;
    const [found, expected] = ['an interruption', 'a run that completes'];
    return { code: 'interrupted', object, found, expected, next, exitCode: 130 };
  }
  return {
    code: 'unexpected',
    object: command,
    found: `an unexpected error: ${cause instanceof Error ? cause.message : String(cause)}`,
    expected: 'a run without defects',
    next: 'report it with the text on standard error',
    exitCode: exitCodeOf(cause),
  };
}
