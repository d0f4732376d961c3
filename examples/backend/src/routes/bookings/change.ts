import { Booking } from 'canonical-models/core';
import { and, eq, inArray } from 'drizzle-orm';
import { stationRoute } from '../../route.ts';
import { getBooking, isOver, openStatuses } from './find-booking.ts';
import { BookingAnswer, BookingChange, BookingId } from './schemas.ts';

export const changeBooking = stationRoute({
  method: 'patch',
  path: '/api/bookings/:bookingId',
  summary: 'Change a booking whose event has not begun',
  params: BookingId,
  body: BookingChange,
  answer: BookingAnswer,
  refuses: [404, 409],
  async handle({ tx, params: { bookingId }, body }) {
    const [changed] = await tx
      .update(Booking)
      .set(body)
      .where(and(eq(Booking.id, bookingId), inArray(Booking.status, openStatuses)))
      .returning();
    if (!changed) throw isOver(await getBooking(tx, bookingId));
    const { bookingMetadata: _, ...answer } = changed;
    return answer;
  },
});
