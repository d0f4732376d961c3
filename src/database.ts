import type { PgAsyncDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/** Any Drizzle database on PostgreSQL, or a transaction of one: node-postgres, postgres-js, PGlite and the like. */
// biome-ignore lint/suspicious/noExplicitAny: the relations of a service do not matter here.
export type PostgresDatabase = PgAsyncDatabase<PgQueryResultHKT, any>;

/** Whether the handle is a transaction: what is written through it is kept or lost with the rest of it. */
export function isTransaction(db: PostgresDatabase): boolean {
  return 'rollback' in db;
}
