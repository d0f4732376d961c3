/**
 * Whether a driver's error means that no answer came. PostgreSQL gives each refusal a SQLSTATE and the system each broken socket a code.
 * A plain error without a code is how node-postgres reports that its connection has ended.
 */
export function isWithoutAnswer(error: unknown): error is Error {
  return error instanceof Error && error.name === 'Error' && !('code' in error);
}
