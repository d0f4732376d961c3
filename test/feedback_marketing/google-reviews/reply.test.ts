import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type InStation, replyToGoogleReview } from '../../../src/feedback_marketing/google-reviews/index.ts';
import { ExternalReview } from '../../../src/feedback_marketing/index.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { type ApiReview, type Fault, newApiReview, refuse } from './google-server.ts';
import { openReviews, type ReviewsOfTest } from './reviews.ts';

eachOfFewMajors((major) => {
  let of: ReviewsOfTest;
  let review: ApiReview;
  let reviewId: string;
  beforeAll(async () => {
    of = await openReviews(major);
  });
  afterAll(() => of.close());
  beforeEach(async () => {
    await of.clear();
    review = newApiReview({ reviewReply: { comment: 'Thanks.', reviewReplyState: 'ACTIVE' } });
    of.google.reviews = [review];
    await of.sync();
    reviewId = (await of.rowOf(review.reviewId)).id;
  });

  const reply = (comment = 'Thank you.', inStation: InStation = of.db.here.run) =>
    replyToGoogleReview(inStation, { reviewId, comment, ...of.connection });
  const google = () => of.google;
  const row = () => of.rowOf(review.reviewId);
  /** As if all that is known of replies had been said an hour ago. */
  const settle = () =>
    of.db.database.exec(`UPDATE external_reviews SET reply_updated_at = reply_updated_at - interval '2 hours'`);
  const before = { replyText: 'Thanks.', replyState: 'active', replyViolation: null } as const;

  test.each<[string, Fault, string]>([
    ['refuses', (_, response) => refuse(response, 400, 'INVALID_ARGUMENT'), 'google-refused'],
    ['denies access', (_, response) => refuse(response, 403, 'PERMISSION_DENIED'), 'google-access-denied'],
    ['knows no such review', (_, response) => refuse(response, 404, 'NOT_FOUND'), 'google-not-found'],
    [
      'takes no more requests',
      (_, response) => refuse(response, 429, 'RESOURCE_EXHAUSTED', { 'retry-after': '86400' }),
      'google-quota-reached',
    ],
  ])('if Google %s, the former reply stands', async (_, fault, code) => {
    of.google.faults.push(fault);
    await expect(reply()).rejects.toMatchObject({ code });
    expect(await row()).toMatchObject(before);
  });

  test('if there is no token, the former reply stands', async () => {
    const accessToken = () => Promise.reject(new Error('revoked'));
    const input = { reviewId, comment: 'Thank you.', ...of.connection, accessToken };
    await expect(replyToGoogleReview(of.db.here.run, input)).rejects.toThrow('revoked');
    expect(await row()).toMatchObject(before);
  });

  const input = () => ({ reviewId, comment: 'Thank you.', ...of.connection, retry: { firstDelay: 1, budget: 30 } });

  test('if nobody knows whether it arrived, it is pending until Google says that it did not', async () => {
    of.google.faults.push(...Array.from({ length: 100 }, (): Fault => (request) => void request.socket.destroy()));
    await expect(replyToGoogleReview(of.db.here.run, input())).rejects.toMatchObject({ code: 'google-unavailable' });
    of.google.faults.length = 0;
    expect(await row()).toMatchObject({ replyText: 'Thank you.', replyState: 'pending' });
    // What Google shows may be from before it took the reply.
    await of.sync();
    expect(await row()).toMatchObject({ replyText: 'Thank you.', replyState: 'pending' });
    await settle();
    await of.sync();
    expect(await row()).toMatchObject(before);
  });

  test('if Google takes it and the answer is lost, it is pending until Google says what became of it', async () => {
    // The reply is taken, and the connection is cut instead of an answer; so it is from then on.
    of.google.faults.push(
      (request, response) => {
        response.end = () => {
          request.socket.destroy();
          return response;
        };
        return false;
      },
      ...Array.from({ length: 100 }, (): Fault => (request) => void request.socket.destroy()),
    );
    await expect(replyToGoogleReview(of.db.here.run, input())).rejects.toMatchObject({ code: 'google-unavailable' });
    of.google.faults.length = 0;
    expect(review.reviewReply).toMatchObject({ comment: 'Thank you.' });
    expect(await row()).toMatchObject({ replyText: 'Thank you.', replyState: 'pending' });
    Object.assign(review.reviewReply ?? {}, { reviewReplyState: 'REJECTED', policyViolation: 'SPAM' });
    await of.sync();
    expect(await row()).toMatchObject({ replyText: 'Thank you.', replyState: 'rejected', replyViolation: 'SPAM' });
  });

  test('if Google takes it and the database is gone, it is pending, and Google is asked', async () => {
    let transactions = 0;
    const failing: InStation = (operation) => {
      if (++transactions > 1) throw new Error('gone');
      return of.db.here.run(operation);
    };
    await expect(reply('Thank you.', failing)).rejects.toThrow('gone');
    expect(review.reviewReply).toMatchObject({ comment: 'Thank you.' });
    expect(await row()).toMatchObject({ replyText: 'Thank you.', replyState: 'pending' });
    Object.assign(review.reviewReply ?? {}, { reviewReplyState: 'ACTIVE' });
    await of.sync();
    expect(await row()).toMatchObject({ replyText: 'Thank you.', replyState: 'active' });
  });

  test('if the database refuses, Google is not asked', async () => {
    of.google.requests.length = 0;
    await expect(reply('Thank you.', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(of.google.requests).toEqual([]);
  });

  test('no transaction is open while Google answers', async () => {
    of.google.beforeReply = async () => {
      const { rows } = await of.db.database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
      );
      expect(rows).toEqual([]);
      await of.db.owner.update(ExternalReview).set({ resolutionNotes: 'free' }).where(eq(ExternalReview.id, reviewId));
    };
    await reply();
    expect(await row()).toMatchObject({ replyState: 'pending', resolutionNotes: 'free' });
  });

  test('a run meanwhile, which does not see it yet, does not take it away', async () => {
    of.google.beforeReply = async () => void (await of.sync({ full: true }));
    await reply();
    expect(await row()).toMatchObject({ replyText: 'Thank you.', replyState: 'pending' });
    expect(review.reviewReply).toMatchObject({ comment: 'Thank you.' });
  });

  describe('of two at once', () => {
    test('the row says no more than that Google has to be asked', async () => {
      google().replyState = 'ACTIVE';
      google().beforeReply = async () => {
        google().beforeReply = undefined;
        await reply('Second.');
      };
      await reply('First.');
      expect(await row()).toMatchObject({ replyText: 'Second.', replyState: 'pending' });
      await of.sync();
      expect(await row()).toMatchObject({ replyText: 'First.', replyState: 'active' });
    });

    test('the one that is refused takes nothing back from the other', async () => {
      google().faults.push((_, response) => {
        reply('Second.').finally(() => refuse(response, 400, 'INVALID_ARGUMENT'));
      });
      await expect(reply('First.')).rejects.toMatchObject({ code: 'google-refused' });
      expect(await row()).toMatchObject({ replyText: 'Second.', replyState: 'pending' });
    });
  });

  test('that Google publishes at once is active', async () => {
    google().replyState = 'ACTIVE';
    expect(await reply()).toMatchObject({ replyText: 'Thank you.', replyState: 'active' });
    expect(await row()).toMatchObject({ replyText: 'Thank you.', replyState: 'active' });
  });
});
