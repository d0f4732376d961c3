import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CanonicalModelsError } from '../../../src/errors.ts';
import {
  type FetchGoogleReviewsInput,
  fetchGoogleReviews,
  type InStation,
  type LinkExternalReviewInput,
  type ListCustomerCandidatesInput,
  type ListExternalReviewsInput,
  linkExternalReview,
  listCustomerCandidates,
  listExternalReviews,
  type ReplyToGoogleReviewInput,
  replyToGoogleReview,
  type SyncGoogleReviewsInput,
  syncGoogleReviews,
} from '../../../src/feedback_marketing/google-reviews/index.ts';
import { ExternalReview } from '../../../src/feedback_marketing/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { newApiReview } from './google-server.ts';
import { openReviews, type ReviewsOfTest } from './reviews.ts';

const id = '6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a';
const hostile = ["' OR 1=1 --", 'a\0b', '\ud800', '{}', 'x'.repeat(1_000_000), '٣', ''];
const otherTypes = [null, 7, true, [], {}, Symbol('x'), new Date()];
const accessToken = () => 'token';

async function refusalOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof CanonicalModelsError) return `${error.code} ${error.object}`;
    throw error;
  }
  return 'accepted';
}

/** A database that nothing may be asked of: a wrong input is refused before. */
const untouched = drizzle({
  client: new pg.Pool({ host: 'nowhere.invalid', connectionTimeoutMillis: 1 }),
});

describe('fetchGoogleReviews', () => {
  const given = { accountId: '1', locationId: '2', accessToken };
  const cases: readonly [values: Record<string, unknown>, field: string][] = [
    ...['accountId', 'locationId'].flatMap((field) =>
      [...hostile, ...otherTypes, undefined, '../1', 'a/b', '.', '%2e', '1 2', 'x'.repeat(101)].map(
        (value): [Record<string, unknown>, string] => [{ [field]: value }, field],
      ),
    ),
    ...['token', undefined, ...otherTypes].map((value): [Record<string, unknown>, string] => [
      { accessToken: value },
      'accessToken',
    ]),
    ...['x', 'ftp://example.com', 'file:///etc/passwd', 'javascript:alert(1)', 7].map(
      (value): [Record<string, unknown>, string] => [{ baseUrl: value }, 'baseUrl'],
    ),
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', 86_400_001].flatMap(
      (value): [Record<string, unknown>, string][] => [
        [{ timeout: value }, 'timeout'],
        [{ retry: { firstDelay: value } }, 'retry.firstDelay'],
        [{ retry: { budget: value } }, 'retry.budget'],
      ],
    ),
    [{ retry: { tries: 3 } }, 'retry'],
    [{ signal: {} }, 'signal'],
    [{ other: 1 }, 'input'],
  ];
  test('refuses what is wrong by the name of the field', async () => {
    for (const [values, field] of cases) {
      const input = { ...given, ...values } as unknown as FetchGoogleReviewsInput;
      expect([Object.keys(values), await refusalOf(() => fetchGoogleReviews(input))]).toEqual([
        Object.keys(values),
        `invalid-input ${field}`,
      ]);
    }
  });

  test('refuses anything but an object', async () => {
    for (const input of [undefined, null, 'x', 7, []]) {
      expect(await refusalOf(() => fetchGoogleReviews(input as never))).toBe('invalid-input input');
    }
  });
});

describe('syncGoogleReviews', () => {
  const pages = fetchGoogleReviews({ accountId: '1', locationId: '2', accessToken });
  const cases: readonly [values: Record<string, unknown>, field: string][] = [
    ...[undefined, ...hostile, ...otherTypes, { ...pages, find: undefined }, { ...pages, location: 7 }].map(
      (value): [Record<string, unknown>, string] => [{ pages: value }, 'pages'],
    ),
    ...[...hostile, ...otherTypes].map((value): [Record<string, unknown>, string] => [
      { stationId: value },
      'stationId',
    ]),
    ...['yes', 1, null].map((value): [Record<string, unknown>, string] => [{ full: value }, 'full']),
    ...[-1, 1001, 0.5, '5'].map((value): [Record<string, unknown>, string] => [{ lookUps: value }, 'lookUps']),
    [{ other: 1 }, 'input'],
  ];
  test('refuses what is wrong by the name of the field', async () => {
    for (const [values, field] of cases) {
      const input = { pages, ...values } as unknown as SyncGoogleReviewsInput;
      expect([Object.keys(values), await refusalOf(() => syncGoogleReviews(untouched, input))]).toEqual([
        Object.keys(values),
        `invalid-input ${field}`,
      ]);
    }
  });
});

describe('replyToGoogleReview', () => {
  const given = { reviewId: id, comment: 'Thank you.', accessToken };
  const never: InStation = () => {
    throw new Error('the database was asked');
  };
  const cases: readonly [values: Record<string, unknown>, field: string][] = [
    ...[undefined, ...hostile, ...otherTypes].map((value): [Record<string, unknown>, string] => [
      { reviewId: value },
      'reviewId',
    ]),
    ...[undefined, '', '   ', 'a\0b', '\ud800', 'x'.repeat(4_097), '😀'.repeat(1_025), ...otherTypes].map(
      (value): [Record<string, unknown>, string] => [{ comment: value }, 'comment'],
    ),
    [{ accessToken: 'token' }, 'accessToken'],
    [{ other: 1 }, 'input'],
  ];
  test('refuses what is wrong by the name of the field', async () => {
    for (const [values, field] of cases) {
      const input = { ...given, ...values } as unknown as ReplyToGoogleReviewInput;
      expect([Object.keys(values), await refusalOf(() => replyToGoogleReview(never, input))]).toEqual([
        Object.keys(values),
        `invalid-input ${field}`,
      ]);
    }
  });
});

eachOfFewMajors((major) => {
  let of: ReviewsOfTest;
  beforeAll(async () => {
    of = await openReviews(major, 2);
    of.google.reviews = [newApiReview({ starRating: 'ONE' })];
    await of.sync();
  });
  afterAll(() => of.close());

  type Case = [verb: string, values: Record<string, unknown>, field: string];
  const ids = [...hostile, ...otherTypes];
  const cases: readonly Case[] = [
    ...[undefined, ...ids].flatMap((value): Case[] => [
      ['link', { reviewId: value, customerId: id }, 'reviewId'],
      ['link', { reviewId: id, customerId: value }, 'customerId'],
      ['candidates', { reviewId: value }, 'reviewId'],
    ]),
    ...ids.flatMap((value): Case[] => [
      ['link', { reviewId: id, customerId: id, insteadOf: value }, 'insteadOf'],
      ['list', { customerId: value }, 'customerId'],
    ]),
    ...[0, 101, 0.5, '5', null].map((value): Case => ['list', { limit: value }, 'limit']),
    ...['x', 'W10', 'x'.repeat(1_001), 7, null].map((value): Case => ['list', { cursor: value }, 'cursor']),
    ...['yes', 1, null].flatMap((value): Case[] => [
      ['list', { onlyEscalated: value }, 'onlyEscalated'],
      ['list', { includeWithdrawn: value }, 'includeWithdrawn'],
    ]),
    ...['link', 'candidates', 'list'].map((verb): Case => [verb, { reviewId: id, customerId: id, other: 1 }, 'input']),
  ];
  const verbs = {
    link: linkExternalReview,
    candidates: listCustomerCandidates,
    list: listExternalReviews,
  } as unknown as Record<
    string,
    (db: unknown, input: LinkExternalReviewInput | ListCustomerCandidatesInput | ListExternalReviewsInput) => unknown
  >;

  test('the verbs of a station name the field that is wrong, and write nothing', async () => {
    const rows = () => of.db.owner.select().from(ExternalReview);
    const before = await rows();
    await of.db.here.run(async (tx) => {
      for (const [verb, values, field] of cases) {
        expect([verb, values, await refusalOf(() => verbs[verb]?.(tx, values as never))]).toEqual([
          verb,
          values,
          `invalid-input ${field}`,
        ]);
      }
    });
    expect(await rows()).toEqual(before);
  });

  test('the verbs of a station say so outside of one', async () => {
    const db = of.db.outside;
    for (const run of [
      () => listExternalReviews(db),
      () => listCustomerCandidates(db, { reviewId: id }),
      () => linkExternalReview(db, { reviewId: id, customerId: id }),
      () => replyToGoogleReview((operation) => db.transaction(operation), { reviewId: id, comment: 'x', accessToken }),
    ]) {
      expect(await refusalOf(run)).toBe('not-set-up db');
    }
  });

  test('a review that is not there is not found', async () => {
    const { run, customerId } = of.db.here;
    for (const verb of [
      () => run((tx) => listCustomerCandidates(tx, { reviewId: id })),
      () => run((tx) => linkExternalReview(tx, { reviewId: id, customerId })),
      () => replyToGoogleReview(run, { reviewId: id, comment: 'x', accessToken }),
    ]) {
      expect(await refusalOf(verb)).toBe('not-found reviewId');
    }
  });
});
