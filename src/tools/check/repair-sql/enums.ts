import type { DescribedObject } from '../../database/describe.ts';
import { literal } from '../../database/query.ts';
import { type ObjectDifference, texts } from '../compare.ts';
import { dependents } from './dependents.ts';
import { ownName, withSuffix } from './names.ts';
import type { Surroundings } from './surroundings.ts';

export function enumSql({ expected, found }: ObjectDifference, surroundings: Surroundings): string[] {
  if (!expected) return [];
  const labels = texts(expected.properties['labels']);
  if (!found) return [`CREATE TYPE ${expected.name} AS ENUM (${labels.map(literal).join(', ')});`];
  const present = texts(found.properties['labels']);
  const inOrder = (some: readonly string[], others: readonly string[]) =>
    some.filter((label) => others.includes(label)).join('\n');
  if (inOrder(present, labels) === inOrder(labels, present)) return addLabelsSql(expected, found);

  // Labels that are not expected do no harm, and rows may hold them.
  const extra = present.filter((label) => !labels.includes(label));
  const create = `CREATE TYPE ${expected.name} AS ENUM (${[...labels, ...extra].map(literal).join(', ')});`;
  const old = withSuffix(expected.name.slice(expected.name.indexOf('.') + 1), 'old');
  const schema = expected.name.slice(0, expected.name.indexOf('.'));
  const columns = [...surroundings.found.values()].filter(
    ({ kind, table, properties }) =>
      kind === 'column' &&
      surroundings.found.has(`table ${table}`) &&
      String(properties['type']).replace(/(\[\])+$/, '') === expected.name,
  );
  const tables = [...new Set(columns.map(({ table }) => table ?? ''))];
  const inTheWay = dependents(tables, surroundings, expected.name);
  return [
    `-- PostgreSQL can't move a label of an enum: the type is created again, and ${tables.join(', ') || 'no table'} rewritten`,
    '-- under a lock that blocks readers. Do it in a quiet moment.',
    'BEGIN;',
    ...inTheWay.drop,
    `ALTER TYPE ${expected.name} RENAME TO ${old};`,
    create,
    ...tables.map((table) => {
      const changes = columns
        .filter((column) => column.table === table)
        .flatMap((column) => {
          const name = ownName(column);
          const type = String(column.properties['type']);
          const array = /(\[\])+$/.exec(type)?.[0] ?? '';
          const value =
            surroundings.expected.get(`column ${column.name}`)?.properties['default'] ?? column.properties['default'];
          const usesType = value !== undefined;
          return [
            ...(usesType ? [`ALTER COLUMN ${name} DROP DEFAULT`] : []),
            `ALTER COLUMN ${name} TYPE ${type} USING ${name}::text${array}::${type}`,
            ...(usesType ? [`ALTER COLUMN ${name} SET DEFAULT ${String(value)}`] : []),
          ];
        });
      return `ALTER TABLE ${table} ${changes.join(', ')};`;
    }),
    `DROP TYPE ${schema}.${old};`,
    ...inTheWay.create,
    'COMMIT;',
  ];
}

/** Adds the labels that an enum lacks, and leaves the others as they are. */
export function addLabelsSql(expected: DescribedObject, found: DescribedObject): string[] {
  const labels = texts(expected.properties['labels']);
  const present = texts(found.properties['labels']);
  // From the end on, so that the label to stand before is there already.
  const missing = labels.filter((label) => !present.includes(label)).reverse();
  return missing.map((label) => {
    const next = labels[labels.indexOf(label) + 1];
    return `ALTER TYPE ${expected.name} ADD VALUE ${literal(label)}${next === undefined ? '' : ` BEFORE ${literal(next)}`};`;
  });
}
