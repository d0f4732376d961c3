import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound } from '../../errors.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { assertMayChange } from '../../may-change.ts';
import { CouponRedemption } from '../coupon-redemption.ts';
import { ReverseCouponRedemptionInput } from './inputs.ts';

/**
 * Takes a redemption back, as when its booking is cancelled: the coupon has its use again, and the booking may use another one. A second call
 * gives the same answer and gives nothing back.
 *
 * A station verb: `booking.update`, at the booking's station.
 *
 * @returns the redemption, with `reversedAt` and `reversedBy` of the first call.
 * @throws {NotFound} `not-found`, if the station has no such redemption.
 * @throws {NotPermitted} `not-permitted`, if the user may read the redemption and not change it.
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotSetUp} outside of `withStation`.
 *
 * @example
 * await withStation(db, { userId, stationId }, (tx) => reverseCouponRedemption(tx, { redemptionId }));
 */
export async function reverseCouponRedemption(
  db: PostgresDatabase,
  input: ReverseCouponRedemptionInput,
): Promise<CouponRedemption> {
  const { redemptionId } = parseInput(ReverseCouponRedemptionInput, input);
  const { userId } = stationActorOf(db);
  return db.transaction(
    async (tx) => {
      const [reversed] = await tx
        .update(CouponRedemption)
        .set({ reversedAt: sql`now()`, reversedBy: userId })
        .where(and(eq(CouponRedemption.id, redemptionId), isNull(CouponRedemption.reversedAt)))
        .returning();
      if (reversed) return reversed;
      const [before] = await tx.select().from(CouponRedemption).where(eq(CouponRedemption.id, redemptionId));
      if (!before) {
        throw new NotFound({
          object: 'redemptionId',
          found: 'no redemption of the station with that id',
          expected: 'the id of one',
          next: 'correct the id',
        });
      }
      await assertMayChange(tx, CouponRedemption, redemptionId, 'redemptionId', 'booking.update');
      return before;
    },
    { isolationLevel: 'read committed' },
  );
}
