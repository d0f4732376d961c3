import type { TableRename } from '../../../registry/renames.ts';
import type { DescribedObject } from '../../database/describe.ts';

/** What the statements that repair one object need to know of the others. */
export interface Surroundings {
  /** What should be, by kind and name. */
  readonly expected: ReadonlyMap<string, DescribedObject>;
  /** What is, by kind and name. */
  readonly found: ReadonlyMap<string, DescribedObject>;
  readonly renames: readonly TableRename[];
}
