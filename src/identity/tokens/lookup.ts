import { sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import type { StationStatus } from '../station.ts';
import type { StationPermission, StationRole } from '../station-role.ts';
import type { UserStatus } from '../user.ts';

/** What a token is looked up by. */
export interface TokenQuestion {
  /** The SHA-256 of what was presented, in hexadecimal. */
  readonly hash: string;
  /** The address under which failures are counted. */
  readonly address: string;
  /** The UUID of the station at which it is to act. */
  readonly stationId: string;
}

/**
 * What `identity.find_station_tokens` answers: the token with the hash, or another one where nobody has it, or none at all; its holder;
 * and the assignments that decide what the holder is at its station. Times are in milliseconds since 1970.
 */
export interface TokenAnswer {
  /** The clock of the database. */
  readonly now: number;
  readonly stationKnown: boolean;
  /** Whether the address is locked, for the holder or for everybody. */
  readonly locked: boolean;
  /** Whether failures of the holder at the address are counted. */
  readonly failedBefore: boolean;
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
  readonly expiresAt: number;
  readonly isRevoked: boolean;
  readonly isExpired: boolean;
}

/** Asks for tokens; answers in their order. */
async function ask(db: PostgresDatabase, questions: readonly TokenQuestion[]): Promise<TokenAnswer[]> {
  // Parameter and answer are texts, so that no driver has a way of its own to write or read JSON.
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

/** As it is when the package is loaded: where a test puts a clock of its own in its place, nobody waits for that. */
export const atEndOfTurn = setImmediate;

/** A question, and who waits for its answer. */
interface Waiting {
  readonly question: TokenQuestion;
  readonly resolve: (answer: TokenAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** No more are asked at once, so that none waits long for the others. */
const mostAtOnce = 32;

/** What was asked of each database in this turn of the event loop. */
const waitingOf = new WeakMap<PostgresDatabase, Waiting[]>();

/**
 * Looks a token up. Those that are looked up in the same turn of the event loop share a statement, and fail together: under load there
 * are fewer statements than tokens. In a transaction each has its own.
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
