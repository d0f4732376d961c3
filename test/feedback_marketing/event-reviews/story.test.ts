import { createHash, randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Booking } from '../../../src/core/index.ts';
import type { PostgresDatabase } from '../../../src/database.ts';
import { Conflict, InvalidInput, NotFound, NotSetUp } from '../../../src/errors.ts';
import * as verbs from '../../../src/feedback_marketing/event-reviews/index.ts';
import {
  CustomerReview,
  DiscountCoupon,
  EventReviewRequest,
  ExternalReview,
  ReviewEscalation,
} from '../../../src/feedback_marketing/index.ts';
import { withEveryStation, withStation } from '../../../src/identity/access/index.ts';
import { Station, type StationPermission, StationUser, User } from '../../../src/identity/index.ts';
import { issueStationToken } from '../../../src/identity/tokens/index.ts';
import { check } from '../../../src/tools/check/check.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { createRecordStatements, recordStatement } from '../../../src/tools/migrations/record.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { connectionTo, eachOfFewMajors } from '../../support/databases.ts';
import { newStationUser, newUser } from '../../support/identity.ts';
import { expectOwnGrantsToDo, type OperationsDatabase, type StationOfTest } from '../../support/operations.ts';
import { newLink, openEventReviews, setHoursAgo, thrownBy } from './support.ts';

const links = { google: 'https://g.page/r/station/review', yelp: 'https://www.yelp.com/biz/station' };

eachOfFewMajors((major) => {
  let database: OperationsDatabase;
  let here: StationOfTest;
  let elsewhere: StationOfTest;
  let outside: PostgresDatabase;
  beforeAll(async () => {
    database = await openEventReviews(major);
    ({ here, elsewhere, outside } = database);
    const { owner } = database;
    await owner
      .update(Station)
      .set({ displayName: 'Springfield', settings: { reviews: { links } } })
      .where(eq(Station.id, here.stationId));
    // No event of the legacy data is in the way.
    await owner.update(Booking).set({ eventDate: sql`now() - interval '1 year'` });
  });
  afterAll(() => database.close());

  const requestOf = async (bookingId: string) => {
    const [row] = await database.owner
      .select()
      .from(EventReviewRequest)
      .where(eq(EventReviewRequest.bookingId, bookingId));
    return row;
  };
  const reviewsOf = (bookingId: string) =>
    database.owner.select().from(CustomerReview).where(eq(CustomerReview.bookingId, bookingId));
  const setRequest = (requestId: string, set: object) =>
    database.owner.update(EventReviewRequest).set(set).where(eq(EventReviewRequest.id, requestId));
  const ago = (interval: string) => sql`now() - ${interval}::interval`;
  const submitted = async (station: StationOfTest, stars: number, text = 'The rice was cold, and nobody came.') => {
    const link = await newLink(database, station);
    const { answer } = await verbs.submitEventReview(outside, { token: link.token, stars, text });
    return { ...link, ...answer };
  };
  const escalationsOf = (reviewId: string) =>
    database.owner.select().from(ReviewEscalation).where(eq(ReviewEscalation.reviewId, reviewId));
  const openAt = async (station: StationOfTest, input?: verbs.ListOpenReviewEscalationsInput) =>
    station.run((tx) => verbs.listOpenReviewEscalations(tx, input));

  test('the request, the reminder and the review of an event', async () => {
    const { bookingId, customerId } = here;
    await setHoursAgo(database, bookingId, 24);
    expect(await verbs.requestEventReviews(outside)).toEqual({ requested: 1 });
    expect(await verbs.requestEventReviews(outside)).toEqual({ requested: 0 });
    expect(await requestOf(bookingId)).toMatchObject({ customerId, stationId: here.stationId, tokenHash: null });

    const [first, ...others] = await verbs.claimReviewRequests(outside);
    expect(others).toEqual([]);
    if (!first) throw new Error('nothing was claimed');
    const { token } = first.notification.content;
    expect(token).toMatch(/^[\w-]{24}$/);
    expect(first.notification).toMatchObject({
      kind: 'event-review-request',
      to: { customerId, name: 'Ada', email: `${customerId}@example.com`, phone: '+15550100' },
      content: { stationId: here.stationId, stationName: 'Springfield' },
    });
    const claimed = await requestOf(bookingId);
    expect(first.notification.content.eventDate).toBeInstanceOf(Date);
    expect(first.leaseUntil).toEqual(claimed?.leaseUntil);
    expect(claimed?.tokenHash).toBe(createHash('sha256').update(token).digest('hex'));
    expect(JSON.stringify(claimed)).not.toContain(token);
    expect(await verbs.claimReviewRequests(outside)).toEqual([]);

    // It fails, and is claimed again once its time has come: with a new link.
    const { requestId, leaseToken } = first;
    const failure = { requestId, leaseToken, failure: 'the provider answered 503' };
    const failed = await verbs.markReviewRequestFailed(outside, failure);
    expect(failed).toMatchObject({ sentAt: null, failedAt: null });
    expect((failed.leaseUntil as Date).getTime() - Date.now()).toBeGreaterThan(4 * 60_000);
    expect(await verbs.markReviewRequestFailed(outside, failure)).toEqual(failed);
    expect(await thrownBy(verbs.markReviewRequestSent(outside, { requestId, leaseToken }))).toBeInstanceOf(Conflict);
    expect(await verbs.claimReviewRequests(outside)).toEqual([]);
    await setRequest(requestId, { leaseUntil: ago('1 second') });
    const [second] = await verbs.claimReviewRequests(outside);
    if (!second) throw new Error('nothing was claimed again');
    expect(await thrownBy(verbs.getEventReviewRequest(outside, { token }))).toBeInstanceOf(NotFound);
    expect(await thrownBy(verbs.markReviewRequestSent(outside, { requestId, leaseToken }))).toBeInstanceOf(Conflict);
    const late = { ...failure, failure: 'busy' };
    expect(await thrownBy(verbs.markReviewRequestFailed(outside, late))).toBeInstanceOf(Conflict);
    const report = { requestId, leaseToken: second.leaseToken, messageId: 'SM1' };
    const sent = await verbs.markReviewRequestSent(outside, report);
    expect(sent).toMatchObject({ sentAt: expect.any(Date), remindedAt: null, leaseUntil: null });
    expect(await verbs.markReviewRequestSent(outside, report)).toEqual(sent);
    expect(
      await thrownBy(verbs.markReviewRequestFailed(outside, { ...failure, leaseToken: second.leaseToken })),
    ).toBeInstanceOf(Conflict);
    expect(await requestOf(bookingId)).toMatchObject({ messageId: 'SM1', attempts: 0, sentAt: sent.sentAt });
    expect(await verbs.claimReviewRequests(outside)).toEqual([]);

    expect(await verbs.claimReviewReminders(outside)).toEqual([]);
    await setRequest(requestId, { sentAt: ago('71 hours 59 minutes') });
    expect(await verbs.claimReviewReminders(outside)).toEqual([]);
    await setRequest(requestId, { sentAt: ago('3 days') });
    const [reminder] = await verbs.claimReviewReminders(outside, { leaseSeconds: 10 });
    if (!reminder) throw new Error('no reminder was claimed');
    expect(reminder.notification.kind).toBe('event-review-reminder');
    expect(await verbs.claimReviewReminders(outside)).toEqual([]);
    const reminded = await verbs.markReviewRequestSent(outside, { requestId, leaseToken: reminder.leaseToken });
    expect(reminded).toMatchObject({ sentAt: expect.any(Date), remindedAt: expect.any(Date) });
    await setRequest(requestId, { leaseUntil: null });
    expect(await verbs.claimReviewReminders(outside)).toEqual([]);

    // Both links open it.
    const tokens = [second.notification.content.token, reminder.notification.content.token];
    for (const each of tokens) {
      expect(await verbs.getEventReviewRequest(outside, { token: each })).toEqual({
        firstName: 'Ada',
        stationName: 'Springfield',
        eventDate: reminder.notification.content.eventDate,
        textRequiredUpTo: 3,
        review: undefined,
        couponCode: undefined,
      });
    }
    const [requestToken = '', reminderToken = ''] = tokens;
    const silent = await thrownBy(verbs.submitEventReview(outside, { token: requestToken, stars: 3, text: '  ' }));
    expect(silent).toBeInstanceOf(InvalidInput);
    expect(silent).toMatchObject({ object: 'text' });
    const text = 'The rice was cold.';
    const { answer, notifications } = await verbs.submitEventReview(outside, { token: requestToken, stars: 2, text });
    expect(answer).toEqual({ reviewId: expect.any(String), stars: 2, submittedAt: expect.any(Date), links });
    const { reviewId } = answer;
    expect(notifications).toEqual([
      {
        kind: 'event-review-submitted',
        to: { stationId: here.stationId },
        content: { reviewId, stars: 2, priority: 'medium' },
      },
    ]);
    expect(await verbs.submitEventReview(outside, { token: reminderToken, stars: 5 })).toEqual({
      answer,
      notifications: [],
    });
    const [review, ...more] = await reviewsOf(bookingId);
    expect(more).toEqual([]);
    expect(review).toMatchObject({ id: reviewId, customerId, rating: 2, reviewText: text, status: 'pending' });
    expect(await requestOf(bookingId)).toMatchObject({ reviewId });

    await database.owner.insert(DiscountCoupon).values({
      code: 'SORRY234',
      discountPercentage: 10,
      validFrom: new Date(),
      validUntil: new Date(Date.now() + 1e9),
      reviewId,
    });
    expect(await verbs.getEventReviewRequest(outside, { token: requestToken })).toMatchObject({
      review: answer,
      couponCode: 'SORRY234',
    });
  });

  test('a request is made of completed bookings in the window that have no review', async () => {
    const add = async (hours: number, set: object = {}) => {
      const { bookingId } = await database.newCustomer(here.stationId);
      await setHoursAgo(database, bookingId, hours);
      if (Object.keys(set).length > 0) await database.owner.update(Booking).set(set).where(eq(Booking.id, bookingId));
      return bookingId;
    };
    // What other tests left.
    await verbs.requestEventReviews(outside, { minHoursAgo: 0, maxHoursAgo: 48 });
    await verbs.claimReviewRequests(outside, { limit: 100 });
    const [early, late, atTheStart, atTheEnd] = [await add(22.9), await add(25.1), await add(24.9), await add(23.1)];
    const cancelled = await add(24, { status: 'cancelled' });
    const reviewed = await add(24);
    await database.owner.insert(CustomerReview).values({ bookingId: reviewed, rating: 5 });
    expect(await verbs.requestEventReviews(outside)).toEqual({ requested: 2 });
    for (const id of [early, late, cancelled, reviewed]) expect(await requestOf(id)).toBeUndefined();
    expect(await verbs.requestEventReviews(outside, { minHoursAgo: 0, maxHoursAgo: 48 })).toEqual({ requested: 2 });
    expect(await requestOf(cancelled)).toBeUndefined();

    // What came between the request and the claim: a cancellation, a review by a service that is not moved, 90 days.
    await database.owner.update(Booking).set({ status: 'cancelled' }).where(eq(Booking.id, early));
    await database.owner.insert(CustomerReview).values({ bookingId: late, rating: 4 });
    const old = await requestOf(atTheStart);
    await setRequest(old?.id as string, { createdAt: ago('91 days') });
    const claimed = await verbs.claimReviewRequests(outside, { limit: 100 });
    expect(claimed.map(({ requestId }) => requestId)).toEqual([(await requestOf(atTheEnd))?.id]);
  });

  test('a message is given up after five claims', async () => {
    const link = await newLink(database, here);
    let { leaseToken } = link;
    const { requestId } = link;
    for (let attempt = 1; attempt <= 5; attempt++) {
      const report = await verbs.markReviewRequestFailed(outside, { requestId, leaseToken, failure: 'busy' });
      expect(report.failedAt === null).toBe(attempt < 5);
      if (report.leaseUntil) await setRequest(requestId, { leaseUntil: ago('1 second') });
      const [again] = await verbs.claimReviewRequests(outside);
      expect(again === undefined).toBe(attempt === 5);
      if (again) ({ leaseToken } = again);
    }
    // A worker that never reports gets no more than that either.
    const silent = await newLink(database, here);
    await setRequest(silent.requestId, { attempts: 5, leaseUntil: ago('1 second') });
    expect(await verbs.claimReviewRequests(outside)).toEqual([]);
  });

  test('a token that is wrong, malformed, expired or replaced is not found, and which is not told', async () => {
    const { requestId, token } = await newLink(database, here);
    await setRequest(requestId, { createdAt: ago('90 days') });
    const tokens = [token, `${token.slice(0, -1)}_`, '', 'x', "' OR true --", '\0', '\ud800', 'a'.repeat(1e6)];
    for (const run of [
      (token: string) => verbs.getEventReviewRequest(outside, { token }),
      (token: string) => verbs.submitEventReview(outside, { token, stars: 5 }),
    ]) {
      const errors = await Promise.all(tokens.map((each) => thrownBy(run(each))));
      for (const error of errors) expect(error).toBeInstanceOf(NotFound);
      expect(new Set(errors.map(({ message }) => message)).size).toBe(1);
      expect(new Set(errors.map((error) => JSON.stringify(error))).size).toBe(1);
      expect(errors[0]?.message).not.toContain(token);
    }
    await setRequest(requestId, { createdAt: ago('89 days') });
    expect(await verbs.getEventReviewRequest(outside, { token })).toMatchObject({ firstName: 'Ada' });
  });

  test.each([
    [1, 'high'],
    [2, 'medium'],
    [3, 'low'],
    [4, undefined],
    [5, undefined],
  ])('%i stars: every rating is answered with the links, and escalated as %s', async (stars, priority) => {
    const { token } = await newLink(database, here);
    const { answer, notifications } = await verbs.submitEventReview(outside, {
      token,
      stars,
      text: `${'é'.repeat(250)}`,
    });
    expect(answer.links).toEqual(links);
    expect(notifications[0]?.content.priority).toBe(priority);
    const escalations = await escalationsOf(answer.reviewId);
    expect(escalations.map((each) => [each.stationId, each.priority, each.reason])).toEqual(
      priority ? [[here.stationId, priority, 'é'.repeat(200)]] : [],
    );
  });

  test('the settings of the station decide what asks for a text and what is escalated; settings that are not valid do not', async () => {
    const set = (reviews: object) =>
      database.owner
        .update(Station)
        .set({ settings: { reviews } as never })
        .where(eq(Station.id, elsewhere.stationId));
    await set({ thresholds: { textRequiredUpTo: 0, escalateUpTo: 1 } });
    const two = await submitted(elsewhere, 2, '');
    expect(two.links).toEqual({});
    expect(await escalationsOf(two.reviewId)).toEqual([]);
    const one = await submitted(elsewhere, 1, '');
    expect(await escalationsOf(one.reviewId)).toMatchObject([{ priority: 'high', reason: '1 star' }]);
    await set({ links: { google: 'javascript:alert(1)' } });
    expect(await submitted(elsewhere, 5, '')).toMatchObject({ stars: 5, links: {} });
  });

  test('a review that a service wrote without the request is that of the request', async () => {
    const { token, bookingId } = await newLink(database, here);
    const [written] = await database.owner.insert(CustomerReview).values({ bookingId, rating: 4 }).returning();
    const { answer, notifications } = await verbs.submitEventReview(outside, { token, stars: 5 });
    expect(answer).toMatchObject({ reviewId: written?.id, stars: 4 });
    expect(notifications).toEqual([]);
    expect(await reviewsOf(bookingId)).toHaveLength(1);
  });

  test('moderation: steps, notes, and who took them', async () => {
    const { reviewId } = await submitted(here, 2);
    const moderate = (input: Omit<verbs.ModerateEventReviewInput, 'reviewId'>, station = here) =>
      station.run((tx) => verbs.moderateEventReview(tx, { reviewId, ...input }));
    expect(await thrownBy(moderate({ status: 'approved' }, elsewhere))).toBeInstanceOf(NotFound);
    expect(await thrownBy(moderate({ status: 'rejected' }))).toMatchObject({ code: 'invalid-input', object: 'notes' });
    const approved = await moderate({ status: 'approved' });
    expect(approved).toMatchObject({ status: 'approved', moderatedById: here.userId, moderatedAt: expect.any(Date) });
    expect(approved).toMatchObject({ rating: 2, reviewText: 'The rice was cold, and nobody came.' });
    expect(await moderate({ status: 'approved' })).toEqual(approved);
    const refused = await thrownBy(moderate({ status: 'rejected', notes: 'Names a guest.' }));
    expect(refused).toBeInstanceOf(Conflict);
    expect(refused).toMatchObject({ object: 'reviewId', found: 'a review that is approved' });

    const feature = (isFeatured?: boolean) => here.run((tx) => verbs.featureEventReview(tx, { reviewId, isFeatured }));
    const featured = await feature();
    expect(featured).toMatchObject({ isFeatured: true });
    expect(await feature(true)).toEqual(featured);
    expect(await moderate({ status: 'flagged', notes: 'Names a guest.' })).toMatchObject({ isFeatured: false });
    expect(await thrownBy(feature())).toBeInstanceOf(Conflict);
    expect(await feature(false)).toMatchObject({ isFeatured: false });
    const rejected = await moderate({ status: 'rejected', notes: 'Names a guest, who asked for it.' });
    expect(rejected).toMatchObject({ status: 'rejected', moderationNotes: 'Names a guest, who asked for it.' });
    expect(await thrownBy(moderate({ status: 'approved' }))).toBeInstanceOf(Conflict);
    expect(await thrownBy(elsewhere.run((tx) => verbs.featureEventReview(tx, { reviewId })))).toBeInstanceOf(NotFound);
  });

  test('a review elsewhere is recorded once for each site', async () => {
    const { reviewId } = await submitted(here, 5);
    const record = (input: Omit<verbs.RecordReviewedElsewhereInput, 'reviewId'>, station = here) =>
      station.run((tx) => verbs.recordReviewedElsewhere(tx, { reviewId, ...input }));
    const at = new Date(Date.now() - 3_600_000);
    expect(await thrownBy(record({ site: 'google', at: new Date(Date.now() + 1e8) }))).toMatchObject({ object: 'at' });
    expect(await record({ site: 'google', at })).toMatchObject({ reviewedOnGoogleAt: at, reviewedOnYelpAt: null });
    expect(await record({ site: 'google' })).toMatchObject({ reviewedOnGoogleAt: at });
    const both = await record({ site: 'yelp' });
    expect(both).toMatchObject({ reviewedOnGoogleAt: at, reviewedOnYelpAt: expect.any(Date) });
    expect(await thrownBy(record({ site: 'yelp' }, elsewhere))).toBeInstanceOf(NotFound);
  });

  test('escalations are opened, assigned, resolved with all of their review, and opened again', async () => {
    const { reviewId } = await submitted(here, 3);
    const reason = 'The customer called twice.';
    const escalate = (station = here) =>
      station.run((tx) => verbs.escalateEventReview(tx, { reviewId, reason, priority: 'high' }));
    expect(await thrownBy(escalate(elsewhere))).toBeInstanceOf(NotFound);
    const { escalation, notifications } = await escalate();
    expect(escalation).toMatchObject({ source: 'event', reviewId, reason, priority: 'high', isResolved: false });
    const { escalationId } = escalation;
    expect(notifications).toEqual([
      {
        kind: 'event-review-escalated',
        to: { stationId: here.stationId },
        content: { escalationId, reviewId, stars: 3, priority: 'high', reason },
      },
    ]);
    expect(await escalate()).toEqual({ escalation, notifications: [] });
    expect(await escalationsOf(reviewId)).toHaveLength(2);

    const assign = (assigneeId: string, station = here) =>
      station.run((tx) => verbs.assignReviewEscalation(tx, { escalationId, assigneeId }));
    expect(await thrownBy(assign(elsewhere.userId))).toMatchObject({ code: 'not-found', object: 'assigneeId' });
    expect(await thrownBy(assign(elsewhere.userId, elsewhere))).toMatchObject({ object: 'escalationId' });
    const left = await newStationUser(database.owner, here.stationId, { isActive: false });
    expect(await thrownBy(assign(left))).toBeInstanceOf(NotFound);
    // An assignment without a date in TypeScript is over, as it is for withStation.
    const endless = await newStationUser(database.owner, here.stationId);
    await database.owner.update(StationUser).set({ expiresAt: sql`'infinity'` }).where(eq(StationUser.userId, endless));
    expect(await thrownBy(assign(endless))).toBeInstanceOf(NotFound);
    expect(await assign(here.userId)).toMatchObject({ assignedToId: here.userId });
    const colleague = await newStationUser(database.owner, here.stationId, { role: 'customer_support' });
    const assigned = await assign(colleague);
    expect(assigned).toMatchObject({ assignedToId: colleague });
    const [row] = await escalationsOf(reviewId);
    expect(await assign(colleague)).toEqual(assigned);
    expect((await escalationsOf(reviewId))[0]).toEqual(row);

    const resolve = (notes: string, station = here) =>
      station.run((tx) => verbs.resolveReviewEscalation(tx, { escalationId, notes }));
    const reopen = (station = here) => station.run((tx) => verbs.reopenReviewEscalation(tx, { escalationId }));
    expect(await thrownBy(resolve('Called.', elsewhere))).toBeInstanceOf(NotFound);
    const resolved = await resolve('Called.');
    expect(resolved).toMatchObject({ isResolved: true, resolvedById: here.userId, resolutionNotes: 'Called.' });
    expect(await resolve('Called.')).toEqual(resolved);
    expect(await thrownBy(resolve('Wrote.'))).toBeInstanceOf(Conflict);
    expect(await thrownBy(assign(here.userId))).toBeInstanceOf(Conflict);
    for (const each of await escalationsOf(reviewId)) {
      expect(each).toMatchObject({ isResolved: true, resolvedById: here.userId, resolvedAt: resolved.resolvedAt });
    }
    expect(await thrownBy(reopen(elsewhere))).toBeInstanceOf(NotFound);
    const reopened = await reopen();
    expect(reopened).toMatchObject({
      isResolved: false,
      resolvedAt: null,
      resolvedById: null,
      assignedToId: colleague,
    });
    const rows = await escalationsOf(reviewId);
    expect(await reopen()).toEqual(reopened);
    expect(await escalationsOf(reviewId)).toEqual(rows);
    expect((await escalationsOf(reviewId)).map(({ isResolved }) => isResolved).sort()).toEqual([false, true]);
    expect(await resolve('Wrote.')).toMatchObject({ isResolved: true, resolutionNotes: 'Called.\nWrote.' });
    expect(await resolve('Wrote.')).toMatchObject({ resolutionNotes: 'Called.\nWrote.' });
    expect(await thrownBy(resolve('Called.'))).toBeInstanceOf(Conflict);
  });

  test('open escalations of events and of other sites are one list, read a page at a time', async () => {
    const { owner } = database;
    const station = elsewhere;
    await owner.delete(ReviewEscalation);
    await owner.delete(ExternalReview);
    const reviews = [await submitted(station, 1), await submitted(station, 1), await submitted(here, 1)];
    const external = (set: object) =>
      owner
        .insert(ExternalReview)
        .values({
          source: 'google',
          location: 'locations/1',
          externalId: randomUUID(),
          stationId: station.stationId,
          stars: 2,
          commentOriginal: 'Kalt.',
          escalatedAt: sql`now()`,
          escalationPriority: 'medium',
          escalationReason: '2 stars',
          ...set,
        } as never)
        .returning({ id: ExternalReview.id });
    const [open] = await external({});
    const [done] = await external({ resolvedAt: new Date() });
    const [quiet] = await external({ escalatedAt: null });
    await external({ stationId: here.stationId });
    // A service that is not moved names no station.
    const [byHand] = reviews;
    await owner.insert(ReviewEscalation).values({ reviewId: byHand?.reviewId as string, reason: 'by hand' });
    const newest = await openAt(station);
    expect(newest.items.map((each) => [each.source, each.reviewId])).toEqual([
      ['event', byHand?.reviewId],
      ['google', open?.id],
      ['event', reviews[1]?.reviewId],
      ['event', reviews[0]?.reviewId],
    ]);
    expect(newest.nextCursor).toBeUndefined();
    expect(newest.items[0]).toMatchObject({ reason: 'by hand', priority: 'medium' });
    expect(newest.items[1]).toMatchObject({ escalationId: open?.id, stars: 2, text: 'Kalt.', bookingId: null });
    expect(newest.items[1]?.openedAt).toBeInstanceOf(Date);
    const { customerId, bookingId } = reviews[1] as { customerId: string; bookingId: string };
    expect(newest.items[2]).toMatchObject({ stars: 1, customerId, bookingId, openedAt: expect.any(Date) });
    const userId = await newUser(owner, { isSuperAdmin: true });
    const service = drizzle({ client: database.database.service({ max: 1 }) });
    const everywhere = await withEveryStation(service, { userId }, (tx) => verbs.listOpenReviewEscalations(tx));
    expect(everywhere.items).toEqual(expect.arrayContaining([...newest.items]));
    expect(everywhere.items).toHaveLength(newest.items.length + 2);

    for (const order of ['newest', 'oldest'] as const) {
      const read: verbs.OpenReviewEscalation[] = [];
      for (let cursor: string | undefined, done = false; !done; done = cursor === undefined) {
        const page: Awaited<ReturnType<typeof openAt>> = await openAt(station, { order, limit: 1, cursor });
        read.push(...page.items);
        cursor = page.nextCursor;
      }
      expect(read).toEqual(order === 'newest' ? newest.items : newest.items.toReversed());
    }

    const assign = (escalationId = '') =>
      station.run((tx) => verbs.assignReviewEscalation(tx, { escalationId, assigneeId: station.userId }));
    const resolve = (escalationId = '') =>
      station.run((tx) => verbs.resolveReviewEscalation(tx, { escalationId, notes: 'Done.' }));
    const reopen = (escalationId = '') => station.run((tx) => verbs.reopenReviewEscalation(tx, { escalationId }));
    for (const call of [assign, resolve, reopen]) expect(await thrownBy(call(quiet?.id))).toBeInstanceOf(NotFound);
    for (const call of [assign, resolve]) expect(await thrownBy(call(done?.id))).toBeInstanceOf(Conflict);
    await owner
      .update(ExternalReview)
      .set({ resolvedAt: sql`now()` })
      .where(eq(ExternalReview.id, quiet?.id ?? ''));
    expect(await thrownBy(reopen(quiet?.id))).toBeInstanceOf(NotFound);

    const escalationId = open?.id as string;
    const run = <Result>(verb: (tx: PostgresDatabase) => Promise<Result>) => station.run(verb);
    const assigned = await run((tx) => verbs.assignReviewEscalation(tx, { escalationId, assigneeId: station.userId }));
    expect(assigned).toMatchObject({ source: 'google', reviewId: escalationId, assignedToId: station.userId });
    const input = { escalationId, notes: 'Replied there.' };
    expect(await thrownBy(here.run((tx) => verbs.resolveReviewEscalation(tx, input)))).toBeInstanceOf(NotFound);
    const resolved = await run((tx) => verbs.resolveReviewEscalation(tx, input));
    expect(resolved).toMatchObject({ isResolved: true, resolvedById: station.userId });
    expect(await run((tx) => verbs.resolveReviewEscalation(tx, input))).toEqual(resolved);
    expect((await openAt(station)).items).toHaveLength(3);
    expect(await run((tx) => verbs.reopenReviewEscalation(tx, { escalationId }))).toMatchObject({ isResolved: false });
    expect((await openAt(station)).items).toHaveLength(4);
  });

  test('who may only read is told so, and changes nothing', async () => {
    const { owner } = database;
    const { reviewId } = await submitted(here, 2);
    const [escalation] = await escalationsOf(reviewId);
    const external = {
      source: 'google',
      location: 'locations/1',
      stationId: here.stationId,
      escalatedAt: new Date(),
    } as const;
    const [other] = await owner
      .insert(ExternalReview)
      .values({ ...external, externalId: randomUUID() })
      .returning({ id: ExternalReview.id });
    const { userId, stationId } = here;
    const permissions: StationPermission[] = ['customer.read', 'booking.read', 'station.read'];
    const { token } = await issueStationToken(owner, { stationId, userId, issuerId: userId, permissions });
    const service = drizzle({ client: database.database.service({ max: 1 }) });
    const rows = async () => [
      await reviewsOf(here.bookingId),
      await escalationsOf(reviewId),
      await owner.select().from(ExternalReview),
    ];
    const before = await rows();
    const ofReview: ((tx: PostgresDatabase) => Promise<unknown>)[] = [
      (tx) => verbs.moderateEventReview(tx, { reviewId, status: 'approved' }),
      (tx) => verbs.featureEventReview(tx, { reviewId, isFeatured: false }),
      (tx) => verbs.recordReviewedElsewhere(tx, { reviewId, site: 'yelp' }),
      (tx) => verbs.escalateEventReview(tx, { reviewId, reason: 'The customer called.' }),
    ];
    const ofEscalation = [escalation?.id, other?.id].flatMap((escalationId = ''): typeof ofReview => [
      (tx) => verbs.assignReviewEscalation(tx, { escalationId, assigneeId: userId }),
      (tx) => verbs.resolveReviewEscalation(tx, { escalationId, notes: 'Done.' }),
      (tx) => verbs.reopenReviewEscalation(tx, { escalationId }),
    ]);
    for (const [object, calls] of Object.entries({ reviewId: ofReview, escalationId: ofEscalation })) {
      for (const call of calls) {
        const error = await thrownBy(withStation(service, { token, stationId }, call));
        expect(error, String(call)).toMatchObject({ name: 'NotPermitted', code: 'not-permitted', object });
      }
    }
    expect(await rows()).toEqual(before);
  });

  test('in the context of every station an escalation is of the station of its review', async () => {
    const { reviewId } = await submitted(elsewhere, 5);
    const userId = await newUser(database.owner, { isSuperAdmin: true });
    const service = drizzle({ client: database.database.service({ max: 1 }) });
    const { notifications } = await withEveryStation(service, { userId }, (tx) =>
      verbs.escalateEventReview(tx, { reviewId, reason: 'The customer called.' }),
    );
    expect(notifications).toMatchObject([{ to: { stationId: elsewhere.stationId } }]);
    expect(await escalationsOf(reviewId)).toMatchObject([{ stationId: elsewhere.stationId }]);
  });

  test('figures show approval by stars', async () => {
    const { owner } = database;
    await owner.delete(CustomerReview);
    await owner.delete(EventReviewRequest);
    await owner.update(Booking).set({ eventDate: sql`now() - interval '1 year'` });
    const stats = (input?: verbs.GetEventReviewStatsInput) => here.run((tx) => verbs.getEventReviewStats(tx, input));
    expect(await stats()).toMatchObject({ total: 0, averageStars: 0, approvalRate: 0 });
    await submitted(elsewhere, 5);
    const [first, second, third, fourth] = [
      await submitted(here, 5),
      await submitted(here, 1),
      await submitted(here, 1),
      await submitted(here, 4),
    ];
    await newLink(database, here);
    const moderate = (reviewId: string, status: 'approved' | 'rejected') =>
      here.run((tx) => verbs.moderateEventReview(tx, { reviewId, status, notes: 'Read.' }));
    await moderate(first.reviewId, 'approved');
    await moderate(second.reviewId, 'approved');
    await moderate(third.reviewId, 'rejected');
    await here.run((tx) => verbs.featureEventReview(tx, { reviewId: first.reviewId }));
    await here.run((tx) => verbs.recordReviewedElsewhere(tx, { reviewId: fourth.reviewId, site: 'yelp' }));
    await setRequest(fourth.requestId, { sentAt: ago('90 minutes') });
    expect(await stats()).toEqual({
      total: 4,
      pending: 1,
      approved: 2,
      rejected: 1,
      flagged: 0,
      approvalRate: 66.67,
      averageStars: 2.75,
      byStars: [
        { stars: 1, total: 2, pending: 0, approved: 1, rejected: 1, flagged: 0, approvalRate: 50 },
        { stars: 2, total: 0, pending: 0, approved: 0, rejected: 0, flagged: 0, approvalRate: 0 },
        { stars: 3, total: 0, pending: 0, approved: 0, rejected: 0, flagged: 0, approvalRate: 0 },
        { stars: 4, total: 1, pending: 1, approved: 0, rejected: 0, flagged: 0, approvalRate: 0 },
        { stars: 5, total: 1, pending: 0, approved: 1, rejected: 0, flagged: 0, approvalRate: 100 },
      ],
      featured: 1,
      reviewedOnGoogle: 0,
      reviewedOnYelp: 1,
      escalated: 2,
      openlyEscalated: 2,
      withCoupon: 0,
      requests: { total: 5, sent: 1, reminded: 0, reviewed: 4, failed: 0, averageHoursToReview: 1.5 },
    });
    expect(await stats({ from: new Date(Date.now() + 1e8) })).toMatchObject({ total: 0, requests: { total: 0 } });
    expect(await stats({ to: new Date(Date.now() + 1e8) })).toMatchObject({ total: 4, requests: { total: 5 } });
  });

  test('each public and worker operation needs its grants, and no others', async () => {
    const link = await newLink(database, here);
    const { requestId, leaseToken, token } = link;
    await expectOwnGrantsToDo(database, 'feedback_marketing/event-reviews', {
      requestEventReviews: (db) => verbs.requestEventReviews(db),
      claimReviewRequests: (db) => verbs.claimReviewRequests(db),
      claimReviewReminders: (db) => verbs.claimReviewReminders(db),
      markReviewRequestSent: (db) => verbs.markReviewRequestSent(db, { requestId, leaseToken }),
      markReviewRequestFailed: (db) => verbs.markReviewRequestFailed(db, { requestId, leaseToken, failure: 'x' }),
      submitEventReview: (db) => verbs.submitEventReview(db, { token, stars: 1, text: 'Cold.' }),
      getEventReviewRequest: (db) => verbs.getEventReviewRequest(db, { token }),
    });
  });

  test('statements that must fail: rows twice, negative counts, and requests that a station writes', async () => {
    const { owner } = database;
    const [first, second] = [await newLink(database, here), await newLink(database, here)];
    const { answer } = await verbs.submitEventReview(outside, { token: first.token, stars: 5 });
    const row = await requestOf(first.bookingId);
    await setRequest(first.requestId, { reminderTokenHash: 'reminder' });
    for (const [set, constraint] of [
      [{ tokenHash: row?.tokenHash }, 'event_review_requests_token_hash_key'],
      [{ reminderTokenHash: 'reminder' }, 'event_review_requests_reminder_token_hash_key'],
      [{ reviewId: answer.reviewId }, 'event_review_requests_review_id_key'],
      [{ bookingId: first.bookingId }, 'event_review_requests_booking_id_key'],
      [{ attempts: -1 }, 'event_review_requests_attempts_check'],
    ] as const) {
      expect(await thrownBy(setRequest(second.requestId, set))).toMatchObject({ cause: { constraint } });
    }
    const { bookingId } = await database.newCustomer(here.stationId);
    for (const write of [
      (tx: PostgresDatabase) => tx.insert(EventReviewRequest).values({ bookingId, stationId: here.stationId }),
      (tx: PostgresDatabase) => tx.update(EventReviewRequest).set({ sentAt: new Date() }),
      (tx: PostgresDatabase) => tx.delete(EventReviewRequest),
    ]) {
      // Without the right on the table.
      expect(await thrownBy(here.run(async (tx) => write(tx)))).toMatchObject({ cause: { code: '42501' } });
    }
    expect(await here.run((tx) => tx.$count(EventReviewRequest))).toBeGreaterThan(0);
    expect(await owner.$count(EventReviewRequest, eq(EventReviewRequest.bookingId, bookingId))).toBe(0);
  });

  describe('outside of a station', () => {
    const reviewId = randomUUID();
    const escalationId = randomUUID();
    const calls: Readonly<Record<string, (db: PostgresDatabase) => Promise<unknown>>> = {
      moderate: (db) => verbs.moderateEventReview(db, { reviewId, status: 'approved' }),
      feature: (db) => verbs.featureEventReview(db, { reviewId }),
      record: (db) => verbs.recordReviewedElsewhere(db, { reviewId, site: 'yelp' }),
      escalate: (db) => verbs.escalateEventReview(db, { reviewId, reason: 'a'.repeat(10) }),
      assign: (db) => verbs.assignReviewEscalation(db, { escalationId, assigneeId: reviewId }),
      resolve: (db) => verbs.resolveReviewEscalation(db, { escalationId, notes: 'x' }),
      reopen: (db) => verbs.reopenReviewEscalation(db, { escalationId }),
      list: (db) => verbs.listOpenReviewEscalations(db),
      stats: (db) => verbs.getEventReviewStats(db),
    };
    test('station operations say what is missing', async () => {
      for (const [name, call] of Object.entries(calls)) {
        expect(await thrownBy(call(database.owner)), name).toBeInstanceOf(NotSetUp);
      }
    });
  });

  test('going back to the baseline and forward again leaves all of it', async () => {
    const { database: server, owner } = database;
    const { token, reviewId } = await submitted(here, 1);
    const open = await openAt(here);
    expect(open.items.length).toBeGreaterThan(0);
    for (const statement of [...createRecordStatements, ...readMigrations().map(recordStatement)]) {
      await server.query(statement);
    }
    const connection = connectionTo(server);
    await revert(connection, { to: 'baseline' });
    const { rows } = await server.query(`SELECT rating FROM customer_reviews WHERE id = '${reviewId}'`);
    expect(rows).toEqual([{ rating: 1 }]);
    await migrate(connection);
    expect(await check(connection, { drizzleKit: false })).toMatchObject({ differs: [] });
    expect(await openAt(here)).toEqual(open);
    expect(await verbs.getEventReviewRequest(outside, { token })).toMatchObject({ review: { reviewId, stars: 1 } });
    expect(await submitted(here, 5)).toMatchObject({ stars: 5, links });
    // A service that is not moved writes a review through the old name, in any state, and its event is not asked about.
    const { bookingId } = await database.newCustomer(here.stationId);
    await setHoursAgo(database, bookingId, 24);
    await server.exec(
      `INSERT INTO customer_reviews (booking_id, rating, status) VALUES ('${bookingId}', 5, 'approved')`,
    );
    expect(await verbs.requestEventReviews(outside)).toEqual({ requested: 0 });
    expect((await here.run((tx) => verbs.getEventReviewStats(tx))).approved).toBeGreaterThan(0);
    const [user] = await owner.select().from(User).where(eq(User.id, here.userId));
    expect(user?.status).toBe('active');
  });
});
