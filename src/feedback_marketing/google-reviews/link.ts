import { and, eq, exists, getColumns, isNull, or, type SQL } from 'drizzle-orm';
import { Customer } from '../../core/customer.ts';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict } from '../../errors.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { assertMayChange } from '../../may-change.ts';
import { ExternalReview } from '../external-review.ts';
import { LinkExternalReviewInput } from './inputs.ts';
import type { ListedExternalReview } from './list.ts';
import { notOfTheStation } from './refusals.ts';
import { clock } from './store.ts';

const { raw: _, ...columns } = getColumns(ExternalReview);

/**
 * Records which customer wrote a review on another site. A review that is linked to somebody else stays so, unless `insteadOf` names that
 * customer. The same link again changes nothing.
 *
 * A station operation with `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`.
 * @throws {NotFound} `not-found`: the station has no such review, or no such customer.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {Conflict} `conflict`: the review is linked to another customer.
 * @throws {NotSetUp} `not-set-up`, outside of a station.
 *
 * @example
 * export const linkFirst = (reviewId: string) =>
 *   withStation(db, { userId, stationId }, async (tx) => {
 *     const [candidate] = await listCustomerCandidates(tx, { reviewId });
 *     if (candidate) await linkExternalReview(tx, { reviewId, customerId: candidate.customerId });
 *   });
 */
export async function linkExternalReview(
  db: PostgresDatabase,
  input: LinkExternalReviewInput,
): Promise<ListedExternalReview> {
  const { userId } = stationActorOf(db);
  const { reviewId, customerId, insteadOf } = parseInput(LinkExternalReviewInput, input);
  const isReview = eq(ExternalReview.id, reviewId);
  const linkedTo = (customer: string): SQL => eq(ExternalReview.customerId, customer);
  return db.transaction(
    async (tx) => {
      const customer = tx.select({ id: Customer.id }).from(Customer).where(eq(Customer.id, customerId));
      const [linked] = await tx
        .update(ExternalReview)
        .set({ customerId, linkedAt: clock, linkedBy: userId })
        .where(
          and(
            isReview,
            or(isNull(ExternalReview.customerId), insteadOf === undefined ? undefined : linkedTo(insteadOf)),
            exists(customer),
          ),
        )
        .returning(columns);
      if (linked) return linked;
      const [review] = await tx.select(columns).from(ExternalReview).where(isReview).$withCache(false);
      if (!review) throw notOfTheStation('reviewId', 'review');
      await assertMayChange(tx, ExternalReview, reviewId, 'reviewId');
      if (review.customerId === customerId) return review;
      if ((await customer.$withCache(false)).length === 0) throw notOfTheStation('customerId', 'customer');
      throw new Conflict({
        object: 'reviewId',
        found: 'a review that is linked to another customer',
        expected: 'one that is linked to nobody, or to insteadOf',
        next: 'give insteadOf the customer that it is linked to, if that link is wrong',
      });
    },
    { isolationLevel: 'read committed' },
  );
}
