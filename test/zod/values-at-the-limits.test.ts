import { getColumns } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { eachEngineOfLongRuns } from '../support/databases.ts';
import { valuesAtLimits } from './limits.ts';
import { allSchemas, type Schemas } from './schemas.ts';
import {
  addRowsOfLaterTables,
  attempt,
  type CanonicalDatabase,
  insertRows,
  onEmptyTable,
  openCanonicalDatabase,
  parentsOf,
  type Row,
  referencesOf,
  withoutDuplicates,
  withParents,
} from './tables.ts';
import { acceptedRow } from './values.ts';

/** A row with a value at the limits of a column, and the row that the insert schema makes of it if it accepts it. */
interface Try {
  readonly key: string;
  readonly value: unknown;
  readonly row: Row;
  readonly accepted: Row | undefined;
}

const tables = allSchemas.map((schemas) => ({ ...schemas, tries: triesOf(schemas) }));

eachEngineOfLongRuns((engine) => {
  let database: CanonicalDatabase;
  beforeAll(async () => {
    database = await openCanonicalDatabase(engine);
    await addRowsOfLaterTables(database);
  });
  afterAll(() => database.close());

  describe.each(tables)('$entity', ({ name, table, tries }) => {
    test('takes the values at the limits that its schemas accept, and no others', async () => {
      await onEmptyTable(database, table, async () => {
        const parents = await parentsOf(database, table);
        const taken = tries.flatMap(({ accepted }, index) => (accepted ? [withParents(accepted, parents, index)] : []));
        await expectTaken(database, table, taken);

        const violated = new Set<string | undefined>();
        for (const [index, { key, value, row, accepted }] of tries.entries()) {
          if (accepted) continue;
          const refused = withParents(row, parents, index);
          const outcome = await attempt(database, () => insertRows(database, table, [refused]));
          if ('rows' in outcome) expect.fail(`${key} is taken as ${fc.stringify(value)}, which the schema refuses`);
          if (outcome.refusal.code === checkViolation) violated.add(outcome.refusal.constraint);
        }
        expect([...violated].sort(), 'check constraints that were put to the test').toEqual(
          await checksOf(database, name),
        );
      });
    });
  });
});

test.each(tables)('$entity: insert and update accept the same values of a column', ({ tries, update }) => {
  for (const { key, value, accepted } of tries) {
    if (value === undefined || !(key in update.shape)) continue;
    const { success } = update.safeParse({ [key]: value });
    expect([key, value, success]).toEqual([key, value, accepted !== undefined]);
  }
});

function triesOf({ table, insert }: Schemas): Try[] {
  const references = new Set(referencesOf(table).map(({ key }) => key));
  const limits = Object.entries(getColumns(table)).flatMap(([key, column]) => {
    const values = references.has(key) ? [] : valuesAtLimits(column, insert.shape[key] as z.ZodType);
    return [null, undefined, ...values].map((value) => ({ key, value }));
  });
  const bases = fc.sample(acceptedRow(table, insert), { numRuns: limits.length, seed: 1 });
  return limits.map(({ key, value }, index) => {
    const row = { ...bases[index], [key]: value };
    return { key, value, row, accepted: insert.safeParse(row).data };
  });
}

/** Inserts as many rows at once as unique keys let stand side by side. */
async function expectTaken(database: CanonicalDatabase, table: PgTable, rows: readonly Row[]): Promise<void> {
  const together = withoutDuplicates(table, rows);
  const outcome = await attempt(database, () => insertRows(database, table, together));
  if ('refusal' in outcome) {
    for (const row of together) {
      const alone = await attempt(database, () => insertRows(database, table, [row]));
      if ('refusal' in alone) expect.fail(`${alone.refusal.message}, though the schema accepts ${fc.stringify(row)}`);
    }
    expect.fail(outcome.refusal.message);
  }
  const others = rows.filter((row) => !together.includes(row));
  if (others.length > 0) await expectTaken(database, table, others);
}

const checkViolation = '23514';

async function checksOf({ query }: CanonicalDatabase, name: string): Promise<unknown[]> {
  const { rows } = await query(
    `SELECT conname AS name FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::regclass ORDER BY conname COLLATE "C"`,
    [name],
  );
  return rows.map((row) => row['name']);
}
