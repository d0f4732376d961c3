import { and, sql } from 'drizzle-orm';
import { integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { timestamptz } from '../src/columns.ts';
import { InvalidInput } from '../src/errors.ts';
import { keyset } from '../src/keyset.ts';
import { type IdentityDatabase, openIdentityDatabase } from './support/identity.ts';

const Row = pgTable('rows_of_list', {
  stars: integer('stars').notNull(),
  at: timestamptz('at').notNull(),
  id: uuid('id').notNull(),
});
let database: IdentityDatabase;
let db: IdentityDatabase['db'];

beforeAll(async () => {
  database = await openIdentityDatabase('pglite');
  db = database.db;
  await db.execute(sql`CREATE TABLE rows_of_list (stars integer NOT NULL, at timestamptz NOT NULL, id uuid NOT NULL)`);
});
afterAll(() => database.close());

async function readAll(direction: 'asc' | 'desc', limit: number): Promise<{ id: string }[]> {
  const order = keyset([Row.stars, Row.at, Row.id], direction);
  const read: { id: string }[] = [];
  let cursor: string | undefined;
  do {
    const rows = await db
      .select({ id: Row.id, place: order.place })
      .from(Row)
      .where(and(order.after(cursor)))
      .orderBy(...order.orderBy)
      .limit(limit + 1);
    const page = order.page(rows, limit);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    read.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return read;
}

test('the pages together are the list, with moments that differ in microseconds and in any DateStyle', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(
        fc.record({
          stars: fc.integer({ min: 1, max: 2 }),
          microseconds: fc.integer({ min: -3, max: 3 }),
          id: fc.uuid(),
        }),
        { selector: ({ id }) => id, maxLength: 12 },
      ),
      fc.constantFrom('asc' as const, 'desc' as const),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('ISO, DMY', 'SQL, MDY', 'German'),
      async (rows, direction, limit, style) => {
        await db.execute(sql.raw(`SET DateStyle = ${style}`));
        await db.execute(sql`TRUNCATE rows_of_list`);
        for (const { stars, microseconds, id } of rows) {
          await db.execute(
            sql`INSERT INTO rows_of_list VALUES (${stars}, timestamptz '1969-12-31 23:59:59.999999Z' + ${microseconds} * interval '1 microsecond', ${id})`,
          );
        }
        const sign = direction === 'asc' ? 1 : -1;
        const expected = rows.sort(
          (a, b) => sign * (a.stars - b.stars || a.microseconds - b.microseconds || (a.id < b.id ? -1 : 1)),
        );
        expect((await readAll(direction, limit)).map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      },
    ),
    { numRuns: 25 },
  );
});

test('every cursor that is taken can be asked for', async () => {
  const order = keyset([Row.stars, Row.at, Row.id], 'asc');
  for (const place of ['-210866803200000000', '-1', '0', '9'.repeat(18)]) {
    const cursor = Buffer.from(JSON.stringify([-2_147_483_647, place, '6F1C1F0E-5F0E-4C55-9C39-0D3C8A1F3B1A']));
    await db
      .select()
      .from(Row)
      .where(order.after(cursor.toString('base64url')));
  }
});

test.each([
  '',
  'x',
  '****',
  Buffer.from('{}').toString('base64url'),
  Buffer.from('[1,"2"]').toString('base64url'),
  Buffer.from('[1,"2","not a uuid"]').toString('base64url'),
  Buffer.from('[1,"2; DROP TABLE rows_of_list","6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a"]').toString('base64url'),
  Buffer.from('[1,"-210866803200000001","6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a"]').toString('base64url'),
  Buffer.from('[4e9,"2","6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a"]').toString('base64url'),
])('%j is not a cursor', (cursor) => {
  const order = keyset([Row.stars, Row.at, Row.id], 'asc');
  expect(() => order.after(cursor)).toThrow(InvalidInput);
});
