import { literal, type Query } from '../database/query.ts';
import type { Migration } from './migrations-folder.ts';

/** A migration that the database has recorded as applied. */
export interface AppliedMigration {
  readonly name: string | null;
  readonly hash: string;
  readonly appliedAt: Date | null;
}

/** Where drizzle-kit records what it applied, by default. */
export const recordTable = 'drizzle.__drizzle_migrations';

/** The migrations that the database has recorded, oldest first; nothing where it has no record at all. */
export async function appliedMigrations(query: Query): Promise<AppliedMigration[] | undefined> {
  const { rows: columns } = await query(
    `SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('${recordTable}') AND attnum > 0 AND NOT attisdropped`,
  );
  if (columns.length === 0) return undefined;
  const has = (column: string) => columns.some(({ attname }) => attname === column);
  const { rows } = await query(
    `SELECT hash, ${has('name') ? 'name' : 'NULL AS name'}, ${has('applied_at') ? 'applied_at' : 'NULL AS applied_at'}
     FROM ${recordTable} ORDER BY id`,
  );
  return rows.map(({ hash, name, applied_at: appliedAt }) => ({
    hash: String(hash),
    name: name === null ? null : String(name),
    appliedAt: appliedAt instanceof Date ? appliedAt : null,
  }));
}

const createSchemaStatement = 'CREATE SCHEMA IF NOT EXISTS drizzle';

/**
 * What makes the schema of the record where it is missing: PostgreSQL asks for the right to create schemas even where there is nothing
 * to create.
 */
export async function missingSchemaStatements(query: Query): Promise<readonly string[]> {
  const { rows } = await query(`SELECT to_regnamespace('drizzle') IS NULL AS missing`);
  return rows[0]?.['missing'] === true ? [createSchemaStatement] : [];
}

/** Make the record as drizzle-orm makes it, where there is none. */
export const createRecordStatements: readonly string[] = [
  createSchemaStatement,
  `CREATE TABLE IF NOT EXISTS ${recordTable} (
    id SERIAL PRIMARY KEY,
    hash text NOT NULL,
    created_at bigint,
    name text,
    applied_at timestamp with time zone DEFAULT now()
  )`,
];

/**
 * What makes the record where it is missing, and nothing that is there: who may only use it is asked for no more. A record of before
 * drizzle-orm 1.0, without names and times, gets them as drizzle-orm gives them; the times of what it has stay unknown.
 *
 * @param migrations Those of the folder, by whose hashes the record's rows get their names.
 */
export async function missingRecordStatements(
  query: Query,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const { rows } = await query(
    `SELECT to_regnamespace('drizzle') IS NULL AS without_schema, to_regclass('${recordTable}') IS NULL AS without_record,
       (SELECT count(*)::int FROM pg_attribute WHERE attrelid = to_regclass('${recordTable}') AND attname = 'name') AS names,
       (SELECT count(*)::int FROM pg_attribute WHERE attrelid = to_regclass('${recordTable}') AND attname = 'applied_at') AS times`,
  );
  const { without_schema: withoutSchema, without_record: withoutRecord, names, times } = rows[0] ?? {};
  if (withoutSchema === true) return createRecordStatements;
  if (withoutRecord === true) return createRecordStatements.slice(1);
  return [
    ...(names === 0
      ? [
          `ALTER TABLE ${recordTable} ADD COLUMN IF NOT EXISTS name text`,
          ...migrations.map(
            ({ hash, name }) => `UPDATE ${recordTable} SET name = ${literal(name)} WHERE hash = ${literal(hash)}`,
          ),
        ]
      : []),
    ...(times === 0
      ? [
          `ALTER TABLE ${recordTable} ADD COLUMN IF NOT EXISTS applied_at timestamp with time zone DEFAULT now()`,
          `UPDATE ${recordTable} SET applied_at = NULL`,
        ]
      : []),
  ];
}

/** Records a migration as applied, as drizzle-orm records it. */
export function recordStatement({ hash, folderMillis, name }: Migration): string {
  return `INSERT INTO ${recordTable} (hash, created_at, name) VALUES (${literal(hash)}, ${folderMillis}, ${literal(name)})`;
}
