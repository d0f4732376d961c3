import { is } from 'drizzle-orm';
import { getTableConfig, getViewConfig, PgTable, PgView } from 'drizzle-orm/pg-core';
import * as schema from '../schema.ts';

/** Every table and every compatibility view, by PostgreSQL schema and name. */
export const relationNames: readonly { readonly schema: string; readonly name: string }[] = Object.values(
  schema,
).flatMap((value) => {
  const config = is(value, PgTable) ? getTableConfig(value) : is(value, PgView) ? getViewConfig(value) : undefined;
  return config ? [{ schema: config.schema ?? 'public', name: config.name }] : [];
});

/** drizzle-kit's filters for these relations and no others. It matches a table's name without its schema. */
export const relationFilters = {
  schemaFilter: [...new Set(relationNames.map(({ schema }) => schema))],
  tablesFilter: [...new Set(relationNames.map(({ name }) => name))],
};
