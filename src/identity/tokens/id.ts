import { StationTokenError } from './errors.ts';

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a text is a UUID, as the ids of all rows are. */
export function isId(text: string): boolean {
  return uuid.test(text);
}

/**
 * @throws {StationTokenError} `invalid-input`, where a text is no UUID.
 */
export function assertId(object: string, id: string): void {
  if (isId(id)) return;
  throw new StationTokenError('invalid-input', {
    object,
    found: 'a text that is no UUID',
    expected: 'the id of a row: a UUID',
    next: `give the ${object} as the database has it`,
  });
}
