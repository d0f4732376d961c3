import { renames, type TableRename } from './renames.ts';

/** The entries of the registry that rename a table, in the order in which their migrations run. */
export const tableRenames: readonly TableRename[] = renames.filter((entry) => entry.kind === 'table');
