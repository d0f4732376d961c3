import { fileURLToPath } from 'node:url';

/**
 * The drizzle-kit configuration of the package: its migrations and its schema, wherever the package is installed, and the
 * database in `DATABASE_URL`. The retired table is left out, so that drizzle-kit neither sees nor drops it.
 *
 * @example
 * DATABASE_URL=postgres://… npx drizzle-kit migrate --config node_modules/canonical-models/dist/drizzle.config.js
 */
export default {
  dialect: 'postgresql' as const,
  schema: fileURLToPath(new URL('./schema.js', import.meta.url)),
  out: fileURLToPath(new URL('../drizzle', import.meta.url)),
  dbCredentials: { url: process.env['DATABASE_URL'] ?? '' },
  schemaFilter: ['public', 'identity'],
  tablesFilter: ['!reviews'],
};
