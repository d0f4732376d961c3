import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { PostgresDatabase } from '../../../src/database.ts';
import {
  type DiscountCoupon as Coupon,
  CustomerReview,
  DiscountCoupon,
  type NewDiscountCoupon,
} from '../../../src/feedback_marketing/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import type { StationPermission, StationRole } from '../../../src/identity/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { newStationUser } from '../../support/identity.ts';
import { type OperationsDatabase, openOperationsDatabase, type StationOfTest } from '../../support/operations.ts';
import type { Major } from '../../support/servers.ts';

/** The database on which coupons work, with the grants of their verbs. */
export const openCoupons = (major: Major, connections?: number): Promise<OperationsDatabase> =>
  openOperationsDatabase(major, 'feedback_marketing/coupons', connections);

/** The way to act at a station in another role than `run` does. */
export async function newColleague(
  { owner, database }: OperationsDatabase,
  { stationId }: StationOfTest,
  role: StationRole,
): Promise<StationOfTest['run']> {
  const userId = await newStationUser(owner, stationId, { role });
  const service = drizzle({ client: database.service({ max: 1 }) });
  return (operation) => withStation(service, { userId, stationId }, operation);
}

/** The way to act at a station by a token that permits reading alone. */
export async function newReader(
  { owner, database }: OperationsDatabase,
  { stationId, userId }: StationOfTest,
): Promise<StationOfTest['run']> {
  const permissions: StationPermission[] = ['customer.read', 'booking.read'];
  const { token } = await issueStationToken(owner, { stationId, userId, issuerId: userId, permissions });
  const service = drizzle({ client: database.service({ max: 1 }) });
  return (operation) => withStation(service, { token, stationId }, operation);
}

const day = 24 * 60 * 60 * 1000;
export const daysFromNow = (days: number): Date => new Date(Date.now() + days * day);

/** Adds a coupon as a service that is not moved would. Its code is in both cases. */
export async function addCoupon(owner: PostgresDatabase, values: Partial<NewDiscountCoupon> = {}): Promise<Coupon> {
  const [coupon] = await owner
    .insert(DiscountCoupon)
    .values({
      code: `Code-${randomUUID()}`,
      discountPercentage: 10,
      validFrom: daysFromNow(-1),
      validUntil: daysFromNow(1),
      ...values,
    })
    .returning();
  return coupon as Coupon;
}

export async function addReview(
  owner: PostgresDatabase,
  { customerId, bookingId }: { customerId?: string | undefined; bookingId?: string | undefined },
  rating: number,
): Promise<string> {
  const id = randomUUID();
  await owner
    .insert(CustomerReview)
    .values({ id, customerId: customerId ?? null, bookingId: bookingId ?? null, rating });
  return id;
}

export async function couponOf(owner: PostgresDatabase, id: string): Promise<Coupon> {
  const [coupon] = await owner.select().from(DiscountCoupon).where(eq(DiscountCoupon.id, id));
  return coupon as Coupon;
}

/** The `code` of the error, with what it is about; `done` if there is none. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: { code?: string; object?: string; cause?: { code?: string } }) =>
      error.object === undefined ? (error.cause?.code ?? String(error)) : `${error.code} ${error.object}`,
  );
}
