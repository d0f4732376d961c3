import { CustomerSelect, MessageSelect, MessageThreadSelect } from 'canonical-models/core/json';
import { NotFound } from 'canonical-models/errors';
import { z } from 'zod';
import { linkFor } from '../../customer-link.ts';
import { stationRoute } from '../../route.ts';
import { BookingAnswer } from '../bookings/schemas.ts';

const CustomerId = z.object({ customerId: z.guid() });

function customerNotFound(): NotFound {
  const found = 'no customer of the station with that id';
  return new NotFound({ object: 'customerId', found, expected: 'the id of one', next: 'correct the id' });
}

export default [
  stationRoute({
    method: 'get',
    path: '/api/customers/:customerId',
    summary: 'A customer with the latest bookings, threads and messages',
    params: CustomerId,
    answer: CustomerSelect.omit({ customerMetadata: true }).extend({
      bookings: z.array(BookingAnswer),
      messageThreads: z.array(
        MessageThreadSelect.omit({ threadMetadata: true }).extend({
          messages: z.array(MessageSelect.omit({ messageMetadata: true })),
        }),
      ),
    }),
    refuses: [404],
    async handle({ tx, params: { customerId } }) {
      const customer = await tx.query.Customer.findFirst({
        columns: { customerMetadata: false },
        where: { id: customerId },
        with: {
          bookings: { columns: { bookingMetadata: false }, orderBy: { eventDate: 'desc', id: 'desc' }, limit: 50 },
          messageThreads: {
            columns: { threadMetadata: false },
            orderBy: { createdAt: 'desc', id: 'desc' },
            limit: 20,
            with: {
              messages: { columns: { messageMetadata: false }, orderBy: { createdAt: 'desc', id: 'desc' }, limit: 50 },
            },
          },
        },
      });
      if (!customer) throw customerNotFound();
      return customer;
    },
  }),
  stationRoute({
    method: 'post',
    path: '/api/customers/:customerId/review-link',
    summary: 'A link by which the customer may write a review for the website',
    params: CustomerId,
    answer: z.object({ link: z.string(), expiresAt: z.iso.datetime() }),
    status: 201,
    refuses: [404],
    async handle({ tx, params: { customerId }, services: { settings } }) {
      const customer = await tx.query.Customer.findFirst({ columns: { id: true }, where: { id: customerId } });
      if (!customer) throw customerNotFound();
      return linkFor(customer.id, settings.linkKey);
    },
  }),
];
