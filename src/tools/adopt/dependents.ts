import { ownName } from '../check/repair-sql/names.ts';
import type { DescribedObject } from '../database/describe.ts';
import { literal, type Query } from '../database/query.ts';
import type { Deviation } from '../deviations/deviation.ts';
import type { DeviationKind } from '../deviations/kinds.ts';

/** Something that PostgreSQL would refuse a statement for. */
export interface Dependent {
  /** A view can be dropped and made again with what it has; everything else is for people. */
  readonly isView: boolean;
  /** Of a view its name, as in `reports.open_bookings`; of everything else what PostgreSQL calls it. */
  readonly name: string;
  /** What is said about a view and its columns, as statements. */
  readonly comments: readonly string[];
}

/** The deviations whose statements PostgreSQL refuses as long as something reads the column, by the property that they change. */
const ofColumns: ReadonlySet<DeviationKind> = new Set([
  'narrower-type',
  'other-type',
  'other-collation',
  'other-generation',
]);

/** The deviations whose statements drop a key or an index first. */
const ofKeys: ReadonlySet<DeviationKind> = new Set(['other-key', 'other-index']);

/**
 * Lists what PostgreSQL would refuse the statements of deviations for, as the catalogs say it: for another type of a column, what reads the
 * column; for another key or index, what rests on it. Views that read such a view are among them, each before those that it reads.
 *
 * @param query A session within a transaction, with an empty search_path.
 */
export async function listDependents(
  query: Query,
  deviations: readonly Deviation[],
  found: readonly DescribedObject[],
): Promise<Map<Deviation, readonly Dependent[]>> {
  const listed = new Map<Deviation, readonly Dependent[]>();
  for (const deviation of deviations) {
    const targets = targetsOf(deviation, found);
    if (targets.length === 0) continue;
    const { rows } = await query(dependentsOf(targets));
    if (rows.length > 0) {
      listed.set(
        deviation,
        rows.map((row) => ({
          isView: row['is_view'] === true,
          name: String(row['name']),
          comments: (row['comments'] ?? []) as string[],
        })),
      );
    }
  }
  return listed;
}

/** Addresses in the catalogs, as queries for `classid`, `objid` and `objsubid`. */
function targetsOf({ kind, found: object }: Deviation, found: readonly DescribedObject[]): string[] {
  if (!object) return [];
  if (ofColumns.has(kind)) return columnAddress(object);
  if (kind === 'label-order') {
    const isOfType = (column: DescribedObject) =>
      column.kind === 'column' && String(column.properties['type']).replace(/(\[\])+$/, '') === object.name;
    const tables = new Set(found.filter((each) => each.kind === 'table').map(({ name }) => name));
    return [
      `SELECT 'pg_type'::regclass, oid, 0 FROM pg_type WHERE oid = ${literal(object.name)}::regtype`,
      ...found.filter((each) => isOfType(each) && tables.has(each.table ?? '')).flatMap(columnAddress),
    ];
  }
  if (!ofKeys.has(kind)) return [];
  if (object.kind === 'index')
    return [`SELECT 'pg_class'::regclass, oid, 0 FROM pg_class WHERE oid = ${literal(object.name)}::regclass`];
  return [
    `SELECT 'pg_constraint'::regclass, oid, 0 FROM pg_constraint WHERE conrelid = ${literal(object.table ?? '')}::regclass AND quote_ident(conname) = ${literal(ownName(object))}`,
    `SELECT 'pg_class'::regclass, conindid, 0 FROM pg_constraint WHERE conrelid = ${literal(object.table ?? '')}::regclass AND quote_ident(conname) = ${literal(ownName(object))} AND conindid <> 0`,
  ];
}

function columnAddress(column: DescribedObject): string[] {
  const table = literal(column.table ?? '');
  return [
    `SELECT 'pg_class'::regclass, attrelid, attnum::int FROM pg_attribute WHERE attrelid = ${table}::regclass AND quote_ident(attname) = ${literal(ownName(column))}`,
    // A column of another table may have rows of this one as its type.
    `SELECT 'pg_type'::regclass, unnest(ARRAY[t.oid, t.typarray]), 0 FROM pg_type t WHERE t.typrelid = ${table}::regclass`,
  ];
}

function dependentsOf(targets: readonly string[]): string {
  return `WITH RECURSIVE target (classid, objid, objsubid) AS (
      ${targets.join('\nUNION ALL\n')}
    ), dependent AS (
      SELECT d.classid, d.objid, d.objsubid, 1 AS depth, ARRAY[]::oid[] AS path
      FROM target t JOIN pg_depend d ON d.refclassid = t.classid AND d.refobjid = t.objid AND d.refobjsubid = t.objsubid
      LEFT JOIN pg_type e ON t.classid = 'pg_type'::regclass AND e.oid = t.objid AND e.typtype = 'e'
      LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
      LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
      WHERE d.deptype IN ('n', 'a')
        -- PostgreSQL builds indexes, constraints and statistics of a column again, and our statements those that name an enum.
        AND NOT ((t.objsubid > 0 OR e.oid IS NOT NULL) AND d.objsubid = 0
          AND d.classid IN ('pg_constraint'::regclass, 'pg_class'::regclass, 'pg_statistic_ext'::regclass, 'pg_type'::regclass))
        -- The statements set the defaults of the columns again.
        AND NOT (a.oid IS NOT NULL AND EXISTS (SELECT FROM target o WHERE o.objid = a.adrelid AND o.objsubid = a.adnum))
        AND NOT (c.oid IS NOT NULL AND EXISTS (SELECT FROM target o WHERE o.objid = c.oid AND o.objsubid = d.objsubid))
        -- A column of a view comes with the view. Of what names the rows of a table only columns keep it as it is.
        AND c.relkind IS DISTINCT FROM 'v'
        AND (t.classid <> 'pg_type'::regclass OR e.oid IS NOT NULL OR (c.relkind <> 'm' AND d.objsubid > 0))
      UNION
      SELECT d.classid, d.objid, d.objsubid, v.depth + 1, v.path || r.ev_class
      FROM dependent v
      JOIN pg_rewrite r ON v.classid = 'pg_rewrite'::regclass AND r.oid = v.objid AND r.rulename = '_RETURN' AND NOT r.ev_class = ANY (v.path)
      JOIN pg_class c ON c.oid = r.ev_class
      JOIN pg_type rowtype ON rowtype.oid = c.reltype
      JOIN pg_depend d ON d.deptype = 'n' AND (
        (d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
        OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (rowtype.oid, rowtype.typarray))
      )
      WHERE NOT (d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid)
        -- Indexes, triggers and rules of a view go and come with it.
        AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = d.objid AND i.indrelid = c.oid))
        AND NOT (d.classid = 'pg_trigger'::regclass AND EXISTS (SELECT FROM pg_trigger g WHERE g.oid = d.objid AND g.tgrelid = c.oid))
        AND NOT (d.classid = 'pg_rewrite'::regclass AND EXISTS (SELECT FROM pg_rewrite o WHERE o.oid = d.objid AND o.ev_class = c.oid))
    ), named AS (
      SELECT view.oid AS view, max(depth) AS depth,
        coalesce(quote_ident(n.nspname) || '.' || quote_ident(view.relname), pg_describe_object(d.classid, d.objid, d.objsubid)) AS name
      FROM dependent d
      LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND r.rulename = '_RETURN'
      LEFT JOIN pg_class view ON view.oid = r.ev_class
      LEFT JOIN pg_namespace n ON n.oid = view.relnamespace
      GROUP BY 1, 3
    )
    SELECT view IS NOT NULL AS is_view, name, (
      SELECT json_agg(format('COMMENT ON %s IS %L;',
        CASE WHEN objsubid > 0 THEN format('COLUMN %s.%I', name, attname)
          WHEN relkind = 'm' THEN 'MATERIALIZED VIEW ' || name ELSE 'VIEW ' || name END, description) ORDER BY objsubid)
      FROM pg_description JOIN pg_class c ON c.oid = objoid LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid AND objsubid > 0
      WHERE classoid = 'pg_class'::regclass AND objoid = view
    ) AS comments
    FROM named ORDER BY depth DESC, name`;
}
