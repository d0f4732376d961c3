import { type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { InvalidInput } from './errors.ts';
import { isId } from './id.ts';

// Lists are read a page at a time. The cursor is the place of the page's last row in the order of the list, so that rows that come or go
// meanwhile neither shift a page nor are read twice.

/** A page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** For the `cursor` of the next call; undefined on the last page. Opaque, and safe in a URL. */
  readonly nextCursor: string | undefined;
}

/** Which page of a list. */
export interface PageRequest {
  /** 1 to 100. @default 20 */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the page before. @default the first page */
  readonly cursor?: string | undefined;
}

/** The order of a list, and the places in it. The last column is unique. */
export interface Keyset {
  readonly orderBy: readonly SQL[];
  /** A column for the select: the row's place. */
  readonly place: SQL<string>;
  /**
   * The rows after the cursor; undefined, which `and` passes over, without one.
   *
   * @throws {InvalidInput} `invalid-input`, if the text is not a cursor of this list.
   */
  after(cursor: string | undefined): SQL | undefined;
  /** The same for a statement that is built once, with placeholders for {@link Keyset.valuesOf}. */
  readonly afterPlaceholders: SQL;
  valuesOf(cursor: string): Readonly<Record<string, string | number>>;
  /** The page, of rows that were read with `limit + 1`. */
  page<Row extends { readonly place: string }>(rows: readonly Row[], limit: number): Page<Omit<Row, 'place'>>;
}

type KeyValue = string | number;

/** How the value of a column is written into a cursor, and read from it. */
interface KeyType {
  write(column: PgColumn): SQL;
  isValid(value: unknown): boolean;
  read(value: KeyValue | Placeholder): SQL;
}

/** The first moment that `timestamptz` holds, in microseconds. */
const earliest = -210_866_803_200_000_000n;

// As a text, a moment would depend on the DateStyle of the connection, and as a `Date` it would lose its microseconds.
const moment: KeyType = {
  write: (column) => sql`(extract(epoch FROM ${column}) * 1000000)::bigint::text`,
  isValid: (value) => typeof value === 'string' && /^-?\d{1,18}$/.test(value) && BigInt(value) >= earliest,
  read: (value) => sql`(timestamptz 'epoch' + ${value}::bigint * interval '1 microsecond')`,
};
const uuid: KeyType = {
  write: (column) => sql`${column}`,
  isValid: isId,
  read: (value) => sql`${value}::uuid`,
};
const integer: KeyType = {
  write: (column) => sql`${column}`,
  isValid: (value) => Number.isInteger(value) && Math.abs(value as number) <= 2_147_483_647,
  read: (value) => sql`${value}::integer`,
};

function keyTypeOf(column: PgColumn): KeyType {
  const type = column.getSQLType();
  if (type.startsWith('timestamp')) return moment;
  return type === 'uuid' ? uuid : integer;
}

/**
 * The order by some columns that are `timestamptz`, `uuid` or `integer` and hold no null, the last of them unique: for lists of a service's own
 * that have the same cursors as those of this package.
 *
 * @example
 * const order = keyset([Booking.eventDate, Booking.id], 'desc');
 *
 * export async function listBookings(limit: number, cursor?: string) {
 *   const rows = await db
 *     .select({ id: Booking.id, eventDate: Booking.eventDate, place: order.place })
 *     .from(Booking)
 *     .where(order.after(cursor))
 *     .orderBy(...order.orderBy)
 *     .limit(limit + 1);
 *   return order.page(rows, limit);
 * }
 */
export function keyset(columns: readonly PgColumn[], direction: 'asc' | 'desc'): Keyset {
  const types = columns.map(keyTypeOf);
  const list = (parts: readonly SQL[]) => sql.join([...parts], sql`, `);
  const afterPlace = (values: readonly (KeyValue | Placeholder)[]) => {
    const place = values.map((value, index) => (types[index] as KeyType).read(value));
    return sql`(${list(columns.map((column) => sql`${column}`))}) ${sql.raw(direction === 'asc' ? '>' : '<')} (${list(place)})`;
  };
  const nameOf = (index: number) => `place${index}`;
  return {
    orderBy: columns.map((column) => sql`${column} ${sql.raw(direction)}`),
    place: sql<string>`jsonb_build_array(${list(columns.map((column, index) => (types[index] as KeyType).write(column)))})::text`,
    after: (cursor) => (cursor === undefined ? undefined : afterPlace(readCursor(cursor, types))),
    afterPlaceholders: afterPlace(types.map((_, index) => sql.placeholder(nameOf(index)))),
    valuesOf: (cursor) => Object.fromEntries(readCursor(cursor, types).map((value, index) => [nameOf(index), value])),
    page(rows, limit) {
      const items = rows.slice(0, limit);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return {
        items: items.map(({ place: _, ...item }) => item),
        nextCursor: last && Buffer.from(last.place).toString('base64url'),
      };
    },
  };
}

/** @throws {InvalidInput} if the text is not a cursor of this list. */
function readCursor(cursor: string, types: readonly KeyType[]): KeyValue[] {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    values = undefined;
  }
  if (
    Array.isArray(values) &&
    values.length === types.length &&
    types.every((type, index) => type.isValid(values[index]))
  ) {
    return values as KeyValue[];
  }
  throw new InvalidInput({
    object: 'cursor',
    found: `text of ${cursor.length} characters that is not a cursor of this list`,
    expected: 'the nextCursor of a page of it',
    next: 'give nextCursor as it was, or none for the first page',
  });
}
