import { and, eq } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { DiscountCoupon } from '../discount-coupon.ts';
import { GetEventReviewRequestInput } from './inputs.ts';
import { type EventReviewAnswer, openRequest } from './open-request.ts';

/** What the page behind a link shows. */
export interface OpenedEventReviewRequest {
  /** Of the customer. */
  readonly firstName: string | null;
  readonly stationName: string | null;
  readonly eventDate: Date;
  /** Up to how many stars a review has to say why. */
  readonly textRequiredUpTo: number;
  /** Undefined until the customer has reviewed the event. */
  readonly review: EventReviewAnswer | undefined;
  /** Of the active coupon that the customer was given for the review. */
  readonly couponCode: string | undefined;
}

/**
 * Opens the link that a customer was sent. A token that is wrong, expired, replaced by that of a newer link or malformed is not found: which
 * of these is not told.
 *
 * A public operation: it runs outside of stations.
 *
 * @throws {InvalidInput} `invalid-input`, if the token is not a text.
 * @throws {NotFound} `not-found`.
 *
 * @example
 * const { firstName, review } = await getEventReviewRequest(db, { token });
 */
export async function getEventReviewRequest(
  db: PostgresDatabase,
  input: GetEventReviewRequestInput,
): Promise<OpenedEventReviewRequest> {
  const { token } = parseInput(GetEventReviewRequestInput, input);
  const { firstName, stationName, eventDate, settings, answer } = await openRequest(db, token);
  const [coupon] = answer
    ? await db
        .select({ code: DiscountCoupon.code })
        .from(DiscountCoupon)
        .where(and(eq(DiscountCoupon.reviewId, answer.reviewId), eq(DiscountCoupon.status, 'active')))
        .limit(1)
    : [];
  return {
    firstName,
    stationName,
    eventDate,
    textRequiredUpTo: settings.thresholds.textRequiredUpTo,
    review: answer,
    couponCode: coupon?.code,
  };
}
