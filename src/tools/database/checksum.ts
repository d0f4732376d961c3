import { NotFound, NotSetUp } from '../../errors.ts';
import type { Query } from './query.ts';
import { canonicalSettingsClause, withCanonicalSettings } from './settings.ts';

/** The content of a table, in a form that can be compared: across time, names, servers and PostgreSQL versions. */
export interface TableChecksum {
  /** The table as it was named to `checksumTables`. */
  readonly table: string;
  readonly rows: number;
  /** 32 hexadecimal digits over every value of every row, independent of the rows' order and the table's name. */
  readonly checksum: string;
}

/**
 * Counts and checksums the rows of tables. Two tables have equal checksums if they hold the same rows, each equally often, with
 * exactly equal values in columns of the same order. Otherwise the checksums differ, with a certainty of 128 bits. NULLs in the last
 * columns of a row count for nothing, so a column that was added and is not yet used changes no checksum.
 *
 * The database does the work, one pass per table: memory stays constant on both sides, however many rows there are. Views
 * work as well as tables. To check all tables at one moment, run it in a `REPEATABLE READ` transaction.
 *
 * @param tables Names as in SQL, with their schema: `public.messages`, `public."Odd name"`.
 * @param rowsOf By the name of a table, the values of its column `id` whose rows count; tables that are not named count all rows.
 * @param withoutColumn By the name of a table, a column that does not count.
 * @throws {NotFound} if a table does not exist.
 * @throws {NotSetUp} `rows-hidden`, if row-level security hides rows of it from this role.
 * @example
 * const before = await checksumTables(query, ['public.messages']);
 * await query('ALTER TABLE public.messages RENAME TO customer_messages');
 * const after = await checksumTables(query, ['public.customer_messages']);
 * before[0]?.checksum === after[0]?.checksum; // true
 */
export async function checksumTables(
  query: Query,
  tables: readonly string[],
  rowsOf: ReadonlyMap<string, readonly string[]> = new Map(),
  withoutColumn: ReadonlyMap<string, string> = new Map(),
): Promise<TableChecksum[]> {
  const identifiers = await identifiersOf(query, tables);
  return withCanonicalSettings(query, async () => {
    const checksums: TableChecksum[] = [];
    for (const [index, table] of tables.entries()) {
      const identifier = identifiers[index] ?? '';
      const [ids, column] = [rowsOf.get(table), withoutColumn.get(table)];
      const columns = column === undefined ? '*' : await otherColumns(query, identifier, column);
      const { rows } = ids
        ? await query(checksumStatement(`(SELECT ${columns} FROM ${identifier} WHERE id::text = ANY ($1))`), [ids])
        : await query(checksumStatement(column === undefined ? identifier : `(SELECT ${columns} FROM ${identifier})`));
      checksums.push({ table, ...checksumOf(rows[0] ?? {}) });
    }
    return checksums;
  });
}

/** Lists the columns of a table but one, in their order, as in a SELECT. */
async function otherColumns(query: Query, table: string, column: string): Promise<string> {
  const { rows } = await query(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_catalog.pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attname <> $2`,
    [table, column],
  );
  return String(rows[0]?.['columns']);
}

/**
 * The ordinary tables of a database in alphabetical order, named as in SQL with their schema (`public.messages`). It leaves out
 * PostgreSQL's own schemas, temporary tables, tables of extensions, and the schema `drizzle` with its record of migrations.
 */
export async function listTables(query: Query): Promise<string[]> {
  const { rows } = await query(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'drizzle')
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
      )
    ORDER BY format('%I.%I', n.nspname, c.relname) COLLATE "C"`);
  return rows.map(({ name }) => String(name));
}

/** Maps each given name to a quoted one that is safe in a statement. */
async function identifiersOf(query: Query, tables: readonly string[]): Promise<string[]> {
  const { rows } = await query(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS identifier, row_security_active(c.oid) AS hidden
    FROM json_array_elements_text($1::json) WITH ORDINALITY AS given (name, position)
    LEFT JOIN pg_catalog.pg_class c ON c.oid = to_regclass(given.name) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    ORDER BY given.position`,
    [JSON.stringify(tables)],
  );
  return tables.map((table, index) => {
    const { identifier, hidden } = rows[index] ?? {};
    if (typeof identifier !== 'string') {
      throw new NotFound({
        object: table,
        found: 'no such table',
        expected: 'a table or view to checksum',
        next: 'Name it with its schema, as in public.messages, and check the database that you are connected to.',
      });
    }
    if (hidden === true) {
      throw new NotSetUp({
        code: 'rows-hidden',
        object: table,
        found: 'row security that may hide rows from this role',
        expected: 'a role that sees every row',
        next: 'Connect as the owner of the table, or as a role with BYPASSRLS.',
      });
    }
    return identifier;
  });
}

/**
 * A row's text is that of the row as one value, as in `(1,"a,b",,"")`: PostgreSQL quotes a value and doubles quotes and
 * backslashes inside if it would otherwise run into the next, writes nothing for NULL and `""` for an empty text. So rows
 * that differ in any value differ in their text, under the canonical settings to the last digit. `(row_of.*)` is always the
 * row, even if a column is called `row_of`. Commas before the last parenthesis are NULLs, as a comma in a value would be in quotes.
 *
 * The checksum adds up SHA-256 of that text, cut to two 64-bit numbers, because a sum does not depend on order and, unlike XOR,
 * counts duplicate rows. `OFFSET 0` makes PostgreSQL compute the digest once per row.
 */
function checksumStatement(relation: string): string {
  return `
    WITH ${canonicalSettingsClause}
    SELECT count(*)::text AS rows,
      coalesce(sum(('x' || encode(substr(digest, 1, 8), 'hex'))::bit(64)::bigint), 0)::text AS high,
      coalesce(sum(('x' || encode(substr(digest, 9, 8), 'hex'))::bit(64)::bigint), 0)::text AS low
    FROM (
      SELECT sha256(convert_to(rtrim(left((row_of.*)::text, -1), ','), 'UTF8')) AS digest
      FROM canonical_settings CROSS JOIN ${relation} AS row_of
      OFFSET 0
    ) AS digests`;
}

function checksumOf(sums: Record<string, unknown>): { rows: number; checksum: string } {
  const half = (sum: unknown) =>
    BigInt.asUintN(64, BigInt(String(sum)))
      .toString(16)
      .padStart(16, '0');
  return { rows: Number(sums['rows']), checksum: half(sums['high']) + half(sums['low']) };
}
