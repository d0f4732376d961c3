import type { DeviationKind } from '../deviations/kinds.ts';

/** Which locks the statements of a step take, and how long they hold them. */
export interface LockNote {
  readonly locks: string;
  readonly lasts: string;
}

const instant = 'an instant: only catalogs change';
const reading = 'as long as it takes to read the table';
const exclusive = (table: string) => `ACCESS EXCLUSIVE on ${table}: its clients wait`;

const ofNone: LockNote = { locks: 'none that a client waits for', lasts: instant };
const ofBuilding = (table: string): LockNote => ({
  locks: `SHARE UPDATE EXCLUSIVE on ${table}: clients read and write, other changes of the table wait`,
  lasts: `${reading} twice, and until the transactions that began before have ended`,
});
const ofValidating = (table: string, first: string): LockNote => ({
  locks: `${first}; then SHARE UPDATE EXCLUSIVE on ${table}: clients read and write`,
  lasts: `${instant}; then ${reading}`,
});
const ofRewriting = (table: string): LockNote => ({
  locks: exclusive(table),
  lasts: 'as long as it takes to write the table and its indexes again: do it in a quiet moment',
});

/** What a step locks, by its kind. What is not listed takes one strong lock for an instant. */
const notes: Readonly<Partial<Record<DeviationKind | 'name-taken', (table: string) => LockNote>>> = {
  'other-index-name': (table) => ({
    locks: `SHARE UPDATE EXCLUSIVE on the index of ${table}: clients read and write`,
    lasts: instant,
  }),
  'missing-not-null': (table) => ({
    locks: `${exclusive(table)}, three times; in between SHARE UPDATE EXCLUSIVE: clients read and write`,
    lasts: `${instant}; in between ${reading}`,
  }),
  'missing-index': ofBuilding,
  'other-index': ofBuilding,
  'invalid-index': ofBuilding,
  'missing-key': (table) => ({
    locks: `SHARE UPDATE EXCLUSIVE on ${table}: clients read and write; then ${exclusive(table)}`,
    lasts: `${reading} twice; then ${instant}`,
  }),
  'other-key': (table) => ({
    locks: `SHARE UPDATE EXCLUSIVE on ${table}: clients read and write; then ${exclusive(table)}`,
    lasts: `${reading} twice; then ${instant}`,
  }),
  'missing-check': (table) => ofValidating(table, exclusive(table)),
  'other-check': (table) => ofValidating(table, exclusive(table)),
  'missing-foreign-key': (table) =>
    ofValidating(table, `SHARE ROW EXCLUSIVE on ${table} and on the table that it refers to: their writers wait`),
  'other-foreign-key': (table) => ofValidating(table, exclusive(table)),
  'not-validated': (table) => ({
    locks: `SHARE UPDATE EXCLUSIVE on ${table}: clients read and write`,
    lasts: reading,
  }),
  'missing-label': () => ofNone,
  'missing-enum': () => ofNone,
  'label-case': () => ({
    locks: 'none that a client waits for',
    lasts: `${instant}; what clients send in the old case fails from then on`,
  }),
  'missing-table': () => ({
    locks: 'SHARE ROW EXCLUSIVE on the tables that it refers to: their writers wait',
    lasts: instant,
  }),
  'other-type': ofRewriting,
  'label-order': ofRewriting,
  'other-generation': ofRewriting,
  'other-collation': ofRewriting,
};

/** What the statements for an index, a key or a foreign key of a partitioned table lock: nothing of it can be done beside its writers. */
export const lockNoteOfPartitioned = (table: string): LockNote => ({
  locks: `SHARE or more on ${table} and its partitions: their writers wait`,
  lasts: reading,
});

/** What the statements of a step lock, and how long. */
export function lockNoteOf(kind: DeviationKind | 'name-taken', table: string): LockNote {
  return notes[kind]?.(table) ?? { locks: exclusive(table), lasts: instant };
}
