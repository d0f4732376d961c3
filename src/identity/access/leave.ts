import { sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { contextSettings, outsideContexts } from './context-settings.ts';

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
  const wasOutside = contextSettings.every((name, index) => (before[index] ?? '') === outsideContexts[name]);
  if (!nested && wasOutside && path !== null && isPlainPath.test(path)) {
    // A statement without parameters is the cheapest of all.
    await tx.execute(sql.raw(`SELECT identity.leave_context('${path}')::pg_catalog.text`));
    return;
  }
  const calls = [
    ...(isOutermost ? [sql`identity.clear_connection()::pg_catalog.text`] : []),
    ...contextSettings.map((name, index) => sql`pg_catalog.set_config(${name}, ${before[index] ?? ''}, ${nested})`),
    sql`pg_catalog.set_config('search_path', ${path}, ${nested})`,
  ];
  await tx.execute(sql`SELECT ${sql.join(calls, sql`, `)}`);
}
