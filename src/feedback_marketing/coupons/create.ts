import { eq, sql } from 'drizzle-orm';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { InvalidInput, NotFound } from '../../errors.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import type { DiscountCoupon } from '../discount-coupon.ts';
import { CreateCouponInput } from './inputs.ts';
import { insertCoupon } from './insert-coupon.ts';

/**
 * Creates a promotional coupon, for everybody or for one customer, with a new code. It is good at every station.
 *
 * A station verb: `station.update`. Nobody changes or deletes a coupon at a station.
 *
 * @throws {InvalidInput} `invalid-input`; also if the coupon would end before it begins.
 * @throws {NotFound} `not-found`, if the station has no such customer.
 * @throws {StationRowRefused} from `withStation`, if the user lacks the permission.
 * @throws {NotSetUp} outside of `withStation`.
 *
 * @example
 * const { code } = await withStation(db, { userId, stationId }, (tx) =>
 *   createCoupon(tx, { discountPercentage: 15, maxDiscountAmount: 20_000, validUntil: new Date('2027-01-31'), maxUses: 500 }),
 * );
 */
export async function createCoupon(db: PostgresDatabase, input: CreateCouponInput): Promise<DiscountCoupon> {
  const { validFrom, ...given } = parseInput(CreateCouponInput, input);
  const { userId } = stationActorOf(db);
  return db.transaction(
    async (tx) => {
      if (given.customerId !== undefined) await assertCustomer(tx, given.customerId);
      const coupon = await insertCoupon(tx, {
        ...given,
        validFrom: validFrom ?? sql`now()`,
        issuedBy: userId,
        issueReason: 'promotion',
      });
      if (coupon.validUntil > coupon.validFrom) return coupon;
      throw new InvalidInput({
        object: 'validUntil',
        found: 'a moment that is not after the beginning of the coupon',
        expected: 'one after validFrom, which is now by default',
        next: 'give a later validUntil',
      });
    },
    { isolationLevel: 'read committed' },
  );
}

async function assertCustomer(tx: PostgresDatabase, customerId: string): Promise<void> {
  const [customer] = await tx.select({ id: Customer.id }).from(Customer).where(eq(Customer.id, customerId));
  if (customer) return;
  throw new NotFound({
    object: 'customerId',
    found: 'no customer of the station with that id',
    expected: 'the id of one',
    next: 'correct the id',
  });
}
