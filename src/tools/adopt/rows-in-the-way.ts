import type { Surroundings } from '../check/repair-sql/index.ts';
import { definitionOf, ownName } from '../check/repair-sql/names.ts';
import type { DescribedObject } from '../database/describe.ts';
import { literal, type Query } from '../database/query.ts';
import type { DeviationKind } from '../deviations/kinds.ts';
import type { RowsInTheWay } from './report.ts';

/**
 * The query for the rows that would keep PostgreSQL from making an object as it is expected; `undefined` if no row could.
 *
 * @param expected The object under the names of this database.
 */
export function queryForRowsInTheWay(
  kind: DeviationKind,
  expected: DescribedObject,
  present: Surroundings['found'],
): string | undefined {
  const { table = '' } = expected;
  switch (kind) {
    case 'missing-not-null':
      return `SELECT * FROM ${table} WHERE ${ownName(expected)} IS NULL`;
    case 'missing-foreign-key':
    case 'other-foreign-key':
      return orphans(expected, present);
    case 'missing-check':
    case 'other-check': {
      const condition = /^CHECK \((.*)\)(?: NO INHERIT)?$/s.exec(definitionOf(expected))?.[1];
      return condition && `SELECT * FROM ${table} WHERE NOT (${condition})`;
    }
    case 'not-validated':
      if (expected.kind === 'column') return queryForRowsInTheWay('missing-not-null', expected, present);
      return queryForRowsInTheWay(
        expected.properties['type'] === 'check' ? 'missing-check' : 'missing-foreign-key',
        expected,
        present,
      );
    case 'missing-key':
    case 'other-key':
      return duplicates(table, /^(?:PRIMARY KEY|UNIQUE) \(([^)]*)\)/.exec(definitionOf(expected))?.[1]);
    case 'missing-index':
    case 'other-index':
      // An index with a condition or over expressions is left to PostgreSQL.
      return expected.properties['unique'] === true
        ? duplicates(
            table,
            / USING btree \(((?:\w+|"(?:[^"]|"")+")(?:, (?:\w+|"(?:[^"]|"")+"))*)\)$/.exec(definitionOf(expected))?.[1],
          )
        : undefined;
    default:
      return undefined;
  }
}

function orphans(foreignKey: DescribedObject, present: Surroundings['found']): string | undefined {
  const [, own, target, others] =
    /^FOREIGN KEY \(([^)]*)\) REFERENCES (\S+?)\(([^)]*)\)/.exec(definitionOf(foreignKey)) ?? [];
  if (own === undefined || target === undefined || others === undefined) return undefined;
  const [columns, keys] = [own, others].map((list) => list.split(', ')) as [string[], string[]];
  const refers = columns.map((column) => `child.${column} IS NOT NULL`).join(' AND ');
  const meets = columns.map((column, index) => `parent.${keys[index]} = child.${column}`).join(' AND ');
  const all = `SELECT * FROM ${foreignKey.table} AS child WHERE ${refers}`;
  // A table that is missing is made without rows.
  if (!present.has(`table ${target}`)) return all;
  return `${all} AND NOT EXISTS (SELECT FROM ${target} AS parent WHERE ${meets})`;
}

function duplicates(table: string, columns: string | undefined): string | undefined {
  if (columns === undefined) return undefined;
  const present = columns
    .split(', ')
    .map((column) => `${column} IS NOT NULL`)
    .join(' AND ');
  return `SELECT ${columns}, count(*) FROM ${table} WHERE ${present} GROUP BY ${columns} HAVING count(*) > 1`;
}

/**
 * Counts the rows of a query; `undefined` if PostgreSQL refuses it, as it does where a column that it names is missing or of another type.
 *
 * @param query A session within a transaction.
 */
export async function countRows(query: Query, listing: string): Promise<RowsInTheWay | undefined> {
  await query('SAVEPOINT counting');
  try {
    const { rows } = await query(`SELECT count(*)::text AS rows FROM (${listing}) AS listed`);
    await query('RELEASE SAVEPOINT counting');
    return { rows: Number(rows[0]?.['rows']), query: `${listing};` };
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
    await query('ROLLBACK TO SAVEPOINT counting');
    return undefined;
  }
}

/**
 * Counts the values of a column that do not convert to another type. It tries each one, as only that tells for every type.
 *
 * @param query A session within a transaction. It writes nothing: the answer comes back in a setting of the transaction.
 * @param target.converted The value as the other type, as in `status::text::public.lead_status`.
 * @param target.version The server's, as in `150018`: from 16 on PostgreSQL can list the values.
 */
export async function countUnconvertible(
  query: Query,
  column: DescribedObject,
  { type, converted, version }: { readonly type: string; readonly converted: string; readonly version: number },
): Promise<RowsInTheWay> {
  const [table, name] = [column.table ?? '', ownName(column)];
  await query(`DO $adopt$
DECLARE
  one record;
  refused bigint := 0;
BEGIN
  BEGIN
    PERFORM count(${converted}) FROM ${table};
  EXCEPTION WHEN others THEN
    FOR one IN SELECT ${name} FROM ${table} WHERE ${name} IS NOT NULL LOOP
      BEGIN
        PERFORM one.${converted};
      EXCEPTION WHEN others THEN
        refused := refused + 1;
      END;
    END LOOP;
  END;
  PERFORM set_config('canonical_models.unconvertible', refused::text, true);
END $adopt$`);
  const { rows } = await query(`SELECT current_setting('canonical_models.unconvertible') AS rows`);
  return {
    rows: Number(rows[0]?.['rows']),
    query:
      version >= 160000
        ? `SELECT * FROM ${table} WHERE NOT pg_input_is_valid(${name}::text, ${literal(type)});`
        : `SELECT ${name}, count(*) FROM ${table} GROUP BY ${name};`,
  };
}
