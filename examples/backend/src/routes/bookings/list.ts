import { Booking, BookingStatus, Customer } from 'canonical-models/core';
import { keyset } from 'canonical-models/keyset';
import { and, eq, getColumns } from 'drizzle-orm';
import { z } from 'zod';
import { pageQuery } from '../../page.ts';
import { stationRoute } from '../../route.ts';
import { BookingPage } from './schemas.ts';

const order = keyset([Booking.eventDate, Booking.id], 'desc');
const { bookingMetadata: _, ...columns } = getColumns(Booking);
const { id, firstName, lastName, email, phone } = getColumns(Customer);

export const listBookings = stationRoute({
  method: 'get',
  path: '/api/bookings',
  summary: 'The bookings of the station with their customers, the latest event first',
  query: z.strictObject({ ...pageQuery, status: z.enum(BookingStatus.enumValues).optional() }),
  answer: BookingPage,
  async handle({ tx, query: { limit, cursor, status } }) {
    const rows = await tx
      .select({ ...columns, customer: { id, firstName, lastName, email, phone }, place: order.place })
      .from(Booking)
      .leftJoin(Customer, eq(Customer.id, Booking.customerId))
      .where(and(status && eq(Booking.status, status), order.after(cursor)))
      .orderBy(...order.orderBy)
      .limit(limit + 1);
    return order.page(rows, limit);
  },
});
