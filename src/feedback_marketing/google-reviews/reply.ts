import type { PostgresDatabase } from '../../database.ts';
import { parseInput } from '../../input.ts';
import { openGoogleClient } from './client.ts';
import { ReplyToGoogleReviewInput } from './inputs.ts';
import type { ListedExternalReview } from './list.ts';
import { parseGoogleReply } from './parse.ts';
import { recordAnswer, recordIntent, takeIntentBack } from './reply-record.ts';

/** Runs an operation at a station, in a transaction that is committed when it returns: what `withStation` does. */
export type InStation = <Result>(operation: (tx: PostgresDatabase) => Promise<Result>) => Promise<Result>;

/**
 * Replies to a review on Google, in place of the reply that is there, and records it. The same reply again asks nobody.
 *
 * Google and the database cannot be changed at once, so the row says first that the reply is `pending`, and that is committed before Google is
 * asked; no transaction is open while it answers. If it refuses, the former reply is recorded again. If nobody knows whether the reply
 * arrived (no answer, or the database is gone afterwards), the row stays `pending`, and `syncGoogleReviews` asks Google what is so. `pending`
 * is also what Google itself says of a reply until it has approved it: a reply that was taken is not published yet.
 *
 * A station operation with `customer.update`, which begins its transactions itself.
 *
 * @param inStation Begins one; call it outside of others.
 * @returns the review, with the state of its reply.
 * @throws {InvalidInput} `invalid-input`, `google-refused`.
 * @throws {NotFound} `not-found`: the station has no such review; `google-not-found`: Google has not.
 * @throws {NotPermitted} `not-permitted`, if the user may not change reviews.
 * @throws {Conflict} `conflict`: the review is withdrawn.
 * @throws {LimitReached} `google-quota-reached`: `next` says when to try again.
 * @throws {NotSetUp} `google-unavailable`, `google-token-refused`, `google-access-denied`; `not-set-up`, outside of a station.
 * What `accessToken` throws, and the reason of `signal`.
 *
 * @example
 * export const reply = (reviewId: string, comment: string) =>
 *   replyToGoogleReview((operation) => withStation(db, { userId, stationId }, operation), {
 *     reviewId,
 *     comment,
 *     accessToken: async () => tokens.access_token,
 *   });
 */
export async function replyToGoogleReview(
  inStation: InStation,
  input: ReplyToGoogleReviewInput,
): Promise<ListedExternalReview> {
  const { reviewId, comment, ...connection } = parseInput(ReplyToGoogleReviewInput, input);
  const intent = await inStation((tx) => recordIntent(tx, reviewId, comment));
  if ('review' in intent) return intent.review;
  let mayHaveArrived = false;
  try {
    const answer = await openGoogleClient(connection).send({
      method: 'PUT',
      path: [...intent.location.split('/'), 'reviews', intent.externalId, 'reply'],
      body: { comment },
      onUnclear: () => {
        mayHaveArrived = true;
      },
    });
    const reply = parseGoogleReply(answer);
    mayHaveArrived = true;
    return await inStation((tx) => recordAnswer(tx, intent, reply));
  } catch (error) {
    if (!mayHaveArrived) await inStation((tx) => takeIntentBack(tx, intent));
    throw error;
  }
}
