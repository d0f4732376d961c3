import { databaseFailure } from './database-failure.ts';
import type { Query } from './query.ts';
import { settleStatement } from './settings.ts';

/**
 * Reads one moment of the database: PostgreSQL itself keeps `read` from writing, and what is set for the database or the role does not
 * change what it reads. The transaction is closed in every case.
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
    return await readInTransaction(query, read);
  } catch (error) {
    throw databaseFailure(error, { object: 'the database', expected });
  }
}

/**
 * The same, with the errors of PostgreSQL as they are.
 *
 * @param options As those of `settleStatement`.
 */
export async function readInTransaction<Result>(
  query: Query,
  read: () => Promise<Result>,
  options: Parameters<typeof settleStatement>[0] = {},
): Promise<Result> {
  await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY NOT DEFERRABLE');
  try {
    await query(settleStatement(options));
    return await read();
  } finally {
    await query('ROLLBACK').catch(() => {});
  }
}
