import { unqualifiedName } from '../../registry/qualified-name.ts';
import type { Query } from '../database/query.ts';
import { excerpt, type Unread } from './blind-spot.ts';
import type { NameResolution } from './name-resolution.ts';
import { loadParser } from './relation-references.ts';
import { usesOfFunction } from './uses-of-text.ts';

/** An object of the database that uses an old name. */
export interface ObjectUse {
  /** The old name, as in `public.messages`. */
  readonly name: string;
  /** Its type in PostgreSQL's words: `view`, `materialized view`, `policy`, `function`, `trigger`, `rule` and so on. */
  readonly type: string;
  /** The object, as in `public.open_threads` or `only_own on public.bookings`. */
  readonly object: string;
  /** `dependency`: the database itself records it and would refuse to drop the old name. `text`: the text of a function names it. */
  readonly evidence: 'dependency' | 'text';
}

/** The objects that use old names, and the functions that may. */
export interface DependentObjects {
  readonly uses: readonly ObjectUse[];
  readonly unread: readonly Unread[];
}

/**
 * Finds the objects of this database that use an old name: the catalogs' dependencies, which are exact, and functions whose body the
 * database keeps as text, read with PostgreSQL's own grammar under the function's own search_path.
 */
export async function dependentObjects(query: Query, names: NameResolution): Promise<DependentObjects> {
  const uses: ObjectUse[] = [];
  for (const { entry, oid, state } of names.oldNames) {
    // Objects that depend on a table follow it when it is renamed.
    if (state !== 'view' || oid === undefined) continue;
    for (const { type, object } of await recordedDependents(query, oid)) {
      uses.push({ name: entry.from, type, object, evidence: 'dependency' });
    }
  }
  const { found, unread } = await functionsByText(query, names);
  return {
    uses: [...uses, ...found].sort(
      (one, another) => one.name.localeCompare(another.name) || one.object.localeCompare(another.object),
    ),
    unread,
  };
}

/** Finds what depends on a view or on the type of its rows. A view depends through its rule, so the view is named. */
async function recordedDependents(query: Query, oid: string): Promise<{ type: string; object: string }[]> {
  const { rows } = await query(
    `WITH old AS (SELECT c.oid, c.reltype, t.typarray FROM pg_class c JOIN pg_type t ON t.oid = c.reltype WHERE c.oid = $1::oid),
     dependent AS (
       SELECT DISTINCT d.classid, d.objid, d.objsubid FROM pg_depend d, old
       WHERE d.deptype IN ('n', 'a')
         AND ((d.refclassid = 'pg_class'::regclass AND d.refobjid = old.oid)
           OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (old.reltype, old.typarray)))
     )
     SELECT DISTINCT
       CASE WHEN rule.rulename IS DISTINCT FROM '_RETURN' THEN named.type
            WHEN relation.relkind = 'm' THEN 'materialized view' ELSE 'view' END AS type,
       CASE WHEN rule.rulename IS DISTINCT FROM '_RETURN' THEN named.identity
            ELSE (pg_identify_object('pg_class'::regclass, relation.oid, 0)).identity END AS object
     FROM old, dependent d
     LEFT JOIN pg_rewrite rule ON d.classid = 'pg_rewrite'::regclass AND rule.oid = d.objid
     LEFT JOIN pg_class relation ON relation.oid = rule.ev_class
     CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) AS named
     WHERE NOT (rule.rulename IS NOT DISTINCT FROM '_RETURN' AND rule.ev_class = old.oid)
     ORDER BY 1, 2`,
    [oid],
  );
  return rows.map(({ type, object }) => ({ type: String(type), object: shown(object) }));
}

/** Finds the functions whose body is text and names one of these relations, and those that may. */
export async function functionsByText(
  query: Query,
  names: NameResolution,
): Promise<{ found: ObjectUse[]; unread: Unread[] }> {
  const bareNames = [
    ...new Set(names.oldNames.filter(({ oid }) => oid !== undefined).map(({ entry }) => unqualifiedName(entry.from))),
  ];
  const { rows } = await query(
    `SELECT (pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity AS name, CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS type,
       l.lanname::text AS language, p.prosrc AS body, p.proowner::text AS owner,
       CASE WHEN l.lanname IN ('sql', 'plpgsql') THEN pg_get_functiondef(p.oid) END AS definition,
       (SELECT substr(line, length('search_path=') + 1) FROM unnest(p.proconfig) AS line WHERE line LIKE 'search_path=%') AS search_path
     FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prosqlbody IS NULL AND p.prokind IN ('f', 'p') AND l.lanname NOT IN ('internal', 'c')
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND NOT EXISTS (SELECT FROM pg_depend d
                       WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
       AND EXISTS (SELECT FROM unnest($1::text[]) AS old WHERE position(old IN lower(p.prosrc)) > 0)
     ORDER BY 1`,
    [bareNames],
  );
  if (rows.length > 0) await loadParser();
  const found: ObjectUse[] = [];
  const unread: Unread[] = [];
  for (const row of rows) {
    const body = String(row['body']);
    const object = shown(row['name']);
    const { uses, unknown } = usesOfFunction(
      { definition: String(row['definition']), language: String(row['language']), body },
      {
        names,
        role: String(row['owner']),
        ...(row['search_path'] !== null && { searchPath: String(row['search_path']) }),
      },
    );
    for (const { oldName } of uses) {
      found.push({ name: oldName.entry.from, type: String(row['type']), object, evidence: 'text' });
    }
    if (unknown) unread.push({ where: 'function', of: object, text: excerpt(body), ...unknown });
  }
  return { found, unread };
}

/** The identity of an object without the schema of PostgreSQL's own types. */
function shown(identity: unknown): string {
  return String(identity).replaceAll('pg_catalog.', '');
}
