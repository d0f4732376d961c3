const { and, desc, eq } = require('drizzle-orm');
const { Booking, BookingStatus } = require('canonical-models/models/booking');
const { Customer } = require('canonical-models/models/customer');
const { HttpError } = require('../http-error');
const { readId, readInstant, readInteger, readLabel, readText } = require('../input');

/**
 * What a client gets of a booking.
 *
 * @param {import('canonical-models/models/booking').Booking} booking
 */
const formatBooking = ({ id, customerId, stationId, eventDate, guestCount, totalAmount, status }) => ({
  id,
  customerId,
  stationId,
  eventDate,
  guestCount,
  totalAmount,
  status,
});

/** @type {Record<string, import('../server').Route>} */
module.exports = {
  'GET /customers/:id/bookings': async ({ database: { db }, ids: [id], query }) => {
    const customerId = readId(id, 'customer');
    const status = query.get('status');
    const [customer] = await db.select().from(Customer).where(eq(Customer.id, customerId));
    if (!customer) throw new HttpError(404, 'There is no such customer.');
    const bookings = await db
      .select()
      .from(Booking)
      .where(
        and(
          eq(Booking.customerId, customerId),
          status === null ? undefined : eq(Booking.status, readLabel(status, 'status', BookingStatus.enumValues)),
        ),
      )
      .orderBy(desc(Booking.eventDate), Booking.id)
      .limit(50);
    return {
      body: { customer: { id: customer.id, firstName: customer.firstName }, bookings: bookings.map(formatBooking) },
    };
  },

  'POST /bookings': async ({ database: { db }, body }) => {
    const totalAmount = readInteger(body, 'totalAmount', 0, 100_000_00);
    const depositAmount = Math.round(totalAmount / 5);
    const customerId = readId(body['customerId'], 'customerId');
    const [customer] = await db.select().from(Customer).where(eq(Customer.id, customerId));
    if (!customer) throw new HttpError(409, 'customerId: there is no such customer.');
    const [booking] = await db
      .insert(Booking)
      .values({
        customerId,
        stationId: customer.stationId,
        eventDate: readInstant(body, 'eventDate'),
        eventStartTime: readText(body, 'eventStartTime', 10),
        guestCount: readInteger(body, 'guestCount', 1, 500),
        locationAddress: readText(body, 'locationAddress', 255),
        locationCity: readText(body, 'locationCity', 100),
        locationState: readText(body, 'locationState', 50),
        locationZip: readText(body, 'locationZip', 20),
        totalAmount,
        depositAmount,
        remainingAmount: totalAmount - depositAmount,
      })
      .returning();
    if (!booking) throw new Error('INSERT … RETURNING gave no row.');
    return { status: 201, body: formatBooking(booking) };
  },
};
