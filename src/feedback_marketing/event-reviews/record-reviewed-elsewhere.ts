import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { InvalidInput } from '../../errors.ts';
import { stationActorOf } from '../../identity/access/station-actor.ts';
import { parseInput } from '../../input.ts';
import { assertMayChange } from '../../may-change.ts';
import { CustomerReview } from '../customer-review.ts';
import { RecordReviewedElsewhereInput } from './inputs.ts';
import { notFoundHere } from './refusals.ts';

/**
 * Records that the customer has reviewed the event on Google or Yelp, too, and when (`reviewedOnGoogleAt`, `reviewedOnYelpAt`). The first
 * record of a site stands: later calls get it as their answer, and write nothing.
 *
 * A station operation: `customer.update`.
 *
 * @throws {InvalidInput} `invalid-input`; also if `at` is in the future.
 * @throws {NotFound} `not-found`, if the station has no such review.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 *
 * @example
 * import { withStation } from 'canonical-models/identity/access';
 *
 * export const reviewedOnGoogle = (reviewId: string) =>
 *   withStation(db, { userId, stationId }, (tx) => recordReviewedElsewhere(tx, { reviewId, site: 'google' }));
 */
export async function recordReviewedElsewhere(
  db: PostgresDatabase,
  input: RecordReviewedElsewhereInput,
): Promise<CustomerReview> {
  stationActorOf(db);
  const { reviewId, site, at } = parseInput(RecordReviewedElsewhereInput, input);
  const key = site === 'google' ? 'reviewedOnGoogleAt' : 'reviewedOnYelpAt';
  return db.transaction(
    async (tx) => {
      const [recorded] = await tx
        .update(CustomerReview)
        .set({ [key]: at ?? sql`now()` })
        .where(
          and(
            eq(CustomerReview.id, reviewId),
            isNull(CustomerReview[key]),
            at && sql`${sql.param(at, CustomerReview[key])} <= now()`,
          ),
        )
        .returning();
      if (recorded) return recorded;
      const [review] = await tx.select().from(CustomerReview).where(eq(CustomerReview.id, reviewId));
      if (!review) throw notFoundHere('reviewId', 'review');
      await assertMayChange(tx, CustomerReview, reviewId, 'reviewId');
      if (review[key] !== null) return review;
      throw new InvalidInput({
        object: 'at',
        found: 'a moment in the future',
        expected: 'one that has passed, by the clock of the database',
        next: 'leave it out for now',
      });
    },
    { isolationLevel: 'read committed' },
  );
}
