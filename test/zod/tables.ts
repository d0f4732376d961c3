import { randomUUID } from 'node:crypto';
import { type EmptyRelations, getColumns } from 'drizzle-orm';
import { drizzle as drizzleServer } from 'drizzle-orm/node-postgres';
import {
  getTableConfig,
  type PgAsyncDatabase,
  type PgColumn,
  type PgQueryResultHKT,
  type PgTable,
} from 'drizzle-orm/pg-core';
import { drizzle as drizzlePGlite } from 'drizzle-orm/pglite';
import { setEncryptionKeys } from '../../src/identity/encryption-keys.ts';
import { type Engine, openDatabase, type TestDatabase } from '../support/databases.ts';

export type Row = Record<string, unknown>;

/** A database with the legacy rows under the canonical names, and a Drizzle handle on it. */
export interface CanonicalDatabase extends TestDatabase {
  readonly drizzle: PgAsyncDatabase<PgQueryResultHKT, EmptyRelations>;
}

/** Opens one. Close it when done. */
export async function openCanonicalDatabase(engine: Engine): Promise<CanonicalDatabase> {
  // Some columns are encrypted: without keys nothing is written to them. Here, as other files of the process may have taken them away.
  setEncryptionKeys({ current: 'k1', keys: { k1: new Uint8Array(32).fill(1) } });
  const database = await openDatabase(engine, 'migrated');
  const drizzle =
    database.engine === 'pglite'
      ? drizzlePGlite({ client: database.pglite })
      : drizzleServer({ client: database.client });
  return { ...database, drizzle };
}

/** Adds rows of the tables that the legacy database does not have. */
export async function addRowsOfLaterTables({ exec }: CanonicalDatabase): Promise<void> {
  await exec(`
    INSERT INTO identity.station_audit_logs (station_id, action, success) SELECT id, 'x', true FROM identity.stations LIMIT 1;
    INSERT INTO identity.station_token_failures (address, failures, began_at) VALUES ('10.0.0.1', 1, now());
    INSERT INTO blog_review_slugs (review_id, slug) SELECT id, 'x' FROM customer_review_blog_posts LIMIT 1;
    INSERT INTO event_review_requests (booking_id) SELECT id FROM bookings LIMIT 1;
    INSERT INTO coupon_redemptions (coupon_id, booking_id, amount_before, amount_off, reversed_at)
    SELECT discount_coupons.id, bookings.id, 2, 1, now() FROM discount_coupons, bookings LIMIT 1;
    INSERT INTO external_reviews (source, location, external_id) VALUES ('google', 'x', 'x');
    INSERT INTO external_review_syncs (source, location) VALUES ('google', 'x')`);
}

const tablesOfSteps: readonly string[] = ['coupon_redemptions', 'customer_review_blog_posts'];

/** Runs tests on an emptied table, its parents in place, and leaves the database as it was. */
export async function onEmptyTable<T>(
  { drizzle, query }: CanonicalDatabase,
  table: PgTable,
  run: () => Promise<T>,
): Promise<T> {
  await query('BEGIN');
  try {
    // What a trigger judges is the step from one row to the next, and no schema's business.
    const { name } = getTableConfig(table);
    if (tablesOfSteps.includes(name)) await query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
    // Ignores the rows that refer to the table. TRUNCATE would empty those as well, and be slower.
    await query('SET LOCAL session_replication_role = replica');
    await drizzle.delete(table);
    await query('SET LOCAL session_replication_role = origin');
    await query('SAVEPOINT empty');
    return await run();
  } finally {
    await query('ROLLBACK');
  }
}

/** Inserts rows and returns them as they are stored. */
export async function insertRows({ drizzle }: CanonicalDatabase, table: PgTable, rows: readonly Row[]): Promise<Row[]> {
  return (await drizzle
    .insert(table)
    .values([...rows])
    .returning()) as Row[];
}

/** Changes every row and returns them as they are stored. */
export async function changeRows({ drizzle }: CanonicalDatabase, table: PgTable, change: Row): Promise<Row[]> {
  return (await drizzle.update(table).set(change).returning()) as Row[];
}

/**
 * The columns that no service changes, by their names in the database: the primary key, `created_at`, `updated_at`, and what the database
 * refuses to change for a role that may do anything but is not the owner. Runs on an existing row, and leaves it as it was.
 */
export async function fixedColumnsOf({ query }: CanonicalDatabase, table: PgTable): Promise<ReadonlySet<string>> {
  const { name, schema = 'public' } = getTableConfig(table);
  const qualified = `"${schema}"."${name}"`;
  const { rows } = await query(
    `SELECT attname AS name FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indisprimary AND indrelid = $1::regclass`,
    [qualified],
  );
  const fixed = new Set(['created_at', 'updated_at', ...rows.map((row) => String(row['name']))]);
  const role = `service_${randomUUID().replaceAll('-', '')}`;
  await query('BEGIN');
  try {
    await query(`CREATE ROLE ${role} BYPASSRLS`);
    await query(`GRANT USAGE ON SCHEMA public, identity TO ${role}`);
    await query(`GRANT ALL ON ${qualified} TO ${role}`);
    await query(`SET LOCAL ROLE ${role}`);
    for (const column of Object.values(getColumns(table))) {
      await query('SAVEPOINT change');
      try {
        await query(
          `UPDATE ${qualified} SET "${column.name}" = "${column.name}" WHERE ctid = (SELECT ctid FROM ${qualified} LIMIT 1)`,
        );
      } catch (error) {
        if ((error as { code?: string }).code !== insufficientPrivilege) throw error;
        fixed.add(column.name);
      }
      await query('ROLLBACK TO SAVEPOINT change');
    }
  } finally {
    await query('ROLLBACK');
  }
  return fixed;
}

const insufficientPrivilege = '42501';

/** The database's answer to a statement. */
export type Outcome = { readonly rows: Row[] } | { readonly refusal: Refusal };

/** Why the database refused a statement. */
interface Refusal {
  readonly message: string;
  readonly code: string | undefined;
  readonly constraint: string | undefined;
}

/** Runs statements on a table that {@link onEmptyTable} emptied and takes them back, whether or not they succeed. */
export async function attempt({ query }: CanonicalDatabase, run: () => Promise<Row[]>): Promise<Outcome> {
  try {
    return { rows: await run() };
  } catch (error) {
    const { message, code, constraint } = ((error as Error).cause ?? error) as Error & Refusal;
    return { refusal: { message, code, constraint } };
  } finally {
    await query('ROLLBACK TO SAVEPOINT empty');
  }
}

/** A column that refers to a column of another table. */
interface Reference {
  readonly key: string;
  readonly parent: PgTable;
  readonly column: PgColumn;
}

/** The foreign keys of the table. */
export function referencesOf(table: PgTable): Reference[] {
  return getTableConfig(table).foreignKeys.map(({ reference }) => {
    const { columns, foreignColumns, foreignTable } = reference();
    const [[from], [column]] = [columns, foreignColumns];
    if (!from || !column || columns.length > 1) throw new Error('Only foreign keys of one column are known here.');
    return { key: keyOf(table, from), parent: foreignTable, column };
  });
}

/** Values that rows may refer to, by the column that does. */
type Parents = ReadonlyMap<string, readonly unknown[]>;

/** Some values for each foreign key of the table. */
export async function parentsOf({ drizzle }: CanonicalDatabase, table: PgTable): Promise<Parents> {
  const parents = new Map<string, readonly unknown[]>();
  for (const { key, parent, column } of referencesOf(table)) {
    const rows = await drizzle.select({ value: column }).from(parent).orderBy(column).limit(40);
    parents.set(
      key,
      rows.map(({ value }) => value),
    );
  }
  return parents;
}

/** The row with each reference pointing at a parent that is there. */
export function withParents(row: Row, parents: Parents, index: number): Row {
  const references = [...parents]
    .filter(([key]) => row[key] !== undefined && row[key] !== null)
    .map(([key, values], nth) => [key, values[(index * (nth + 1)) % values.length]]);
  return { ...row, ...Object.fromEntries(references) };
}

/** The rows without those that a unique key keeps from standing beside an earlier one. */
export function withoutDuplicates(table: PgTable, rows: readonly Row[]): Row[] {
  const keys = uniqueKeys(table);
  const seen = new Set<string>();
  return rows.filter((row) => {
    const marks = keys.flatMap((key, nth) => {
      const values = key.map((name) => row[name]);
      const present = values.every((value) => value !== undefined && value !== null);
      return present
        ? [
            JSON.stringify([nth, ...values], (_, value) =>
              typeof value === 'bigint' ? `${value}` : value,
            ).toLowerCase(),
          ]
        : [];
    });
    if (marks.some((mark) => seen.has(mark))) return false;
    for (const mark of marks) seen.add(mark);
    return true;
  });
}

function uniqueKeys(table: PgTable): string[][] {
  const { columns, indexes, primaryKeys, uniqueConstraints } = getTableConfig(table);
  const named = (column: { name: string }) => keyOf(table, column);
  return [
    ...columns.filter(({ isUnique, primary }) => isUnique || primary).map((column) => [named(column)]),
    ...[...primaryKeys, ...uniqueConstraints].map((key) => key.columns.map(named)),
    ...indexes.filter(({ config }) => config.unique).map(({ config }) => (config.columns as PgColumn[]).map(named)),
  ];
}

/** The name that a column has in TypeScript. */
function keyOf(table: PgTable, { name }: { name: string }): string {
  const found = Object.entries(getColumns(table)).find(([, column]) => column.name === name);
  if (!found) throw new Error(`${getTableConfig(table).name} has no column ${name}`);
  return found[0];
}
