import { type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { InvalidInput } from '../../errors.ts';
import { assertId } from '../../id.ts';
import { auditLogOf } from '../audit/record.ts';
import { StationAccessToken } from '../station-access-token.ts';
import { StationAuditLog } from '../station-audit-log.ts';
import { assertLength, assertObject } from './issue.ts';
import { lockForRevocation, type RevocationLock } from './locks.ts';

/**
 * Which tokens to revoke: one with its family, by its id or its JWT's, so that no rotation gets past it; all of a user, at one station or
 * everywhere; all of a station.
 */
export type StationTokenSelection =
  | { readonly id: string; readonly jwtId?: never; readonly userId?: never; readonly stationId?: never }
  | { readonly jwtId: string; readonly id?: never; readonly userId?: never; readonly stationId?: never }
  | { readonly userId: string; readonly stationId?: string; readonly id?: never; readonly jwtId?: never }
  | { readonly stationId: string; readonly id?: never; readonly jwtId?: never; readonly userId?: never };

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
 * in its audit trail in the same transaction. It waits for tokens that are being issued or rotated, and revokes them, too.
 *
 * It runs as the service that logs people in, with a role that no row-level security restricts, and that may update users and stations:
 * it locks their rows. That service decides whether `revokedBy` may do it.
 *
 * @param db A database, or a transaction that the revocation becomes a part of: one that is read committed.
 * @returns the ids of the tokens that it revoked; empty if there was nothing to revoke.
 * @throws {InvalidInput} `invalid-input`, if it selects by `id` or `jwtId` and something else; an id is not a UUID, `jwtId` is empty or too long,
 * or `reason` is not a text; or if the transaction has another isolation level.
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
  revocation: Revocation,
): Promise<string[]> {
  assertSelection(selection);
  assertRevocation(revocation);
  return db.transaction((tx) => revoke(tx, selection, revocation), { isolationLevel: 'read committed' });
}

/** Revokes tokens in a transaction, which is a read committed one. The arguments are known to be in order. */
export async function revoke(
  tx: PostgresDatabase,
  selection: StationTokenSelection,
  { revokedBy, reason, ...origin }: Revocation,
): Promise<string[]> {
  await lockForRevocation(tx, lockOf(selection));
  // In the order of their ids, so that two revocations never wait in a circle.
  const revoked = await tx
    .update(StationAccessToken)
    .set({ isRevoked: true, revokedAt: sql`clock_timestamp()` })
    .where(
      sql`id IN (
          SELECT id FROM ${StationAccessToken}
          WHERE ${conditionOf(selection)} AND NOT is_revoked AND expires_at > clock_timestamp()
          ORDER BY id FOR UPDATE
        )`,
    )
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
}

/** @throws {InvalidInput} `invalid-input`, if it selects by something that is not an id, or by what does not go together. */
function assertSelection(selection: StationTokenSelection): void {
  assertObject('selection', selection);
  const given = (['id', 'jwtId', 'userId', 'stationId'] as const).filter((name) => name in selection);
  if (given.length > 1 && given.join() !== 'userId,stationId') {
    throw new InvalidInput({
      object: 'selection',
      found: given.join(' and '),
      expected: 'id, jwtId, userId, stationId, or userId and stationId',
      next: 'select by one of these; an id selects the token at whatever station it is',
    });
  }
  if ('jwtId' in selection) assertLength('jwtId', selection.jwtId ?? '', 36);
  else if ('id' in selection) assertId('id', selection.id);
  else if ('userId' in selection) {
    assertId('userId', selection.userId);
    if (selection.stationId !== undefined) assertId('stationId', selection.stationId);
  } else assertId('stationId', selection.stationId);
}

/** @throws {InvalidInput} `invalid-input`, if an id is not a UUID, or the reason is not a text. */
function assertRevocation(revocation: Revocation): void {
  assertObject('revocation', revocation);
  const { revokedBy, sessionId, reason } = revocation;
  if (revokedBy !== null) assertId('revokedBy', revokedBy);
  if (sessionId !== undefined) assertId('sessionId', sessionId);
  if (reason === undefined || typeof reason === 'string') return;
  throw new InvalidInput({
    object: 'reason',
    found: `a value of type ${typeof reason}`,
    expected: 'a text',
    next: 'say in words why the tokens are revoked, or give no reason',
  });
}

/** What new tokens of the selection lock, too. */
function lockOf(selection: StationTokenSelection): RevocationLock {
  const { jwtId, userId, stationId } = selection;
  if (userId !== undefined) return { of: 'user', id: sql`${userId}` };
  if (stationId !== undefined) return { of: 'station', id: sql`${stationId}` };
  const id = sql`(SELECT user_id FROM ${StationAccessToken} WHERE ${isGiven(selection)})`;
  return { of: 'user', id, ...(jwtId !== undefined && { jwtId }) };
}

/** Whether a token is the one that is selected by its id or its JWT's. */
function isGiven({ id, jwtId }: StationTokenSelection): SQL {
  return id === undefined ? sql`jwt_id = ${jwtId}` : sql`id = ${id}`;
}

function conditionOf(selection: StationTokenSelection): SQL {
  const { userId, stationId } = selection;
  if (userId === undefined && stationId === undefined) {
    // A family is of one user at one station, by which there is an index.
    return sql`(user_id, station_id, coalesce(family_id, id)) = (
      SELECT user_id, station_id, coalesce(family_id, id) FROM ${StationAccessToken} WHERE ${isGiven(selection)})`;
  }
  if (userId === undefined) return sql`station_id = ${stationId}`;
  return stationId === undefined ? sql`user_id = ${userId}` : sql`user_id = ${userId} AND station_id = ${stationId}`;
}
