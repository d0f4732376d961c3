import { createViewSql, type Surroundings } from '../check/repair-sql/index.ts';
import { definitionOf, ownName, viewKindOf } from '../check/repair-sql/names.ts';
import type { DescribedObject } from '../database/describe.ts';
import type { Dependent } from './dependents.ts';
import type { AdoptStep } from './report.ts';

/**
 * A step that PostgreSQL would refuse for what depends on the column, key or index. Views are dropped and made again in the transaction of
 * the step; what else there is, people drop before it.
 */
export function withDependents(
  step: AdoptStep,
  dependents: readonly Dependent[],
  found: Surroundings['found'],
): AdoptStep {
  const views = dependents.flatMap(({ isView, name, comments }) => {
    const view = isView ? found.get(`view ${name}`) : undefined;
    return view ? [{ view, comments }] : [];
  });
  const others = dependents.filter(({ isView }) => !isView);
  const statements = step.sql.filter((statement) => statement !== 'BEGIN;' && statement !== 'COMMIT;');
  // What is built while clients go on can't be in a transaction.
  const afterBuilding = statements.findLastIndex((statement) => statement.includes(' CONCURRENTLY ')) + 1;
  const first = statements.findIndex((statement, index) => index >= afterBuilding && !statement.startsWith('--'));
  return {
    ...step,
    sql: [
      ...(views.length === 0
        ? []
        : [
            `-- Reads it, so it is dropped and made again: ${views.map(({ view }) => view.name).join(', ')}. Who reads it waits meanwhile.`,
          ]),
      ...others.map(({ name }) => `-- Drop this first, and make it again afterwards, as it depends on it: ${name}.`),
      ...(views.length === 0
        ? step.sql
        : [
            ...statements.slice(0, first),
            'BEGIN;',
            ...views.map(({ view }) => `DROP ${viewKindOf(view)} ${view.name};`),
            ...statements.slice(first),
            ...[...views].reverse().flatMap(({ view, comments }) => [...viewSql(view, found), ...comments]),
            'COMMIT;',
          ]),
    ],
  };
}

/** The view with all that belongs to it. */
function viewSql(view: DescribedObject, found: Surroundings['found']): string[] {
  const parts = [...found.values()].filter(({ table }) => table === view.name);
  const [create = '', ...more] = createViewSql(view, { expected: found, found, renames: [] });
  return [
    view.properties['populated'] === false ? create.replace(/;$/, ' WITH NO DATA;') : create,
    ...more,
    ...parts.flatMap((part) => {
      if (part.kind === 'index') return [`${definitionOf(part)};`];
      const value = part.kind === 'column' ? part.properties['default'] : undefined;
      return value === undefined ? [] : [`ALTER VIEW ${view.name} ALTER COLUMN ${ownName(part)} SET DEFAULT ${value};`];
    }),
  ];
}
