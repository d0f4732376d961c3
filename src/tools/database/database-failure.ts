import { CanonicalModelsError, Conflict, NotSetUp } from '../../errors.ts';

/** What a command was doing when PostgreSQL refused it. */
export interface FailureContext {
  /** As in `the database`, or the name of a migration. */
  readonly object: string;
  /** What the command needs, in general. */
  readonly expected: string;
  /** What it needs if the connection is lost, and with it the answer to the last statement. Default: `expected`. */
  readonly expectedWhenLost?: string;
}

/** By SQLSTATE or its class, or the system's error code: what was found, what to do. */
const advice: Readonly<Record<string, readonly [found: string, next: string]>> = {
  '42501': ['a role without the right', 'connect as the owner of the tables'],
  '53100': ['a full disk', 'free space on the server, then run the command again'],
  '53200': ['a server out of memory or lock table entries', 'wait until it has less to do, then run the command again'],
  '2BP01': [
    'other objects that depend on it',
    'drop them, or let them use the canonical name, then run the command again',
  ],
  '25006': ['a session that may only read', 'connect to the primary, with a role that may write'],
  '25001': ['a statement that can’t run in a transaction', 'run that statement separately, outside of migrations'],
  '57014': ['a statement that was cancelled', 'run the command again'],
  '08': ['a lost connection', 'run the command again'],
  '57P': ['a connection that the server ended', 'run the command again when the server is up'],
  ECONNRESET: ['a lost connection', 'run the command again'],
  EPIPE: ['a lost connection', 'run the command again'],
  ETIMEDOUT: ['a lost connection', 'run the command again'],
};

/** The SQLSTATEs with which migrations stop themselves: their hint is the next step. PostgreSQL's own hints may suggest CASCADE. */
const raisedByMigrations: ReadonlySet<string> = new Set(['42501', 'P0001']);

/**
 * Turns a refusal of PostgreSQL or of the connection into an error that says what to do; returns any other error as it is. The result is
 * a `Conflict` if other objects depend on something to be dropped, `NotSetUp` otherwise.
 */
export function databaseFailure(
  error: unknown,
  { object, expected, expectedWhenLost = expected }: FailureContext,
): unknown {
  if (error instanceof CanonicalModelsError) return error;
  const {
    code = '',
    message = String(error),
    hint,
  } = (error ?? {}) as { code?: string; message?: string; hint?: string };
  // The system's EPIPE has five letters, too; a SQLSTATE contains a digit.
  const isSqlState = /^(?=.*\d)[0-9A-Z]{5}$/.test(code);
  if (!isSqlState && !advice[code]) return error;
  const [found, next] = advice[code] ??
    advice[code.slice(0, 3)] ??
    advice[code.slice(0, 2)] ?? ['an error', 'fix what the server says, then run the command again'];
  const isUnanswered = !isSqlState || /^(08|57P)/.test(code);
  const details = {
    object,
    found: `${found}: ${message}${isSqlState ? ` (${code})` : ''}`,
    expected: isUnanswered ? expectedWhenLost : expected,
    next: hint && raisedByMigrations.has(code) ? hint : next,
    cause: error,
  };
  return code === '2BP01' ? new Conflict(details) : new NotSetUp(details);
}
