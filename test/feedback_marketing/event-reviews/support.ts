import { eq, sql } from 'drizzle-orm';
import { Booking } from '../../../src/core/index.ts';
import { claimReviewRequests, requestEventReviews } from '../../../src/feedback_marketing/event-reviews/index.ts';
import { EventReviewRequest } from '../../../src/feedback_marketing/index.ts';
import { type OperationsDatabase, openOperationsDatabase, type StationOfTest } from '../../support/operations.ts';
import type { Major } from '../../support/servers.ts';

export function openEventReviews(major: Major, connections?: number): Promise<OperationsDatabase> {
  return openOperationsDatabase(major, 'feedback_marketing/event-reviews', connections);
}

/** Lets the event of a booking have been so many hours ago. */
export async function setHoursAgo({ owner }: OperationsDatabase, bookingId: string, hours: number): Promise<void> {
  await owner
    .update(Booking)
    .set({ eventDate: sql`now() - ${hours}::float8 * interval '1 hour'` })
    .where(eq(Booking.id, bookingId));
}

/** Adds a customer whose event was yesterday and who was sent a link; returns its token. */
export async function newLink(
  database: OperationsDatabase,
  { stationId }: StationOfTest,
): Promise<{ token: string; requestId: string; bookingId: string; customerId: string; leaseToken: string }> {
  const { owner, outside } = database;
  const added = await database.newCustomer(stationId);
  await setHoursAgo(database, added.bookingId, 24);
  // No other message is in the way.
  await owner.update(EventReviewRequest).set({ leaseUntil: sql`now() + interval '1 day'` });
  await requestEventReviews(outside);
  const claims = await claimReviewRequests(outside, { limit: 100 });
  const mine = claims.find(({ notification }) => notification.to.customerId === added.customerId);
  if (!mine) throw new Error(`found ${claims.length} claims; expected one of the customer`);
  const { requestId, leaseToken, notification } = mine;
  return { ...added, requestId, leaseToken, token: notification.content.token };
}

/** What was thrown. */
export async function thrownBy(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: Error) => error,
  );
}
