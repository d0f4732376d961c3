import fc from 'fast-check';
import { expect, test } from 'vitest';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { check } from '../../../src/tools/check/check.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { migrate } from '../../../src/tools/migrate/index.ts';
import { connectionTo, eachMajor, thorough, withDatabase } from '../../support/databases.ts';
import { seed } from '../../support/seed.ts';
import { buildDeviations, type Case, ways } from '../deviations/random-deviations.ts';
import { carry } from './operator.ts';

/** What stands around the tables, and keeps PostgreSQL from changing them. */
const surroundings: Readonly<Record<string, (table: string, number: number) => string>> = {
  'a view': (table, n) => `CREATE VIEW public.v${n} AS SELECT * FROM ${table}`,
  'a materialized view of a view': (table, n) =>
    `CREATE VIEW public.v${n} AS SELECT * FROM ${table}; CREATE MATERIALIZED VIEW public.m${n} AS SELECT count(*) AS rows FROM public.v${n}`,
  'a publication': (table, n) => `CREATE PUBLICATION p${n} FOR TABLE ${table}`,
  nothing: () => 'SELECT 1',
};

const tables = ['public.bookings', 'public.messages', 'public.leads', 'public.customer_reviews', 'identity.stations'];

/** Makes a database deviate, as far as PostgreSQL lets it. */
async function deviate(query: Query, statements: readonly string[]): Promise<number> {
  let done = 0;
  for (const sql of statements) {
    await query(`BEGIN`);
    try {
      await query(sql);
      await query('COMMIT');
      done += 1;
    } catch {
      await query('ROLLBACK');
    }
  }
  return done;
}

if (thorough) {
  eachMajor((major) => {
    test('random deviations, several of a table, are carried to the last check', { timeout: 3_600_000 }, async () => {
      let carried = 0;
      const cases = fc.record({
        chosen: fc.array(fc.record({ way: fc.constantFrom(...Object.keys(ways)), pick: fc.nat(10_000) }), {
          minLength: 4,
          maxLength: 5,
        }),
        around: fc.constantFrom(...Object.keys(surroundings)),
        table: fc.constantFrom(...tables),
        apart: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(cases, ({ chosen, around, table, apart }) =>
          withDatabase(major, 'legacy', async (database) => {
            const { query } = database;
            const deviations = buildDeviations(chosen as Case, { apart });
            carried += await deviate(query, [
              ...deviations.map(({ sql }) => sql),
              String(surroundings[around]?.(table, 9_000_000)),
            ]);
            const report = await carry(database);
            expect(report).toMatchObject({ status: 'ready', moves: [], decide: [] });
            expect(await baseline(query)).toMatchObject({ status: 'recorded' });
            expect(await migrate(connectionTo(database))).toMatchObject({ stoppedAt: null });
            const { status, differs } = await check(connectionTo(database), { drizzleKit: false });
            expect(differs).toEqual([]);
            expect(status).toBe('agrees');
          }),
        ),
        { seed, numRuns: 60, endOnFailure: true },
      );
      expect(carried).toBeGreaterThan(250);
    });
  });
}
