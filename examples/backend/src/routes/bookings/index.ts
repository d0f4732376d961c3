import { cancelBooking } from './cancel.ts';
import { changeBooking } from './change.ts';
import { createBooking } from './create.ts';
import { listBookings } from './list.ts';

export default [listBookings, createBooking, changeBooking, cancelBooking];
