import { type ErrorDetails, InvalidInput } from './errors.ts';

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a value is a UUID in its usual form, like the ids of all rows. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value);
}

/**
 * Checks the id of a row before it is sent to the database.
 *
 * @param name The caller's name for it, as in `stationId`.
 * @throws {InvalidInput} `invalid-input`, if the value is not a UUID. The value is not in the error: it may be a secret that was passed
 * by mistake.
 */
export function assertId(name: string, value: unknown): asserts value is string {
  if (!isId(value)) throw new InvalidInput(invalidIdDetails(name, value));
}

/** The error details for a value that is not an id. */
export function invalidIdDetails(name: string, value: unknown): ErrorDetails<'invalid-input'> {
  return {
    object: name,
    found: typeof value === 'string' ? 'a string that is not a UUID' : `a value of type ${typeof value}`,
    expected: 'a UUID, as in 6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a',
    next: `give ${name} as the database has it`,
  };
}
