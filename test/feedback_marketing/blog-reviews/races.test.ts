import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  approveBlogReview,
  likeBlogReview,
  markBlogReviewHelpful,
  moderateBlogReviews,
  rejectBlogReview,
  resubmitBlogReview,
  submitBlogReview,
  unpublishBlogReview,
} from '../../../src/feedback_marketing/blog-reviews/index.ts';
import { BlogReviewSlug, CustomerReviewBlogPost, ReviewApprovalLog } from '../../../src/feedback_marketing/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import type { OperationsDatabase } from '../../support/operations.ts';
import { openBlogReviews, publish, submission, submit } from './world.ts';

const connections = thorough ? 32 : 8;
const rounds = Array.from({ length: thorough ? 20 : 3 }, (_, round) => round);

/** Calls on all connections at once: what each said, sorted. */
async function atOnce(call: (index: number) => Promise<unknown>): Promise<string[]> {
  const said = await Promise.allSettled(Array.from({ length: connections }, (_, index) => call(index)));
  return said
    .map((each) => (each.status === 'fulfilled' ? 'done' : String((each.reason as { code?: string }).code)))
    .sort();
}
const one = ['done', ...Array(connections - 1).fill('conflict')].sort();
const all = Array(connections).fill('done');

eachOfFewMajors((major) => {
  let world: OperationsDatabase;
  beforeAll(async () => {
    world = await openBlogReviews(major, connections);
  });
  afterAll(() => world.close());
  const logOf = (reviewId: string) =>
    world.owner.select().from(ReviewApprovalLog).where(eq(ReviewApprovalLog.reviewId, reviewId));

  test.each(rounds)('a form that is sent by all at once is one review (%i)', async () => {
    const input = submission(world.here);
    const answers = await Promise.all(
      Array.from({ length: connections }, () => submitBlogReview(world.outside, input)),
    );
    expect(new Set(answers.map(({ reviewId }) => reviewId)).size).toBe(1);
    expect(await logOf(answers[0]?.reviewId as string)).toHaveLength(1);
  });

  test.each(rounds)('each step is taken once, and logged once (%i)', async () => {
    const { here } = world;
    const reviewId = await submit(world, here);
    const decisions = (index: number) =>
      here.run<unknown>((tx) =>
        index % 2 === 0 ? approveBlogReview(tx, { reviewId }) : rejectBlogReview(tx, { reviewId, reason: 'r' }),
      );
    expect(await atOnce(decisions)).toEqual(one);
    expect(await logOf(reviewId)).toHaveLength(2);
    const published = (await publish(world, here)).reviewId;
    const reason = 'r';
    expect(await atOnce(() => here.run((tx) => unpublishBlogReview(tx, { reviewId: published, reason })))).toEqual(one);
    expect(await atOnce(() => here.run((tx) => resubmitBlogReview(tx, { reviewId: published })))).toEqual(one);
    expect(await logOf(published)).toHaveLength(4);
  });

  test.each(rounds)('reviews of one title that are approved at once have slugs of their own (%i)', async (round) => {
    const { here, elsewhere } = world;
    const title = `Round number ${round}`;
    const stations = Array.from({ length: connections }, (_, index) => (index % 2 === 0 ? here : elsewhere));
    const ids = await Promise.all(stations.map((station) => submit(world, station, { title })));
    const answers = await Promise.all(
      stations.map((station, index) => station.run((tx) => approveBlogReview(tx, { reviewId: ids[index] as string }))),
    );
    const base = `round-number-${round}`;
    const slugs = answers.map(({ review }) => review.slug);
    expect(new Set(slugs)).toEqual(new Set(stations.map((_, index) => (index === 0 ? base : `${base}-${index + 1}`))));
    for (const { review } of answers) {
      const rows = await world.owner.select().from(BlogReviewSlug).where(eq(BlogReviewSlug.reviewId, review.id));
      expect(rows).toMatchObject([{ slug: review.slug, isCurrent: true }]);
    }
  });

  test.each(rounds)(
    'several calls for the same several reviews wait for each other in one order (%i)',
    async (round) => {
      const { here } = world;
      const titles = ['Beautiful', 'Agreeable', 'Beautiful', 'Charming'].map((title) => `${title} ${round}`);
      const reviewIds = await Promise.all(titles.map((title) => submit(world, here, { title })));
      const orders = [reviewIds, [...reviewIds].reverse()];
      const answers = await Promise.all(
        Array.from({ length: connections }, (_, index) =>
          here.run((tx) => moderateBlogReviews(tx, { action: 'approve', reviewIds: orders[index % 2] as string[] })),
        ),
      );
      expect(answers.flatMap(({ moderated }) => moderated.map(({ review }) => review.id)).sort()).toEqual(
        [...reviewIds].sort(),
      );
    },
  );

  test.each(rounds)('no reader is lost (%i)', async () => {
    const { reviewId } = await publish(world, world.here);
    expect(await atOnce(() => likeBlogReview(world.outside, { reviewId }))).toEqual(all);
    expect(await atOnce(() => markBlogReviewHelpful(world.outside, { reviewId }))).toEqual(all);
    const [row] = await world.owner
      .select()
      .from(CustomerReviewBlogPost)
      .where(eq(CustomerReviewBlogPost.id, reviewId));
    expect(row).toMatchObject({ likesCount: connections, helpfulCount: connections });
  });
});
