import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AdoptReport, adopt, listAdoptStatements } from '../../../src/tools/adopt/index.ts';
import type { AdoptStep } from '../../../src/tools/adopt/report.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { check } from '../../../src/tools/check/check.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { migrate } from '../../../src/tools/migrate/index.ts';
import { stateOf } from '../../support/data.ts';
import { connectionTo, eachMajor, type ServerDatabase, thorough, withDatabase } from '../../support/databases.ts';
import { seed } from '../../support/seed.ts';
import { buildDeviations, type Case, ways } from '../deviations/random-deviations.ts';

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

/** A value for a column whose rows have none: any one will do. */
async function fill(query: Query, object: string): Promise<void> {
  const [table, column] = [object.slice(0, object.lastIndexOf('.')), object.slice(object.lastIndexOf('.') + 1)];
  const { rows } = await query(
    `SELECT format_type(atttypid, atttypmod) AS type, (SELECT quote_literal(enumlabel) FROM pg_enum WHERE enumtypid = atttypid LIMIT 1) AS label
     FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2`,
    [table, column],
  );
  const { type, label } = rows[0] as { type: string; label: string | null };
  const values: readonly (readonly [RegExp, string])[] = [
    [/^uuid/, 'gen_random_uuid()'],
    [/^(timestamp|date)/, 'now()'],
    [/^(integer|bigint|smallint|numeric)/, '1'],
    [/^boolean/, 'false'],
    [/^json/, `'{}'`],
  ];
  const value = label ?? values.find(([pattern]) => pattern.test(type))?.[1] ?? `left(gen_random_uuid()::text, 5)`;
  await query(`UPDATE ${table} SET "${column}" = (${value})::${type} WHERE "${column}" IS NULL`);
}

/** Runs a step as the operator does who has decided for it. */
async function runStep(query: Query, step: AdoptStep): Promise<void> {
  for (const statement of listAdoptStatements({ online: [step], moves: [] })) {
    if (step.kind === 'missing-required-column' && / VALIDATE CONSTRAINT /.test(statement))
      await fill(query, step.object);
    await query(statement).catch((error: unknown) => {
      throw new Error(`${step.kind} ${step.object}: ${statement}`, { cause: error });
    });
  }
}

/** From the first question to `ready`; each round is one script. */
async function carry(database: ServerDatabase): Promise<AdoptReport> {
  const { query } = database;
  let tablesMeant: readonly string[] = [];
  for (let round = 1; ; round++) {
    const before = await stateOf(query);
    const report = await adopt(connectionTo(database), { tables: tablesMeant });
    expect(await stateOf(query)).toEqual(before);
    if (report.status === 'ready' || round === 4) return report;
    for (const step of [...report.online, ...report.decide, ...report.moves]) {
      if ((step.inTheWay?.rows ?? 0) > 0) continue;
      await runStep(query, step);
    }
    tablesMeant = report.decide
      .filter(({ kind }) => kind === 'meeting-tables')
      .map(({ sql }) => String(/--table (s\S+)$/.exec(sql.join('\n'))?.[1]));
    await query('RESET lock_timeout');
  }
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
        { seed, numRuns: Number(process.env['CARRIED'] ?? 60), endOnFailure: true },
      );
      if (process.env['CARRIED'] === undefined) expect(carried).toBeGreaterThan(250);
    });
  });
}
