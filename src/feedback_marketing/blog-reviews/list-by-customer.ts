import { and, eq, getColumns } from 'drizzle-orm';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { NotFound } from '../../errors.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { keyset, type Page } from '../../keyset.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { ListBlogReviewsByCustomerInput } from './inputs.ts';

const latestFirst = keyset([CustomerReviewBlogPost.createdAt, CustomerReviewBlogPost.id], 'desc');

/**
 * Lists the reviews that a customer wrote, in every status, the latest first. A reason stands only in those that are rejected.
 *
 * Station: in `withStation`, by a user with `customer.read`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`, if the station has no such customer.
 * @throws {NotSetUp} `not-set-up` outside of `withStation`.
 *
 * @example
 * const { items } = await withStation(db, { userId, stationId }, (tx) =>
 *   listBlogReviewsByCustomer(tx, { customerId: booking.customerId }),
 * );
 */
export async function listBlogReviewsByCustomer(
  db: PostgresDatabase,
  input: ListBlogReviewsByCustomerInput,
): Promise<Page<CustomerReviewBlogPost>> {
  const { customerId, limit, cursor } = parseInput(ListBlogReviewsByCustomerInput, input);
  const after = latestFirst.after(cursor);
  stationActorOf(db);
  // From the customer, so that one without reviews is told from none.
  const rows = await db
    .select({ review: getColumns(CustomerReviewBlogPost), place: latestFirst.place })
    .from(Customer)
    .leftJoin(CustomerReviewBlogPost, and(eq(CustomerReviewBlogPost.customerId, Customer.id), after))
    .where(eq(Customer.id, customerId))
    .orderBy(...latestFirst.orderBy)
    .limit(limit + 1);
  if (rows.length === 0) {
    throw new NotFound({
      object: 'customerId',
      found: 'no such customer of the station',
      expected: 'a customer of the station',
      next: 'give the id as the station has it',
    });
  }
  const { items, nextCursor } = latestFirst.page(rows, limit);
  return { items: items.flatMap(({ review }) => (review ? [withReasonIfRejected(review)] : [])), nextCursor };
}

function withReasonIfRejected(review: CustomerReviewBlogPost): CustomerReviewBlogPost {
  return review.status === 'rejected' ? review : { ...review, rejectionReason: null };
}
