import { isDeepStrictEqual } from 'node:util';
import { getColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { eachOfFewEngines, shareOfEngine } from '../support/databases.ts';
import { jsonSchemasOf } from './json-schemas.ts';
import { allSchemas } from './schemas.ts';
import {
  addRowsOfLaterTables,
  attempt,
  type CanonicalDatabase,
  changeRows,
  fixedColumnsOf,
  insertRows,
  type Outcome,
  onEmptyTable,
  openCanonicalDatabase,
  parentsOf,
  type Row,
  withoutDuplicates,
  withParents,
} from './tables.ts';
import { acceptedRow, someRow } from './values.ts';

const deep = process.env['CANONICAL_MODELS_DEEP'] === '1';
const numRuns = deep ? 100 : 3;
const rowsOfRun = { minLength: 1, maxLength: 16, size: 'max' } as const;

eachOfFewEngines((engine) => {
  let database: CanonicalDatabase;
  beforeAll(async () => {
    database = await openCanonicalDatabase(engine);
    await addRowsOfLaterTables(database);
  });
  afterAll(() => database.close());

  test('every existing row passes its select schema, and may be written back', async () => {
    for (const { entity, table, select, insert, update } of shareOfEngine(allSchemas, engine)) {
      const rows = await database.drizzle.select().from(table);
      expect(rows.length, entity).toBeGreaterThan(0);
      for (const row of rows) {
        expect(select.parse(row)).toEqual(row);
        expect(insert.parse(row)).toEqual(row);
        expect(update.parse(row)).toEqual(Object.fromEntries(Object.keys(update.shape).map((key) => [key, row[key]])));
      }
    }
  });

  test('every existing row goes through JSON and comes back the same', async () => {
    for (const { table, json } of shareOfEngine(allSchemas, engine)) {
      const validators = await jsonSchemasOf(json.select, ['input']);
      for (const row of await database.drizzle.select().from(table)) {
        const body: unknown = JSON.parse(JSON.stringify(z.encode(json.select, row)));
        expect(z.decode(json.select, body as Row)).toEqual(row);
        for (const { name, accepts } of validators) expect([name, body, accepts(body)]).toEqual([name, body, true]);
      }
    }
  });

  test('an update schema has what a service may change, less key, created_at and updated_at', async () => {
    for (const { entity, table, update } of shareOfEngine(allSchemas, engine)) {
      const fixed = await fixedColumnsOf(database, table);
      const columns = Object.entries(getColumns(table)).filter(([, { name }]) => !fixed.has(name));
      expect([entity, Object.keys(update.shape)]).toEqual([entity, columns.map(([key]) => key)]);
    }
  });

  describe.each(shareOfEngine(allSchemas, engine))('$entity', ({ table, insert, update, select }) => {
    test('takes every row that the insert schema accepts, as it was given', { timeout: 600_000 }, async () => {
      await onEmptyTable(database, table, async () => {
        const parents = await parentsOf(database, table);
        const property = fc.asyncProperty(fc.array(someRow(table, insert), rowsOfRun), async (given) => {
          const accepted = given.map((row) => insert.safeParse(row)).flatMap(({ data }) => (data ? [data] : []));
          const rows = withoutDuplicates(
            table,
            accepted.map((row, index) => withParents(row, parents, index)),
          );
          if (rows.length === 0) return;
          const outcome = await attempt(database, () => insertRows(database, table, rows));
          expectStored(table, select, outcome, rows);
        });
        await fc.assert(property, { numRuns });
      });
    });

    test('takes every change that the update schema accepts, as it was given', { timeout: 600_000 }, async () => {
      await onEmptyTable(database, table, async () => {
        const parents = await parentsOf(database, table);
        const changes = fc.array(someRow(table, update), rowsOfRun);
        const property = fc.asyncProperty(acceptedRow(table, insert), changes, async (base, given) => {
          const accepted = given
            .map((row) => update.safeParse(row))
            .flatMap(({ data }) => (data && changesSomething(data) ? [data] : []))
            .map((change, index) => withParents(change, parents, index));
          const outcome = await attempt(database, async () => {
            await insertRows(database, table, [withParents(insert.parse(base), parents, 0)]);
            const stored: Row[] = [];
            for (const change of accepted) stored.push(...(await changeRows(database, table, change)));
            return stored;
          });
          expectStored(table, select, outcome, accepted);
        });
        await fc.assert(property, { numRuns });
      });
    });
  });
});

/** Drizzle itself refuses to send an empty change. */
function changesSomething(change: Row): boolean {
  return Object.values(change).some((value) => value !== undefined);
}

function expectStored(
  table: PgTable,
  select: { parse(row: unknown): unknown },
  outcome: Outcome,
  rows: readonly Row[],
): void {
  if ('refusal' in outcome) expect.fail(`refused: ${outcome.refusal.message}`);
  expect(outcome.rows.length).toBe(rows.length);
  for (const [nth, row] of rows.entries()) {
    const stored = outcome.rows[nth] as Row;
    select.parse(stored);
    for (const [key, column] of Object.entries(getColumns(table))) {
      if (row[key] === undefined || isStoredAs(column, row[key], stored[key])) continue;
      expect.fail(`${key} was given as ${fc.stringify(row[key])} and stored as ${fc.stringify(stored[key])}`);
    }
  }
}

function isStoredAs(column: PgColumn, given: unknown, stored: unknown): boolean {
  switch (given === null ? 'null' : column.dataType) {
    case 'number double':
    case 'number int32':
      return given === stored;
    case 'object json':
      return isDeepStrictEqual(JSON.parse(JSON.stringify(given)), stored);
    case 'string numeric':
      return Math.abs(Number(given) - Number(stored)) * 10 ** scaleOf(column) < 0.51;
    case 'string uuid':
      return String(given).toLowerCase() === stored;
    default:
      return isDeepStrictEqual(given, stored);
  }
}

function scaleOf(column: PgColumn): number {
  return (column as PgColumn & { scale: number }).scale;
}
