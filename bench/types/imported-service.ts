// A service that imports the two tables it joins. The benchmark checks it with `canonical-models/core` instead of the path.
import { and, eq, gte, lt } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Booking, Customer } from '../../src/core/index.ts';

/** The bookings of a period, each with a contact to call. */
export function bookingsBetween(db: NodePgDatabase, from: Date, to: Date) {
  return db
    .select({
      id: Booking.id,
      eventDate: Booking.eventDate,
      guestCount: Booking.guestCount,
      status: Booking.status,
      firstName: Customer.firstName,
      phone: Customer.phone,
    })
    .from(Booking)
    .innerJoin(Customer, eq(Booking.customerId, Customer.id))
    .where(and(gte(Booking.eventDate, from), lt(Booking.eventDate, to)))
    .orderBy(Booking.eventDate);
}
