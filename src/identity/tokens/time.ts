import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/**
 * Reads a time as a number, in milliseconds. Read as a text, the DateStyle and TimeZone of the database or the role would decide which time it
 * is: day and month may change places. NULL stays NULL.
 */
export function readTime(time: PgColumn | SQL): SQL<Date> {
  return sql<string>`floor(extract(epoch FROM ${time}) * 1000)::text`.mapWith((text: string) => new Date(Number(text)));
}
