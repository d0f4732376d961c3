import { eq, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { assertMayChange } from '../../may-change.ts';
import { CustomerReview } from '../customer-review.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import {
  complaintRefused,
  complaintTerms,
  findComplaintRefusal,
  getReview,
  isComplaint,
  lockComplaints,
} from './complaint-rules.ts';
import { IssueComplaintCouponInput } from './inputs.ts';
import { insertCoupon } from './insert-coupon.ts';
import { contentOf, type IssuedCoupon, recipientOf } from './notification.ts';

/**
 * Issues the coupon that makes up for a complaint: 10 % by default, at most $100, for a booking of $550 or more, once, within 180 days. A review
 * of one or two stars gets one, whatever it says and whether or not it is shown: at most one a booking, and none while the customer has an
 * active one that is not used. A second call for the same review gives the coupon that the first one issued.
 *
 * A station verb: `customer.update`.
 *
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {Conflict} `complaint-without-booking`, `not-a-complaint`, `booking-was-compensated`, `customer-has-coupon`.
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotPermitted} `not-permitted`, if there is a coupon and the user may not change reviews.
 * @throws {StationRowRefused} from `withStation`, if the user lacks the permission.
 * @throws {NotSetUp} outside of `withStation`.
 *
 * @example
 * const { coupon, notification } = await withStation(db, { userId, stationId }, (tx) =>
 *   issueComplaintCoupon(tx, { reviewId, notes: 'The chef was an hour late.' }),
 * );
 */
export async function issueComplaintCoupon(
  db: PostgresDatabase,
  input: IssueComplaintCouponInput,
): Promise<IssuedCoupon> {
  const { reviewId, discountPercentage, notes } = parseInput(IssueComplaintCouponInput, input);
  const { userId } = stationActorOf(db);
  return db.transaction(
    async (tx) => {
      const { rating, bookingId, customer } = await getReview(tx, reviewId);
      if (!bookingId || !customer) throw complaintRefused('complaint-without-booking');
      if (!isComplaint({ rating })) throw complaintRefused('not-a-complaint');
      await lockComplaints(tx, customer.id, bookingId);
      const issued = (coupon: DiscountCoupon): IssuedCoupon => ({
        coupon,
        notification: { kind: 'coupon-issued', to: recipientOf(customer), content: contentOf(coupon) },
      });
      const [before] = await tx.select().from(DiscountCoupon).where(eq(DiscountCoupon.reviewId, reviewId));
      if (before) {
        await assertMayChange(tx, CustomerReview, reviewId, 'reviewId');
        return issued(before);
      }
      const refusal = await findComplaintRefusal(tx, customer.id, bookingId);
      if (refusal) throw complaintRefused(refusal);
      const { days, ...amounts } = complaintTerms;
      const coupon = await insertCoupon(tx, {
        ...amounts,
        discountPercentage,
        validFrom: sql`now()`,
        validUntil: sql`now() + make_interval(hours => ${24 * days}::integer)`,
        customerId: customer.id,
        reviewId,
        issuedBy: userId,
        issueReason: 'ai_resolved_complaint',
        couponMetadata: notes === undefined ? {} : { notes },
      });
      return issued(coupon);
    },
    { isolationLevel: 'read committed' },
  );
}
