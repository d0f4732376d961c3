import { type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { InvalidInput } from '../../errors.ts';
import { Station } from '../station.ts';
import { User } from '../user.ts';

/**
 * The order in which everything here takes its locks, so that none waits in a circle. Each takes those that it needs:
 *
 * 1. the id of a JWT, for a new token and for a revocation by it;
 * 2. the row of the user, also for the family of a rotated token that came back;
 * 3. the row of the station;
 * 4. tokens, by their ids;
 * 5. the count of refusals of the address, then that of the station with the token;
 * 6. counts of past windows, to forget: without waiting.
 *
 * What a caller does in one transaction comes in the caller's order.
 */

/**
 * Tokens that are issued and rotated, and those that are revoked, exclude each other by the rows of their user and their station, and by
 * the id of their JWT: before a new token is committed, its user can't be found by that id. A revocation that had to wait sees the new
 * token; a new token that had to wait comes after the revocation. Foreign keys to these rows wait for neither.
 */
export async function lockForNewToken(
  tx: PostgresDatabase,
  { jwtId, userId, stationId }: { readonly jwtId: string; readonly userId: string; readonly stationId: string },
): Promise<void> {
  await lockJwt(tx, jwtId);
  // Not FOR SHARE: the issuing transaction also updates the user’s last login, and two of them would wait for each other.
  await tx.execute(sql`SELECT FROM ${User} WHERE id = ${userId} FOR NO KEY UPDATE`);
  await tx.execute(sql`SELECT FROM ${Station} WHERE id = ${stationId} FOR SHARE`);
}

async function lockJwt(tx: PostgresDatabase, jwtId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`station token of JWT ${jwtId}`}, 0))`);
}

/** What a revocation locks. */
export interface RevocationLock {
  readonly of: 'user' | 'station';
  readonly id: SQL;
  readonly jwtId?: string;
}

/**
 * Waits for new tokens under way, and holds up later ones until the transaction ends.
 *
 * @param holder What selects the row of the user or the station; and the id of the JWT, if the user is found by it.
 * @throws {InvalidInput} `invalid-input`, if the transaction reads from an old snapshot: it would overlook tokens that it waited for.
 */
export async function lockForRevocation(tx: PostgresDatabase, { of, id, jwtId }: RevocationLock): Promise<void> {
  if (jwtId !== undefined) await lockJwt(tx, jwtId);
  const [row] = await tx.execute<{ isolation: string }>(
    sql`SELECT current_setting('transaction_isolation') AS isolation
    FROM (SELECT) AS always
    LEFT JOIN (SELECT id FROM ${of === 'user' ? User : Station} WHERE id = ${id} FOR NO KEY UPDATE) AS locked ON true`,
    'objects',
  );
  if (row?.isolation === 'read committed' || row?.isolation === 'read uncommitted') return;
  throw new InvalidInput({
    object: 'the transaction in which station tokens are revoked',
    found: `isolation level ${row?.isolation}`,
    expected: 'read committed, which sees the tokens that were issued meanwhile',
    next: 'revoke in a transaction of its own, or in one that is read committed',
  });
}
