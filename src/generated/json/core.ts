// Generated from src/core/zod.ts by `npm run db:generate`. Do not edit.

import { Booking, Chef, Customer, Message, MessageThread } from '../../core/index.ts';
import * as schemas from '../../core/zod.ts';
import { jsonForm } from '../../json-form.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../../validation.ts';

export const BookingSelect: JsonSelectSchema<typeof Booking> = jsonForm(Booking, schemas.BookingSelect);
export const BookingInsert: JsonInsertSchema<typeof Booking> = jsonForm(Booking, schemas.BookingInsert);
export const BookingUpdate: JsonUpdateSchema<typeof Booking> = jsonForm(Booking, schemas.BookingUpdate);

export const ChefSelect: JsonSelectSchema<typeof Chef> = jsonForm(Chef, schemas.ChefSelect);
export const ChefInsert: JsonInsertSchema<typeof Chef> = jsonForm(Chef, schemas.ChefInsert);
export const ChefUpdate: JsonUpdateSchema<typeof Chef> = jsonForm(Chef, schemas.ChefUpdate);

export const CustomerSelect: JsonSelectSchema<typeof Customer> = jsonForm(Customer, schemas.CustomerSelect);
export const CustomerInsert: JsonInsertSchema<typeof Customer> = jsonForm(Customer, schemas.CustomerInsert);
export const CustomerUpdate: JsonUpdateSchema<typeof Customer> = jsonForm(Customer, schemas.CustomerUpdate);

export const MessageSelect: JsonSelectSchema<typeof Message> = jsonForm(Message, schemas.MessageSelect);
export const MessageInsert: JsonInsertSchema<typeof Message> = jsonForm(Message, schemas.MessageInsert);
export const MessageUpdate: JsonUpdateSchema<typeof Message> = jsonForm(Message, schemas.MessageUpdate);

export const MessageThreadSelect: JsonSelectSchema<typeof MessageThread> = jsonForm(
  MessageThread,
  schemas.MessageThreadSelect,
);
export const MessageThreadInsert: JsonInsertSchema<typeof MessageThread> = jsonForm(
  MessageThread,
  schemas.MessageThreadInsert,
);
export const MessageThreadUpdate: JsonUpdateSchema<typeof MessageThread> = jsonForm(
  MessageThread,
  schemas.MessageThreadUpdate,
);
