import { timingSafeEqual } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { auditLogOf } from '../audit/record.ts';
import { isTransaction, type PostgresDatabase } from '../database.ts';
import { permissionsOf, standingAt } from '../grants.ts';
import { isId } from '../id.ts';
import { Station } from '../station.ts';
import { StationAccessToken, StationAuditLog, type StationPermission, type StationRole } from '../station-access.ts';
import { StationTokenFailure } from '../station-token-failure.ts';
import { User } from '../user.ts';
import { accessColumns, accessOf, assignmentsOf } from './access.ts';
import { countedAddress } from './address.ts';
import { countFailure, forgetFailures, forgetOldFailures } from './failures.ts';
import { packed, type RowOf, unpackedBy } from './packed-row.ts';
import { lowerRole } from './role-order.ts';
import { hashOf, isStationToken } from './token.ts';

/** Where a token was presented, and by whom. */
export interface TokenPresentation {
  /** The station at which it is to act. */
  readonly stationId: string;
  /** Where the request comes from. Failures are counted by it. Behind a proxy it is what the proxy says, not what the client says. */
  readonly ipAddress: string;
  readonly userAgent?: string | undefined;
  /** The `jti` of the JWT that came with it: the token has to be the one that was issued with it. */
  readonly jwtId?: string | undefined;
}

/** A token in force, and what it allows now. */
export interface StationToken {
  readonly id: string;
  readonly stationId: string;
  readonly userId: string;
  readonly sessionId: string | null;
  readonly jwtId: string;
  /** That of the token, or that of its holder now where it is lower. */
  readonly role: StationRole;
  /** Those of the token that its holder still has. */
  readonly permissions: readonly StationPermission[];
  readonly scope: string | null;
  readonly expiresAt: Date;
}

/** A token that is in force. */
export interface AcceptedStationToken {
  readonly valid: true;
  readonly token: StationToken;
  /** Fulfilled once earlier failures of the user at the address are forgotten. */
  readonly recorded: Promise<void>;
}

/** A token that is not in force. Why, only the audit trail knows. */
export interface RefusedStationToken {
  readonly valid: false;
  /** Fulfilled once the failure is counted and the audit trail has been told, in one transaction; rejected where that failed. */
  readonly recorded: Promise<void>;
}

/**
 * Says whether a token is in force at a station, and what it allows there. A token that is malformed, unknown, revoked, expired, of
 * another station or another JWT, whose holder is no longer assigned, whose station is suspended, or that comes from an address
 * that is locked, gets the same answer, after the same work: one hash and one prepared statement, compared in constant time.
 *
 * The answer comes before the record of it: the failure and its audit event are written in one statement right after the answer. Send
 * the response, then await `recorded`; where `db` is a single connection, before anything else is asked of it. In a transaction they
 * are a part of it, and written before the answer.
 *
 * After 5 failures in a row an address is locked for a user whose token it presented, for 1 second, and twice as long after each further
 * failure, up to 15 minutes; an address that presents tokens that nobody has is locked as a whole. The clock is the database's. A success
 * forgets the failures of the user at the address; those with unknown tokens are forgotten after a day without one.
 *
 * It runs as the service that logs people in: before a token is verified nobody knows at which station somebody acts.
 *
 * @param db A database whose role may read tokens, users, stations and assignments of every station (no row-level security restricts
 * it), keep the failures, and insert into the trail.
 * @param token What the client presented, whatever it is, or nothing.
 * @throws {DrizzleQueryError} where the database can't be asked. The token is not in it.
 *
 * @example
 * const answer = await verifyStationToken(db, request.headers['x-station-token'], { stationId, ipAddress: request.ip });
 * reply.code(answer.valid ? 200 : 401).send();
 * await answer.recorded;
 */
export async function verifyStationToken(
  db: PostgresDatabase,
  token: string | undefined,
  presentation: TokenPresentation,
): Promise<AcceptedStationToken | RefusedStationToken> {
  const checked = await checkToken(db, token, presentation);
  const recorded =
    checked.refusal || checked.failedBefore
      ? record(db, () =>
          checked.refusal
            ? refusalStatement(db, checked, presentation)
            : forgetFailures(checked.token.userId, checked.address),
        )
      : nothingToRecord;
  if (isTransaction(db)) await recorded;
  return checked.refusal ? { valid: false, recorded } : { valid: true, token: checked.token, recorded };
}

const nothingToRecord: Promise<void> = Promise.resolve();

/** Runs a statement once whoever waits for the answer has it. Whoever does not await the end is not brought down by it. */
export function record(db: PostgresDatabase, statement: () => SQL): Promise<void> {
  const recorded = new Promise((resolve) => setImmediate(resolve)).then(async () => {
    await db.execute(statement());
  });
  recorded.catch(() => {});
  return recorded;
}

/** Why a token is refused, in the order in which it is found out. */
type Refusal =
  | 'a malformed token'
  | 'an unknown token'
  | 'a token from a locked address'
  | 'a token of another station'
  | 'a token of another JWT'
  | 'a revoked token'
  | 'an expired token'
  | 'a token without a right at the station';

/** What there is to know of a token that was presented. */
export interface CheckedToken {
  /** Nothing where it is in force. */
  readonly refusal: Refusal | undefined;
  /** The token, where it is known. */
  readonly token: StationToken;
  readonly known: boolean;
  readonly stationKnown: boolean;
  readonly failedBefore: boolean;
  /** The address under which failures are counted. */
  readonly address: string;
}

const nobody = '00000000-0000-0000-0000-000000000000';
const nobodyId = sql.raw(`'${nobody}'`);

const standingOfNobody = () => ({ role: 'station_admin', ...permissionsOf('station_admin') }) as const;

/** What stands for the permissions of a token where there is none at all, so that answering takes as long. */
const permissionsOfNobody = sql.raw(`'${JSON.stringify(standingOfNobody().permissions)}'`);

const columns = {
  hash: sql<string>`coalesce(token.token_hash, repeat('0', 64))`,
  id: sql<string>`coalesce(token.id, ${nobodyId})`,
  userId: sql<string>`coalesce(token.user_id, ${nobodyId})`,
  stationId: sql<string>`coalesce(token.station_id, given.station_id)`,
  sessionId: sql<string | null>`token.session_id`,
  jwtId: sql<string>`coalesce(token.jwt_id, ${nobodyId})`,
  role: sql<StationRole>`coalesce(token.role, 'station_admin')`,
  scope: sql<string | null>`token.scope`,
  expiresAt: sql<number>`coalesce(extract(epoch FROM token.expires_at), 0)::float8 * 1000`,
  revoked: sql<boolean>`coalesce(token.is_revoked, false)`,
  expired: sql<boolean>`coalesce(token.expires_at <= clock_timestamp(), false)`,
  stationKnown: sql<boolean>`station.id IS NOT NULL`,
  locked: sql<boolean>`coalesce(greatest(of_user.locked_until, of_address.locked_until) > clock_timestamp(), false)`,
  failedBefore: sql<boolean>`of_user.id IS NOT NULL`,
  ...accessColumns,
};
const readRow = unpackedBy(columns);

/** The permissions of the token, beside the rest: they are most of what there is to read, and the same for many tokens. */
const permissionsColumn = sql<string>`coalesce(token.permissions, ${permissionsOfNobody})::text`;

/** Lists of permissions by the text that the database has of them. */
const knownLists = new Map<string, readonly StationPermission[]>();
const mostKnownLists = 1000;

function permissionsIn(text: string): readonly StationPermission[] {
  const known = knownLists.get(text);
  if (known) return known;
  const parsed: unknown = JSON.parse(text);
  const list = Array.isArray(parsed) ? (parsed as StationPermission[]) : [];
  if (knownLists.size >= mostKnownLists) knownLists.clear();
  knownLists.set(text, list);
  return list;
}

/**
 * The token with the hash and, where nobody has it, the next one in the order of hashes: a token that nobody has is looked up with the
 * same work as any other, and never the one that was asked for. Which of the two it is, `checkToken` finds out.
 */
const source = sql`(SELECT ${sql.placeholder('stationId')}::uuid AS station_id, ${sql.placeholder('address')}::varchar AS address) AS given
  LEFT JOIN (
    SELECT * FROM ${StationAccessToken} WHERE token_hash >= ${sql.placeholder('hash')}::varchar ORDER BY token_hash LIMIT 1
  ) AS token ON true
  LEFT JOIN ${Station} AS station ON station.id = given.station_id
  LEFT JOIN ${User} AS holder ON holder.id = token.user_id
  CROSS JOIN LATERAL (${assignmentsOf(sql`token.user_id`, sql`token.station_id`)}) AS assigned
  LEFT JOIN ${StationTokenFailure} AS of_user ON of_user.user_id = token.user_id AND of_user.address = given.address
  LEFT JOIN ${StationTokenFailure} AS of_address ON of_address.user_id IS NULL AND of_address.address = given.address`;

function prepareLookup(db: PostgresDatabase) {
  const lookup = db.select({ row: packed(columns), permissions: permissionsColumn }).from(source);
  // A database without a cache says so, whatever its type says; not to ask a cache takes Drizzle longer than to have none.
  const hasCache = (db.$cache as unknown) !== undefined;
  return (hasCache ? lookup.$withCache(false) : lookup).prepare();
}

/** The statement of each database, prepared once. */
const lookups = new WeakMap<PostgresDatabase, ReturnType<typeof prepareLookup>>();

function lookupOf(db: PostgresDatabase): ReturnType<typeof prepareLookup> {
  const lookup = lookups.get(db) ?? prepareLookup(db);
  lookups.set(db, lookup);
  return lookup;
}

/** No token is longer, so the rest of what was presented changes nothing. */
const longestPresented = 256;

/** Looks a token up and judges it, with the same work whatever it is. Writes nothing. */
export async function checkToken(
  db: PostgresDatabase,
  presented: string | undefined,
  { stationId, ipAddress, jwtId }: TokenPresentation,
): Promise<CheckedToken> {
  const text = (presented ?? '').slice(0, longestPresented);
  const wellFormed = isStationToken(text);
  const hash = hashOf(text);
  const address = countedAddress(ipAddress);
  const [found] = await lookupOf(db).execute({ hash, address, stationId: isId(stationId) ? stationId : nobody });
  if (!found) throw new Error('a statement that answers one row answered none');
  const row = readRow(found.row);
  const known = row.hash.length === hash.length && timingSafeEqual(Buffer.from(row.hash), Buffer.from(hash));
  const standing = standingAt(accessOf(row), row.stationId, new Date(row.now));
  // Where the holder has no right the work is the same, on what nobody gets to see.
  const { role, permissions } = standing.reached ? standing : standingOfNobody();
  const granted = setOf(permissions);
  return {
    refusal: refusalOf(row, {
      stationId: stationId.toLowerCase(),
      jwtId,
      wellFormed,
      known,
      reached: standing.reached,
    }),
    token: {
      id: row.id,
      stationId: row.stationId,
      userId: row.userId,
      sessionId: row.sessionId,
      jwtId: row.jwtId,
      role: lowerRole(row.role, role),
      permissions: permissionsIn(found.permissions).filter((permission) => granted.has(permission)),
      scope: row.scope,
      expiresAt: new Date(row.expiresAt),
    },
    known,
    stationKnown: row.stationKnown,
    failedBefore: row.failedBefore,
    address,
  };
}

/** Why the token of a row is refused; nothing where it is in force. */
function refusalOf(
  row: RowOf<typeof columns>,
  presented: {
    readonly stationId: string;
    readonly jwtId: string | undefined;
    readonly wellFormed: boolean;
    readonly known: boolean;
    readonly reached: boolean;
  },
): Refusal | undefined {
  if (!presented.wellFormed) return 'a malformed token';
  if (!presented.known) return 'an unknown token';
  if (row.locked) return 'a token from a locked address';
  if (row.stationId !== presented.stationId) return 'a token of another station';
  if (presented.jwtId !== undefined && row.jwtId !== presented.jwtId) return 'a token of another JWT';
  if (row.revoked) return 'a revoked token';
  if (row.expired) return 'an expired token';
  return presented.reached ? undefined : 'a token without a right at the station';
}

/** The sets of the lists that were asked for: those of the roles stay the same lists. */
const sets = new WeakMap<readonly StationPermission[], ReadonlySet<StationPermission>>();

function setOf(permissions: readonly StationPermission[]): ReadonlySet<StationPermission> {
  const set = sets.get(permissions) ?? new Set(permissions);
  sets.set(permissions, set);
  return set;
}

/** Counts a failure and tells the audit trail of the station, if there is such a station. */
export function refusalStatement(
  db: PostgresDatabase,
  { refusal, token, known, stationKnown, address }: CheckedToken,
  { stationId, ipAddress, userAgent }: TokenPresentation,
): SQL {
  const userId = known ? token.userId : null;
  const counted = countFailure(userId, address);
  const forgotten = forgetOldFailures(address);
  if (!stationKnown) return sql`WITH forgotten AS (${forgotten}) ${counted}`;
  const event = db.insert(StationAuditLog).values(
    auditLogOf({
      stationId,
      userId,
      sessionId: token.sessionId ?? undefined,
      action: 'token.refused',
      resourceType: 'station_access_token',
      resourceId: known ? token.id : undefined,
      ipAddress,
      userAgent,
      success: false,
      errorMessage: refusal,
    }),
  );
  return sql`WITH forgotten AS (${forgotten}), counted AS (${counted}) ${event.getSQL()}`;
}
