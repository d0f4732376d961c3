import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { PostgresDatabase } from '../../../src/database.ts';
import { InvalidInput, NotFound } from '../../../src/errors.ts';
import * as verbs from '../../../src/feedback_marketing/event-reviews/index.ts';
import { checksumTables, listTables } from '../../../src/tools/database/checksum.ts';
import { eachOfFewMajors } from '../../support/databases.ts';
import { newLink, openEventReviews, thrownBy } from './support.ts';

const id = randomUUID();

type Verb = (db: PostgresDatabase, input: never) => Promise<unknown>;

/** What each field takes, and whether it may be left out. */
interface Field {
  readonly good: unknown;
  readonly bad: readonly unknown[];
  readonly optional?: true;
}
const long = 'a'.repeat(1_000_000);
const hostileTexts = ['a\0b'.padEnd(20, 'x'), 'lone surrogate \ud800', long];
const anId: Field = { good: id, bad: ['', 'x', `${id}x`, 7, null, {}, [id], "' OR true --", long] };
const text = (least: number, most: number): Field => ({
  good: 'a'.repeat(least || 1),
  bad: [
    ...(least > 0 ? ['', ' '.repeat(20), 'a'.repeat(least - 1)] : []),
    'é'.repeat(most + 1),
    7,
    null,
    {},
    ...hostileTexts,
  ],
});
const optional = (field: Field): Field => ({ ...field, optional: true });
const integer = (least: number, most: number): Field => ({
  good: least,
  bad: [least - 1, most + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '7', null, {}, 7n],
});
const oneOf = (good: string): Field => ({
  good,
  bad: ['', 'x', `${good} `, good.toUpperCase(), 7, null, [good], 'constructor'],
});
const moment: Field = optional({
  good: new Date(),
  bad: [new Date(Number.NaN), new Date(8.64e15), '2026-01-01', 0, null, {}],
});
const token: Field = { good: 'x', bad: [7, null, {}, ['x'], true] };
const hours: Field = optional({ good: 24, bad: [-1, 1e9, Number.NaN, '7', null, {}] });
const limit = optional(integer(1, 100));
const claim = { limit, leaseSeconds: optional(integer(10, 86_400)) };
const lease = { requestId: anId, leaseToken: anId };

const worker: Readonly<Record<string, readonly [verb: unknown, fields: Readonly<Record<string, Field>>]>> = {
  requestEventReviews: [
    verbs.requestEventReviews,
    { minHoursAgo: { ...hours, good: 1 }, maxHoursAgo: { ...hours, bad: [...hours.bad, 0.5] } },
  ],
  claimReviewRequests: [verbs.claimReviewRequests, claim],
  claimReviewReminders: [verbs.claimReviewReminders, claim],
  markReviewRequestSent: [verbs.markReviewRequestSent, { ...lease, messageId: optional(text(1, 255)) }],
  markReviewRequestFailed: [verbs.markReviewRequestFailed, { ...lease, failure: text(1, 1000) }],
  getEventReviewRequest: [verbs.getEventReviewRequest, { token }],
  submitEventReview: [verbs.submitEventReview, { token, stars: integer(1, 5), text: optional(text(0, 5000)) }],
};
const station: typeof worker = {
  moderateEventReview: [
    verbs.moderateEventReview,
    { reviewId: anId, status: oneOf('approved'), notes: optional(text(1, 2000)) },
  ],
  featureEventReview: [
    verbs.featureEventReview,
    { reviewId: anId, isFeatured: { good: true, bad: ['true', 1, null, {}], optional: true } },
  ],
  recordReviewedElsewhere: [verbs.recordReviewedElsewhere, { reviewId: anId, site: oneOf('google'), at: moment }],
  escalateEventReview: [
    verbs.escalateEventReview,
    { reviewId: anId, priority: optional(oneOf('high')), reason: text(10, 500) },
  ],
  assignReviewEscalation: [verbs.assignReviewEscalation, { escalationId: anId, assigneeId: anId }],
  resolveReviewEscalation: [verbs.resolveReviewEscalation, { escalationId: anId, notes: text(1, 2000) }],
  reopenReviewEscalation: [verbs.reopenReviewEscalation, { escalationId: anId }],
  listOpenReviewEscalations: [
    verbs.listOpenReviewEscalations,
    {
      order: optional(oneOf('newest')),
      limit,
      cursor: {
        good: undefined,
        bad: ['x', long, 7, null, {}, btoa('[1,2]'), btoa(`["1; DROP","${id}"]`)],
        optional: true,
      },
    },
  ],
  getEventReviewStats: [verbs.getEventReviewStats, { from: moment, to: moment }],
};

/** Inputs that are wrong in one field, with its name. */
function* wrongInputs(fields: Readonly<Record<string, Field>>): Generator<readonly [input: unknown, field: string]> {
  const good = Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => (field.good === undefined ? [] : [[name, field.good]])),
  );
  for (const input of [null, 'x', 7, [], [good]]) yield [input, 'input'];
  yield [{ ...good, extra: 1 }, 'input'];
  yield [{ ...good, [long]: 1 }, 'input'];
  for (const [name, field] of Object.entries(fields)) {
    if (!field.optional) {
      const { [name]: _, ...rest } = good;
      yield [rest, name];
      yield [{ ...good, [name]: undefined }, name];
    }
    for (const bad of field.bad) yield [{ ...good, [name]: bad }, name];
  }
}

eachOfFewMajors((major) => {
  test('every input that is wrong is refused with the name of its field, and nothing is written', async () => {
    const database = await openEventReviews(major, 1);
    const { here, elsewhere, outside, database: server } = database;
    try {
      const { token, requestId } = await newLink(database, here);
      const { answer } = await verbs.submitEventReview(outside, { token, stars: 1, text: 'Cold.' });
      const state = async () => checksumTables(server.query, await listTables(server.query));
      const before = await state();

      let tried = 0;
      const refuses = async (db: PostgresDatabase, [verb, fields]: (typeof worker)[string], name: string) => {
        for (const [input, field] of wrongInputs(fields)) {
          const error = await thrownBy((verb as Verb)(db, input as never));
          const label = `${name} ${JSON.stringify(input, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))?.slice(0, 200)}`;
          expect(error, label).toBeInstanceOf(InvalidInput);
          expect(error, label).toMatchObject({ code: 'invalid-input', object: field });
          expect(error.message.length, label).toBeLessThan(1000);
          tried++;
        }
      };
      for (const [name, verb] of Object.entries(worker)) await refuses(outside, verb, name);
      await here.run(async (tx) => {
        for (const [name, verb] of Object.entries(station)) await refuses(tx, verb, name);
      });
      expect(tried).toBeGreaterThan(250);

      // Of another station, of nobody, and without a role that may.
      const { reviewId } = answer;
      const [escalation] = (await here.run((tx) => verbs.listOpenReviewEscalations(tx))).items;
      const escalationId = escalation?.escalationId as string;
      const calls = (reviewId: string, escalationId: string): ((tx: PostgresDatabase) => Promise<unknown>)[] => [
        (tx) => verbs.moderateEventReview(tx, { reviewId, status: 'approved' }),
        (tx) => verbs.featureEventReview(tx, { reviewId, isFeatured: false }),
        (tx) => verbs.recordReviewedElsewhere(tx, { reviewId, site: 'yelp' }),
        (tx) => verbs.escalateEventReview(tx, { reviewId, reason: 'The customer called.' }),
        (tx) => verbs.assignReviewEscalation(tx, { escalationId, assigneeId: elsewhere.userId }),
        (tx) => verbs.resolveReviewEscalation(tx, { escalationId, notes: 'Done.' }),
        (tx) => verbs.reopenReviewEscalation(tx, { escalationId }),
      ];
      await elsewhere.run(async (tx) => {
        for (const call of [...calls(reviewId, escalationId), ...calls(randomUUID(), randomUUID())]) {
          expect(await thrownBy(call(tx))).toBeInstanceOf(NotFound);
        }
        expect((await verbs.listOpenReviewEscalations(tx)).items).toEqual([]);
        expect(await verbs.getEventReviewStats(tx)).toMatchObject({ total: 0, requests: { total: 0 } });
      });
      for (const verb of [verbs.markReviewRequestSent, verbs.markReviewRequestFailed]) {
        const input = { requestId: randomUUID(), leaseToken: requestId, failure: 'x' };
        const { failure: _, ...report } = input;
        const given = verb === verbs.markReviewRequestSent ? report : input;
        expect(await thrownBy((verb as Verb)(outside, given as never))).toBeInstanceOf(NotFound);
      }
      expect(await state()).toEqual(before);
    } finally {
      await database.close();
    }
  });
});
