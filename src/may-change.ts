import { eq } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { PostgresDatabase } from './database.ts';
import { NotPermitted } from './errors.ts';

/**
 * Tells, of a row that can be read, whether the user may change it: the database locks no other. Without that, an UPDATE that row-level
 * security keeps from the row looks as one that had nothing left to do.
 *
 * @param object The field of the input that names the row.
 * @param permission What changing the row asks for.
 * @throws {NotPermitted} `not-permitted`
 */
export async function assertMayChange(
  tx: PostgresDatabase,
  table: PgTable & { readonly id: PgColumn },
  rowId: string,
  object: string,
  permission = 'customer.update',
): Promise<void> {
  const { id } = table;
  const [locked] = await tx.select({ id }).from(table).where(eq(id, rowId)).for('no key update').$withCache(false);
  if (locked) return;
  throw new NotPermitted({
    object,
    found: 'a user who may not change it',
    expected: `one with the permission ${permission} at the station`,
    next: 'let somebody with that permission do it',
  });
}
