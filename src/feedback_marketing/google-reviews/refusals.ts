import { NotFound } from '../../errors.ts';

/** A row of another station is the same as none. */
export function notOfTheStation(object: string, kind: string): NotFound {
  return new NotFound({
    object,
    found: `no such ${kind} at the station`,
    expected: `the id of a ${kind} of the station`,
    next: `correct ${object}`,
  });
}
