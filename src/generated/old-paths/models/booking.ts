// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.

import { Booking as canonicalBooking, BookingStatus as canonicalBookingStatus } from '../../../core/index.ts';
import { warnOfOldPath } from '../../../deprecation.ts';

warnOfOldPath({ from: 'canonical-models/models/booking', to: ['canonical-models/core'], removedIn: '2.0.0' });

/** @deprecated Import `Booking` from 'canonical-models/core'. Goes in 2.0.0. */
export const Booking: typeof canonicalBooking = canonicalBooking;
/** @deprecated Import `Booking` from 'canonical-models/core'. Goes in 2.0.0. */
export type Booking = canonicalBooking;

/** @deprecated Import `BookingStatus` from 'canonical-models/core'. Goes in 2.0.0. */
export const BookingStatus: typeof canonicalBookingStatus = canonicalBookingStatus;
/** @deprecated Import `BookingStatus` from 'canonical-models/core'. Goes in 2.0.0. */
export type BookingStatus = canonicalBookingStatus;
