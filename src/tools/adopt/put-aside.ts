import type { Surroundings } from '../check/repair-sql/index.ts';
import { viewKindOf, withSuffix } from '../check/repair-sql/names.ts';
import type { DescribedObject } from '../database/describe.ts';
import { splitName } from '../deviations/names.ts';

/** The statements that give a table or view another name, and its indexes with it, so that theirs are free. */
export function putAsideSql(name: string, found: Surroundings['found']): string[] {
  const view = found.get(`view ${name}`);
  const indexes = [...found.values()].filter(({ kind, table }) => kind === 'index' && table === name);
  return ['BEGIN;', renameSql(view ? viewKindOf(view) : 'TABLE', name), ...indexes.map(putIndexAsideSql), 'COMMIT;'];
}

/** The statement that gives an index another name. */
export function putIndexAsideSql({ name }: DescribedObject): string {
  return renameSql('INDEX', name);
}

function renameSql(kind: string, name: string): string {
  const [schema, own] = splitName(name);
  return `ALTER ${kind} ${schema}.${own} RENAME TO ${withSuffix(own, 'before')};`;
}
