import { databaseFailure } from './database-failure.ts';
import type { Query } from './query.ts';

/**
 * Reads one moment of the database: PostgreSQL itself keeps `read` from writing. The transaction is closed in every case.
 *
 * @param query One session, outside a transaction.
 * @param expected What can be read, for the error message.
 * @throws {NotSetUp} if the database or the connection refuses; other errors of `read` as they are.
 */
export async function readOnlyTransaction<Result>(
  query: Query,
  expected: string,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      return await read();
    } finally {
      await query('ROLLBACK').catch(() => {});
    }
  } catch (error) {
    throw databaseFailure(error, { object: 'the database', expected });
  }
}
