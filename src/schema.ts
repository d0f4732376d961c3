/** Every table, enum, PostgreSQL schema and compatibility view: what drizzle-kit reads. */
export * from './compat.ts';
export * from './index.ts';
