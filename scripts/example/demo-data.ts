import { randomInt, randomUUID } from 'node:crypto';
import { desc, eq, sql } from 'drizzle-orm';
import { Booking, Customer } from '../../src/core/index.ts';
import type { PostgresDatabase } from '../../src/database.ts';
import { claimReviewRequests, requestEventReviews } from '../../src/feedback_marketing/event-reviews/index.ts';
import { DiscountCoupon } from '../../src/feedback_marketing/index.ts';
import { Station, StationUser, User } from '../../src/identity/index.ts';
import { issueStationToken } from '../../src/identity/tokens/index.ts';

/** What somebody who looks at the example needs: who they are, and what they can try. */
export interface DemoData {
  readonly userId: string;
  /** The station with the most bookings, and another one to switch to. */
  readonly stations: readonly { readonly id: string; readonly name: string }[];
  /** Of the manager, at the first station. */
  readonly token: string;
  /** Takes 15 % off a booking. */
  readonly coupon: string;
  readonly customerId: string;
  /** Confirmed, of that customer. */
  readonly bookingId: string;
  /** Of the link by which a customer reviews an event. */
  readonly eventReviewToken: string;
}

/** Adds a manager of two stations to the legacy data, a booking, a coupon, and an event that waits for a review. */
export async function addDemoData(db: PostgresDatabase): Promise<DemoData> {
  const stations = await db
    .select({ id: Station.id, name: Station.displayName })
    .from(Station)
    .where(eq(Station.status, 'active'))
    .orderBy(desc(sql`(SELECT count(*) FROM ${Booking} WHERE ${Booking.stationId} = ${Station.id})`), Station.id)
    .limit(2);
  const [{ id: stationId } = { id: '' }] = stations;
  const userId = randomUUID();
  await db.insert(User).values({
    id: userId,
    email: `${userId}@example.com`,
    firstName: 'Grace',
    lastName: 'Hopper',
    status: 'active',
  });
  await db
    .insert(StationUser)
    .values(
      stations.map(
        ({ id }, index) => ({ userId, stationId: id, role: 'admin', isPrimaryStation: index === 0 }) as const,
      ),
    );

  const [customer] = await db
    .insert(Customer)
    .values({ stationId, firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', phone: '+15550100' })
    .returning({ id: Customer.id });
  const customerId = customer?.id ?? '';
  const event = {
    customerId,
    stationId,
    eventStartTime: '18:00',
    guestCount: 12,
    locationAddress: '1 Main Street',
    locationCity: 'Boston',
    locationState: 'MA',
    locationZip: '02101',
    totalAmount: 650_00,
    depositAmount: 100_00,
    remainingAmount: 550_00,
  };
  const hours = (number: number) => sql`now() + ${number} * interval '1 hour'`;
  const [next] = await db
    .insert(Booking)
    .values([
      { ...event, eventDate: hours(24 * 7), status: 'confirmed' },
      { ...event, eventDate: hours(-24), status: 'completed' },
    ])
    .returning({ id: Booking.id });
  const coupon = `WELCOME${randomInt(10_000, 100_000)}`;
  await db.insert(DiscountCoupon).values({
    code: coupon,
    discountPercentage: 15,
    issueReason: 'promotion',
    validFrom: hours(-1),
    validUntil: hours(24 * 90),
    maxUses: 1000,
  });
  await requestEventReviews(db);
  const requests = await claimReviewRequests(db, { limit: 100 });
  const { token } = await issueStationToken(db, { stationId, userId, issuerId: userId });
  return {
    userId,
    stations,
    token,
    coupon,
    customerId,
    bookingId: next?.id ?? '',
    eventReviewToken:
      requests.find(({ notification }) => notification.to.customerId === customerId)?.notification.content.token ?? '',
  };
}
