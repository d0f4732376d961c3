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
