import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eachOfFewMajors } from '../../support/databases.ts';
import { type Context, contextText } from './oracle.ts';
import { expectationOf, statement } from './random-statements.ts';
import {
  type AccessDatabase,
  attemptAll,
  openAccessDatabase,
  type Result,
  type Session,
  takenBack,
  writeDifference,
} from './session.ts';
import { readDifference } from './statement-forms.ts';

const wanted = process.env['CANONICAL_MODELS_DEEP'] === '1' ? 100_000 : 900;
const mostInARun = 150;
const seed = 20_261_123;

eachOfFewMajors((major) => {
  let access: AccessDatabase;
  let contexts: readonly Context[];
  beforeAll(async () => {
    access = await openAccessDatabase(major);
    const { oracle, world } = access;
    const entered = world.people
      .flatMap((person): Context[] => [
        ...[0, 1, 2, 3, 5, 7, 9].map((station): Context => ({ kind: 'station', person, station })),
        { kind: 'assigned', person },
        { kind: 'every', person },
      ])
      .filter((context) => oracle.enters(context));
    const forged = world.people
      .filter((person) => !oracle.enters({ kind: 'every', person }))
      .slice(0, 3)
      .map((person): Context => ({ kind: 'outside', role: 'station_service_every', person }));
    contexts = [...entered, { kind: 'outside', role: 'station_service' }, ...forged];
  });
  afterAll(() => access?.close());

  /** Statements in a context, of which each does what the oracle says. */
  const rightStatements = (session: Session, count: { tried: number; read: number; written: number }) =>
    fc.asyncProperty(
      fc.nat({ max: contexts.length - 1 }),
      fc.array(statement, { minLength: 1, maxLength: mostInARun, size: 'max' }),
      async (which, statements) => {
        const context = contexts[which] as Context;
        const expectations = statements.map((each) => expectationOf(access.oracle, context, each));
        const attempts = expectations.map((each) => ({
          sql: each.sql,
          ...('model' in each && { writes: each.model.name }),
        }));
        const results = await attemptAll(session, context, attempts);
        for (const [index, expectation] of expectations.entries()) {
          const result = results[index] as Result;
          const wrong =
            'model' in expectation
              ? writeDifference(expectation.model, expectation.outcome, result)
              : readDifference(expectation, result);
          expect(wrong, `${contextText(context)}: ${expectation.sql}`).toBeUndefined();
          const { changed, rows } = result;
          count.tried++;
          if (changed ? changed.deleted.length + changed.written.length > 0 : rows && rows.length > 0) {
            if (changed) count.written++;
            else count.read++;
          }
        }
      },
    );

  test(`${wanted} random statements reach the rows of their context and no others`, {
    timeout: 3_600_000,
  }, async () => {
    const count = { tried: 0, read: 0, written: 0 };
    const numRuns = Math.ceil((wanted / mostInARun) * 2.2);
    await fc.assert(rightStatements(access.service, count), { seed, numRuns });
    expect(count.tried).toBeGreaterThanOrEqual(wanted);
    expect(count.read).toBeGreaterThan(count.tried / 10);
    expect(count.written).toBeGreaterThan(count.tried / 20);
  });

  // Each with a seed that finds it within a few statements: chance takes thousands for the rarest.
  test.for([
    ['a policy that is gone', 3, 'DROP POLICY station_select ON public.leads'],
    [
      'a policy that asks for another permission',
      16,
      "ALTER POLICY station_delete ON public.customers USING (customers.station_id = (SELECT identity.permitted_station('customer.read')))",
    ],
    [
      'a reference that nobody looks at',
      6,
      "ALTER POLICY station_insert ON public.customer_message_threads WITH CHECK (station_id = (SELECT identity.permitted_station('message.send')))",
    ],
    [
      'rows without a station',
      36,
      "ALTER POLICY station_select ON public.pricing_tiers USING (station_id IS NULL OR station_id = (SELECT identity.permitted_station('booking.read')))",
    ],
  ] as const)('random statements find %s', async ([, early, change]) => {
    const found = await takenBack(access.owner, async (session) => {
      await access.owner.client.query(change);
      const property = rightStatements(session, { tried: 0, read: 0, written: 0 });
      return fc.check(property, { seed: early, numRuns: 200, endOnFailure: true });
    });
    expect(found.failed).toBe(true);
  });
});
