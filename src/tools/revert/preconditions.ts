import { Conflict } from '../../errors.ts';
import { tableRenames } from '../../registry/table-renames.ts';
import type { Query } from '../database/query.ts';
import type { History } from '../migrations/history.ts';
import type { Migration } from '../migrations/migrations-folder.ts';
import { recordStatement, recordTable } from '../migrations/record.ts';
import { functionsByText } from '../usage/dependent-objects.ts';
import { readNames } from '../usage/name-resolution.ts';
import { inverseOf, isRename, renamedTables, viewsOf } from './inverse.ts';

/** What happens to the migrations after the target, each list oldest first. */
export interface WayBack {
  /** The applied renames: they are undone. */
  readonly undone: readonly Migration[];
  /** All other applied migrations: they stay. */
  readonly kept: readonly Migration[];
  /** The renames that are not applied. */
  readonly pending: readonly Migration[];
}

/** Plans the way back to an applied migration. */
export function wayBack(to: Migration, { applied, pending }: History): WayBack {
  // Names begin with the time, and migrations are ordered by name.
  const isLater = ({ name }: Migration) => name > to.name;
  const later = applied.filter(isLater);
  return {
    undone: later.filter(isRename),
    kept: later.filter((migration) => !isRename(migration)),
    pending: pending.filter((migration) => isLater(migration) && isRename(migration)),
  };
}

/**
 * Checks for obstacles before anything is undone, so that no revert stops half-way.
 *
 * @throws {Conflict} if one of the renames does more than rename, tables and views do not match the record,
 * or something else needs what would be dropped: an object or a remaining migration needs a view, or the text of a function a canonical
 * name.
 */
export async function assertWayBack(query: Query, { undone, kept, pending }: WayBack): Promise<void> {
  const views = undone.flatMap((migration) => droppedViews(migration));
  assertViewsAreLeftAlone(kept, views);
  await assertRecordIsTrue(query, undone, pending);
  await assertViewsMayGo(query, views);
  await assertFunctionsDoNotName(query, undone);
}

function droppedViews(migration: Migration): string[] {
  return viewsOf(inverseOf(migration).filter((statement) => statement.startsWith('DROP VIEW ')));
}

/** If a later migration recreated or dropped a view, it would come back as the rename created it, and that migration would not run again. */
function assertViewsAreLeftAlone(kept: readonly Migration[], views: readonly string[]): void {
  for (const { name, statements } of kept) {
    const view = viewsOf(statements).find((changed) => views.includes(changed));
    if (view === undefined) continue;
    throw new Conflict({
      object: name,
      found: `a statement that creates, changes or drops the view ${view}, which would be dropped`,
      expected: 'later migrations that leave the views under old names alone; nothing was undone',
      next: 'give --to this migration or a later one',
    });
  }
}

/** A rename without its row in the record can't be undone, nor one without its table or view. */
async function assertRecordIsTrue(
  query: Query,
  undone: readonly Migration[],
  pending: readonly Migration[],
): Promise<void> {
  const names = [...undone, ...pending].flatMap(renamedTables).flatMap(({ from, to }) => [from, to]);
  const { rows } = await query(
    `SELECT n.nspname || '.' || c.relname AS name, c.relkind::text AS kind
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = ANY ($1::text[])`,
    [[...names, ...undone.flatMap(droppedViews)]],
  );
  const kinds = new Map(rows.map(({ name, kind }) => [String(name), String(kind)]));
  const isTable = (name: string) => ['r', 'p'].includes(kinds.get(name) ?? '');
  const renamedOnwards = new Set(undone.flatMap(renamedTables).map(({ from }) => from));
  for (const migration of pending) {
    const table = renamedTables(migration).find(({ to }) => isTable(to));
    if (!table) continue;
    if (isTable(table.from)) {
      throw new Conflict({
        object: table.to,
        found: `a table of that name beside the table ${table.from}, which ${migration.name} has yet to rename`,
        expected: 'a free name; nothing was undone',
        next: 'canonical-models migrate --dry-run says what to do with it',
      });
    }
    throw new Conflict({
      object: migration.name,
      found: `no row in ${recordTable}, although its table already has the canonical name ${table.to}`,
      expected: 'a record that has every rename of the database; nothing was undone',
      next: `canonical-models check shows what exists. If the migration was applied in full and only its row is gone, put it back: ${recordStatement(migration)}`,
    });
  }
  for (const migration of undone) {
    const missing = [
      ...renamedTables(migration).flatMap(({ to }) =>
        isTable(to) || renamedOnwards.has(to) ? [] : [`no table ${to}`],
      ),
      ...droppedViews(migration).flatMap((view) => (kinds.get(view) === 'v' ? [] : [`no view ${view}`])),
    ];
    if (missing.length === 0) continue;
    throw new Conflict({
      object: migration.name,
      found: `${missing.join(' and ')}, although ${recordTable} has the migration`,
      expected: 'tables under canonical names and views under old ones, as the record says; nothing was undone',
      next: 'canonical-models check shows what exists, and the SQL to fix it',
    });
  }
}

async function assertViewsMayGo(query: Query, views: readonly string[]): Promise<void> {
  const { rows } = await query(
    `WITH dropped AS (
       SELECT c.oid, c.reltype, t.typarray, n.nspname || '.' || c.relname AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = c.reltype
       WHERE c.relkind = 'v' AND n.nspname || '.' || c.relname = ANY ($1::text[])
     )
     SELECT DISTINCT dropped.name AS view, pg_describe_object(classid, objid, objsubid) AS object
     FROM dropped JOIN pg_depend
       ON (refclassid = 'pg_class'::regclass AND refobjid = dropped.oid)
       OR (refclassid = 'pg_type'::regclass AND refobjid IN (dropped.reltype, dropped.typarray))
     WHERE NOT (classid = 'pg_type'::regclass AND objid IN (dropped.reltype, dropped.typarray))
       AND NOT EXISTS (
         SELECT FROM pg_rewrite rule
         WHERE classid = 'pg_rewrite'::regclass AND rule.oid = objid AND rule.ev_class = dropped.oid AND rule.rulename = '_RETURN'
       )
     ORDER BY view, object`,
    [views],
  );
  const [first] = rows;
  if (!first) return;
  throw new Conflict({
    object: String(first['view']),
    found: `objects that would go with the views or keep them: ${rows.map(({ view, object }) => `${object} (on ${view})`).join(', ')}`,
    expected: 'views under old names that nothing in the database depends on; nothing was undone',
    next: 'drop these objects, or let them use the canonical names, then run the command again',
  });
}

/** PostgreSQL binds what it has parsed to the table itself; but the text of a function keeps naming a table that is gone. */
async function assertFunctionsDoNotName(query: Query, undone: readonly Migration[]): Promise<void> {
  const migrationOf = new Map(
    undone.flatMap((migration) => renamedTables(migration).map(({ to }) => [to, migration.name])),
  );
  const entries = tableRenames.flatMap((entry) =>
    migrationOf.has(entry.to) ? [{ ...entry, from: entry.to, to: entry.from }] : [],
  );
  const { found, unread } = await functionsByText(query, await readNames(query, entries));
  const uses = [
    ...found.map(({ name, type, object }) => ({ name, text: `${type} ${object}, which names ${name}` })),
    ...unread.flatMap(({ of, mentions, reason }) =>
      mentions.map((name) => ({ name, text: `function ${of}, which mentions ${name}: ${reason}` })),
    ),
  ];
  const [first] = uses;
  if (!first) return;
  throw new Conflict({
    object: migrationOf.get(first.name) ?? first.name,
    found: uses.map(({ text }) => text).join('; '),
    expected: 'no function whose body is text that names a canonical table; nothing was undone',
    next: 'write such a function with BEGIN ATOMIC, let it use the old name, or drop it; then run the command again',
  });
}
