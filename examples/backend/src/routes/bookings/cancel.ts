import { Booking } from 'canonical-models/core';
import { BookingUpdate } from 'canonical-models/core/json';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { stationRoute } from '../../route.ts';
import { getBooking, isOver, openStatuses } from './find-booking.ts';
import { BookingAnswer, BookingId } from './schemas.ts';

export const cancelBooking = stationRoute({
  method: 'post',
  path: '/api/bookings/:bookingId/cancel',
  summary: 'Cancel a booking; again, it answers what it did',
  params: BookingId,
  body: z.strictObject({ cancellationReason: BookingUpdate.shape.cancellationReason.unwrap().unwrap() }),
  answer: BookingAnswer,
  refuses: [404, 409],
  async handle({ tx, params: { bookingId }, body: { cancellationReason } }) {
    const [cancelled] = await tx
      .update(Booking)
      .set({ status: 'cancelled', cancelledAt: sql`now()`, cancellationReason })
      .where(and(eq(Booking.id, bookingId), inArray(Booking.status, openStatuses)))
      .returning();
    const booking = cancelled ?? (await getBooking(tx, bookingId));
    if (booking.status !== 'cancelled') throw isOver(booking);
    const { bookingMetadata: _, ...answer } = booking;
    return answer;
  },
});
