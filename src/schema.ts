/** Every table, enum, PostgreSQL schema and compatibility view: what drizzle-kit reads. */
export * from './generated/views.ts';
export * from './index.ts';
