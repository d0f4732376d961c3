import { timingSafeEqual } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { isId } from '../../id.ts';
import { resolvePermissions, resolveStanding, type StationAccess } from '../access/grants.ts';
import { auditLogOf } from '../audit/record.ts';
import { countedAddress } from '../counted-address.ts';
import { textOfToken } from '../presented-token.ts';
import { lowerRole } from '../role-order.ts';
import type { StationPermission, StationRole } from '../station-role.ts';
import { retryAfterOf } from '../token-failure-window.ts';
import { countFailure, countInTrail, forgetOldFailures } from './failures.ts';
import { assertObject } from './issue.ts';
import { atEndOfTurn, lookUp, type TokenAnswer, type TokenRow } from './lookup.ts';
import { revoke } from './revoke.ts';
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
  /** Resolves at once: a valid token is neither counted nor recorded. */
  readonly recorded: Promise<void>;
}

/** A token that is not valid. Only the audit trail knows why. */
export interface RefusedStationToken {
  readonly valid: false;
  /**
   * How many seconds the client should wait before it tries again, as for the header `Retry-After`; 0 if it need not. It depends on the
   * address alone.
   */
  readonly retryAfter: number;
  /**
   * Resolves once the failure is counted and in the audit trail, and the family of a token that was rotated is revoked, in one
   * transaction; rejects if that failed.
   */
  readonly recorded: Promise<void>;
}

/**
 * Checks whether a token is valid at a station, and what it allows there. A token that is malformed, unknown, revoked, expired, of
 * another station or another JWT, whose holder is no longer assigned, or whose station is suspended gets the same answer, after the same
 * work: one hash and one statement, compared in constant time.
 *
 * The answer comes before its record: the failure and its audit event are written right after the answer. Send the response, then await
 * `recorded`; if `db` is a single connection, before its next statement. In a transaction they are a part of it, and written before the
 * answer.
 *
 * A valid token is never refused, whatever else came from its address, and writes nothing. Failures are counted in windows of 15 minutes,
 * by the database's clock. From the fifth failure of an address in a window on, the answer says how long its client should wait
 * (`retryAfter`): 1 second, and twice as long after each further one; of an IPv6 address its /64 network counts. The service decides what
 * it makes of that. The trail gets each of the first 10 failures with a token, or with unknown tokens at a station, and then fewer and
 * fewer, each with the count: the 20th, 50th, 100th, 200th and so on.
 *
 * A token that was rotated and comes back has been copied: its family is revoked, which is the token that it was rotated into, too.
 *
 * Tokens that are presented in the same turn of the event loop share a statement, 32 at most: a busy service sends fewer statements than
 * it verifies tokens.
 *
 * It runs as the service that logs people in: the acting station is unknown until the token is verified.
 *
 * @param db A database whose role may read tokens, users, stations and assignments of every station (no row-level security restricts
 * it), write the failures, insert into the trail, and for tokens that come back update tokens and users.
 * @param token What the client presented: any text, or nothing. Whatever is not a text is refused as a malformed token.
 * @throws {InvalidInput} `invalid-input`, if `presentation` is not an object.
 * @throws {DrizzleQueryError} if the query fails. The token is not in the error.
 *
 * @example
 * const answer = await verifyStationToken(db, request.headers['x-station-token'], { stationId, ipAddress: request.ip });
 * if (!answer.valid && answer.retryAfter > 0) reply.header('retry-after', String(answer.retryAfter));
 * reply.code(answer.valid ? 200 : 401).send();
 * await answer.recorded;
 */
export async function verifyStationToken(
  db: PostgresDatabase,
  token: string | undefined,
  presentation: TokenPresentation,
): Promise<AcceptedStationToken | RefusedStationToken> {
  const checked = await checkToken(db, token, presentation);
  return checked.refusal === undefined
    ? { valid: true, token: checked.token, recorded: Promise.resolve() }
    : refuse(db, checked, checked.refusal, token, presentation);
}

/** The answer for a token that is not valid. Its record is written after the caller has it; a failure is swallowed unless awaited. */
export async function refuse(
  db: PostgresDatabase,
  checked: CheckedToken,
  refusal: Refusal,
  presented: unknown,
  presentation: TokenPresentation,
): Promise<RefusedStationToken> {
  // The record is computed after the answer as well, so that no answer takes longer because of it.
  const recorded = new Promise((resolve) => atEndOfTurn(resolve)).then(() =>
    recordRefusal(db, checked, refusal, presented, presentation),
  );
  recorded.catch(() => {});
  if (isTransaction(db)) await recorded;
  return { valid: false, retryAfter: checked.retryAfter, recorded };
}

/** Why a token is refused, in the order of the checks. `recordRefusal` finds out whether an unknown one is a token at all. */
type Refusal =
  | 'an unknown token'
  | 'a token of another station'
  | 'a token of another JWT'
  | 'a rotated token'
  | 'a revoked token'
  | 'an expired token'
  | 'a token without a right at the station';

/** Everything known about a presented token. */
export interface CheckedToken {
  /** Undefined if it is valid. */
  readonly refusal: Refusal | undefined;
  /** The token; nobody's, if it is not known. */
  readonly token: StationToken;
  readonly known: boolean;
  readonly stationKnown: boolean;
  /** Whether it was rotated into another one. */
  readonly isReplaced: boolean;
  /** What a refusal tells the client, in seconds. */
  readonly retryAfter: number;
  /** The address under which failures are counted. */
  readonly address: string;
}

/** Stands in for an id that nobody has. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Stands in for the role and permissions of a holder without any, so that answering takes as long. */
const standingOfNobody = {
  role: 'station_admin',
  permissions: resolvePermissions('station_admin').permissions,
} as const;

/** The last moment that a `Date` can say, for a token that never ends: only SQL can write one. */
const lastMoment = 8.64e15;

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
  isReplaced: false,
  isExpired: false,
};

/** Looks up a token and judges it, with the same work for any input. Writes nothing. */
export async function checkToken(
  db: PostgresDatabase,
  presented: unknown,
  presentation: TokenPresentation,
): Promise<CheckedToken> {
  assertObject('presentation', presentation);
  const { stationId, ipAddress, jwtId } = presentation;
  const text = textOfToken(presented);
  const hash = hashOf(text);
  const address = countedAddress(ipAddress);
  const found = await lookUp(db, { hash, address, stationId: isId(stationId) ? stationId : nobody });
  const row = found.token ?? tokenOfNobody;
  const known = row.hash.length === hash.length && timingSafeEqual(Buffer.from(row.hash), Buffer.from(hash));
  const standing = resolveStanding(accessOf(found), row.stationId, new Date(found.now));
  // The row found for an unknown token is a stranger's: nothing of it goes on from here.
  const token = known ? row : tokenOfNobody;
  const { role, permissions } = standing.reached ? standing : standingOfNobody;
  const ofToken = Array.isArray(token.permissions) ? token.permissions : [];
  return {
    refusal: refusalOf(token, {
      stationId: isId(stationId) ? stationId.toLowerCase() : nobody,
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
      expiresAt: new Date(Math.min(Number(token.expiresAt), lastMoment)),
    },
    known,
    stationKnown: found.stationKnown,
    isReplaced: token.isReplaced,
    retryAfter: retryAfterOf(found.failures + 1, found.secondsLeft ?? undefined),
    address,
  };
}

/** What the holder of a found token may do, in the form that `resolveStanding` takes. */
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
  token: TokenRow,
  presented: {
    readonly stationId: string;
    readonly jwtId: string | undefined;
    readonly known: boolean;
    readonly reached: boolean;
  },
): Refusal | undefined {
  if (!presented.known) return 'an unknown token';
  if (token.stationId !== presented.stationId) return 'a token of another station';
  if (presented.jwtId !== undefined && token.jwtId !== presented.jwtId) return 'a token of another JWT';
  if (token.isRevoked) return token.isReplaced ? 'a rotated token' : 'a revoked token';
  if (token.isExpired) return 'an expired token';
  return presented.reached ? undefined : 'a token without a right at the station';
}

/** Revokes the family of a token that came back, counts the failure, and writes it to the audit trail of the station, if it exists. */
async function recordRefusal(
  db: PostgresDatabase,
  { token, known, isReplaced, stationKnown, address }: CheckedToken,
  refusal: Refusal,
  presented: unknown,
  { stationId, ipAddress, userAgent }: TokenPresentation,
): Promise<void> {
  const tokenId = known ? token.id : null;
  const forgotten = forgetOldFailures({ address, stationId: stationKnown ? stationId : null, tokenId });
  const ofAddress = countFailure({ address });
  const row = auditLogOf({
    stationId,
    userId: known ? token.userId : null,
    sessionId: token.sessionId ?? undefined,
    action: 'token.refused',
    resourceType: 'station_access_token',
    resourceId: tokenId ?? undefined,
    ipAddress,
    userAgent,
    success: false,
    errorMessage: known || isStationToken(textOfToken(presented)) ? refusal : 'a malformed token',
  });
  const statement = stationKnown
    ? sql`WITH of_address AS (${ofAddress}), forgotten AS (${forgotten}), ${countInTrail(row, tokenId, sql`of_address`)}`
    : sql`WITH forgotten AS (${forgotten}) ${ofAddress}`;
  if (!isReplaced) {
    await db.execute(statement);
    return;
  }
  await db.transaction(
    async (tx) => {
      await revoke(
        tx,
        { id: token.id },
        { revokedBy: null, reason: 'a rotated token came back', ipAddress, userAgent },
      );
      await tx.execute(statement);
    },
    { isolationLevel: 'read committed' },
  );
}
