import { sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { contextSettings } from './context-settings.ts';

/**
 * Searches temporary objects after all others, as SQL: those of an earlier caller would otherwise hide the tables of the service. The path
 * is that of the caller, in whose place the role of the context comes after it.
 */
export const searchTemporaryObjectsLast = sql.raw(
  `pg_catalog.set_config('search_path', concat_ws(', ', (
    SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest(current_schemas(false)) WITH ORDINALITY AS searched (name, place)
    WHERE name !~ '^pg_temp'
  ), 'pg_temp'), true)`,
);

/** What the settings are outside of every context. */
const outside: readonly string[] = contextSettings.map((name) => ({ role: 'none', row_security: 'on' })[name] ?? '');

/** Leaves the context of a connection that had none, by a statement without parameters: the cheapest of all. */
const leaveForGood = `SELECT identity.clear_connection()::pg_catalog.text, ${contextSettings.map((name, index) => `pg_catalog.set_config('${name}', '${outside[index]}', false)`).join(', ')}`;

/** A search path that can stand in a statement as it is, whatever the settings for texts are. */
const isPlainPath = /^[\w$", ]*$/;

/**
 * Restores the settings, so that nothing stays on the connection, not even what the callback set for the whole session; and clears the
 * connection if the call is the outermost.
 *
 * @param before The search path of before, and then the settings in the order of `contextSettings`.
 * @param nested Whether it is in a transaction that goes on.
 */
export async function leave(
  tx: PostgresDatabase,
  [path = '', ...before]: readonly (string | null)[],
  { nested, isOutermost }: { readonly nested: boolean; readonly isOutermost: boolean },
): Promise<void> {
  const wasOutside = before.every((value, index) => (value ?? '') === outside[index]);
  if (!nested && wasOutside && path !== null && isPlainPath.test(path)) {
    await tx.execute(sql.raw(`${leaveForGood}, pg_catalog.set_config('search_path', '${path}', false)`));
    return;
  }
  const calls = [
    ...(isOutermost ? [sql`identity.clear_connection()::pg_catalog.text`] : []),
    ...contextSettings.map((name, index) => sql`pg_catalog.set_config(${name}, ${before[index] ?? ''}, ${nested})`),
    sql`pg_catalog.set_config('search_path', ${path}, ${nested})`,
  ];
  await tx.execute(sql`SELECT ${sql.join(calls, sql`, `)}`);
}
