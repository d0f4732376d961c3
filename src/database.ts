import type { PgAsyncDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/** Any Drizzle database on PostgreSQL, or a transaction of one: node-postgres, postgres-js, PGlite and the like. */
// biome-ignore lint/suspicious/noExplicitAny: the relations of a service do not matter here.
export type PostgresDatabase = PgAsyncDatabase<PgQueryResultHKT, any>;

/** Whether the handle is a transaction: writes through it are committed or rolled back with the rest of it. */
export function isTransaction(db: PostgresDatabase): boolean {
  return 'rollback' in db;
}
