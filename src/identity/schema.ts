import { pgSchema } from 'drizzle-orm/pg-core';

/** The PostgreSQL schema of the identity tables. */
export const identity = pgSchema('identity');
