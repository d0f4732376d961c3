import { randomUUID } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { type ErrorDetails, InvalidInput } from '../../errors.ts';
import { assertId } from '../../id.ts';
import { resolvePermissions, type StationStanding } from '../access/grants.ts';
import type { AuditEvent } from '../audit/event.ts';
import { recordAuditEvent, recordDenial } from '../audit/record.ts';
import { isHigher } from '../role-order.ts';
import { StationAccessToken } from '../station-access-token.ts';
import { StationPermission, StationRole } from '../station-role.ts';
import { readStanding } from './access.ts';
import { type StationTokenDenialCode, StationTokenDenied } from './errors.ts';
import { lockForNewToken } from './locks.ts';
import { readTime } from './time.ts';
import { hashOf, newToken } from './token.ts';

/** The default maximum lifetime of a station token, in milliseconds: 12 hours. */
export const defaultLongestLifetime: number = 12 * 60 * 60 * 1000;

/** How long the tokens of a service live. */
export interface TokenLifetime {
  /** Milliseconds until the token expires. @default `longestLifetime` */
  readonly lifetime?: number | undefined;
  /** The longest that a token of the service may live, in milliseconds. @default 12 hours */
  readonly longestLifetime?: number | undefined;
}

/** The default time for which a token can be rotated, in milliseconds: 7 days. */
export const defaultFamilyLifetime: number = 7 * 24 * 60 * 60 * 1000;

/** The longest that a family may live, in milliseconds: a year. */
const longestFamilyLifetime = 366 * 24 * 60 * 60 * 1000;

/** What token to issue. */
export interface StationTokenRequest extends TokenLifetime {
  readonly stationId: string;
  /** Who will hold the token. */
  readonly userId: string;
  /** Who asks for it: the holder, or a user who may manage users of the station (`station.manage_users`). */
  readonly issuerId: string;
  /**
   * Milliseconds until the token's family ends: the token, and whatever it is rotated into. No rotation gets past it.
   *
   * @default 7 days
   */
  readonly familyLifetime?: number | undefined;
  /** @default the holder's role at the station */
  readonly role?: StationRole | undefined;
  /** @default what the role may do, limited to what holder and issuer may do */
  readonly permissions?: readonly StationPermission[] | undefined;
  readonly sessionId?: string | undefined;
  /** The `jti` of the JWT that goes with the token: up to 36 characters. @default a new UUID */
  readonly jwtId?: string | undefined;
  /** What the token is for, in the service's own words: up to 500 characters. */
  readonly scope?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** A token that was issued. `token` is shown this once: the database has only its hash. */
export interface IssuedStationToken {
  readonly token: string;
  readonly id: string;
  readonly stationId: string;
  readonly userId: string;
  readonly jwtId: string;
  readonly role: StationRole;
  readonly permissions: readonly StationPermission[];
  readonly expiresAt: Date;
  /** When its family ends: it and whatever it is rotated into. */
  readonly familyExpiresAt: Date;
}

/**
 * Issues a token that lets its holder act at one station. Its role and its permissions are at most those of the issuer and of the
 * holder at this moment, as `resolveStanding` returns them. To issue for another user, the issuer needs `station.manage_users` at the
 * station and a role there that is not below the holder's; to issue for oneself, access to it is enough. The token ends no later than
 * the holder's assignment. The audit trail gets the event in the same transaction; a denial, after it.
 *
 * It waits for a revocation under way for the holder, the station or the JWT, so that none overlooks it.
 *
 * It runs as the service that logs people in, with a role that no row-level security restricts, and that may update users and stations:
 * it locks their rows.
 *
 * @param db A database, or a transaction that the token becomes a part of.
 * @throws {StationTokenDenied} `holder-without-access`, `issuer-without-access`, `may-not-issue-for-others`,
 * `holder-outranks-issuer`, `role-too-high`, `permission-missing`.
 * @throws {NotFound} `station-not-found`, `user-not-found`.
 * @throws {InvalidInput} `lifetime-out-of-range`; `invalid-input`, if an id is not a UUID, a text is empty or too long, or there is no
 * such role or permission.
 * @throws {DrizzleQueryError} if the query fails, or another token has the `jwtId`.
 *
 * @example
 * const { token, jwtId, expiresAt } = await issueStationToken(db, { stationId, userId, issuerId: userId });
 */
export async function issueStationToken(
  db: PostgresDatabase,
  request: StationTokenRequest,
): Promise<IssuedStationToken> {
  assertObject('request', request);
  assertId('stationId', request.stationId);
  assertId('userId', request.userId);
  assertId('issuerId', request.issuerId);
  if (request.sessionId !== undefined) assertId('sessionId', request.sessionId);
  const lifetime = lifetimeOf(request);
  const familyLifetime = familyLifetimeOf(request);
  assertLength('jwtId', request.jwtId, 36);
  assertLength('scope', request.scope, 500);
  assertRole(request.role);
  assertPermissions(request.permissions);
  const asKept = {
    ...request,
    stationId: request.stationId.toLowerCase(),
    userId: request.userId.toLowerCase(),
    issuerId: request.issuerId.toLowerCase(),
  };
  try {
    return await db.transaction((tx) => issue(tx, asKept, lifetime, familyLifetime), {
      isolationLevel: 'read committed',
    });
  } catch (error) {
    if (error instanceof StationTokenDenied && !isTransaction(db)) await recordDenial(db, error.denial);
    throw error;
  }
}

async function issue(
  tx: PostgresDatabase,
  request: StationTokenRequest,
  lifetime: number,
  familyLifetime: number,
): Promise<IssuedStationToken> {
  const { stationId, userId, issuerId, jwtId = randomUUID() } = request;
  await lockForNewToken(tx, { jwtId, userId, stationId });
  const forOneself = issuerId === userId;
  const holder = await readStanding(tx, userId, stationId);
  const issuer = forOneself ? holder : await readStanding(tx, issuerId, stationId);
  const holds = ({ standing }: typeof holder, permission: StationPermission) =>
    standing.reached && standing.permissions.includes(permission);
  const role = request.role ?? (holder.standing.reached ? holder.standing.role : 'customer_support');
  const permissions =
    request.permissions ??
    resolvePermissions(role).permissions.filter((each) => holds(holder, each) && holds(issuer, each));
  assertWithin('holder', holder.standing, role, permissions, request);
  if (!forOneself && issuer.standing.reached && !holds(issuer, 'station.manage_users')) {
    throw denied('may-not-issue-for-others', 'issuer', request, issuer.standing, {
      found: 'no right to "station.manage_users" at the station',
      expected: 'that permission, to issue a token for another user',
      next: 'let the holder ask for the token, or a user who may manage users of the station',
    });
  }
  if (holder.standing.reached && issuer.standing.reached && isHigher(holder.standing.role, issuer.standing.role)) {
    throw denied('holder-outranks-issuer', 'issuer', request, issuer.standing, {
      found: `role ${issuer.standing.role}, below the holder's ${holder.standing.role}`,
      expected: 'a role at the station that is not below the holder’s',
      next: 'let the holder ask for the token, or a user of that role',
    });
  }
  assertWithin('issuer', issuer.standing, role, permissions, request);
  const id = randomUUID();
  return insertToken(tx, {
    ...request,
    jwtId,
    id,
    familyId: id,
    familyExpiresAt: sql`clock_timestamp() + make_interval(secs => ${familyLifetime / 1000}::float8)`,
    role,
    permissions,
    lifetime,
    endsAt: holder.endsAt,
    event: eventOf(request, 'token.issued'),
  });
}

/** A token to write, with the details for the audit trail. */
export interface TokenToInsert {
  readonly id: string;
  /** The id of the first token of its family. */
  readonly familyId: string;
  /** When the family ends. */
  readonly familyExpiresAt: SQL;
  readonly stationId: string;
  readonly userId: string;
  readonly role: StationRole;
  readonly permissions: readonly StationPermission[];
  readonly sessionId?: string | undefined;
  readonly jwtId: string;
  readonly scope?: string | undefined;
  /** In milliseconds. */
  readonly lifetime: number;
  /** When the holder's assignment ends. */
  readonly endsAt: Date | undefined;
  readonly event: AuditEvent;
}

/** Creates a token, and writes its hash and its event. */
export async function insertToken(tx: PostgresDatabase, given: TokenToInsert): Promise<IssuedStationToken> {
  const { id, stationId, userId, role, permissions, lifetime, endsAt, jwtId } = given;
  const token = newToken();
  const end = endsAt ? sql`to_timestamp(${endsAt.getTime() / 1000}::float8)` : sql`'infinity'`;
  const [written] = await tx
    .insert(StationAccessToken)
    .values({
      id,
      userId,
      stationId,
      sessionId: given.sessionId ?? null,
      tokenHash: hashOf(token),
      jwtId,
      role,
      permissions: [...permissions],
      scope: given.scope ?? null,
      issuedAt: sql`clock_timestamp()`,
      expiresAt: sql`least(clock_timestamp() + make_interval(secs => ${lifetime / 1000}::float8), ${end}, ${given.familyExpiresAt})`,
      familyId: given.familyId,
      familyExpiresAt: given.familyExpiresAt,
    })
    .returning({
      expiresAt: readTime(StationAccessToken.expiresAt),
      familyExpiresAt: readTime(StationAccessToken.familyExpiresAt),
    });
  const { expiresAt, familyExpiresAt } = written as { expiresAt: Date; familyExpiresAt: Date };
  await recordAuditEvent(tx, {
    ...given.event,
    resourceType: 'station_access_token',
    resourceId: id,
    userRole: role,
    permissionsUsed: permissions,
    details: { ...given.event.details, holder: userId, expiresAt: expiresAt.toISOString() },
  });
  return { token, id, stationId, userId, jwtId, role, permissions, expiresAt, familyExpiresAt };
}

/**
 * How long a token lives, in milliseconds.
 *
 * @throws {InvalidInput} `lifetime-out-of-range`.
 */
export function lifetimeOf({ lifetime, longestLifetime = defaultLongestLifetime }: TokenLifetime): number {
  if (!Number.isFinite(longestLifetime)) {
    throw new InvalidInput({
      code: 'lifetime-out-of-range',
      object: 'longestLifetime',
      found: formatLifetime(longestLifetime),
      expected: 'a number of milliseconds',
      next: 'configure how long a token lives at most',
    });
  }
  return assertLifetime('lifetime', lifetime ?? longestLifetime, longestLifetime, {
    expected: `1000 to ${formatLifetime(longestLifetime)}`,
    next: 'ask for less, or configure another longestLifetime',
  });
}

/**
 * How long a family lives, in milliseconds. What a token lives is limited by it.
 *
 * @throws {InvalidInput} `lifetime-out-of-range`.
 */
function familyLifetimeOf({ familyLifetime = defaultFamilyLifetime }: StationTokenRequest): number {
  return assertLifetime('familyLifetime', familyLifetime, longestFamilyLifetime, {
    expected: `1000 to ${longestFamilyLifetime} ms, which is a year`,
    next: 'ask for less, and issue a new token when the family has ended',
  });
}

/**
 * @returns the given milliseconds.
 * @throws {InvalidInput} `lifetime-out-of-range`.
 */
function assertLifetime(
  object: string,
  given: number,
  longest: number,
  details: Pick<ErrorDetails, 'expected' | 'next'>,
): number {
  if (Number.isFinite(given) && given >= 1000 && given <= longest) return given;
  throw new InvalidInput({ code: 'lifetime-out-of-range', object, found: formatLifetime(given), ...details });
}

/** What was given as a lifetime, for an error. */
function formatLifetime(given: unknown): string {
  return typeof given === 'number' ? `${given} ms` : `a value of type ${typeof given}`;
}

/**
 * @throws {InvalidInput} `invalid-input`, if a text is empty or too long, or not a text.
 */
export function assertLength(object: string, text: string | undefined, longest: number): void {
  if (text === undefined) return;
  // A character has at most two units, so that what is much too long is not taken apart.
  const fits = typeof text === 'string' && text !== '' && text.length <= 2 * longest && [...text].length <= longest;
  // Half of a character is stored as U+FFFD, under which two different ids would be one.
  if (fits && !/[\0\p{Surrogate}]/u.test(text)) return;
  throw new InvalidInput({
    object,
    found:
      typeof text !== 'string'
        ? `a value of type ${typeof text}`
        : `${text.length} characters${fits ? ', with U+0000 or half of a character among them' : ''}`,
    expected: `1 to ${longest}`,
    next: `give a ${object} of that length, or none`,
  });
}

/**
 * Checks that an argument of a caller in JavaScript has properties at all.
 *
 * @throws {InvalidInput} `invalid-input`, if it has not.
 */
export function assertObject(object: string, value: unknown): void {
  if (value !== null && (typeof value === 'object' || typeof value === 'function')) return;
  throw new InvalidInput({
    object,
    found: value === null ? 'null' : `a value of type ${typeof value}`,
    expected: 'an object',
    next: `give the ${object} as the type of that parameter says`,
  });
}

/**
 * @throws {InvalidInput} `invalid-input`, if there is no such role.
 */
function assertRole(role: unknown): void {
  const known: readonly unknown[] = StationRole.enumValues;
  if (role === undefined || role === null || known.includes(role)) return;
  throw new InvalidInput({
    object: 'role',
    found: typeof role === 'string' ? 'a text that is not the name of a role' : `a value of type ${typeof role}`,
    expected: `one of ${known.join(', ')}`,
    next: 'give one of these, or none',
  });
}

/**
 * @throws {InvalidInput} `invalid-input`, if it is not a list, or there is no such permission as one of it.
 */
function assertPermissions(permissions: unknown): void {
  if (permissions === undefined || permissions === null) return;
  const known: readonly unknown[] = StationPermission.enumValues;
  const unknown = Array.isArray(permissions)
    ? [...permissions].filter((each) => !known.includes(each)).length
    : undefined;
  if (unknown === 0) return;
  throw new InvalidInput({
    object: 'permissions',
    found: unknown === undefined ? `a value of type ${typeof permissions}` : `${unknown} that are no permissions`,
    expected: 'a list of permissions, as in ["booking.read"]',
    next: 'give those of StationPermission.enumValues, or none',
  });
}

/**
 * @throws {StationTokenDenied} if role or permissions exceed those of `who`.
 */
function assertWithin(
  who: 'holder' | 'issuer',
  standing: StationStanding,
  role: StationRole,
  permissions: readonly StationPermission[],
  request: StationTokenRequest,
): void {
  if (!standing.reached) {
    throw denied(`${who}-without-access`, who, request, standing, {
      found: `no access to the station (${standing.reason})`,
      expected: 'an active user with an active assignment to a station that is not suspended, or a super admin',
      next: 'assign the user to the station, or renew the assignment',
    });
  }
  if (isHigher(role, standing.role)) {
    throw denied('role-too-high', who, request, standing, {
      found: `role ${standing.role}, asked for ${JSON.stringify(role)}`,
      expected: 'a role that is no higher',
      next: `ask for ${standing.role}, or a lower role`,
    });
  }
  const missing = permissions.filter((permission) => !standing.permissions.includes(permission));
  if (missing.length > 0) {
    throw denied('permission-missing', who, request, standing, {
      found: `no right to ${missing.map((each) => JSON.stringify(each)).join(', ')}`,
      expected: 'every permission of the token',
      next: 'ask for less',
    });
  }
}

function denied(
  code: StationTokenDenialCode,
  who: 'holder' | 'issuer',
  request: StationTokenRequest,
  standing: StationStanding,
  details: Pick<ErrorDetails, 'found' | 'expected' | 'next'>,
): StationTokenDenied {
  return new StationTokenDenied(
    { code, object: `the ${who} of a station token`, ...details },
    {
      ...eventOf(request, 'access.denied'),
      resourceType: 'station_access_token',
      userRole: standing.reached ? standing.role : undefined,
    },
  );
}

function eventOf(request: StationTokenRequest, action: 'token.issued' | 'access.denied'): AuditEvent {
  const { stationId, issuerId, userId, sessionId, ipAddress, userAgent } = request;
  return { stationId, userId: issuerId, sessionId, action, ipAddress, userAgent, details: { holder: userId } };
}
