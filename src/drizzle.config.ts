import { fileURLToPath } from 'node:url';
import { retiredTables } from './retired.ts';
import { record } from './tools/migrations/record-name.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const url = process.env['DATABASE_URL'] ?? '';

/**
 * The drizzle-kit configuration of the package: its migrations and its schema, wherever the package is installed, and the
 * database in `DATABASE_URL` (`postgres://…`, or `pglite:<folder>`). Retired tables are left out, so that drizzle-kit neither
 * sees nor drops them.
 *
 * @example
 * DATABASE_URL=postgres://… npx drizzle-kit migrate --config node_modules/canonical-models/dist/drizzle.config.js
 */
export default {
  dialect: 'postgresql' as const,
  schema: here(import.meta.url.endsWith('.ts') ? './schema.ts' : './schema.js'),
  out: here('../drizzle'),
  migrations: record,
  ...(url.startsWith('pglite:') && { driver: 'pglite' as const }),
  dbCredentials: { url: url.replace(/^pglite:/, '') },
  schemaFilter: ['public', 'identity'],
  tablesFilter: retiredTables.map(({ name }) => `!${name.split('.')[1]}`),
};
