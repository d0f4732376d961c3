import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object: what every `*_metadata` column holds. */
export type JsonObject = { [key: string]: JsonValue };

/** @internal The primary key of most tables: a random UUID made by the database. */
export const id = () => uuid('id').primaryKey().defaultRandom();

/** @internal A point in time, read as a `Date` (milliseconds; the database keeps microseconds). */
export const timestamptz = <Name extends string>(name: Name) => timestamp(name, { withTimezone: true });

/** @internal When the row was made: set by the database. */
export const createdAt = () => timestamptz('created_at').notNull().defaultNow();

/** @internal When the row last changed: set by the database at first, and by every update through Drizzle. */
export const updatedAt = () =>
  timestamptz('updated_at')
    .notNull()
    .defaultNow()
    .$onUpdate(() => new Date());

/**
 * The labels of a text column that a check constraint limits, in the same shape as a `pgEnum`.
 *
 * @example
 * export const StationStatus = textEnum(['active', 'inactive']);
 * export type StationStatus = (typeof StationStatus.enumValues)[number];
 *
 * @internal
 */
export const textEnum = <const Labels extends readonly [string, ...string[]]>(enumValues: Labels) => ({ enumValues });

/**
 * The check of a text column that holds one of the labels, for `check(name, isOneOf(table.status, StationStatus))`. Written as
 * PostgreSQL dumps `IN`, so that a restored database and a migrated one describe the check in the same words.
 *
 * @internal
 */
export const isOneOf = (column: AnyPgColumn, { enumValues }: { readonly enumValues: readonly string[] }): SQL => {
  const labels = enumValues.map((label) => `'${label.replaceAll("'", "''")}'::character varying`);
  return sql`${column}::text = ANY ((ARRAY[${sql.raw(labels.join(', '))}])::text[])`;
};
