import type { Query } from './query.ts';

/**
 * Whether services may enter a station by the id of a user alone, or have to show a token.
 *
 * @returns null if the database is not migrated that far, or the role may not use the schema `identity`.
 */
export async function readEntryByUserId(query: Query): Promise<boolean | null> {
  const { rows } = await query(
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE') AS can_ask
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = 'identity' AND p.proname = 'allows_entry_by_user_id' AND p.pronargs = 0`,
  );
  if (rows[0]?.['can_ask'] !== true) return null;
  const answer = await query('SELECT identity.allows_entry_by_user_id() AS allowed');
  return answer.rows[0]?.['allowed'] === true;
}

/** What it means, for a person. */
export function entryText(entryByUserId: boolean | null): string {
  if (entryByUserId === null) return 'unknown';
  return entryByUserId ? 'by token or by userId' : 'by token only';
}
