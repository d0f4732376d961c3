import type { PgAsyncDatabase } from 'drizzle-orm/pg-core';

/** A Drizzle database on PostgreSQL, or a transaction of one, whatever its driver and its relations. */
// biome-ignore lint/suspicious/noExplicitAny: a parameter of this type takes the handle of every driver.
export type Database = PgAsyncDatabase<any, any>;

/** Whether the handle is a transaction: what is written through it is kept or lost with the rest of it. */
export function isTransaction(db: Database): boolean {
  return 'rollback' in db;
}
