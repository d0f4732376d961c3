import { identifier, type Query, qualifiedIdentifier } from '../database/query.ts';
import type { Migration } from './migrations-folder.ts';
import { type Need, nameBefore, neededBy } from './needed-objects.ts';

/** A trigger of somebody else that fires when a migration writes rows. */
export interface FiredTrigger {
  /** The first migration with which it fires. */
  readonly migration: string;
  /** The table that has it now, as `public.leads`. */
  readonly table: string;
  readonly name: string;
  /** What the migration does with rows: the event for which it fires. */
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE';
  /** As `public.touch_updated_at`. */
  readonly function: string;
}

/**
 * Lists the triggers that pending migrations fire and that no migration created: what they send or change comes of a migration, then.
 * They are not switched off: that takes a lock which keeps writers from the table until the migration ends, and some of them have to see
 * every write, such as those of an outbox or a history. Whether the condition of one holds for a row shows only when it fires.
 */
export async function listFiredTriggers(
  query: Query,
  { applied, pending }: { readonly applied: readonly Migration[]; readonly pending: readonly Migration[] },
): Promise<readonly FiredTrigger[]> {
  const needs = pending.flatMap((migration) => neededBy(migration).map((need) => ({ ...need, migration })));
  const now = (table: string): string => nameBefore(needs, table);
  const writes = needs.flatMap((need): { event: string; table: string; column: string | null; migration: string }[] => {
    if (need.needs !== 'updates' && need.needs !== 'writes') return [];
    const what =
      need.needs === 'updates' ? { event: 'UPDATE', column: need.column } : { event: need.event, column: null };
    return [{ ...what, table: now(need.table), migration: need.migration.name }];
  });
  if (writes.length === 0) return [];
  const { rows } = await query(triggersOnWrites, [
    writes.map(({ table }) => table),
    writes.map(({ event }) => event),
    writes.map(({ column }) => column),
    writes.map(({ migration }) => migration),
  ]);
  const ours = new Set(
    applied
      .flatMap(neededBy)
      .filter(isTrigger)
      .map(({ table, name }) => `${now(table)} ${name}`),
  );
  return (rows as unknown as readonly FiredTrigger[]).filter(({ table, name }) => !ours.has(`${table} ${name}`));
}

function isTrigger(need: Need): need is Extract<Need, { needs: 'adds' }> {
  return need.needs === 'adds' && need.kind === 'trigger';
}

/** A partition's copy of a trigger is that of its table. A child's own one fires for the rows of the child, and not for a statement. */
const triggersOnWrites = `WITH RECURSIVE written AS (
    SELECT c.oid, event, updated, migration, true AS is_named
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS each (name, event, updated, migration)
    JOIN pg_class c ON true JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname || '.' || c.relname = each.name
    UNION
    SELECT c.oid, event, updated, migration, false
    FROM written JOIN pg_inherits ON inhparent = written.oid JOIN pg_class c ON c.oid = inhrelid
    WHERE event <> 'INSERT' OR c.relispartition
  )
  SELECT min(migration) AS migration, n.nspname || '.' || c.relname AS table, tgname::text AS name, event,
    f.nspname || '.' || proname AS function
  FROM written JOIN pg_trigger ON tgrelid = written.oid
  JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_proc p ON p.oid = tgfoid JOIN pg_namespace f ON f.oid = pronamespace
  WHERE NOT tgisinternal AND tgparentid = 0 AND tgenabled IN ('O', 'A')
    AND tgtype & CASE event WHEN 'INSERT' THEN 4 WHEN 'DELETE' THEN 8 ELSE 16 END <> 0
    AND (is_named OR tgtype & 1 = 1)
    AND (event <> 'UPDATE' OR tgattr = '' OR EXISTS (
      SELECT FROM pg_attribute WHERE attrelid = tgrelid AND attname = updated AND attnum = ANY (tgattr)
    ))
  GROUP BY tgname, n.nspname, c.relname, event, f.nspname, proname ORDER BY n.nspname, c.relname, tgname, event`;

/** What each trigger does with a migration, and how to keep it from that: a text each. */
export function firedTriggerNotes(triggers: readonly FiredTrigger[]): string[] {
  return triggers.map(({ migration, table, name, event, function: called }) => {
    const [quotedTable, quotedName] = [qualifiedIdentifier(table), identifier(name)];
    return (
      `trigger ${name} on ${table} calls ${called} with the ${event} of ${migration}. ALTER TABLE ${quotedTable} ` +
      `DISABLE TRIGGER ${quotedName} keeps it from that until it is enabled again, and from what clients write meanwhile`
    );
  });
}
