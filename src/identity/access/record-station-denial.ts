import { sql } from 'drizzle-orm';
import { isTransaction, type PostgresDatabase } from '../../database.ts';
import { InvalidInput } from '../../errors.ts';
import { recordDenialCall } from './denial-call.ts';
import { outsideContexts } from './guarded-transaction.ts';
import type { UnrecordedDenial } from './unrecorded-denial.ts';

/**
 * Writes a denial that an error of `withStation` carries to the audit trail of its station, in a transaction of its own. `withStation`
 * records its denials itself if it can; on a replica it can't, and nobody else does.
 *
 * @param primary A database that takes writes, not one of its transactions. The role of its connection is in the group
 * `station_service`, or owns the tables.
 * @param error What `withStation` threw, or the denial that it carried.
 * @returns whether there was a denial to record. Other errors are left alone. Of a station that does not exist there is no trail.
 * @throws {InvalidInput} `in-transaction`, if `primary` is a transaction.
 * @throws any error of the database.
 *
 * @example
 * import { recordStationDenial, withStation } from 'canonical-models/identity/access';
 *
 * try {
 *   return await withStation(db, { userId, stationId }, (tx) => tx.select().from(Booking));
 * } catch (error) {
 *   await recordStationDenial(db, error);
 *   throw error;
 * }
 */
export async function recordStationDenial(primary: PostgresDatabase, error: unknown): Promise<boolean> {
  if (isTransaction(primary)) {
    throw new InvalidInput({
      code: 'in-transaction',
      object: 'recordStationDenial',
      found: 'a transaction, which may be rolled back with the denial in it',
      expected: 'a database that takes writes',
      next: 'call recordStationDenial(db, error) outside of db.transaction(…)',
    });
  }
  const denial = unrecordedDenialOf(error);
  if (!denial) return false;
  await outsideContexts(primary, async () => {
    await primary.execute(sql`SELECT ${recordDenialCall({ ...denial, table: null, isLate: true, tokenId: null })}`);
  });
  return true;
}

function unrecordedDenialOf(error: unknown): UnrecordedDenial | undefined {
  const given = (error ?? {}) as { readonly unrecorded?: UnrecordedDenial } & Partial<UnrecordedDenial>;
  if (given.unrecorded) return given.unrecorded;
  return given.deniedAt !== undefined && given.reason !== undefined ? (given as UnrecordedDenial) : undefined;
}
