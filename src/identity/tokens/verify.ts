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
  /** Where the request comes from. Failures are counted by it. Behind a proxy, use the proxy's word, not the client's. */
  readonly ipAddress: string;
  readonly userAgent?: string | undefined;
  /** The `jti` of the JWT that came with it: the token has to be the one that was issued with it. */
  readonly jwtId?: string | undefined;
}

/** A valid token, and what it allows now. */
export interface StationToken {
  readonly id: string;
  readonly stationId: string;
  readonly userId: string;
  readonly sessionId: string | null;
  readonly jwtId: string;
  /** The token's role, or the holder's current one if that is lower. */
  readonly role: StationRole;
  /** The token's permissions that its holder still has. */
  readonly permissions: readonly StationPermission[];
  readonly scope: string | null;
  readonly expiresAt: Date;
}

/** A token that is valid. */
export interface AcceptedStationToken {
  readonly valid: true;
  readonly token: StationToken;
  /** Resolves once earlier failures of the user at the address are forgotten. */
  readonly recorded: Promise<void>;
}

/** A token that is not valid. Only the audit trail knows why. */
export interface RefusedStationToken {
  readonly valid: false;
  /** Resolves once the failure is counted and the audit event is written, in one transaction; rejects if that failed. */
  readonly recorded: Promise<void>;
}

/**
 * Checks whether a token is valid at a station, and what it allows there. A token that is malformed, unknown, revoked, expired, of
 * another station or another JWT, whose holder is no longer assigned, whose station is suspended, or that comes from a locked address
 * gets the same answer, after the same work: one hash and one statement, compared in constant time.
 *
 * The answer comes before its record: the failure and its audit event are written in one statement right after the answer. Send the
 * response, then await `recorded`; if `db` is a single connection, before its next statement. In a transaction they are a part of it,
 * and written before the answer.
 *
 * After 5 failures in a row an address is locked for the user whose token it presented, for 1 second, and twice as long after each
 * further failure, up to 15 minutes; an address that presents unknown tokens is locked as a whole. All times are from the database's
 * clock. A success forgets the failures of the user at the address; failures with unknown tokens are forgotten after a day without one.
 *
 * Tokens that are presented in the same turn of the event loop share a statement, 32 at most: a busy service sends fewer statements than
 * it verifies tokens.
 *
 * It runs as the service that logs people in: the acting station is unknown until the token is verified.
 *
 * @param db A database whose role may read tokens, users, stations and assignments of every station (no row-level security restricts
 * it), write the failures, and insert into the trail.
 * @param token What the client presented: any text, or nothing.
 * @throws {DrizzleQueryError} if the query fails. The token is not in the error.
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
  // The record is computed after the answer as well, so that no answer takes longer because of it.
  const recorded = record(db, () => {
    if (checked.refusal) return refusalStatement(db, checked, token, presentation);
    return checked.failedBefore ? forgetFailures(checked.token.userId, checked.address) : undefined;
  });
  if (isTransaction(db)) await recorded;
  return checked.refusal ? { valid: false, recorded } : { valid: true, token: checked.token, recorded };
}

/** Runs after the caller has its answer. A failure is swallowed unless `recorded` is awaited. */
export function record(db: PostgresDatabase, statement: () => SQL | undefined): Promise<void> {
  const recorded = new Promise((resolve) => atEndOfTurn(resolve)).then(async () => {
    const found = statement();
    if (found) await db.execute(found);
  });
  recorded.catch(() => {});
  return recorded;
}

/** Why a token is refused, in the order of the checks. `refusalStatement` finds out whether an unknown one is a token at all. */
type Refusal =
  | 'an unknown token'
  | 'a token from a locked address'
  | 'a token of another station'
  | 'a token of another JWT'
  | 'a revoked token'
  | 'an expired token'
  | 'a token without a right at the station';

/** Everything known about a presented token. */
export interface CheckedToken {
  /** Undefined if it is valid. */
  readonly refusal: Refusal | undefined;
  /** The token, if it is known. */
  readonly token: StationToken;
  readonly known: boolean;
  readonly stationKnown: boolean;
  readonly failedBefore: boolean;
  /** The address under which failures are counted. */
  readonly address: string;
}

/** No token is longer, so the rest of the presented text changes nothing. */
const longestPresented = 256;

/** Stands in for an id that nobody has. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Stands in for the role and permissions of a holder without any, so that answering takes as long. */
const standingOfNobody = { role: 'station_admin', permissions: permissionsOf('station_admin').permissions } as const;

/** Stands in for the token if the database found none. */
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

/** Looks up a token and judges it, with the same work for any input. Writes nothing. */
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

/** What the holder of a found token may do, in the form that `standingAt` takes. */
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

/** Why a token is refused; undefined if it is valid. */
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

/** Builds the statement that counts a failure and writes it to the audit trail of the station, if the station exists. */
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
