import { Booking } from 'canonical-models/core';
import { Conflict, NotFound } from 'canonical-models/errors';
import type { TransactionOf } from 'canonical-models/identity/access';
import { eq } from 'drizzle-orm';
import type { Database } from '../../databases.ts';

/** Statuses from which a booking goes on: in the others nothing of it is changed. */
export const openStatuses = ['pending', 'deposit_pending', 'deposit_paid', 'confirmed'] as const;

/**
 * The booking that a change did not touch.
 *
 * @throws {NotFound} if the station has none with that id.
 */
export async function getBooking(tx: TransactionOf<Database>, bookingId: string): Promise<Booking> {
  const [booking] = await tx.select().from(Booking).where(eq(Booking.id, bookingId));
  if (booking) return booking;
  const found = 'no booking of the station with that id';
  throw new NotFound({ object: 'bookingId', found, expected: 'the id of one', next: 'correct the id' });
}

export function isOver({ status }: Booking): Conflict {
  return new Conflict({
    object: 'bookingId',
    found: `a booking that is ${status}`,
    expected: `one that is ${openStatuses.join(', ')}`,
    next: 'make another booking',
  });
}
