import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CanonicalModelsError } from '../../../src/errors.ts';
import { type GoogleReviewPage, syncGoogleReviews } from '../../../src/feedback_marketing/google-reviews/index.ts';
import { ExternalReview, ExternalReviewSync } from '../../../src/feedback_marketing/index.ts';
import { Station } from '../../../src/identity/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { newApiReview, refuse } from './google-server.ts';
import { openReviews, type ReviewsOfTest } from './reviews.ts';

eachOfFewMajors((major) => {
  let of: ReviewsOfTest;
  beforeAll(async () => {
    of = await openReviews(major);
  });
  afterAll(() => of.close());
  beforeEach(() => of.clear());

  const add = (...values: Parameters<typeof newApiReview>) => {
    const review = newApiReview(...values);
    of.google.reviews.push(review);
    return review;
  };
  const addMany = (count: number, values: Parameters<typeof newApiReview>[0] = {}) =>
    Array.from({ length: count }, () => add(values));
  const storedIds = async () =>
    (await of.db.owner.select({ id: ExternalReview.externalId }).from(ExternalReview)).map(({ id }) => id).sort();
  const pagesAsked = () => of.google.requests.filter((request) => request.includes('/reviews?')).length;
  const touch = (review: ReturnType<typeof newApiReview>, values: object = {}) =>
    Object.assign(review, values, { updateTime: newApiReview().updateTime });

  describe('a run', () => {
    test('stores what is new, and stops where nothing is', async () => {
      of.google.pageSize = 2;
      const [oldest] = addMany(7);
      expect(await of.sync()).toMatchObject({ isWhole: true, seen: 7, total: 7, created: 7 });
      expect(await of.rowOf(oldest?.reviewId ?? '')).toMatchObject({
        source: 'google',
        location: 'accounts/1/locations/2',
        stationId: of.db.here.stationId,
        sourceCreatedAt: new Date(String(oldest?.['createTime'])),
      });
      expect(pagesAsked()).toBe(4);
      expect(await of.sync()).toMatchObject({ isWhole: false, seen: 2, created: 0 });
      expect(pagesAsked()).toBe(5);
      addMany(3);
      expect(await of.sync()).toMatchObject({ isWhole: false, created: 3 });
      expect(pagesAsked()).toBe(8);
      expect(await of.sync({ full: true })).toMatchObject({ isWhole: true, seen: 10, total: 10, created: 0 });
      expect(await of.rowOf(oldest?.reviewId ?? '')).toMatchObject({ missingSince: null });
      const [sync] = await of.db.owner.select().from(ExternalReviewSync);
      expect(sync).toMatchObject({ location: 'accounts/1/locations/2', stationId: of.db.here.stationId });
      expect(sync?.position).toBe(`${of.google.reviews.at(-1)?.updateTime.slice(0, 23)}000000Z`);
      expect(sync?.lastWholeRunAt?.getTime()).toBeGreaterThan(sync?.createdAt.getTime() ?? 0);
    });

    test('that was cut goes on where it was, though all of its first page is known', async () => {
      of.google.pageSize = 2;
      addMany(7);
      for (const cutAt of [2, 3, 4]) {
        let page = 0;
        const controller = new AbortController();
        of.google.beforePage = () => {
          if (++page === cutAt) controller.abort(new Error('cut'));
        };
        const pages = of.pages();
        const cut = async function* () {
          for await (const each of pages) {
            controller.signal.throwIfAborted();
            yield each;
          }
        };
        const run = of.sync({ pages: { ...pages, [Symbol.asyncIterator]: cut } });
        await expect(run).rejects.toThrow('cut');
        expect(await storedIds()).toHaveLength(2 * (cutAt - 1));
      }
      of.google.beforePage = undefined;
      await of.sync();
      expect(await storedIds()).toHaveLength(7);
    });

    test('takes reviews of the same moment for different ones', async () => {
      const updateTime = '2026-05-01T00:00:00.000000001Z';
      addMany(60, { updateTime });
      await of.sync();
      expect(await storedIds()).toHaveLength(60);
      add({ updateTime });
      expect(await of.sync()).toMatchObject({ created: 1 });
    });

    test('sees a change in the ninth digit', async () => {
      const review = add({ updateTime: '2026-05-01T00:00:00.123456788Z' });
      await of.sync();
      Object.assign(review, { updateTime: '2026-05-01T00:00:00.123456789Z', comment: 'Better.' });
      await of.sync();
      expect(await of.rowOf(review.reviewId)).toMatchObject({
        commentOriginal: 'Better.',
        sourceUpdateTime: '2026-05-01T00:00:00.123456789Z',
      });
    });

    test('sees each review once, though pages shift under it', async () => {
      of.google.pageSize = 2;
      addMany(6);
      let page = 0;
      of.google.beforePage = () => {
        if (++page > 1) add();
      };
      await of.sync();
      of.google.beforePage = undefined;
      await of.sync();
      expect(await storedIds()).toEqual(of.google.reviews.map(({ reviewId }) => reviewId).sort());
    });

    test('counts what has no id, and is not whole', async () => {
      addMany(2);
      add({ reviewId: '..' });
      expect(await of.sync({ full: true })).toMatchObject({ isWhole: false, seen: 2, total: 3, unreadable: 1 });
    });

    test('never puts an older look over a later one', async () => {
      const review = add({ comment: 'First.' });
      await of.sync();
      const read: GoogleReviewPage[] = [];
      for await (const page of of.pages()) read.push(page);
      touch(review, { comment: 'Second.', starRating: 'FOUR' });
      const late = async function* () {
        // The page was asked for before the other run, and comes after it.
        await of.sync();
        yield* read;
      };
      await of.sync({ pages: { ...of.pages(), [Symbol.asyncIterator]: late } });
      expect(await of.rowOf(review.reviewId)).toMatchObject({ commentOriginal: 'Second.', stars: 4 });
    });
  });

  describe('a review that is gone', () => {
    const gone = async () => {
      const review = add();
      addMany(2);
      await of.sync();
      of.google.reviews.shift();
      return review.reviewId;
    };

    test('is withdrawn by two whole runs an hour apart and an answer that there is none', async () => {
      const id = await gone();
      expect(await of.sync()).toMatchObject({ withdrawn: 0 });
      expect(await of.rowOf(id)).toMatchObject({ missingSince: null, withdrawnAt: null });
      expect(await of.sync({ full: true })).toMatchObject({ isWhole: true, withdrawn: 0 });
      const { missingSince } = await of.rowOf(id);
      expect(missingSince).not.toBeNull();
      await of.age(59);
      expect(await of.sync({ full: true })).toMatchObject({ withdrawn: 0 });
      await of.age(2);
      expect(await of.sync()).toMatchObject({ withdrawn: 0 });
      of.google.requests.length = 0;
      expect(await of.sync({ full: true })).toMatchObject({ withdrawn: 1 });
      expect(of.google.requests.at(-1)).toMatch(new RegExp(`/reviews/${id}$`));
      expect((await of.rowOf(id)).withdrawnAt).not.toBeNull();
      of.google.requests.length = 0;
      expect(await of.sync({ full: true })).toMatchObject({ withdrawn: 0 });
      expect(pagesAsked()).toBe(of.google.requests.length);
    });

    test('is not withdrawn if the list only left it out', async () => {
      of.google.pageSize = 2;
      const hidden = add();
      addMany(4);
      await of.sync();
      of.google.hidden.add(hidden.reviewId);
      expect(await of.sync({ full: true })).toMatchObject({ isWhole: false, seen: 4, total: 5 });
      expect(await of.rowOf(hidden.reviewId)).toMatchObject({ missingSince: null });
      of.google.total = 4;
      await of.sync({ full: true });
      await of.age(120);
      expect(await of.sync({ full: true })).toMatchObject({ isWhole: true, withdrawn: 0 });
      expect(await of.rowOf(hidden.reviewId)).toMatchObject({ missingSince: null, withdrawnAt: null });
    });

    test('is not withdrawn if something else says that there is nothing', async () => {
      const id = await gone();
      await of.sync({ full: true });
      await of.age(120);
      of.google.faults.push(
        () => false,
        (_, response) => void response.writeHead(404).end('<html>'),
      );
      await expect(of.sync({ full: true })).rejects.toMatchObject({ code: 'google-unavailable' });
      expect(await of.rowOf(id)).toMatchObject({ withdrawnAt: null });
    });

    test('is missing no more if it was seen between the two runs', async () => {
      const review = of.google.reviews[0] ?? add();
      addMany(2);
      await of.sync();
      of.google.reviews = of.google.reviews.filter((each) => each !== review);
      await of.sync({ full: true });
      await of.age(120);
      of.google.reviews.push(touch(review));
      await of.sync();
      of.google.reviews.pop();
      expect(await of.sync({ full: true })).toMatchObject({ isWhole: true, withdrawn: 0 });
    });

    test('is not withdrawn if another run sees it while Google is asked', async () => {
      const id = await gone();
      await of.sync({ full: true });
      await of.age(120);
      const find = async () => {
        add({ reviewId: id });
        await of.sync();
        return undefined;
      };
      expect(await of.sync({ full: true, pages: { ...of.pages(), find } })).toMatchObject({ withdrawn: 0 });
      expect(await of.rowOf(id)).toMatchObject({ withdrawnAt: null, missingSince: null });
    });

    test('is restored when it is there again, with what was decided about it', async () => {
      const id = await gone();
      await of.sync({ full: true });
      await of.age(120);
      await of.sync({ full: true });
      const { customerId } = of.db.here;
      await of.db.owner.update(ExternalReview).set({ customerId }).where(eq(ExternalReview.externalId, id));
      add({ reviewId: id });
      expect(await of.sync()).toMatchObject({ restored: 1, created: 0 });
      expect(await of.rowOf(id)).toMatchObject({ withdrawnAt: null, missingSince: null, customerId });
    });

    test('is not restored by a page that was asked for before', async () => {
      const id = await gone();
      await of.sync({ full: true });
      const read: GoogleReviewPage[] = [];
      add({ reviewId: id });
      for await (const page of of.pages()) read.push(page);
      of.google.reviews.pop();
      const late = async function* () {
        await of.age(120);
        await of.sync({ full: true });
        yield* read;
      };
      await of.sync({ pages: { ...of.pages(), [Symbol.asyncIterator]: late } });
      expect((await of.rowOf(id)).withdrawnAt).not.toBeNull();
    });

    test('costs no more requests than the run may make', async () => {
      addMany(5);
      await of.sync();
      of.google.reviews = [];
      await of.sync({ full: true });
      await of.age(120);
      expect(await of.sync({ full: true, lookUps: 2 })).toMatchObject({ isWhole: true, withdrawn: 2 });
      expect(await of.sync({ full: true, lookUps: 0 })).toMatchObject({ withdrawn: 0 });
      expect(await of.sync({ full: true })).toMatchObject({ withdrawn: 3 });
    });
  });

  describe('a review of few stars', () => {
    const rate = async (starRating: string) => {
      const review = add({ starRating });
      const { notifications } = await of.sync();
      return { review, notifications, row: await of.rowOf(review.reviewId) };
    };
    const resolve = (externalId: string) =>
      of.db.owner
        .update(ExternalReview)
        .set({ resolvedAt: sql`now()`, resolutionNotes: 'We called.' })
        .where(eq(ExternalReview.externalId, externalId));

    test.each([
      ['ONE', 'high'],
      ['TWO', 'medium'],
      ['THREE', 'low'],
    ])('of %s is looked into with priority %s, and the station is told once', async (stars, priority) => {
      const { row, notifications } = await rate(stars);
      expect(row).toMatchObject({
        escalationPriority: priority,
        escalationReason: 'A great evening.',
        resolvedAt: null,
      });
      expect(notifications).toEqual([
        {
          kind: 'external-review-escalated',
          to: { stationId: of.db.here.stationId },
          content: { reviewId: row.id, stars: row.stars, priority, reason: 'A great evening.' },
        },
      ]);
      expect((await of.sync({ full: true })).notifications).toEqual([]);
      expect((await of.rowOf(row.externalId)).escalatedAt).toEqual(row.escalatedAt);
    });

    test.each(['FOUR', 'FIVE', 'STAR_RATING_UNSPECIFIED', 'SIX'])('of %s is not', async (stars) => {
      const { row, notifications } = await rate(stars);
      expect(notifications).toEqual([]);
      expect(row).toMatchObject({ escalatedAt: null, escalationPriority: null });
    });

    test('that is resolved stays so, unless it gets worse', async () => {
      const { review, row } = await rate('TWO');
      await resolve(review.reviewId);
      touch(review, { comment: 'Still cold.' });
      expect((await of.sync()).notifications).toEqual([]);
      touch(review, { starRating: 'THREE' });
      expect((await of.sync()).notifications).toEqual([]);
      expect(await of.rowOf(review.reviewId)).toMatchObject({ resolvedAt: expect.any(Date), stars: 3 });
      touch(review, { starRating: 'ONE' });
      expect((await of.sync()).notifications).toMatchObject([{ content: { reviewId: row.id, priority: 'high' } }]);
      expect(await of.rowOf(review.reviewId)).toMatchObject({ resolvedAt: null, escalationPriority: 'high' });
    });

    test('that gets worse while somebody looks into it becomes more urgent, and opens nothing', async () => {
      const { review, row } = await rate('THREE');
      touch(review, { starRating: 'ONE', comment: 'Worse.' });
      expect((await of.sync()).notifications).toEqual([]);
      expect(await of.rowOf(review.reviewId)).toMatchObject({
        escalatedAt: row.escalatedAt,
        escalationPriority: 'high',
        escalationReason: 'Worse.',
      });
    });

    test('that was good is looked into, and one that becomes good stays open', async () => {
      const { review } = await rate('FIVE');
      touch(review, { starRating: 'TWO' });
      expect((await of.sync()).notifications).toHaveLength(1);
      touch(review, { starRating: 'FIVE' });
      await of.sync();
      expect(await of.rowOf(review.reviewId)).toMatchObject({ escalatedAt: expect.any(Date), resolvedAt: null });
    });

    test.each([
      [{ reviews: { thresholds: { escalateUpTo: 1 } } }, 'TWO', 0],
      [{ reviews: { thresholds: { escalateUpTo: 0 } } }, 'ONE', 0],
      [{ reviews: { thresholds: { escalateUpTo: 5 } } }, 'FIVE', 1],
      [{ reviews: { thresholds: 'many' } }, 'THREE', 1],
      [{ reviews: 7 }, 'FOUR', 0],
    ])('is one as the station says: %j and %s', async (settings, stars, count) => {
      const isHere = eq(Station.id, of.db.here.stationId);
      await of.db.owner.update(Station).set({ settings }).where(isHere);
      try {
        expect((await rate(stars)).notifications).toHaveLength(count);
      } finally {
        await of.db.owner.update(Station).set({ settings: {} }).where(isHere);
      }
    });
  });

  describe('a reply', () => {
    test('that waits is asked for again, though its review does not change', async () => {
      of.google.pageSize = 2;
      const review = add({ reviewReply: { comment: 'Thank you.', reviewReplyState: 'PENDING' } });
      addMany(3);
      await of.sync();
      expect(await of.rowOf(review.reviewId)).toMatchObject({ replyText: 'Thank you.', replyState: 'pending' });
      review.reviewReply = { comment: 'Thank you.', reviewReplyState: 'REJECTED', policyViolation: 'SPAM' };
      expect(await of.sync({ lookUps: 0 })).toMatchObject({ seen: 2 });
      expect(await of.rowOf(review.reviewId)).toMatchObject({ replyState: 'pending' });
      await of.sync();
      expect(await of.rowOf(review.reviewId)).toMatchObject({ replyState: 'rejected', replyViolation: 'SPAM' });
      of.google.requests.length = 0;
      await of.sync();
      expect(of.google.requests).toHaveLength(1);
    });
  });

  describe('the station', () => {
    const outcomeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => 'done',
        (error: unknown) => (error instanceof CanonicalModelsError ? `${error.code} ${error.object}` : String(error)),
      );

    test('is remembered, and stays what was decided for a review', async () => {
      const review = add();
      await of.sync();
      const { stationId } = of.db.elsewhere;
      await of.db.owner.update(ExternalReview).set({ stationId });
      const later = add();
      await syncGoogleReviews(of.db.outside, { pages: of.pages(), full: true });
      expect(await of.rowOf(review.reviewId)).toMatchObject({ stationId });
      expect(await of.rowOf(later.reviewId)).toMatchObject({ stationId: of.db.here.stationId });
    });

    test('of another location is refused, and one that is not there', async () => {
      add();
      await of.sync();
      of.google.requests.length = 0;
      const { stationId } = of.db.elsewhere;
      expect(await outcomeOf(of.sync({ stationId: of.db.here.stationId.toUpperCase() }))).toBe('done');
      of.google.requests.length = 0;
      expect(await outcomeOf(of.sync({ stationId }))).toBe('conflict stationId');
      expect(await outcomeOf(of.sync({ stationId: '00000000-0000-4000-8000-000000000000' }))).toBe(
        'station-not-found stationId',
      );
      expect(of.google.requests).toEqual([]);
    });

    test('may be unknown at first', async () => {
      const review = add({ starRating: 'ONE' });
      await syncGoogleReviews(of.db.outside, { pages: of.pages() });
      expect(await of.rowOf(review.reviewId)).toMatchObject({ stationId: null, escalationPriority: 'high' });
      await of.sync({ full: true });
      expect(await of.rowOf(review.reviewId)).toMatchObject({ stationId: of.db.here.stationId });
    });
  });

  test('what Google refuses ends the run, and what came before is stored', async () => {
    of.google.pageSize = 1;
    addMany(3);
    of.google.faults.push(
      () => false,
      (_, response) => refuse(response, 403, 'PERMISSION_DENIED'),
    );
    await expect(of.sync()).rejects.toMatchObject({ code: 'google-access-denied' });
    expect(await storedIds()).toHaveLength(1);
    expect(await of.db.owner.select({ position: ExternalReviewSync.position }).from(ExternalReviewSync)).toEqual([
      { position: null },
    ]);
  });
});
