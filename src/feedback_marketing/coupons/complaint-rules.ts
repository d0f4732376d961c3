import { and, eq, gte, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict, type ConflictCode, NotFound } from '../../errors.ts';
import { CustomerReview } from '../customer-review.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import type { CouponCustomer } from './notification.ts';

/** What a coupon that makes up for a complaint is like: amounts in cents, validity in days. */
export const complaintTerms = { maxDiscountAmount: 10_000, minBookingAmount: 55_000, days: 180 };

/** A review up to so many stars is a complaint that a coupon may make up for. */
const mostStars = 2;

/** Why a complaint gets no coupon. What the customer wrote, and whether the review is shown, plays no part. */
const refusals = {
  'complaint-without-booking': {
    found: 'a review that no booking or no customer of the station belongs to',
    expected: 'a review of a booking, by a customer of the station',
  },
  'not-a-complaint': {
    found: `a review of more than ${mostStars} stars`,
    expected: `at most ${mostStars} stars`,
  },
  'booking-was-compensated': {
    found: 'a review of a booking for which another complaint got a coupon',
    expected: 'one coupon a booking',
  },
  'customer-has-coupon': {
    found: 'a review by a customer who has an active coupon that is not used',
    expected: 'one such coupon a customer',
  },
} as const satisfies Partial<Record<ConflictCode, object>>;
type ComplaintRefusal = keyof typeof refusals;

export function complaintRefused(code: ComplaintRefusal): Conflict {
  return new Conflict({ code, object: 'reviewId', ...refusals[code], next: 'answer the complaint in another way' });
}

export const isComplaint = ({ rating }: Pick<CustomerReview, 'rating'>): boolean => rating <= mostStars;

/**
 * Lets nobody else issue a coupon for the customer or the booking until the transaction ends. All take the two in this order, so they wait
 * for each other and not in a circle.
 */
export async function lockComplaints(tx: PostgresDatabase, customerId: string, bookingId: string): Promise<void> {
  for (const name of [`customer ${customerId}`, `booking ${bookingId}`]) {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`complaint coupon of ${name}`}, 0))`);
  }
}

/** Why the customer gets no coupon for the booking, if so. Exact once both are locked. */
export async function findComplaintRefusal(
  tx: PostgresDatabase,
  customerId: string,
  bookingId: string,
): Promise<ComplaintRefusal | undefined> {
  const compensated = await tx
    .select({ id: DiscountCoupon.id })
    .from(CustomerReview)
    .innerJoin(DiscountCoupon, eq(DiscountCoupon.reviewId, CustomerReview.id))
    .where(eq(CustomerReview.bookingId, bookingId))
    .limit(1);
  if (compensated.length > 0) return 'booking-was-compensated';
  const unused = await tx
    .select({ id: DiscountCoupon.id })
    .from(DiscountCoupon)
    .where(
      and(
        eq(DiscountCoupon.customerId, customerId),
        eq(DiscountCoupon.status, 'active'),
        eq(DiscountCoupon.currentUses, 0),
        gte(DiscountCoupon.validUntil, sql`now()`),
      ),
    )
    .limit(1);
  return unused.length > 0 ? 'customer-has-coupon' : undefined;
}

/** A review, as far as its coupon depends on it, with its customer. */
interface ReviewOfComplaint {
  readonly rating: number;
  readonly bookingId: string | null;
  readonly customer: CouponCustomer | null;
}

/** @throws {NotFound} if the station has no such review. */
export async function getReview(tx: PostgresDatabase, reviewId: string): Promise<ReviewOfComplaint> {
  const { id, firstName, lastName, email, phone } = Customer;
  const [review] = await tx
    .select({
      rating: CustomerReview.rating,
      bookingId: Booking.id,
      customer: { id, firstName, lastName, email, phone },
    })
    .from(CustomerReview)
    .leftJoin(Booking, eq(Booking.id, CustomerReview.bookingId))
    .leftJoin(Customer, sql`${Customer.id} = coalesce(${CustomerReview.customerId}, ${Booking.customerId})`)
    .where(eq(CustomerReview.id, reviewId));
  if (review) return review;
  throw new NotFound({
    object: 'reviewId',
    found: 'no review of the station with that id',
    expected: 'the id of one',
    next: 'correct the id',
  });
}
