import { BookingInsert, BookingSelect, BookingUpdate, CustomerSelect } from 'canonical-models/core/json';
import { z } from 'zod';
import { pageOf } from '../../page.ts';

/** What of a booking the staff sees. */
export const BookingAnswer = BookingSelect.omit({ bookingMetadata: true });

export const BookingWithCustomer = BookingAnswer.extend({
  /** Null for somebody who may not read customers. */
  customer: CustomerSelect.pick({ id: true, firstName: true, lastName: true, email: true, phone: true }).nullable(),
});
export const BookingPage = pageOf(BookingWithCustomer);

/** What the staff decides about a booking, at first and later. */
const decided = {
  chefId: true,
  eventDate: true,
  eventStartTime: true,
  eventEndTime: true,
  guestCount: true,
  eventType: true,
  specialRequests: true,
  locationAddress: true,
  locationCity: true,
  locationState: true,
  locationZip: true,
  travelFee: true,
  totalAmount: true,
  depositAmount: true,
  remainingAmount: true,
} as const;

/** The station is that of the session, and a booking begins as `pending`. */
export const NewBooking = BookingInsert.pick({
  ...decided,
  customerId: true,
  pricingTierId: true,
  depositDeadline: true,
}).strict();

export const BookingChange = BookingUpdate.pick(decided)
  .strict()
  .refine((change) => Object.keys(change).length > 0, 'Invalid input: expected one field at least');

export const BookingId = z.object({ bookingId: z.guid() });
