import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  approveBlogReview,
  findPublishedBlogReview,
  getModerationStats,
  likeBlogReview,
  listApprovalLog,
  listBlogReviewsByCustomer,
  listPendingBlogReviews,
  listPublishedBlogReviews,
  markBlogReviewHelpful,
  moderateBlogReviews,
  rejectBlogReview,
  resubmitBlogReview,
  submitBlogReview,
  unpublishBlogReview,
} from '../../../src/feedback_marketing/blog-reviews/index.ts';
import { BlogReviewSlug, CustomerReviewBlogPost } from '../../../src/feedback_marketing/index.ts';
import { check } from '../../../src/tools/check/check.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { connectionTo, eachOfFewMajors } from '../../support/databases.ts';
import { recordMigrations } from '../../support/migrate.ts';
import { expectOwnGrantsToDo, type OperationsDatabase, type StationOfTest } from '../../support/operations.ts';
import { openBlogReviews, publish, submission, submit } from './world.ts';

eachOfFewMajors((major) => {
  describe('testimonials, from first to last', { shuffle: false }, () => {
    let world: OperationsDatabase;
    let here: StationOfTest;
    let elsewhere: StationOfTest;
    let first: string;
    let second: string;
    beforeAll(async () => {
      world = await openBlogReviews(major);
      ({ here, elsewhere } = world);
    });
    afterAll(() => world.close());

    const retitle = (id: string, title: string) =>
      world.owner.update(CustomerReviewBlogPost).set({ title }).where(eq(CustomerReviewBlogPost.id, id));
    const row = async (id: string) =>
      (await world.owner.select().from(CustomerReviewBlogPost).where(eq(CustomerReviewBlogPost.id, id)))[0];
    const find = (slug: string) => findPublishedBlogReview(world.outside, { slug });

    test('a customer submits a review; sent twice, it is there once', async () => {
      const media = [
        { type: 'image', url: 'https://example.com/a.jpg', format: 'jpg', bytes: 1000 },
        {
          type: 'video',
          url: 'https://example.com/b.mp4',
          format: 'mp4',
          bytes: 1000,
          thumbnailUrl: 'https://example.com/b.jpg',
        },
      ] as const;
      const input = submission(here, {
        bookingId: here.bookingId,
        showInitialsOnly: true,
        media: [...media],
        googleReviewLink: 'https://maps.app.goo.gl/x',
      });
      const submitted = await submitBlogReview(world.outside, input);
      expect(submitted).toEqual({ reviewId: expect.any(String), status: 'pending', images: 1, videos: 1 });
      expect(await submitBlogReview(world.outside, input)).toEqual(submitted);
      first = submitted.reviewId;
      expect(await row(first)).toMatchObject({
        status: 'pending',
        reviewedOnGoogle: true,
        reviewedOnYelp: false,
        slug: null,
      });
      expect(
        await world.owner.$count(CustomerReviewBlogPost, eq(CustomerReviewBlogPost.customerId, here.customerId)),
      ).toBe(1);
      second = await submit(world, here, { rating: 2 });
      await submit(world, elsewhere);
    });

    test('the station sees its own pending reviews, the oldest first, or by stars', async () => {
      const { items, nextCursor } = await here.run((tx) => listPendingBlogReviews(tx, { limit: 1 }));
      expect(items).toMatchObject([
        {
          id: first,
          customerEmail: 'ada@example.com',
          mediaCount: 2,
          imageCount: 1,
          videoCount: 1,
          hasExternalReviews: true,
          isVerified: true,
        },
      ]);
      const rest = await here.run((tx) => listPendingBlogReviews(tx, { limit: 1, cursor: nextCursor }));
      expect(rest).toMatchObject({ items: [{ id: second, mediaCount: 0, isVerified: false }], nextCursor: undefined });
      const byStars = await here.run((tx) => listPendingBlogReviews(tx, { orderBy: 'rating' }));
      expect(byStars.items.map(({ id }) => id)).toEqual([second, first]);
    });

    test('an approval publishes it under a slug, and says what to tell the customer', async () => {
      expect(await find('great-evening')).toBeUndefined();
      await expect(likeBlogReview(world.outside, { reviewId: first })).rejects.toMatchObject({ code: 'not-found' });
      const { review, notification } = await here.run((tx) =>
        approveBlogReview(tx, { reviewId: first, keywords: ['hibachi', 'birthday'] }),
      );
      expect(review).toMatchObject({
        status: 'approved',
        approvedBy: here.userId,
        reviewedBy: here.userId,
        approvedAt: expect.any(Date),
        slug: 'great-evening',
        keywords: 'hibachi, birthday',
      });
      expect(notification).toEqual({
        kind: 'blog-review-approved',
        to: { customerId: here.customerId, name: 'Ada Lovelace', email: 'ada@example.com', phone: '+1 555 0100' },
        content: { title: 'Great evening', slug: 'great-evening' },
      });
      expect(await row(first)).toEqual(review);
      await expect(here.run((tx) => approveBlogReview(tx, { reviewId: first }))).rejects.toMatchObject({
        name: 'Conflict',
        object: 'reviewId',
        found: 'a review that is already approved',
      });
      const twin = await here.run((tx) => approveBlogReview(tx, { reviewId: second, comment: 'A fair point.' }));
      expect(twin.review.slug).toBe('great-evening-2');
      const log = await here.run((tx) => listApprovalLog(tx, { reviewId: second }));
      expect(log).toMatchObject({
        status: 'approved',
        items: [
          { action: 'approved', adminId: here.userId, comment: 'A fair point.' },
          { action: 'pending_review', adminId: null, comment: 'New review submitted by customer with 0 media files' },
        ],
      });
    });

    test('the public sees it without what is not for it', async () => {
      const { items, nextCursor } = await listPublishedBlogReviews(world.outside, { limit: 1 });
      expect(items.map(({ id }) => id)).toEqual([second]);
      const next = await listPublishedBlogReviews(world.outside, { limit: 1, cursor: nextCursor });
      expect(next).toEqual({
        items: [
          {
            id: first,
            slug: 'great-evening',
            title: 'Great evening',
            content: expect.stringContaining('funny'),
            rating: 5,
            authorName: 'AL',
            isVerified: true,
            media: [
              { type: 'image', url: 'https://example.com/a.jpg', thumbnailUrl: undefined },
              { type: 'video', url: 'https://example.com/b.mp4', thumbnailUrl: 'https://example.com/b.jpg' },
            ],
            keywords: ['hibachi', 'birthday'],
            googleReviewLink: 'https://maps.app.goo.gl/x',
            yelpReviewLink: undefined,
            likes: 0,
            helpful: 0,
            publishedAt: expect.any(Date),
            updatedAt: expect.any(Date),
          },
        ],
        // The database has older ones.
        nextCursor: expect.any(String),
      });
      expect(await find('great-evening')).toEqual(next.items[0]);
      expect(JSON.stringify([next, await find('great-evening')])).not.toMatch(/ada@|0100|Ada|Lovelace/);
      expect(await find('great-evening-2')).toMatchObject({ authorName: 'Ada Lovelace', isVerified: false });
    });

    test('a time that is none in TypeScript, as a service may write it, leaves the list as it is', async () => {
      const { items } = await listPublishedBlogReviews(world.outside, { limit: 1 });
      for (const time of ['infinity', '-infinity']) {
        await world.database.exec(
          `UPDATE customer_review_blog_posts SET approved_at = '${time}' WHERE id = '${items[0]?.id}'`,
        );
        const all = await listPublishedBlogReviews(world.outside, { limit: 100 });
        expect(all.items.map(({ id }) => id)).not.toContain(items[0]?.id);
      }
      await world.database.exec(
        `UPDATE customer_review_blog_posts SET approved_at = '${items[0]?.publishedAt.toISOString()}' WHERE id = '${items[0]?.id}'`,
      );
    });

    test('page by page, no review is left out or read twice', async () => {
      const all = await listPublishedBlogReviews(world.outside, { limit: 100 });
      const read: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listPublishedBlogReviews(world.outside, { limit: 3, cursor });
        read.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(all.items.length).toBeGreaterThan(10);
      expect(read).toEqual(all.items.map(({ id }) => id));
    });

    test('readers count, and change nothing else', async () => {
      const before = await row(first);
      expect(await likeBlogReview(world.outside, { reviewId: first })).toEqual({ likes: 1 });
      expect(await likeBlogReview(world.outside, { reviewId: first })).toEqual({ likes: 2 });
      expect(await markBlogReviewHelpful(world.outside, { reviewId: first })).toEqual({ helpful: 1 });
      expect(await row(first)).toEqual({ ...before, likesCount: 2, helpfulCount: 1 });
    });

    test('a booking that is not completed verifies nothing', async () => {
      await world.database.exec(`UPDATE bookings SET status = 'cancelled' WHERE id = '${here.bookingId}'`);
      expect(await find('great-evening')).toMatchObject({ isVerified: false });
      await world.database.exec(`UPDATE bookings SET status = 'completed' WHERE id = '${here.bookingId}'`);
    });

    test('a review that is unpublished and has another title gets another slug, and the former one leads to it', async () => {
      const { review, notification } = await here.run((tx) =>
        unpublishBlogReview(tx, { reviewId: first, reason: 'A typo.' }),
      );
      expect(review).toMatchObject({
        status: 'rejected',
        approvedAt: null,
        rejectionReason: 'A typo.',
        reviewedBy: here.userId,
      });
      expect(notification).toMatchObject({ kind: 'blog-review-unpublished', content: { reason: 'A typo.' } });
      expect(await find('great-evening')).toBeUndefined();
      await expect(markBlogReviewHelpful(world.outside, { reviewId: first })).rejects.toMatchObject({
        code: 'not-found',
      });
      const { items } = await here.run((tx) => listBlogReviewsByCustomer(tx, { customerId: here.customerId }));
      expect(items.map(({ id, rejectionReason }) => [id, rejectionReason])).toEqual([
        [second, null],
        [first, 'A typo.'],
      ]);
      await retitle(first, 'A wonderful evening');
      const pending = await here.run((tx) => resubmitBlogReview(tx, { reviewId: first }));
      expect(pending).toMatchObject({ status: 'pending', rejectionReason: null, approvedBy: null, rating: 5 });
      const again = await here.run((tx) => approveBlogReview(tx, { reviewId: first }));
      expect(again.review.slug).toBe('a-wonderful-evening');
      expect(await find('great-evening')).toMatchObject({ id: first, slug: 'a-wonderful-evening' });
      expect(await find('a-wonderful-evening')).toMatchObject({ id: first, slug: 'a-wonderful-evening' });
      const third = await publish(world, here);
      expect(third.slug).toBe('great-evening-3');
    });

    test('while it is published, its slug stays; with its former title it has its former slug again', async () => {
      const again = async () => {
        await here.run((tx) => unpublishBlogReview(tx, { reviewId: first, reason: 'Again.' }));
        await here.run((tx) => resubmitBlogReview(tx, { reviewId: first, comment: 'Look again.' }));
        return (await here.run((tx) => approveBlogReview(tx, { reviewId: first }))).review.slug;
      };
      expect(await again()).toBe('a-wonderful-evening');
      await retitle(first, 'Great evening');
      expect(await find('a-wonderful-evening')).toMatchObject({ title: 'Great evening', slug: 'a-wonderful-evening' });
      expect(await again()).toBe('great-evening');
      expect(await find('a-wonderful-evening')).toMatchObject({ id: first, slug: 'great-evening' });
      const { status, items } = await here.run((tx) => listApprovalLog(tx, { reviewId: first, limit: 3 }));
      expect(status).toBe('approved');
      expect(items.map(({ action, comment }) => [action, comment])).toEqual([
        ['approved', 'Review approved'],
        ['pending_review', 'Look again.'],
        ['rejected', 'Rejected: Again.'],
      ]);
    });

    test('each public operation needs its grants, and no others', async () => {
      const form = submission(here, { bookingId: here.bookingId });
      await expectOwnGrantsToDo(world, 'feedback_marketing/blog-reviews', {
        submitBlogReview: (tx) => submitBlogReview(tx, form),
        listPublishedBlogReviews: (tx) => listPublishedBlogReviews(tx, {}),
        findPublishedBlogReview: (tx) => findPublishedBlogReview(tx, { slug: 'great-evening' }),
        likeBlogReview: (tx) => likeBlogReview(tx, { reviewId: first }),
        markBlogReviewHelpful: (tx) => markBlogReviewHelpful(tx, { reviewId: first }),
      });
    });

    test('several are decided at once, and those that cannot be are named', async () => {
      const pending = [await submit(world, here), await submit(world, here, { rating: 1 })];
      const foreign = await submit(world, elsewhere);
      const { moderated, failed } = await here.run((tx) =>
        moderateBlogReviews(tx, { action: 'approve', reviewIds: [...pending, ...pending, first, foreign] }),
      );
      expect(moderated.map(({ review }) => review.id).sort()).toEqual([...pending].sort());
      expect(new Set(moderated.map(({ review }) => review.slug))).toEqual(
        new Set(['great-evening-4', 'great-evening-5']),
      );
      expect(failed.map(({ reviewId, error }) => [reviewId, error.code])).toEqual([
        [first, 'conflict'],
        [foreign, 'not-found'],
      ]);
      const bad = await submit(world, here, { rating: 1 });
      const rejected = await here.run((tx) =>
        moderateBlogReviews(tx, { action: 'reject', reviewIds: [bad], reason: 'Spam.' }),
      );
      expect(rejected).toMatchObject({ moderated: [{ notification: { kind: 'blog-review-rejected' } }], failed: [] });
      await expect(here.run((tx) => rejectBlogReview(tx, { reviewId: bad, reason: 'Spam.' }))).rejects.toMatchObject({
        found: 'a review that is already rejected',
      });
    });

    test('approval is counted by star', async () => {
      const { byStar, ...all } = await here.run((tx) => getModerationStats(tx));
      expect(all).toEqual({ pending: 0, approved: 5, rejected: 1, total: 6, approvalRate: 83.33 });
      expect(byStar.map(({ rating, total, approvalRate }) => [rating, total, approvalRate])).toEqual([
        [1, 2, 50],
        [2, 1, 100],
        [3, 0, 0],
        [4, 0, 0],
        [5, 3, 100],
      ]);
    });

    test('services that are not moved insert and approve as before, and their slugs lead on', async () => {
      const { customerId, userId } = here;
      const legacy = async (slug: string | null, status: string, title = 'Old  Times') => {
        const { rows } = await world.database.query(
          `INSERT INTO customer_review_blog_posts (customer_id, customer_name, title, content, rating, status, slug, images)
           VALUES ('${customerId}', 'Bob', '${title}', 'c', 4, '${status}', ${slug === null ? 'NULL' : `'${slug}'`},
             '["https://example.com/x.webm", {"secure_url": "https://example.com/y", "resource_type": "image"}, 7, "javascript:alert(1)"]')
           RETURNING id`,
        );
        return rows[0]?.['id'] as string;
      };
      const id = await legacy('ab12cd34-old--times?', 'pending');
      await world.database.exec(
        `UPDATE customer_review_blog_posts SET status = 'approved', approved_by = '${userId}', approved_at = now() WHERE id = '${id}'`,
      );
      expect(await find('ab12cd34-old--times?')).toMatchObject({
        id,
        slug: 'ab12cd34-old--times?',
        media: [
          { type: 'video', url: 'https://example.com/x.webm' },
          { type: 'image', url: 'https://example.com/y' },
        ],
      });
      await here.run((tx) => unpublishBlogReview(tx, { reviewId: id, reason: 'r' }));
      await here.run((tx) => resubmitBlogReview(tx, { reviewId: id }));
      const { review } = await here.run((tx) => approveBlogReview(tx, { reviewId: id }));
      expect(review.slug).toBe('old-times');
      expect(await find('ab12cd34-old--times?')).toMatchObject({ id, slug: 'old-times' });

      const unnamed = await legacy(null, 'approved');
      expect(await find(unnamed)).toMatchObject({ id: unnamed, slug: unnamed, publishedAt: expect.any(Date) });
      const long = await legacy('x'.repeat(200), 'pending');
      expect((await here.run((tx) => approveBlogReview(tx, { reviewId: long }))).review.slug).toBe('x'.repeat(200));
      expect(await find('x'.repeat(200))).toMatchObject({ id: long });
    });

    test('it goes back to the baseline and forward again with all its rows', async () => {
      const connection = connectionTo(world.database);
      const slugs = await world.owner.select().from(BlogReviewSlug).orderBy(BlogReviewSlug.slug);
      expect(slugs.length).toBeGreaterThan(5);
      await recordMigrations(world.database.query);
      await revert(connection, { to: 'baseline' });
      await migrate(connection);
      expect(await world.owner.select().from(BlogReviewSlug).orderBy(BlogReviewSlug.slug)).toEqual(slugs);
      expect(await check(connection, { drizzleKit: false })).toMatchObject({ differs: [] });
      expect(await find('great-evening')).toMatchObject({ id: first });
      expect((await publish(world, here)).slug).toBe('great-evening-6');
    });
  });
});
