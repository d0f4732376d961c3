import type { Surroundings } from '../check/repair-sql/index.ts';
import { withSuffix } from '../check/repair-sql/names.ts';
import type { DescribedObject } from '../database/describe.ts';
import { splitName } from '../deviations/names.ts';

/** The statements that give a table or view another name, and its indexes with it, so that theirs are free. */
export function putAsideSql(name: string, found: Surroundings['found']): string[] {
  const [schema, own] = splitName(name);
  const indexes = [...found.values()].filter(({ kind, table }) => kind === 'index' && table === name);
  const rename = (kind: string, other: string) =>
    `ALTER ${kind} ${schema}.${other} RENAME TO ${withSuffix(other, 'before')};`;
  return ['BEGIN;', rename(kindOf(found.get(`view ${name}`)), own), ...indexes.map(putIndexAsideSql), 'COMMIT;'];
}

/** The statement that gives an index another name. */
export function putIndexAsideSql({ name }: DescribedObject): string {
  const [schema, own] = splitName(name);
  return `ALTER INDEX ${schema}.${own} RENAME TO ${withSuffix(own, 'before')};`;
}

function kindOf(view: DescribedObject | undefined): string {
  if (!view) return 'TABLE';
  return view.properties['kind'] === 'materialized' ? 'MATERIALIZED VIEW' : 'VIEW';
}
