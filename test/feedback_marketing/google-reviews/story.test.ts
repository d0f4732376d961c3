import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Booking } from '../../../src/core/index.ts';
import {
  type InStation,
  linkExternalReview,
  listCustomerCandidates,
  listExternalReviews,
  replyToGoogleReview,
} from '../../../src/feedback_marketing/google-reviews/index.ts';
import { ExternalReview } from '../../../src/feedback_marketing/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import type { StationPermission } from '../../../src/identity/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { check } from '../../../src/tools/check/check.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { connectionTo, eachOfFewMajors } from '../../support/databases.ts';
import { recordMigrations } from '../../support/migrate.ts';
import { type ApiReview, newApiReview } from './google-server.ts';
import { openReviews, type ReviewsOfTest } from './reviews.ts';

const day = 24 * 60 * 60 * 1000;

/** A story: each test goes on where the one before it ended. */
const inOrder = { shuffle: false };

eachOfFewMajors((major) => {
  let of: ReviewsOfTest;
  let good: ApiReview;
  let low: ApiReview;
  let lowId: string;
  beforeAll(async () => {
    of = await openReviews(major);
    const others = Array.from({ length: 4 }, () => newApiReview());
    good = newApiReview({ reviewer: { displayName: 'Grace Hopper' } });
    low = newApiReview({ starRating: 'TWO', comment: 'Cold soup.', reviewer: { displayName: 'ADA L.' } });
    of.google.reviews = [...others, good, low];
    of.google.pageSize = 2;
  });
  afterAll(() => of.close());

  const list = (...input: Parameters<typeof listExternalReviews> extends [unknown, ...infer Rest] ? Rest : never) =>
    of.db.here.run((tx) => listExternalReviews(tx, ...input));

  test('a worker brings the reviews, and tells whom to notify', async () => {
    const { notifications, ...counts } = await of.sync();
    expect(counts).toMatchObject({ isWhole: true, seen: 6, created: 6 });
    lowId = (await of.rowOf(low.reviewId)).id;
    expect(notifications).toMatchObject([{ to: { stationId: of.db.here.stationId }, content: { reviewId: lowId } }]);
  });

  test('the station reads them page by page, the latest first, without what Google sent', async () => {
    const first = await list({ limit: 4 });
    expect(first.items.map(({ externalId }) => externalId).slice(0, 2)).toEqual([low.reviewId, good.reviewId]);
    expect(first.items[0]).not.toHaveProperty('raw');
    const second = await list({ limit: 4, cursor: first.nextCursor });
    expect(second.items).toHaveLength(2);
    expect(second.nextCursor).toBeUndefined();
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(6);
    expect((await list({ onlyEscalated: true })).items.map(({ id }) => id)).toEqual([lowId]);
  });

  test('another station sees none of it', async () => {
    const { elsewhere } = of.db;
    expect(await elsewhere.run((tx) => listExternalReviews(tx, { includeWithdrawn: true }))).toMatchObject({
      items: [],
    });
    for (const refused of [
      () => elsewhere.run((tx) => listCustomerCandidates(tx, { reviewId: lowId })),
      () => elsewhere.run((tx) => linkExternalReview(tx, { reviewId: lowId, customerId: elsewhere.customerId })),
      () => replyToGoogleReview(elsewhere.run, { reviewId: lowId, comment: 'Sorry.', ...of.connection }),
    ]) {
      await expect(refused()).rejects.toMatchObject({ code: 'not-found', object: 'reviewId' });
    }
    expect(of.google.requests.some((request) => request.startsWith('PUT'))).toBe(false);
  });

  test('who may have written it is listed with reasons, and nobody is linked', async () => {
    const { db } = of;
    const writtenAt = Date.parse(String(low['createTime']));
    const eventOf = (bookingId: string, days: number, status: 'completed' | 'cancelled' = 'completed') =>
      db.owner
        .update(Booking)
        .set({ eventDate: new Date(writtenAt - days * day), status })
        .where(eq(Booking.id, bookingId));
    // Ada Lovelace has no event near it, unless a later line gives her one.
    const named = async (name: string, days: number, status?: 'cancelled') => {
      const { customerId, bookingId } = await db.newCustomer(db.here.stationId, name);
      await eventOf(bookingId, days, status);
      return customerId;
    };
    const near = await named('Ádá Lamarr', 3);
    const far = await named('ada Lovelace', 200);
    const other = await named('Ada Byron', 70);
    const event = await named('Hedy Lamarr', 40);
    const after = await named('Karen Jones', -2);
    const cancelled = await named('Mary Jackson', 2, 'cancelled');
    await db.newCustomer(db.elsewhere.stationId, 'Ada Lovelace');
    await eventOf(db.here.bookingId, 90);
    const candidates = await db.here.run((tx) => listCustomerCandidates(tx, { reviewId: lowId }));
    const reasons = new Map(candidates.map((candidate) => [candidate.customerId, candidate.reasons]));
    expect(candidates[0]?.customerId).toBe(near);
    expect(candidates.at(-1)?.customerId).toBe(event);
    expect(Object.fromEntries(reasons)).toEqual({
      [near]: ['similar-name', 'booking-before'],
      [far]: ['similar-name'],
      [db.here.customerId]: ['similar-name'],
      [event]: ['booking-before'],
    });
    for (const id of [other, after, cancelled]) expect(reasons.has(id)).toBe(false);
    expect(await of.rowOf(low.reviewId)).toMatchObject({ customerId: null });
  });

  test.each([
    ['Lovelace ada', ['same-name']],
    ['  ADA   LOVELÁCE ', ['same-name']],
    ['Ada', ['similar-name']],
    ['Ada B.', []],
    ['Ada Lovelaces', []],
    ['A', []],
    ["Ada'; DROP TABLE customers --", []],
    ['%', []],
    [null, []],
  ])('of the author %j, Ada Lovelace has the reasons %j', async (authorName, reasons) => {
    await of.db.owner.update(ExternalReview).set({ authorName }).where(eq(ExternalReview.id, lowId));
    const candidates = await of.db.here.run((tx) => listCustomerCandidates(tx, { reviewId: lowId }));
    const found = candidates.find(({ customerId }) => customerId === of.db.here.customerId);
    expect(found?.reasons ?? []).toEqual(reasons);
  });

  test('somebody links it, and corrects that', async () => {
    const { here, elsewhere, newCustomer } = of.db;
    const link = (customerId: string, insteadOf?: string) =>
      here.run((tx) => linkExternalReview(tx, { reviewId: lowId, customerId, ...(insteadOf && { insteadOf }) }));
    const linked = await link(here.customerId);
    expect(linked).toMatchObject({ customerId: here.customerId, linkedBy: here.userId, linkedAt: expect.any(Date) });
    expect(await link(here.customerId)).toEqual(linked);
    expect(await link(here.customerId.toUpperCase())).toEqual(linked);
    const { customerId } = await newCustomer(here.stationId);
    await expect(link(customerId)).rejects.toMatchObject({ code: 'conflict', object: 'reviewId' });
    await expect(link(customerId, customerId)).rejects.toMatchObject({ code: 'conflict' });
    for (const stranger of [elsewhere.customerId, '00000000-0000-4000-8000-000000000000']) {
      await expect(link(stranger, here.customerId)).rejects.toMatchObject({ code: 'not-found', object: 'customerId' });
    }
    expect(await link(customerId, here.customerId)).toMatchObject({ customerId });
    expect(await link(customerId, here.customerId)).toMatchObject({ customerId });
    expect((await list({ customerId })).items.map(({ id }) => id)).toEqual([lowId]);
  });

  test('who may only read is told so, and changes nothing', async () => {
    const { here, owner, database } = of.db;
    const permissions: StationPermission[] = ['customer.read', 'booking.read'];
    const { userId, stationId, customerId } = here;
    const { token } = await issueStationToken(owner, { stationId, userId, issuerId: userId, permissions });
    const service = drizzle({ client: database.service({ max: 1 }) });
    const reader: InStation = (operation) => withStation(service, { token, stationId }, operation);
    const before = await of.rowOf(low.reviewId);
    of.google.requests.length = 0;
    expect((await reader((tx) => listExternalReviews(tx))).items).not.toEqual([]);
    for (const refused of [
      () => reader((tx) => linkExternalReview(tx, { reviewId: lowId, customerId })),
      () => replyToGoogleReview(reader, { reviewId: lowId, comment: 'Hello.', ...of.connection }),
    ]) {
      await expect(refused()).rejects.toMatchObject({ code: 'not-permitted', object: 'reviewId' });
    }
    expect(await of.rowOf(low.reviewId)).toEqual(before);
    expect(of.google.requests).toEqual([]);
  });

  test('somebody replies; Google approves it later', async () => {
    const comment = 'We are sorry, Ada.';
    const reply = () => replyToGoogleReview(of.db.here.run, { reviewId: lowId, comment, ...of.connection });
    expect(await reply()).toMatchObject({ id: lowId, replyText: comment, replyState: 'pending' });
    expect(low.reviewReply).toMatchObject({ comment });
    Object.assign(low.reviewReply ?? {}, { reviewReplyState: 'ACTIVE' });
    of.google.reviews.push(newApiReview());
    of.google.reviews.push(newApiReview());
    await of.sync();
    const row = await of.rowOf(low.reviewId);
    expect(row).toMatchObject({ replyText: comment, replyState: 'active', customerId: expect.any(String) });
    of.google.requests.length = 0;
    expect(await reply()).toMatchObject({ replyState: 'active' });
    expect(of.google.requests).toEqual([]);
    expect(await of.rowOf(low.reviewId)).toEqual(row);
  });

  test('it is deleted there, and the station sees it only if it asks', async () => {
    of.google.reviews = of.google.reviews.filter((review) => review !== low);
    await of.sync({ full: true });
    await of.age(120);
    expect(await of.sync({ full: true })).toMatchObject({ withdrawn: 1 });
    expect((await list({ limit: 100 })).items.some(({ id }) => id === lowId)).toBe(false);
    expect((await list({ limit: 100, includeWithdrawn: true })).items.some(({ id }) => id === lowId)).toBe(true);
    const late = replyToGoogleReview(of.db.here.run, { reviewId: lowId, comment: 'Hello?', ...of.connection });
    await expect(late).rejects.toMatchObject({ code: 'conflict', object: 'reviewId' });
  });

  test('the tables go back to their old names and forward again, with every review', async () => {
    const connection = connectionTo(of.db.database);
    const all = async () => (await of.db.database.query('SELECT * FROM external_reviews ORDER BY id')).rows;
    const before = await all();
    await recordMigrations(of.db.database.query);
    await revert(connection, { to: 'baseline' });
    expect(await of.sync({ full: true })).toMatchObject({ created: 0 });
    expect((await list({ limit: 100 })).items).not.toEqual([]);
    await migrate(connection);
    expect((await all()).length).toBe(before.length);
    expect(await check(connection, { drizzleKit: false })).toMatchObject({ differs: [] });
  });
}, inOrder);
