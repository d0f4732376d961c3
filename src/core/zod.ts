import {
  emailAddress,
  type InsertSchema,
  insertSchema,
  type Rules,
  type SelectSchema,
  selectSchema,
  timeOfDay,
  type UpdateSchema,
  updateSchema,
} from '../validation.ts';
import { Booking } from './booking.ts';
import { Chef } from './chef.ts';
import { Customer } from './customer.ts';
import { Message } from './message.ts';
import { MessageThread } from './message-thread.ts';

// `BookingInsert.parse(body)` is what `db.insert(Booking).values(…)` takes, `BookingUpdate.parse(body)` what
// `db.update(Booking).set(…)` takes, and `BookingSelect.parse(row)` is a row as it is read.

const bookingRules = { eventStartTime: timeOfDay, eventEndTime: timeOfDay } satisfies Rules<typeof Booking>;
export const BookingSelect: SelectSchema<typeof Booking> = selectSchema(Booking, bookingRules);
export const BookingInsert: InsertSchema<typeof Booking> = insertSchema(Booking, bookingRules);
export const BookingUpdate: UpdateSchema<typeof Booking> = updateSchema(Booking, bookingRules);

const chefRules = { email: emailAddress } satisfies Rules<typeof Chef>;
export const ChefSelect: SelectSchema<typeof Chef> = selectSchema(Chef, chefRules);
export const ChefInsert: InsertSchema<typeof Chef> = insertSchema(Chef, chefRules);
export const ChefUpdate: UpdateSchema<typeof Chef> = updateSchema(Chef, chefRules);

const customerRules = { email: emailAddress } satisfies Rules<typeof Customer>;
export const CustomerSelect: SelectSchema<typeof Customer> = selectSchema(Customer, customerRules);
export const CustomerInsert: InsertSchema<typeof Customer> = insertSchema(Customer, customerRules);
export const CustomerUpdate: UpdateSchema<typeof Customer> = updateSchema(Customer, customerRules);

export const MessageThreadSelect: SelectSchema<typeof MessageThread> = selectSchema(MessageThread);
export const MessageThreadInsert: InsertSchema<typeof MessageThread> = insertSchema(MessageThread);
export const MessageThreadUpdate: UpdateSchema<typeof MessageThread> = updateSchema(MessageThread);

export const MessageSelect: SelectSchema<typeof Message> = selectSchema(Message);
export const MessageInsert: InsertSchema<typeof Message> = insertSchema(Message);
export const MessageUpdate: UpdateSchema<typeof Message> = updateSchema(Message);
