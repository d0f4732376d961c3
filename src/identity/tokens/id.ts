import { isId } from '../id.ts';
import { StationTokenError } from './errors.ts';

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
