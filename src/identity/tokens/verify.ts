import { timingSafeEqual } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { isId } from '../../id.ts';
import { permissionsOf, type StationAccess, standingAt } from '../access/grants.ts';
import { auditLogOf } from '../audit/record.ts';
import { StationAuditLog } from '../station-audit-log.ts';
import type { StationPermission, StationRole } from '../station-role.ts';
import { countedAddress } from './address.ts';
import { countFailure, forgetFailures, forgetOldFailures } from './failures.ts';
import { atEndOfTurn, lookUp, type TokenAnswer, type TokenRow } from './lookup.ts';
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
 * that is locked, gets the same answer, after the same work: one hash and one statement, compared in constant time.
 *
 * The answer comes before the record of it: the failure and its audit event are written in one statement right after the answer. Send
 * the response, then await `recorded`; where `db` is a single connection, before anything else is asked of it. In a transaction they
 * are a part of it, and written before the answer.
 *
 * After 5 failures in a row an address is locked for a user whose token it presented, for 1 second, and twice as long after each further
 * failure, up to 15 minutes; an address that presents tokens that nobody has is locked as a whole. The clock is the database's. A success
 * forgets the failures of the user at the address; those with unknown tokens are forgotten after a day without one.
 *
 * Tokens that are presented in the same turn of the event loop are looked up by one statement, 32 at most: a busy service sends fewer
 * statements than it verifies tokens.
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
  // What there is to record is found out after the answer as well, so that no answer takes longer for it.
  const recorded = record(db, () => {
    if (checked.refusal) return refusalStatement(db, checked, token, presentation);
    return checked.failedBefore ? forgetFailures(checked.token.userId, checked.address) : undefined;
  });
  if (isTransaction(db)) await recorded;
  return checked.refusal ? { valid: false, recorded } : { valid: true, token: checked.token, recorded };
}

/** Runs a statement, if there is one, once whoever waits for the answer has it. Whoever does not await the end is not brought down by it. */
export function record(db: PostgresDatabase, statement: () => SQL | undefined): Promise<void> {
  const recorded = new Promise((resolve) => atEndOfTurn(resolve)).then(async () => {
    const found = statement();
    if (found) await db.execute(found);
  });
  recorded.catch(() => {});
  return recorded;
}

/** Why a token is refused, in the order in which it is found out. Whether an unknown one is a token at all, `refusalStatement` says. */
type Refusal =
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

/** No token is longer, so the rest of what was presented changes nothing. */
const longestPresented = 256;

/** Stands for the id of nobody. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Stands for a role and its permissions where somebody has none, so that answering takes as long. */
const standingOfNobody = { role: 'station_admin', permissions: permissionsOf('station_admin').permissions } as const;

/** Stands for the token where the database found none. */
const tokenOfNobody: TokenRow = {
  hash: '0'.repeat(64),
  id: nobody,
  userId: nobody,
  stationId: nobody,
  sessionId: null,
  jwtId: nobody,
  ...standingOfNobody,
  scope: null,
  expiresAt: 0,
  isRevoked: false,
  isExpired: false,
};

/** Looks a token up and judges it, with the same work whatever it is. Writes nothing. */
export async function checkToken(
  db: PostgresDatabase,
  presented: string | undefined,
  { stationId, ipAddress, jwtId }: TokenPresentation,
): Promise<CheckedToken> {
  const text = (presented ?? '').slice(0, longestPresented);
  const hash = hashOf(text);
  const address = countedAddress(ipAddress);
  const found = await lookUp(db, { hash, address, stationId: isId(stationId) ? stationId : nobody });
  const token = found.token ?? tokenOfNobody;
  const known = token.hash.length === hash.length && timingSafeEqual(Buffer.from(token.hash), Buffer.from(hash));
  const standing = standingAt(accessOf(found), token.stationId, new Date(found.now));
  const { role, permissions } = standing.reached ? standing : standingOfNobody;
  const ofToken = Array.isArray(token.permissions) ? token.permissions : [];
  return {
    refusal: refusalOf(found, token, {
      stationId: stationId.toLowerCase(),
      jwtId,
      known,
      reached: standing.reached,
    }),
    token: {
      id: token.id,
      stationId: token.stationId,
      userId: token.userId,
      sessionId: token.sessionId,
      jwtId: token.jwtId,
      role: lowerRole(token.role, role),
      permissions: ofToken.filter((permission) => permissions.includes(permission)),
      scope: token.scope,
      expiresAt: new Date(token.expiresAt),
    },
    known,
    stationKnown: found.stationKnown,
    failedBefore: found.failedBefore,
    address,
  };
}

/** What the holder of a token that was found may do, in the form in which it is judged. */
function accessOf({ userStatus, isSuperAdmin, assignments }: TokenAnswer): StationAccess {
  return {
    userStatus: userStatus ?? 'deactivated',
    isSuperAdmin: isSuperAdmin ?? false,
    assignments: assignments.map(({ additionalPermissions, expiresAt, ...assignment }) => ({
      ...assignment,
      additionalPermissions: Array.isArray(additionalPermissions) ? additionalPermissions : [],
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
    })),
  };
}

/** Why a token is refused; nothing where it is in force. */
function refusalOf(
  { locked }: TokenAnswer,
  token: TokenRow,
  presented: {
    readonly stationId: string;
    readonly jwtId: string | undefined;
    readonly known: boolean;
    readonly reached: boolean;
  },
): Refusal | undefined {
  if (!presented.known) return 'an unknown token';
  if (locked) return 'a token from a locked address';
  if (token.stationId !== presented.stationId) return 'a token of another station';
  if (presented.jwtId !== undefined && token.jwtId !== presented.jwtId) return 'a token of another JWT';
  if (token.isRevoked) return 'a revoked token';
  if (token.isExpired) return 'an expired token';
  return presented.reached ? undefined : 'a token without a right at the station';
}

/** Counts a failure and tells the audit trail of the station, if there is such a station. */
export function refusalStatement(
  db: PostgresDatabase,
  { refusal, token, known, stationKnown, address }: CheckedToken,
  presented: string | undefined,
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
      errorMessage: known || isStationToken(presented ?? '') ? refusal : 'a malformed token',
    }),
  );
  return sql`WITH forgotten AS (${forgotten}), counted AS (${counted}) ${event.getSQL()}`;
}
