/**
 * The identifier with one table name in it replaced by another, where the identifier carries it as a whole word between
 * underscores: `idx_messages_thread_id` with `messages` → `customer_messages` is `idx_customer_messages_thread_id`. An
 * identifier that does not carry the name, or carries the new name already, comes back as it was.
 */
export function identifierWithTableName(identifier: string, tableName: string, newTableName: string): string {
  const carries = (name: string) => new RegExp(`(?<![A-Za-z0-9])${name}(?![A-Za-z0-9])`);
  if (newTableName.includes(tableName) && carries(newTableName).test(identifier)) return identifier;
  return identifier.replace(carries(tableName), newTableName);
}
