import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';

/**
 * Replaces a table name in an identifier, if the identifier contains it as a whole word between
 * underscores: `idx_messages_thread_id` with `messages` → `customer_messages` is `idx_customer_messages_thread_id`. An
 * identifier that does not contain the name, or already contains the new one, is returned unchanged.
 */
export function identifierWithTableName(identifier: string, tableName: string, newTableName: string): string {
  const carries = (name: string) => new RegExp(`(?<![A-Za-z0-9])${name}(?![A-Za-z0-9])`);
  if (newTableName.includes(tableName) && carries(newTableName).test(identifier)) return identifier;
  return identifier.replace(carries(tableName), newTableName);
}

/** Whether a table has a primary key that its model does not name, so that PostgreSQL named it after the table. */
export function hasUnnamedPrimaryKey(table: PgTable): boolean {
  const { columns, primaryKeys } = getTableConfig(table);
  return columns.some(({ primary }) => primary) || primaryKeys.some(({ isNameExplicit }) => !isNameExplicit);
}

/** The name that PostgreSQL gives the primary key of a table: a long table name is cut so that the whole fits 63 bytes. */
export function primaryKeyName(tableName: string): string {
  return `${tableName.slice(0, 58)}_pkey`;
}
