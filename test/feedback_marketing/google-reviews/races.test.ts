import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Conflict } from '../../../src/errors.ts';
import { linkExternalReview } from '../../../src/feedback_marketing/google-reviews/index.ts';
import { ExternalReview } from '../../../src/feedback_marketing/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { newApiReview } from './google-server.ts';
import { openReviews, type ReviewsOfTest } from './reviews.ts';

const [connections, rounds] = thorough ? [32, 20] : [8, 3];
const timeout = thorough ? 900_000 : 60_000;
const several = Array.from({ length: connections }, (_, index) => index);
const everyRound = Array.from({ length: rounds }, (_, index) => index);

eachOfFewMajors((major) => {
  let of: ReviewsOfTest;
  beforeAll(async () => {
    of = await openReviews(major, connections);
  });
  afterAll(() => of.close());
  beforeEach(() => of.clear());

  test(
    'runs at once store each review once, and tell once of each that is low',
    async () => {
      of.google.pageSize = 10;
      for (const _ of everyRound) {
        of.google.reviews.push(
          ...Array.from({ length: 6 }, (_, index) => newApiReview({ starRating: index % 2 ? 'ONE' : 'FIVE' })),
        );
        // Changed reviews, too, in another order than they are stored in.
        for (const review of of.google.reviews.slice(0, 4))
          Object.assign(review, { updateTime: newApiReview().updateTime });
        const runs = await Promise.all(several.map((index) => of.sync({ full: index % 2 === 0 })));
        expect(runs.reduce((sum, { created }) => sum + created, 0)).toBe(6);
        expect(runs.flatMap(({ notifications }) => notifications)).toHaveLength(3);
      }
      const stored = await of.db.owner.select({ id: ExternalReview.externalId }).from(ExternalReview);
      expect(stored).toHaveLength(6 * rounds);
    },
    timeout,
  );

  test(
    'runs at once withdraw a review once, and restore it',
    async () => {
      for (const _ of everyRound) {
        of.google.reviews = Array.from({ length: 5 }, () => newApiReview());
        await of.sync();
        const [gone] = of.google.reviews.splice(0, 1);
        await of.sync({ full: true });
        await of.age(120);
        const runs = await Promise.all(several.map(() => of.sync({ full: true })));
        expect(runs.filter(({ withdrawn }) => withdrawn > 0).length).toBeGreaterThan(0);
        expect((await of.rowOf(gone?.reviewId ?? '')).withdrawnAt).not.toBeNull();
        of.google.reviews.push(newApiReview({ reviewId: gone?.reviewId ?? '' }));
        await Promise.all(several.map(() => of.sync()));
        expect(await of.rowOf(gone?.reviewId ?? '')).toMatchObject({ withdrawnAt: null, missingSince: null });
      }
    },
    timeout,
  );

  test(
    'of customers who are linked at once, one is',
    async () => {
      const { here, newCustomer } = of.db;
      const review = newApiReview();
      of.google.reviews = [review];
      await of.sync();
      const { id: reviewId } = await of.rowOf(review.reviewId);
      for (const _ of everyRound) {
        await of.db.owner.update(ExternalReview).set({ customerId: null }).where(eq(ExternalReview.id, reviewId));
        const customers = [];
        for (const _ of several) customers.push(await newCustomer(here.stationId));
        const outcomes = await Promise.allSettled(
          customers.map(({ customerId }) => here.run((tx) => linkExternalReview(tx, { reviewId, customerId }))),
        );
        const linked = outcomes.flatMap((outcome) =>
          outcome.status === 'fulfilled' ? [outcome.value.customerId] : [],
        );
        expect(linked).toEqual([(await of.rowOf(review.reviewId)).customerId]);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Conflict);
        }
      }
    },
    timeout,
  );
});
