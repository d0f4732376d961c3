import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Booking } from '../../../src/core/index.ts';
import { Conflict } from '../../../src/errors.ts';
import * as verbs from '../../../src/feedback_marketing/event-reviews/index.ts';
import { CustomerReview, EventReviewRequest, ReviewEscalation } from '../../../src/feedback_marketing/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import type { OperationsDatabase, StationOfTest } from '../../support/operations.ts';
import { newLink, openEventReviews, setHoursAgo } from './support.ts';

const [connections, rounds] = thorough ? [32, 20] : [8, 3];

/** As many calls as there are connections, at once. */
const atOnce = <Result>(call: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: connections }, (_, index) => call(index)));

/** What calls gave that were not refused, and how many were. */
async function settled<Result>(calls: Promise<Result>[]): Promise<{ done: Result[]; refused: number }> {
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof Conflict)) throw outcome.reason;
  }
  const done = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  return { done, refused: outcomes.length - done.length };
}

eachOfFewMajors((major) => {
  let database: OperationsDatabase;
  let here: StationOfTest;
  beforeAll(async () => {
    database = await openEventReviews(major, connections);
    ({ here } = database);
    await database.owner.update(Booking).set({ eventDate: sql`now() - interval '1 year'` });
    // What another isolation level loses is not lost in each race, so the table says it with each write.
    await database.database.exec(`
      CREATE FUNCTION assert_read_committed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('transaction_isolation') <> 'read committed' THEN
          RAISE 'a write in %; expected read committed', current_setting('transaction_isolation');
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER assert_read_committed AFTER INSERT OR UPDATE ON event_review_requests
        FOR EACH STATEMENT EXECUTE FUNCTION assert_read_committed()`);
  });
  afterAll(() => database.close());
  const rounded = (name: string, round: () => Promise<void>) =>
    test(name, { timeout: 300_000 }, async () => {
      for (let n = 0; n < rounds; n++) await round();
    });
  const escalationsOf = (reviewId: string) =>
    database.owner.select().from(ReviewEscalation).where(eq(ReviewEscalation.reviewId, reviewId));
  const newReview = async (stars = 5) => {
    const { token } = await newLink(database, here);
    const { answer } = await verbs.submitEventReview(database.outside, { token, stars, text: 'The rice was cold.' });
    return answer.reviewId;
  };

  rounded('a booking gets one request, and each message goes to one worker', async () => {
    const { owner, outside } = database;
    await owner.delete(EventReviewRequest);
    await owner.update(Booking).set({ eventDate: sql`now() - interval '1 year'` });
    for (let n = 0; n < 5; n++) await setHoursAgo(database, (await database.newCustomer(here.stationId)).bookingId, 24);
    const made = await atOnce(() => verbs.requestEventReviews(outside));
    expect(made.reduce((sum, { requested }) => sum + requested, 0)).toBe(5);
    for (const claim of [verbs.claimReviewRequests, verbs.claimReviewReminders]) {
      const claims = (await atOnce(() => claim(outside, { limit: 3 }))).flat();
      const left = await claim(outside, { limit: 100 });
      const all = [...claims, ...left];
      expect(new Set(all.map(({ requestId }) => requestId)).size).toBe(5);
      expect(all).toHaveLength(5);
      expect(new Set(all.map(({ notification }) => notification.content.token)).size).toBe(5);
      // Each report is made by several, and counts once.
      for (const { requestId, leaseToken } of all) {
        const reports = await atOnce(() => verbs.markReviewRequestSent(outside, { requestId, leaseToken }));
        expect(new Set(reports.map((report) => JSON.stringify(report))).size).toBe(1);
      }
      await owner.update(EventReviewRequest).set({ sentAt: sql`now() - interval '4 days'` });
    }
    const rows = await owner.select().from(EventReviewRequest);
    expect(rows.map(({ attempts, remindedAt }) => [attempts, remindedAt instanceof Date])).toEqual(
      Array.from({ length: 5 }, () => [0, true]),
    );
  });

  rounded('of the reports that a message was sent and that it failed, one counts', async () => {
    const { requestId, leaseToken } = await newLink(database, here);
    const { done, refused } = await settled(
      Array.from({ length: connections }, (_, index) =>
        index % 2 === 0
          ? verbs.markReviewRequestSent(database.outside, { requestId, leaseToken })
          : verbs.markReviewRequestFailed(database.outside, { requestId, leaseToken, failure: 'busy' }),
      ),
    );
    expect(refused).toBe(connections / 2);
    expect(new Set(done.map((report) => JSON.stringify(report))).size).toBe(1);
  });

  rounded('a booking gets one review, one escalation and one notification, and all get the same answer', async () => {
    const { token, bookingId, requestId } = await newLink(database, here);
    const submitted = await atOnce((index) =>
      verbs.submitEventReview(database.outside, {
        token,
        stars: 1 + (index % 3),
        text: `This was not right: ${index}.`,
      }),
    );
    expect(new Set(submitted.map(({ answer }) => JSON.stringify(answer))).size).toBe(1);
    expect(submitted.filter(({ notifications }) => notifications.length > 0)).toHaveLength(1);
    const reviews = await database.owner.select().from(CustomerReview).where(eq(CustomerReview.bookingId, bookingId));
    expect(reviews).toMatchObject([{ id: submitted[0]?.answer.reviewId, rating: submitted[0]?.answer.stars }]);
    expect(await escalationsOf(reviews[0]?.id as string)).toHaveLength(1);
    const [request] = await database.owner
      .select()
      .from(EventReviewRequest)
      .where(eq(EventReviewRequest.id, requestId));
    expect(request?.reviewId).toBe(reviews[0]?.id);
  });

  rounded('of different decisions on a review, one is taken', async () => {
    const reviewId = await newReview();
    const { done, refused } = await settled(
      Array.from({ length: connections }, (_, index) =>
        here.run((tx) =>
          verbs.moderateEventReview(tx, {
            reviewId,
            status: index % 2 === 0 ? 'approved' : 'rejected',
            notes: `Read by ${index % 2}.`,
          }),
        ),
      ),
    );
    expect(refused).toBe(connections / 2);
    expect(new Set(done.map((review) => JSON.stringify(review))).size).toBe(1);
    const recorded = await atOnce(() =>
      here.run((tx) => verbs.recordReviewedElsewhere(tx, { reviewId, site: 'google' })),
    );
    expect(new Set(recorded.map((review) => review.reviewedOnGoogleAt?.getTime())).size).toBe(1);
  });

  rounded('an escalation is opened once, resolved once and opened again once', async () => {
    const reviewId = await newReview();
    const opened = await atOnce(() =>
      here.run((tx) => verbs.escalateEventReview(tx, { reviewId, reason: 'The customer called twice.' })),
    );
    expect(opened.filter(({ notifications }) => notifications.length > 0)).toHaveLength(1);
    expect(await escalationsOf(reviewId)).toHaveLength(1);
    const escalationId = opened[0]?.escalation.escalationId as string;
    const { done, refused } = await settled(
      Array.from({ length: connections }, (_, index) =>
        here.run((tx) => verbs.resolveReviewEscalation(tx, { escalationId, notes: `Done, says ${index % 2}.` })),
      ),
    );
    expect(refused).toBe(connections / 2);
    expect(new Set(done.map((each) => JSON.stringify(each))).size).toBe(1);
    const reopened = await atOnce(() => here.run((tx) => verbs.reopenReviewEscalation(tx, { escalationId })));
    expect(new Set(reopened.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(await escalationsOf(reviewId)).toMatchObject([
      { isResolved: false, resolutionNotes: expect.stringMatching(/^Done, says [01]\.$/) },
    ]);
  });
});
