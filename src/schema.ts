/** Every table, enum, PostgreSQL schema and compatibility view: what drizzle-kit reads. */
export type * from './compatibility-view.ts';
export * from './generated/views.ts';
export * from './index.ts';
