import { type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { assertId } from '../../id.ts';
import { auditLogOf } from '../audit/record.ts';
import { StationAccessToken } from '../station-access-token.ts';
import { StationAuditLog } from '../station-audit-log.ts';

/** Which tokens to revoke: one, by its id or its JWT's; all of a user, at one station or everywhere; all of a station. */
export type StationTokenSelection =
  | { readonly id: string }
  | { readonly jwtId: string }
  | { readonly userId: string; readonly stationId?: string }
  | { readonly stationId: string };

/** Who revokes, and why. */
export interface Revocation {
  /** Who revokes them; `null` if nobody does, as when a service acts by itself. */
  readonly revokedBy: string | null;
  readonly reason?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** As many rows as fit into one statement, with room to spare: PostgreSQL takes 65,535 parameters. */
const rowsAStatement = 1000;

/**
 * Revokes tokens that are neither revoked nor expired. Once it is committed, none of them verifies. Each token's station gets an event
 * in its audit trail in the same transaction.
 *
 * It runs as the service that logs people in, with a role that no row-level security restricts. That service decides whether
 * `revokedBy` may do it.
 *
 * @param db A database, or a transaction that the revocation becomes a part of.
 * @returns the ids of the tokens that it revoked; empty if there was nothing to revoke.
 * @throws {InvalidInput} `invalid-input`, if an id is not a UUID.
 * @throws {DrizzleQueryError} if the query fails, or the user `revokedBy` does not exist.
 *
 * @example
 * await revokeStationTokens(db, { jwtId }, { revokedBy: userId, reason: 'logout' });
 * await revokeStationTokens(db, { userId }, { revokedBy: adminId, reason: 'left the company' });
 * await revokeStationTokens(db, { stationId }, { revokedBy: adminId, reason: 'closed' });
 */
export async function revokeStationTokens(
  db: PostgresDatabase,
  selection: StationTokenSelection,
  { revokedBy, reason, ...origin }: Revocation,
): Promise<string[]> {
  for (const [name, id] of Object.entries(selection)) if (name !== 'jwtId') assertId(name, id);
  if (revokedBy !== null) assertId('revokedBy', revokedBy);
  return db.transaction(async (tx) => {
    const revoked = await tx
      .update(StationAccessToken)
      .set({ isRevoked: true, revokedAt: sql`clock_timestamp()` })
      .where(sql`${conditionOf(selection)} AND NOT is_revoked AND expires_at > clock_timestamp()`)
      .returning({
        id: StationAccessToken.id,
        stationId: StationAccessToken.stationId,
        userId: StationAccessToken.userId,
      });
    const events = revoked.map(({ id, stationId, userId }) =>
      auditLogOf({
        ...origin,
        stationId,
        userId: revokedBy,
        action: 'token.revoked',
        resourceType: 'station_access_token',
        resourceId: id,
        details: { holder: userId, ...(reason === undefined ? {} : { reason }) },
      }),
    );
    for (let first = 0; first < events.length; first += rowsAStatement) {
      await tx.insert(StationAuditLog).values(events.slice(first, first + rowsAStatement));
    }
    return revoked.map(({ id }) => id);
  });
}

function conditionOf(selection: StationTokenSelection): SQL {
  if ('id' in selection) return sql`id = ${selection.id}`;
  if ('jwtId' in selection) return sql`jwt_id = ${selection.jwtId}`;
  if (!('userId' in selection)) return sql`station_id = ${selection.stationId}`;
  const { userId, stationId } = selection;
  return stationId === undefined ? sql`user_id = ${userId}` : sql`user_id = ${userId} AND station_id = ${stationId}`;
}
