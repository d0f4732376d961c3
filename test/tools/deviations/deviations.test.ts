import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baselineKnowledge } from '../../../src/tools/baseline/baseline.ts';
import {
  type DatabaseDescription,
  type DescribedObject,
  describeDatabase,
} from '../../../src/tools/database/describe.ts';
import { inspectDeviations } from '../../../src/tools/deviations/inspect.ts';
import { deviationKinds } from '../../../src/tools/deviations/kinds.ts';
import { listDeviations } from '../../../src/tools/deviations/list.ts';
import { eachMajor, thorough, withDatabase } from '../../support/databases.ts';
import { seed } from '../../support/seed.ts';
import { buildDeviations, type Case, expected, ways } from './random-deviations.ts';

const names = Object.keys(ways);

test('every kind of deviation is among the random ones, but for a schema that is missing, and conditions of indexes: the baseline has none', () => {
  const listed = names.flatMap((way) =>
    [0, 1].flatMap((pick) => buildDeviations([{ way, pick }]).flatMap((deviation) => deviation.listed)),
  );
  const kinds = new Set(listed.map((line) => line.split(' ')[0]));
  expect(Object.keys(deviationKinds).filter((kind) => !kinds.has(kind))).toEqual([
    'other-index-spelling',
    'missing-schema',
  ]);
  expect(
    expected.filter(({ kind, properties }) => kind === 'index' && / WHERE /.test(String(properties['definition']))),
  ).toEqual([]);
});

test('an empty database lacks all tables, enums and the schema', () => {
  const kinds = new Set(listDeviations(expected, []).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(['missing-enum', 'missing-schema', 'missing-table']);
});

/** The baseline with a table that stands elsewhere, or there too. */
function withTableAt(from: string, to: string, { stays = false } = {}): DatabaseDescription {
  const moved = (text: string) => text.replace(new RegExp(`(?<![\\w.])${from}(?!\\w)`, 'g'), to);
  const there = expected
    .filter(({ name, table = name }) => table === from)
    .map((object) => JSON.parse(moved(JSON.stringify(object))) as DescribedObject);
  return [...expected.filter(({ name, table = name }) => stays || table !== from), ...there];
}

const inFours = <T>(all: readonly T[]) =>
  Array.from({ length: Math.ceil(all.length / 4) }, (_, index) => all.slice(index * 4, index * 4 + 4));

const kindsOf = (found: DatabaseDescription, options = {}) =>
  listDeviations(expected, found, { ...baselineKnowledge, ...options })
    .filter(({ kind }) => !/index|foreign-key|constraint/.test(kind))
    .map(({ kind, object, found: other }) => `${kind} ${object} ${other?.name}`);

describe('a table is recognised', () => {
  test('by its columns in another schema, if none has its name', () => {
    expect(kindsOf(withTableAt('public.leads', 'lead.leads'))).toEqual(['other-place public.leads lead.leads']);
    expect(kindsOf(withTableAt('public.leads', 'lead.leads', { stays: true }))).toEqual([]);
    const others = withTableAt('public.leads', 'lead.leads').map((object) =>
      object.name === 'lead.leads' ? { ...object, properties: { ...object.properties, columns: ['id', 'x'] } } : object,
    );
    expect(kindsOf(others)).toEqual(['missing-table public.leads undefined']);
  });

  test('under its canonical name, from a rename by hand', () => {
    expect(kindsOf(withTableAt('public.messages', 'public.customer_messages'))).toEqual([
      'other-place public.messages public.customer_messages',
    ]);
  });

  test('between two of one name by its columns: OAuth logins and social media accounts', () => {
    const both = withTableAt('public.social_accounts', 'lead.social_accounts').map(
      (object) =>
        JSON.parse(
          JSON.stringify(object).replaceAll('identity.social_accounts', 'core.social_accounts'),
        ) as DescribedObject,
    );
    expect(kindsOf(both)).toEqual([
      'other-place identity.social_accounts core.social_accounts',
      'other-place public.social_accounts lead.social_accounts',
    ]);
  });

  test('by the operator, if several could be meant', () => {
    const table = 'public.social_threads';
    const two = [
      ...withTableAt(table, 'lead.social_threads'),
      ...withTableAt(table, 'core.social_threads').filter(({ name, table: of = name }) => of.startsWith('core.')),
    ];
    const [meeting] = listDeviations(expected, two);
    expect(meeting).toMatchObject({
      kind: 'meeting-tables',
      object: table,
      candidates: ['core.social_threads', 'lead.social_threads'],
      words: 'may be core.social_threads or lead.social_threads: name the one that is meant',
    });
    expect(kindsOf(two, { chosen: ['lead.social_threads'] })).toEqual([`other-place ${table} lead.social_threads`]);
    const first = withTableAt(table, 'lead.social_threads', { stays: true });
    expect(kindsOf(first, { chosen: ['lead.social_threads'] })).toEqual([`other-place ${table} lead.social_threads`]);
  });
});

describe('what deviates is listed, whole, and nothing else', () => {
  eachMajor((major) => {
    test('each way, then up to five at random', { timeout: 300_000 }, () =>
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
            // Over both versions more than 200 deviations.
            numRuns: thorough ? 500 : 32,
            examples: inFours(names.map((way, pick) => ({ way, pick }))).map((four): [Case] => [four]),
            endOnFailure: true,
          },
        );
        await query('ROLLBACK');
      }),
    );
  });
});
