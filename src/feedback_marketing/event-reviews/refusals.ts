import { Conflict, NotFound } from '../../errors.ts';

/** None that the operation can see: at another station it is the same as nowhere. */
export function notFoundHere(object: 'reviewId' | 'escalationId' | 'assigneeId', what: string): NotFound {
  return new NotFound({
    object,
    found: `no such ${what} at the station`,
    expected: `the id of one that is there`,
    next: `list them again, and give ${object} as it is there`,
  });
}

/** It stands in a state from which the step does not lead. */
export function notInState(object: 'reviewId' | 'escalationId', found: string, expected: string): Conflict {
  return new Conflict({ object, found, expected, next: 'read it again, and decide by what it says now' });
}
