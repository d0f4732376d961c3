import { Booking } from 'canonical-models/core';
import { stationRoute } from '../../route.ts';
import { BookingAnswer, NewBooking } from './schemas.ts';

export const createBooking = stationRoute({
  method: 'post',
  path: '/api/bookings',
  summary: 'Book an event for a customer of the station',
  body: NewBooking,
  answer: BookingAnswer,
  status: 201,
  refuses: [409],
  async handle({ tx, stationId, body }) {
    const [booking] = await tx
      .insert(Booking)
      .values({ ...body, stationId })
      .returning();
    const { bookingMetadata: _, ...answer } = booking as Booking;
    return answer;
  },
});
