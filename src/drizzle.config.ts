import { fileURLToPath } from 'node:url';
import { findKitCommand } from './drizzle-kit-command.ts';
import { relationFilters } from './registry/relation-names.ts';
import { record } from './tools/migrations/record-name.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const url = process.env['DATABASE_URL'] ?? '';
const isBuilt = !import.meta.url.endsWith('.ts');

/** The drizzle-kit commands that write into the migrations folder. */
const writing = ['generate', 'pull', 'introspect', 'up'];
const command = findKitCommand();
if (isBuilt && command !== undefined && writing.includes(command)) {
  throw new Error(
    `drizzle-kit ${command}: found the configuration of the installed canonical-models; expected one of your own, as this one would write into ${here('../drizzle')}. ` +
      'Next: a drizzle.config.ts for your own tables, see docs/guides/own-tables.md in canonical-models; canonical tables are changed in its repository.',
  );
}

/**
 * The drizzle-kit configuration of the package: its migrations and its schema, wherever the package is installed, and the
 * database in `DATABASE_URL` (`postgres://…`, or `pglite:<folder>`). It covers only canonical tables and the views under their old
 * names, so `push` neither sees nor drops other tables. It is for `migrate`, `push`, `check`, `export` and `studio`; in an installed
 * package, the commands that write migrations fail.
 *
 * @example
 * ```sh
 * DATABASE_URL=postgres://… npx drizzle-kit migrate --config node_modules/canonical-models/dist/drizzle.config.js
 * ```
 */
export default {
  dialect: 'postgresql' as const,
  schema: here(isBuilt ? './schema.js' : './schema.ts'),
  out: here('../drizzle'),
  migrations: record,
  ...(url.startsWith('pglite:') && { driver: 'pglite' as const }),
  dbCredentials: { url: url.replace(/^pglite:/, '') },
  ...relationFilters,
};
