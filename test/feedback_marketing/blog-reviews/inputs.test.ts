import { randomUUID } from 'node:crypto';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { InvalidInput, NotFound, NotSetUp } from '../../../src/errors.ts';
import * as blogReviews from '../../../src/feedback_marketing/blog-reviews/index.ts';
import { CustomerReviewBlogPost } from '../../../src/feedback_marketing/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import type { OperationsDatabase } from '../../support/operations.ts';
import { openBlogReviews, publish, submission, submit } from './world.ts';

type Verb = (db: PostgresDatabase, input: never) => Promise<unknown>;
interface Case {
  readonly verb: Verb;
  readonly isPublic?: true;
  /** An input that is accepted, as far as its form goes. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly optional?: readonly string[];
}

const id = randomUUID();
const page = { limit: 20, cursor: Buffer.from(JSON.stringify(['1', id])).toString('base64url') };
const media = [{ type: 'image', url: 'https://example.com/a.jpg', format: 'jpg', bytes: 1 }];
const full = {
  ...submission(
    { customerId: id },
    { bookingId: id, showInitialsOnly: true, reviewedOnGoogle: true, reviewedOnYelp: true },
  ),
  googleReviewLink: 'https://g.co/x',
  yelpReviewLink: 'https://yelp.com/x',
  media,
};
const cases: Readonly<Record<string, Case>> = {
  approveBlogReview: {
    verb: blogReviews.approveBlogReview,
    input: { reviewId: id, comment: 'c', keywords: ['k'] },
    optional: ['comment', 'keywords'],
  },
  rejectBlogReview: { verb: blogReviews.rejectBlogReview, input: { reviewId: id, reason: 'r' } },
  unpublishBlogReview: { verb: blogReviews.unpublishBlogReview, input: { reviewId: id, reason: 'r' } },
  resubmitBlogReview: {
    verb: blogReviews.resubmitBlogReview,
    input: { reviewId: id, comment: 'c' },
    optional: ['comment'],
  },
  moderateBlogReviews: {
    verb: blogReviews.moderateBlogReviews,
    input: { action: 'reject', reviewIds: [id], reason: 'r' },
  },
  listPendingBlogReviews: {
    verb: blogReviews.listPendingBlogReviews,
    input: { ...page, orderBy: 'createdAt', direction: 'asc' },
    optional: ['limit', 'cursor', 'orderBy', 'direction'],
  },
  listApprovalLog: {
    verb: blogReviews.listApprovalLog,
    input: { ...page, reviewId: id },
    optional: ['limit', 'cursor'],
  },
  listBlogReviewsByCustomer: {
    verb: blogReviews.listBlogReviewsByCustomer,
    input: { ...page, customerId: id },
    optional: ['limit', 'cursor'],
  },
  submitBlogReview: {
    verb: blogReviews.submitBlogReview,
    isPublic: true,
    input: full,
    optional: [
      'bookingId',
      'customerPhone',
      'showInitialsOnly',
      'media',
      'reviewedOnGoogle',
      'reviewedOnYelp',
      'googleReviewLink',
      'yelpReviewLink',
    ],
  },
  listPublishedBlogReviews: {
    verb: blogReviews.listPublishedBlogReviews,
    isPublic: true,
    input: page,
    optional: ['limit', 'cursor'],
  },
  findPublishedBlogReview: { verb: blogReviews.findPublishedBlogReview, isPublic: true, input: { slug: 's' } },
  likeBlogReview: { verb: blogReviews.likeBlogReview, isPublic: true, input: { reviewId: id } },
  markBlogReviewHelpful: { verb: blogReviews.markBlogReviewHelpful, isPublic: true, input: { reviewId: id } },
};

/** A database that nothing may ask. */
const nobody = new Proxy({} as PostgresDatabase, {
  get(_, key) {
    throw new Error(`asked for ${String(key)}`);
  },
});
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: unknown) => error,
  );
const secret = 'hunter2-the-secret';
/** What no field takes: of another type, not text that PostgreSQL stores, too long or too big. */
const wrongValues = [
  null,
  Symbol.iterator,
  {},
  [[]],
  Number.NaN,
  1e12,
  -1,
  `${secret}\0`,
  `${secret}\uD800`,
  secret.repeat(9000),
];

test('every verb is here', () => {
  const verbs = Object.entries(blogReviews).flatMap(([name, verb]) =>
    typeof verb === 'function' && /^(?!format|build|render|is)[a-z]/.test(name) ? [name] : [],
  );
  expect([...Object.keys(cases), 'getModerationStats'].sort()).toEqual(verbs.sort());
});

describe.each(Object.entries(cases))('%s', (_, { verb, input, optional = [] }) => {
  test('refuses a wrong input by the name of the field, and asks the database nothing', async () => {
    for (const wrong of [undefined, null, 'text', 7, []]) {
      expect(await failureOf(verb(nobody, wrong as never))).toMatchObject({
        name: 'InvalidInput',
        object: expect.stringMatching(/^(?:input|action)$/),
      });
    }
    expect(await failureOf(verb(nobody, { ...input, [secret]: 1 } as never))).toMatchObject({
      name: 'InvalidInput',
      object: 'input',
    });
    for (const field of Object.keys(input)) {
      const { [field]: _, ...without } = input;
      const missing = await failureOf(verb(nobody, without as never));
      if (optional.includes(field)) expect(missing, field).not.toBeInstanceOf(InvalidInput);
      else expect(missing, field).toMatchObject({ name: 'InvalidInput', object: field });
      for (const wrong of wrongValues) {
        const error = (await failureOf(verb(nobody, { ...input, [field]: wrong } as never))) as InvalidInput;
        expect(error, `${field}: ${String(wrong).slice(0, 30)}`).toBeInstanceOf(InvalidInput);
        expect(error.object.split(/[.[]/)[0]).toBe(field);
        expect(JSON.stringify([error.message, error])).not.toContain(secret);
      }
    }
  });
});

test.each([
  ['rating', { rating: 0 }],
  ['rating', { rating: 4.5 }],
  ['title', { title: '    Good    ' }],
  ['title', { title: '👩‍👩‍👧'.repeat(255) }],
  ['content', { content: 'too short' }],
  ['content', { content: 'x'.repeat(5001) }],
  ['customerName', { customerName: 'A' }],
  ['customerEmail', { customerEmail: 'ada' }],
  ['googleReviewLink', { googleReviewLink: 'javascript:alert(1)' }],
  ['googleReviewLink', { googleReviewLink: 'https://example.com/\0' }],
  ['yelpReviewLink', { yelpReviewLink: 'https://example.com/\uD800' }],
  ['media', { media: Array(11).fill(media[0]) }],
  ['media[0].url', { media: [{ ...media[0], url: 'data:text/html,x' }] }],
  ['media[0].url', { media: [{ ...media[0], url: 'https://example.com/\0' }] }],
  ['media[0].thumbnailUrl', { media: [{ ...media[0], thumbnailUrl: 'https://example.com/\uDC00' }] }],
  ['media[0].format', { media: [{ ...media[0], format: 'svg' }] }],
  ['media[0].bytes', { media: [{ ...media[0], bytes: 10 * 1024 * 1024 + 1 }] }],
  ['media[0].width', { media: [{ ...media[0], width: 1921 }] }],
  ['media[0].type', { media: [{ ...media[0], type: 'audio' }] }],
])('submitBlogReview refuses %s in %j', async (object, set) => {
  expect(await failureOf(blogReviews.submitBlogReview(nobody, { ...full, ...set } as never))).toMatchObject({
    name: 'InvalidInput',
    object,
  });
});

test.each([
  ['keywords[0]', blogReviews.approveBlogReview, { reviewId: id, keywords: ['a,b'] }],
  ['reviewIds', blogReviews.moderateBlogReviews, { action: 'approve', reviewIds: [] }],
  ['reviewIds', blogReviews.moderateBlogReviews, { action: 'approve', reviewIds: Array(101).fill(id) }],
  ['reason', blogReviews.moderateBlogReviews, { action: 'reject', reviewIds: [id] }],
  ['reason', blogReviews.rejectBlogReview, { reviewId: id, reason: '  ' }],
])('refuses %s', async (object, verb, input) => {
  expect(await failureOf((verb as Verb)(nobody, input as never))).toMatchObject({ name: 'InvalidInput', object });
});

eachOfFewMajors((major) => {
  let world: OperationsDatabase;
  beforeAll(async () => {
    world = await openBlogReviews(major, 2);
  });
  afterAll(() => world.close());
  const rows = async () =>
    (
      await world.database.query(
        `SELECT (SELECT jsonb_agg(p ORDER BY id) FROM customer_review_blog_posts p) AS posts,
          (SELECT jsonb_agg(l ORDER BY id) FROM review_approval_log l) AS log, (SELECT jsonb_agg(s ORDER BY id) FROM blog_review_slugs s) AS slugs`,
      )
    ).rows;
  /** That an operation is refused, and writes nothing. */
  const refusal = async (work: () => Promise<unknown>): Promise<unknown> => {
    const before = await rows();
    const error = await failureOf(work());
    expect(await rows()).toEqual(before);
    return error;
  };

  test('a verb of the station needs a station', async () => {
    for (const [name, { verb, input, isPublic }] of Object.entries(cases)) {
      if (!isPublic) expect(await failureOf(verb(world.owner, input as never)), name).toBeInstanceOf(NotSetUp);
    }
    expect(await failureOf(blogReviews.getModerationStats(world.owner))).toBeInstanceOf(NotSetUp);
  });

  test('what belongs to another station is not found, and nothing is written', async () => {
    const { here, elsewhere } = world;
    const pending = await submit(world, elsewhere);
    const { reviewId: approved } = await publish(world, elsewhere);
    const counted = await here.run((tx) => blogReviews.getModerationStats(tx));
    const tries: readonly [string, Verb, object][] = [
      ['reviewId', blogReviews.approveBlogReview, { reviewId: pending }],
      ['reviewId', blogReviews.rejectBlogReview, { reviewId: pending, reason: 'r' }],
      ['reviewId', blogReviews.unpublishBlogReview, { reviewId: approved, reason: 'r' }],
      ['reviewId', blogReviews.resubmitBlogReview, { reviewId: approved }],
      ['reviewId', blogReviews.listApprovalLog, { reviewId: approved }],
      ['customerId', blogReviews.listBlogReviewsByCustomer, { customerId: elsewhere.customerId }],
    ];
    for (const [object, verb, input] of tries) {
      const error = await refusal(() => here.run((tx) => verb(tx, input as never)));
      expect(error, verb.name).toBeInstanceOf(NotFound);
      expect(error).toMatchObject({ object });
    }
    expect(
      await here.run((tx) => blogReviews.moderateBlogReviews(tx, { action: 'approve', reviewIds: [pending] })),
    ).toMatchObject({ moderated: [], failed: [{ reviewId: pending, error: { code: 'not-found' } }] });
    const { items } = await here.run((tx) => blogReviews.listPendingBlogReviews(tx, { limit: 100 }));
    expect(items.map((item) => item.id)).not.toContain(pending);
    expect(await here.run((tx) => blogReviews.getModerationStats(tx))).toEqual(counted);
  });

  test('a submission for nobody, or with the booking of somebody else, is refused', async () => {
    const { here, elsewhere, outside } = world;
    const nobodys = submission({ customerId: id });
    expect(await refusal(() => blogReviews.submitBlogReview(outside, nobodys))).toMatchObject({
      name: 'NotFound',
      object: 'customerId',
    });
    for (const bookingId of [id, elsewhere.bookingId]) {
      const input = submission(here, { bookingId });
      expect(await refusal(() => blogReviews.submitBlogReview(outside, input))).toMatchObject({
        name: 'NotFound',
        object: 'bookingId',
      });
    }
  });

  test('a user who may only read is told that', async () => {
    const { here, owner, database } = world;
    const { stationId, userId } = here;
    const reviewId = await submit(world, here);
    const { token } = await issueStationToken(owner, {
      stationId,
      userId,
      issuerId: userId,
      permissions: ['customer.read', 'booking.read'],
    });
    const service = drizzle({ client: database.service({ max: 1 }) });
    const error = await refusal(() =>
      withStation(service, { token, stationId }, (tx) => blogReviews.approveBlogReview(tx, { reviewId })),
    );
    expect(error).toMatchObject({ name: 'NotPermitted', object: 'reviewId' });
  });

  test('hostile text is kept as it is, and is text', async () => {
    const { here, outside } = world;
    const hostile = `'); DROP TABLE customer_review_blog_posts; -- <script>alert(1)</script> ${'${1+1}'} %s \\u0000 \u202E`;
    const content = `${hostile} ${hostile}`.trim();
    const { reviewId, slug } = await publish(world, here, {
      title: hostile.trim(),
      content,
      customerName: hostile.trim(),
    });
    expect(slug).toMatch(/^[a-z0-9-]{1,80}$/);
    const review = await blogReviews.findPublishedBlogReview(outside, { slug });
    expect(review).toMatchObject({ id: reviewId, title: hostile.trim(), content });
    for (const slug of [hostile, "' OR true --", '%', '../..']) {
      expect(await blogReviews.findPublishedBlogReview(outside, { slug })).toBeUndefined();
    }
    expect(await world.owner.$count(CustomerReviewBlogPost)).toBeGreaterThan(0);
  });

  test('the public role reads no customer, and writes nothing but submissions and counters', async () => {
    const { outside, here } = world;
    const { reviewId } = await publish(world, here);
    const statements = [
      'SELECT email FROM customers',
      'SELECT total_amount FROM bookings',
      'SELECT comment FROM review_approval_log',
      `UPDATE customer_review_blog_posts SET status = 'approved' WHERE id = '${reviewId}'`,
      `UPDATE customer_review_blog_posts SET rating = 5 WHERE id = '${reviewId}'`,
      'DELETE FROM customer_review_blog_posts',
      `SELECT next_blog_review_slug('a')`,
    ];
    for (const statement of statements) {
      const error = (await failureOf(outside.execute(statement))) as Error;
      expect(error.cause, statement).toMatchObject({ code: '42501' });
    }
  });
});
