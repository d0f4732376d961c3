import { type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { InvalidInput } from '../../errors.ts';
import { Station } from '../station.ts';
import { User } from '../user.ts';

/**
 * Tokens that are issued and rotated, and those that are revoked, exclude each other by the rows of their user and their station:
 * first the user's, then the station's, so that none waits in a circle. A revocation that had to wait sees the new token; a new token
 * that had to wait comes after the revocation. Foreign keys to these rows wait for neither.
 */
export async function lockForNewToken(tx: PostgresDatabase, userId: string, stationId: string): Promise<void> {
  // Not FOR SHARE: the issuing transaction also updates the user’s last login, and two of them would wait for each other.
  await tx.execute(sql`SELECT FROM ${User} WHERE id = ${userId} FOR NO KEY UPDATE`);
  await tx.execute(sql`SELECT FROM ${Station} WHERE id = ${stationId} FOR SHARE`);
}

/**
 * Waits for new tokens under way, and holds up later ones until the transaction ends.
 *
 * @param holder What selects the row of the user or the station.
 * @throws {InvalidInput} `invalid-input`, if the transaction reads from an old snapshot: it would overlook tokens that it waited for.
 */
export async function lockForRevocation(
  tx: PostgresDatabase,
  { of, id }: { of: 'user' | 'station'; id: SQL },
): Promise<void> {
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
