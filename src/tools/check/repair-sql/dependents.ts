import { definitionOf, names, ownName } from './names.ts';
import type { Surroundings } from './surroundings.ts';
import { createViewSql } from './views.ts';

/**
 * What stands in the way of another type for columns of these tables, as statements that drop it and make it again: the views of
 * ours on the tables, and, where a type is named, the indexes and checks whose conditions name it.
 */
export function dependents(
  tables: readonly string[],
  surroundings: Surroundings,
  type?: string,
): { readonly drop: string[]; readonly create: string[] } {
  const views = [...surroundings.expected.values()].filter(
    ({ kind, name, properties }) =>
      kind === 'view' &&
      surroundings.found.has(`view ${name}`) &&
      tables.some((table) => names(String(properties['definition']), table)),
  );
  const parts =
    type === undefined
      ? []
      : [...surroundings.found.values()].filter(
          ({ kind, table, properties }) =>
            (kind === 'index' || kind === 'constraint') &&
            tables.includes(table ?? '') &&
            names(String(properties['definition']), type),
        );
  const partsThatStay = parts.filter(({ kind, name }) => surroundings.expected.has(`${kind} ${name}`));
  return {
    drop: [
      ...views.map(
        ({ name }) =>
          `DROP ${surroundings.found.get(`view ${name}`)?.properties['kind'] === 'materialized' ? 'MATERIALIZED ' : ''}VIEW ${name};`,
      ),
      ...parts.map((part) =>
        part.kind === 'index'
          ? `DROP INDEX ${part.name};`
          : `ALTER TABLE ${part.table} DROP CONSTRAINT ${ownName(part)};`,
      ),
    ],
    create: [
      ...partsThatStay.map((part) =>
        part.kind === 'index'
          ? `${definitionOf(part)};`
          : `ALTER TABLE ${part.table} ADD CONSTRAINT ${ownName(part)} ${definitionOf(part)};`,
      ),
      ...views.flatMap((view) => createViewSql(view, surroundings)),
    ],
  };
}
