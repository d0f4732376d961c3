import type { DatabaseDescription } from '../database/describe.ts';
import type { Query } from '../database/query.ts';
import type { Deviation, DeviationOptions } from './deviation.ts';
import { listDeviations } from './list.ts';
import { readNormalForms } from './normal-forms.ts';

/**
 * Lists in what a database deviates, as `listDeviations` does, after asking PostgreSQL which expressions are only spelled differently.
 *
 * @param query One session, inside a transaction. Nothing is written and no table is locked.
 * @param found The database that `query` leads to.
 */
export async function inspectDeviations(
  query: Query,
  expected: DatabaseDescription,
  found: DatabaseDescription,
  options: DeviationOptions = {},
): Promise<Deviation[]> {
  const normalForms = await readNormalForms(query, expected, found, options);
  return listDeviations(expected, found, { ...options, normalForms });
}
