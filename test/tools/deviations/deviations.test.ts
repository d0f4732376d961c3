import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baselineKnowledge } from '../../../src/tools/baseline/baseline.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import { deviationKinds, inspectDeviations, listDeviations } from '../../../src/tools/deviations/index.ts';
import { eachOfFewMajors, thorough, withDatabase } from '../../support/databases.ts';
import { seed } from '../../support/seed.ts';
import { buildDeviations, type Case, expected, ways } from './random-deviations.ts';

const names = Object.keys(ways);

test('every kind of deviation is among the random ones, but for a schema that is missing', () => {
  const listed = names.flatMap((way) =>
    [0, 1].flatMap((pick) => buildDeviations([{ way, pick }]).flatMap((deviation) => deviation.listed)),
  );
  const kinds = new Set(listed.map((line) => line.split(' ')[0]));
  expect(Object.keys(deviationKinds).filter((kind) => !kinds.has(kind))).toEqual(['missing-schema']);
});

test('an empty database lacks all tables, enums and the schema', () => {
  const kinds = new Set(listDeviations(expected, []).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(['missing-enum', 'missing-schema', 'missing-table']);
});

describe('what deviates is listed, whole, and nothing else', () => {
  eachOfFewMajors((major) => {
    test('one of each, then up to five at once', { timeout: 300_000 }, () =>
      withDatabase(major, 'legacy', async ({ query, exec }) => {
        const cases = fc.array(fc.record({ way: fc.constantFrom(...names), pick: fc.nat(10_000) }), {
          minLength: 2,
          maxLength: 5,
        });
        await query('BEGIN');
        await fc.assert(
          fc.asyncProperty(cases, async (chosen: Case) => {
            const deviations = buildDeviations(chosen);
            await query('SAVEPOINT one');
            try {
              for (const { sql } of deviations) await exec(sql);
              const found = await describeDatabase(query, { comments: true });
              const listed = await inspectDeviations(query, expected, found, baselineKnowledge);
              expect(listed.map(({ kind, object }) => `${kind} ${object}`).sort()).toEqual(
                deviations.flatMap((deviation) => deviation.listed).sort(),
              );
              for (const { words, treatment, kind } of listed) {
                expect(words).not.toMatch(/undefined|null|\[object/);
                expect(treatment).toBe(deviationKinds[kind].treatment);
              }
            } finally {
              await query('ROLLBACK TO SAVEPOINT one');
            }
          }),
          {
            seed,
            numRuns: thorough ? 500 : 200,
            examples: names.map((way, pick): [Case] => [[{ way, pick }]]),
            endOnFailure: true,
          },
        );
        await query('ROLLBACK');
      }),
    );
  });
});
