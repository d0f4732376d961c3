import { literal, type Query } from '../database/query.ts';
import type { Migration } from './migrations-folder.ts';
import { record } from './record-name.ts';

/** A migration that the database has recorded as applied. */
export interface AppliedMigration {
  readonly name: string;
  readonly hash: string;
  readonly appliedAt: Date;
}

/** The record of migrations, as in SQL. */
export const recordTable: string = `${record.schema}.${record.table}`;

/** Reads the migrations that the database has recorded, oldest first; `undefined` if it has no record. */
export async function appliedMigrations(query: Query): Promise<AppliedMigration[] | undefined> {
  // Not to_regclass: its answer may be from before the session waited for its turn, while another run created the record.
  const { rows: found } = await query(
    `SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = ${literal(record.schema)} AND c.relname = ${literal(record.table)}`,
  );
  if (found.length === 0) return undefined;
  const { rows } = await query(`SELECT name, hash, applied_at FROM ${recordTable} ORDER BY id`);
  return rows.map(({ name, hash, applied_at: appliedAt }) => ({
    name: String(name),
    hash: String(hash),
    appliedAt: appliedAt as Date,
  }));
}

const createSchemaStatement = `CREATE SCHEMA IF NOT EXISTS ${record.schema}`;

/**
 * The statements that create the schema of the record if it is missing: PostgreSQL requires the right to create schemas even if there is
 * nothing to create.
 */
export async function missingSchemaStatements(query: Query): Promise<readonly string[]> {
  const { rows } = await query(`SELECT to_regnamespace('${record.schema}') IS NULL AS missing`);
  return rows[0]?.['missing'] === true ? [createSchemaStatement] : [];
}

/** Create the record as drizzle-orm does, if it does not exist. */
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

/** The statements that create what is missing of the record, and nothing that exists: a role that may only use it needs no more rights. */
export async function missingRecordStatements(query: Query): Promise<readonly string[]> {
  const { rows } = await query(
    `SELECT to_regnamespace('${record.schema}') IS NULL AS without_schema, to_regclass('${recordTable}') IS NULL AS without_record`,
  );
  const { without_schema: withoutSchema, without_record: withoutRecord } = rows[0] ?? {};
  if (withoutSchema === true) return createRecordStatements;
  return withoutRecord === true ? createRecordStatements.slice(1) : [];
}

/** Records a migration as applied, as drizzle-orm does. */
export function recordStatement({ hash, folderMillis, name }: Migration): string {
  return `INSERT INTO ${recordTable} (hash, created_at, name) VALUES (${literal(hash)}, ${folderMillis}, ${literal(name)})`;
}
