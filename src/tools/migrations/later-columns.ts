import { literal, type Query, qualifiedIdentifier } from '../database/query.ts';

/**
 * The table in which `revert` records the columns that a table got after its rename. A view under an old name never has them: the
 * migration that renames the table again reads them here and leaves them out.
 */
export const laterColumnsTable = 'drizzle.canonical_models_later_columns';

const createStatements: readonly string[] = [
  `CREATE TABLE ${laterColumnsTable} (
    old_name text NOT NULL,
    column_name name NOT NULL,
    PRIMARY KEY (old_name, column_name)
  )`,
  // Anybody who migrates forward reads it.
  `GRANT SELECT ON ${laterColumnsTable} TO PUBLIC`,
];

/**
 * The statements that record the columns of a table that its view lacks, before the view is dropped. Empty if there are none and there
 * were none before.
 *
 * @param names The names of the view and of the table, as in `public.messages` and `public.customer_messages`.
 */
export async function laterColumnsStatements(
  query: Query,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly string[]> {
  const relation = (name: string) => literal(qualifiedIdentifier(name));
  // Compares the columns that the view reads, not their names: a column of the table may have been renamed since.
  const { rows } = await query(
    `SELECT a.attname::text AS name, to_regclass('${laterColumnsTable}') IS NOT NULL AS "isThere"
     FROM (SELECT) AS one LEFT JOIN pg_attribute a
       ON a.attrelid = ${relation(to)}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND NOT EXISTS (
         SELECT FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
         WHERE r.ev_class = ${relation(from)}::regclass
           AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
       )
     ORDER BY a.attnum`,
  );
  const isThere = rows[0]?.['isThere'] === true;
  const later = rows.flatMap(({ name }) => (name === null ? [] : [String(name)]));
  if (later.length === 0 && !isThere) return [];
  return [
    ...(isThere ? [] : createStatements),
    `DELETE FROM ${laterColumnsTable} WHERE old_name = ${literal(from)}`,
    ...later.map(
      (column) =>
        `INSERT INTO ${laterColumnsTable} (old_name, column_name) VALUES (${literal(from)}, ${literal(column)})`,
    ),
  ];
}
