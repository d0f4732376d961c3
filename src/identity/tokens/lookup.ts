import { type SQL, sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../database.ts';
import { permissionsOf } from '../grants.ts';
import { Station } from '../station.ts';
import { StationAccessToken, type StationRole } from '../station-access.ts';
import { StationTokenFailure } from '../station-token-failure.ts';
import { User } from '../user.ts';
import { accessColumns, assignmentsOf } from './access.ts';
import { packed, type RowOf, unpackedBy } from './packed-row.ts';

/** What a token is looked up by. */
export interface TokenQuestion {
  /** The SHA-256 of what was presented, in hexadecimal. */
  readonly hash: string;
  /** The address under which failures are counted. */
  readonly address: string;
  /** The UUID of the station at which it is to act. */
  readonly stationId: string;
}

/** What the database has of a token. */
export interface TokenAnswer {
  readonly row: TokenRow;
  /** The JSON of the permissions, beside the rest: they are most of what there is to read, and the same for many tokens. */
  readonly permissions: string;
}

/** Stands for an id where there is none. */
export const nobody = '00000000-0000-0000-0000-000000000000';
const nobodyId = sql.raw(`'${nobody}'`);

/** What stands for role and permissions where there are none at all: worked out each time, so that answering takes as long. */
export const standingOfNobody = () => ({ role: 'station_admin', ...permissionsOf('station_admin') }) as const;
const roleOfNobody = sql.raw(`'${standingOfNobody().role}'`);
const permissionsOfNobody = sql.raw(`'${JSON.stringify(standingOfNobody().permissions)}'`);

const columns = {
  hash: sql<string>`coalesce(token.token_hash, repeat('0', 64))`,
  id: sql<string>`coalesce(token.id, ${nobodyId})`,
  userId: sql<string>`coalesce(token.user_id, ${nobodyId})`,
  stationId: sql<string>`coalesce(token.station_id, given.station_id)`,
  sessionId: sql<string | null>`token.session_id`,
  jwtId: sql<string>`coalesce(token.jwt_id, ${nobodyId})`,
  role: sql<StationRole>`coalesce(token.role, ${roleOfNobody})`,
  scope: sql<string | null>`token.scope`,
  expiresAt: sql<number>`coalesce(extract(epoch FROM token.expires_at), 0)::float8 * 1000`,
  revoked: sql<boolean>`coalesce(token.is_revoked, false)`,
  expired: sql<boolean>`coalesce(token.expires_at <= clock_timestamp(), false)`,
  stationKnown: sql<boolean>`station.id IS NOT NULL`,
  locked: sql<boolean>`coalesce(greatest(of_user.locked_until, of_address.locked_until) > clock_timestamp(), false)`,
  failedBefore: sql<boolean>`of_user.id IS NOT NULL`,
  ...accessColumns,
};

/** What a token is judged by. */
export type TokenRow = RowOf<typeof columns>;

const readRow = unpackedBy(columns);

const answerColumns = {
  packedRow: packed(columns),
  permissions: sql<string>`coalesce(token.permissions, ${permissionsOfNobody})::text`,
};

/**
 * The token with the hash and, where nobody has it, the next one in the order of hashes: a token that nobody has is looked up with the
 * same work as any other, and never the one that was asked for. Which of the two it is, whoever asks finds out.
 */
const sourceOf = (asked: { readonly [Key in keyof TokenQuestion]: SQL }) => sql`
  (SELECT ${asked.stationId} AS station_id, ${asked.address} AS address) AS given
  LEFT JOIN (
    SELECT * FROM ${StationAccessToken} WHERE token_hash >= ${asked.hash} ORDER BY token_hash LIMIT 1
  ) AS token ON true
  LEFT JOIN ${Station} AS station ON station.id = given.station_id
  LEFT JOIN ${User} AS holder ON holder.id = token.user_id
  CROSS JOIN LATERAL (${assignmentsOf(sql`token.user_id`, sql`token.station_id`)}) AS assigned
  LEFT JOIN ${StationTokenFailure} AS of_user ON of_user.user_id = token.user_id AND of_user.address = given.address
  LEFT JOIN ${StationTokenFailure} AS of_address ON of_address.user_id IS NULL AND of_address.address = given.address`;

function prepareOne(db: PostgresDatabase) {
  const source = sourceOf({
    stationId: sql`${sql.placeholder('stationId')}::uuid`,
    address: sql`${sql.placeholder('address')}::varchar`,
    hash: sql`${sql.placeholder('hash')}::varchar`,
  });
  return withoutCache(db, db.select(answerColumns).from(source)).prepare();
}

/** The same for several at once, in their order. Each is planned as the one is, however many there are: that is what `LIMIT` is for. */
function prepareSeveral(db: PostgresDatabase) {
  const source = sourceOf({ stationId: sql`asked.station_id`, address: sql`asked.address`, hash: sql`asked.hash` });
  const { packedRow, permissions } = answerColumns;
  const select = db
    .select({ packedRow: sql<string>`answer.packed_row`, permissions: sql<string>`answer.permissions` })
    .from(sql`ROWS FROM (
        json_to_recordset(${sql.placeholder('questions')}::text::json) AS ("stationId" uuid, address varchar, hash varchar)
      ) WITH ORDINALITY AS asked (station_id, address, hash, number)
      CROSS JOIN LATERAL (SELECT ${packedRow} AS packed_row, ${permissions} AS permissions FROM ${source} LIMIT 1) AS answer`)
    .orderBy(sql`asked.number`);
  return withoutCache(db, select).prepare();
}

/** A database without a cache says so, whatever its type says; not to ask a cache takes Drizzle longer than to have none. */
function withoutCache<Select extends { $withCache: (cache: false) => unknown }>(db: PostgresDatabase, select: Select) {
  if ((db.$cache as unknown) !== undefined) select.$withCache(false);
  return select;
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

/** The statements of a database, prepared once, and what was asked of it in this turn of the event loop. */
class Lookup {
  private readonly db: PostgresDatabase;
  private readonly one: ReturnType<typeof prepareOne>;
  private several: ReturnType<typeof prepareSeveral> | undefined;
  private waiting: Waiting[] = [];

  constructor(db: PostgresDatabase) {
    this.db = db;
    this.one = prepareOne(db);
  }

  /** Asks now, alone. */
  async ask(question: TokenQuestion): Promise<TokenAnswer> {
    const [answer] = await this.one.execute({ ...question });
    return answerOf(answer);
  }

  /** Asks at the end of this turn, together with whoever else asks until then. */
  askTogether(question: TokenQuestion): Promise<TokenAnswer> {
    if (this.waiting.length === 0) atEndOfTurn(() => this.askAll());
    return new Promise((resolve, reject) => this.waiting.push({ question, resolve, reject }));
  }

  private askAll(): void {
    const all = this.waiting;
    this.waiting = [];
    for (let first = 0; first < all.length; first += mostAtOnce) void this.answer(all.slice(first, first + mostAtOnce));
  }

  private async answer(waiting: readonly Waiting[]): Promise<void> {
    try {
      const [only] = waiting;
      if (only && waiting.length === 1) return only.resolve(await this.ask(only.question));
      const questions = JSON.stringify(waiting.map(({ question }) => question));
      this.several ??= prepareSeveral(this.db);
      const answers = await this.several.execute({ questions });
      for (const [index, { resolve }] of waiting.entries()) resolve(answerOf(answers[index]));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

function answerOf(found: { readonly packedRow: string; readonly permissions: string } | undefined): TokenAnswer {
  if (!found) throw new Error('a statement that answers a row for each token answered none for one');
  return { row: readRow(found.packedRow), permissions: found.permissions };
}

const lookups = new WeakMap<PostgresDatabase, Lookup>();

/**
 * Looks a token up, with one prepared statement. Those that are looked up in the same turn of the event loop share a statement, and
 * fail together: under load there are fewer statements than tokens. In a transaction each has its own.
 */
export function lookUp(db: PostgresDatabase, question: TokenQuestion): Promise<TokenAnswer> {
  const lookup = lookups.get(db) ?? new Lookup(db);
  lookups.set(db, lookup);
  return isTransaction(db) ? lookup.ask(question) : lookup.askTogether(question);
}
