import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { lowerRole } from '../role-order.ts';
import { StationAccessToken } from '../station-access-token.ts';
import { readStanding } from './access.ts';
import {
  assertLength,
  assertObject,
  defaultFamilyLifetime,
  type IssuedStationToken,
  insertToken,
  lifetimeOf,
  type TokenLifetime,
} from './issue.ts';
import { lockForNewToken } from './locks.ts';
import { checkToken, type RefusedStationToken, refuse, type TokenPresentation } from './verify.ts';

/** A token that replaced another. */
export interface RotatedStationToken extends IssuedStationToken {
  readonly valid: true;
}

/** How to rotate a token. */
export interface RotationRequest extends TokenPresentation, TokenLifetime {
  /** The `jti` of the JWT that goes with the new token: up to 36 characters. @default a new UUID */
  readonly newJwtId?: string | undefined;
}

/**
 * Replaces a valid token with a new one: the old one is revoked; the new one has its holder and its session, and those of its role and
 * permissions that the holder still has. Both are of one family, which ends when its first token was told to: the new token ends no later.
 * Of several concurrent rotations of one token, one succeeds. A token that is not valid gets the answer of `verifyStationToken`, and is
 * counted and recorded in the same way; one that was rotated before revokes its family, here and there. So a client rotates a token while
 * it has no other request under way, and keeps the new one before it sends the next.
 *
 * It runs as the service that logs people in, with a role that no row-level security restricts.
 *
 * @param db As for `verifyStationToken`; the role may also insert tokens, and update tokens, users and stations.
 * @throws {InvalidInput} `lifetime-out-of-range`; `invalid-input`, if `newJwtId` is empty or too long.
 * @throws {DrizzleQueryError} if the query fails, or another token has the `newJwtId`.
 *
 * @example
 * const rotated = await rotateStationToken(db, token, { stationId, ipAddress: request.ip });
 * if (rotated.valid) reply.header('x-station-token', rotated.token);
 */
export async function rotateStationToken(
  db: PostgresDatabase,
  token: string | undefined,
  request: RotationRequest,
): Promise<RotatedStationToken | RefusedStationToken> {
  assertObject('request', request);
  const lifetime = lifetimeOf(request);
  assertLength('newJwtId', request.newJwtId, 36);
  const checked = await checkToken(db, token, request);
  const rotated = checked.refusal
    ? undefined
    : await db.transaction(
        async (tx) => {
          const { id, stationId, userId, role, permissions, sessionId, scope } = checked.token;
          const jwtId = request.newJwtId ?? randomUUID();
          await lockForNewToken(tx, { jwtId, userId, stationId });
          const { standing, endsAt } = await readStanding(tx, userId, stationId);
          if (!standing.reached) return undefined;
          const newId = randomUUID();
          const [replaced] = await tx
            .update(StationAccessToken)
            .set({ isRevoked: true, revokedAt: sql`clock_timestamp()`, replacedBy: newId })
            .where(sql`id = ${id} AND NOT is_revoked AND expires_at > clock_timestamp()`)
            .returning({ familyId: StationAccessToken.familyId });
          if (!replaced) return undefined;
          return insertToken(tx, {
            id: newId,
            // A token from before there were families begins one.
            familyId: replaced.familyId ?? id,
            familyExpiresAt: sql`coalesce((SELECT family_expires_at FROM ${StationAccessToken} WHERE id = ${id}),
            clock_timestamp() + make_interval(secs => ${defaultFamilyLifetime / 1000}::float8))`,
            stationId,
            userId,
            role: lowerRole(role, standing.role),
            permissions: permissions.filter((permission) => standing.permissions.includes(permission)),
            sessionId: sessionId ?? undefined,
            jwtId,
            scope: scope ?? undefined,
            lifetime,
            endsAt,
            event: {
              stationId,
              userId,
              sessionId: sessionId ?? undefined,
              action: 'token.rotated',
              ipAddress: request.ipAddress,
              userAgent: request.userAgent,
              details: { replaced: id },
            },
          });
        },
        { isolationLevel: 'read committed' },
      );
  if (rotated) return { valid: true, ...rotated };
  return refuse(db, checked, checked.refusal ?? 'a revoked token', token, request);
}
