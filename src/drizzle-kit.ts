import { fileURLToPath } from 'node:url';
import { findKitCommand } from './drizzle-kit-command.ts';
import { relationNames } from './registry/relation-names.ts';
import { retiredTables } from './registry/retired.ts';

/** The part of a drizzle-kit configuration that `excludeCanonicalTables` returns. */
export interface OwnTablesConfig {
  readonly schema: string[];
  readonly schemaFilter: string[];
  readonly tablesFilter: string[];
}

/**
 * What a service with tables of its own in PostgreSQL's schema `public` spreads into its drizzle-kit configuration, so that `generate`,
 * `migrate` and `push` ignore the canonical tables, their old names and their enums. A service whose tables are in a PostgreSQL
 * schema of their own needs only `schemaFilter: ['notes']`.
 *
 * drizzle-kit filters tables by name, but enums by schema only. So `push` also reads the canonical enums from this package, or it would
 * drop them. `generate` must not read them, or it would create them.
 *
 * @param schema The service's schema files, as drizzle-kit takes them. They import canonical tables for foreign keys, and export none:
 * `generate` writes what they export.
 *
 * @example
 * import { excludeCanonicalTables } from 'canonical-models/drizzle-kit';
 * import { defineConfig } from 'drizzle-kit';
 *
 * export default defineConfig({
 *   dialect: 'postgresql',
 *   out: './drizzle',
 *   dbCredentials: { url: process.env.DATABASE_URL ?? '' },
 *   ...excludeCanonicalTables('./src/schema.ts'),
 * });
 */
export function excludeCanonicalTables(schema: string | readonly string[]): OwnTablesConfig {
  const names = [
    ...relationNames.filter((relation) => relation.schema === 'public').map(({ name }) => name),
    ...retiredTables.map(({ name }) => name.replace(/^public\./, '')),
  ];
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const canonical = fileURLToPath(new URL(`./schema.${extension}`, import.meta.url));
  return {
    schema: [schema, findKitCommand() === 'push' ? canonical : []].flat(),
    schemaFilter: ['public'],
    // Exclusions only: a single inclusion beside them would include everything that they do not exclude.
    tablesFilter: names.map((name) => `!${name}`),
  };
}
