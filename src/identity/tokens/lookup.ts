import { sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import type { StationStatus } from '../station.ts';
import type { StationPermission, StationRole } from '../station-role.ts';
import type { UserStatus } from '../user.ts';

/** What a token is looked up by. */
export interface TokenQuestion {
  /** The SHA-256 of the presented text, in hexadecimal. */
  readonly hash: string;
  /** The address under which failures are counted. */
  readonly address: string;
  /** The UUID of the station at which it is to act. */
  readonly stationId: string;
}

/**
 * What `identity.find_station_tokens` returns: the token with the hash, or another one if there is none with it, or none at all; its
 * holder; and the assignments that decide the holder's standing at its station. Times are in milliseconds since 1970.
 */
export interface TokenAnswer {
  /** The database's clock. */
  readonly now: number;
  readonly stationKnown: boolean;
  /** How many tokens from the address were refused in the current window. */
  readonly failures: number;
  /** How many seconds of the window are left; `null` if there is none. */
  readonly secondsLeft: number | null;
  readonly token: TokenRow | null;
  readonly userStatus: UserStatus | null;
  readonly isSuperAdmin: boolean | null;
  readonly assignments: readonly {
    readonly stationId: string;
    readonly role: StationRole;
    readonly additionalPermissions: unknown;
    readonly isActive: boolean;
    readonly expiresAt: number | null;
    readonly stationStatus: StationStatus;
  }[];
}

/** A row of `StationAccessToken`. */
export interface TokenRow {
  readonly hash: string;
  readonly id: string;
  readonly userId: string;
  readonly stationId: string;
  readonly sessionId: string | null;
  readonly jwtId: string;
  readonly role: StationRole;
  readonly permissions: readonly StationPermission[];
  readonly scope: string | null;
  /** Milliseconds since 1970; for a token that never ends, the text that JSON has for it. */
  readonly expiresAt: number | 'Infinity' | '-Infinity';
  readonly isRevoked: boolean;
  /** Whether it was rotated. */
  readonly isReplaced: boolean;
  readonly isExpired: boolean;
}

/** Looks up tokens; answers in their order. */
async function ask(db: PostgresDatabase, questions: readonly TokenQuestion[]): Promise<TokenAnswer[]> {
  // Parameter and answer are texts, so that no driver writes or reads JSON in its own way.
  const [row] = await db.execute<{ answers: string }>(
    sql`SELECT identity.find_station_tokens(${JSON.stringify(questions)}::text::json)::text AS answers`,
    'objects',
  );
  const answers: TokenAnswer[] = JSON.parse(row?.answers ?? '[]');
  if (answers.length !== questions.length) {
    throw new Error(`identity.find_station_tokens answered ${answers.length} of ${questions.length} questions`);
  }
  return answers;
}

/** Captured when the package is loaded: if a test replaces the clock, lookups do not wait for it. */
export const atEndOfTurn = setImmediate;

/** A question, and the promise that waits for its answer. */
interface Waiting {
  readonly question: TokenQuestion;
  readonly resolve: (answer: TokenAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** At most this many questions share a statement, so that none waits long for the others. */
const mostAtOnce = 32;

/** The questions for each database in this turn of the event loop. */
const waitingOf = new WeakMap<PostgresDatabase, Waiting[]>();

/**
 * Looks up a token. Lookups in the same turn of the event loop share a statement, and fail together: under load there are fewer
 * statements than tokens. In a transaction each has its own.
 */
export async function lookUp(db: PostgresDatabase, question: TokenQuestion): Promise<TokenAnswer> {
  if (isTransaction(db)) return (await ask(db, [question]))[0] as TokenAnswer;
  return new Promise((resolve, reject) => {
    const waiting = waitingOf.get(db) ?? [];
    waiting.push({ question, resolve, reject });
    if (waiting.length > 1) return;
    waitingOf.set(db, waiting);
    atEndOfTurn(() => {
      waitingOf.delete(db);
      for (let first = 0; first < waiting.length; first += mostAtOnce) {
        void askFor(db, waiting.slice(first, first + mostAtOnce));
      }
    });
  });
}

async function askFor(db: PostgresDatabase, waiting: readonly Waiting[]): Promise<void> {
  try {
    const questions = waiting.map(({ question }) => question);
    const answers = await ask(db, questions);
    for (const [index, { resolve }] of waiting.entries()) resolve(answers[index] as TokenAnswer);
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
}
