import type { DescribedObject } from '../../database/describe.ts';
import type { ObjectDifference } from '../compare.ts';
import { dependents } from './dependents.ts';
import { ownName, withSuffix } from './names.ts';
import type { Surroundings } from './surroundings.ts';
import { createViewSql } from './views.ts';

export function columnDefinition(
  { name, table, properties }: DescribedObject,
  notNull = properties['notNull'] === true,
): string {
  const { type, collation, generated, generatedKind, identity } = properties;
  return [
    name.slice((table ?? '').length + 1),
    type,
    ...(collation === undefined ? [] : [`COLLATE ${collation}`]),
    ...(properties['default'] === undefined ? [] : [`DEFAULT ${properties['default']}`]),
    ...(generated === undefined ? [] : [`GENERATED ALWAYS AS (${generated}) ${String(generatedKind).toUpperCase()}`]),
    ...(identity === undefined ? [] : [`GENERATED ${String(identity).toUpperCase()} AS IDENTITY`]),
    ...(notNull ? ['NOT NULL'] : []),
  ].join(' ');
}

export function columnSql({ expected, found, properties }: ObjectDifference, surroundings: Surroundings): string[] {
  const column = (expected ?? found) as DescribedObject;
  const [table, name] = [column.table ?? '', ownName(column)];
  if (!expected) {
    const view = viewThatReads(column, surroundings);
    const drop = `ALTER TABLE ${table} DROP COLUMN ${name};`;
    return [
      '-- Drops the values of the column for good. To keep them, copy them first, or add the column to the model.',
      ...(view
        ? [
            `-- The view ${view.name} reads it: services that use the old name lose it as well.`,
            'BEGIN;',
            `DROP VIEW ${view.name};`,
            drop,
            ...createViewSql(view, surroundings),
            'COMMIT;',
          ]
        : [drop]),
    ];
  }
  if (!found) return addColumnSql(expected, surroundings);
  if (surroundings.found.has(`view ${table}`)) {
    return properties.map(() => {
      const value = expected.properties['default'];
      return `ALTER VIEW ${table} ALTER COLUMN ${name} ${value === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${value}`};`;
    });
  }

  const alter = `ALTER TABLE ${table}`;
  return properties.flatMap((property): string[] => {
    const wanted = expected.properties[property];
    switch (property) {
      case 'type':
      case 'collation':
        return typeSql(expected, found, surroundings);
      case 'default':
        return [`${alter} ALTER COLUMN ${name} ${wanted === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${wanted}`};`];
      case 'notNull':
        return wanted === true ? notNullSql(expected, surroundings) : [`${alter} ALTER COLUMN ${name} DROP NOT NULL;`];
      case 'notNullValidated':
        return [
          `-- Fails where rows hold NULL: give them a value first.`,
          `${alter} ALTER COLUMN ${name} SET NOT NULL;`,
        ];
      case 'identity':
        if (wanted === undefined) return [`${alter} ALTER COLUMN ${name} DROP IDENTITY;`];
        return [
          found.properties['identity'] === undefined
            ? `${alter} ALTER COLUMN ${name} ADD GENERATED ${String(wanted).toUpperCase()} AS IDENTITY;`
            : `${alter} ALTER COLUMN ${name} SET GENERATED ${String(wanted).toUpperCase()};`,
        ];
      case 'generated':
      case 'generatedKind':
        if (wanted === undefined && found.properties['generatedKind'] === 'stored') {
          return [`${alter} ALTER COLUMN ${name} DROP EXPRESSION;`];
        }
        if (wanted === undefined && expected.properties['generated'] === undefined) return storedSql(expected);
        return [
          '-- Its values come from an expression: the column is created again, at the end of its table.',
          'BEGIN;',
          `${alter} DROP COLUMN ${name};`,
          `${alter} ADD COLUMN ${columnDefinition(expected)};`,
          'COMMIT;',
        ];
      default:
        return [];
    }
  });
}

/** A column whose values are computed when they are read becomes one that holds them. */
function storedSql(column: DescribedObject): string[] {
  const [table, name] = [column.table ?? '', ownName(column)];
  const other = withSuffix(name, 'stored');
  return [
    '-- Its values are computed when they are read: a column at the end of the table takes them over. Rewrites the table under a lock that blocks readers.',
    'BEGIN;',
    `ALTER TABLE ${table} ADD COLUMN ${other} ${columnDefinition(column, false).slice(name.length + 1)};`,
    `UPDATE ${table} SET ${other} = ${name};`,
    `ALTER TABLE ${table} DROP COLUMN ${name};`,
    `ALTER TABLE ${table} RENAME COLUMN ${other} TO ${name};`,
    ...(column.properties['notNull'] === true ? [`ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL;`] : []),
    'COMMIT;',
  ];
}

/** The view under an old name that has a column of its table which no model has: the table had it when it was renamed. */
function viewThatReads(
  column: DescribedObject,
  { expected, found, renames }: Surroundings,
): DescribedObject | undefined {
  return renames
    .filter(({ to }) => to === column.table)
    .filter(({ from }) => found.has(`view ${from}`) && found.has(`column ${from}.${ownName(column)}`))
    .map(({ from }) => expected.get(`view ${from}`))
    .find((view) => view !== undefined);
}

function addColumnSql(column: DescribedObject, surroundings: Surroundings): string[] {
  const { table = '', properties } = column;
  const name = ownName(column);
  const isNew = ({ kind, name: other, table: of, properties: its }: DescribedObject) =>
    kind === 'column' &&
    of === table &&
    its['type'] === properties['type'] &&
    !surroundings.expected.has(`column ${other}`);
  const sameType = [...surroundings.found.values()].find(isNew);
  const hint = sameType
    ? [
        `-- Where ${sameType.name} is this column under another name, keep its values: run this instead of all that concerns the two.`,
        `-- ALTER TABLE ${table} RENAME COLUMN ${ownName(sameType)} TO ${name};`,
      ]
    : [];
  const needsValues =
    properties['notNull'] === true &&
    ['default', 'generated', 'identity'].every((from) => properties[from] === undefined);
  if (!needsValues) return [...hint, `ALTER TABLE ${table} ADD COLUMN ${columnDefinition(column)};`];
  return [
    ...hint,
    `ALTER TABLE ${table} ADD COLUMN ${columnDefinition(column, false)};`,
    `-- The rows that are there need a value before the next statements: UPDATE ${table} SET ${name} = …;`,
    ...notNullSql(column, surroundings).slice(1),
  ];
}

/** NOT NULL by way of a check, which is validated while clients write. SET NOT NULL then needs no look at the rows. */
function notNullSql(column: DescribedObject, { found }: Surroundings): string[] {
  const [table, name] = [column.table ?? '', ownName(column)];
  const check = withSuffix(name, 'not_null');
  return [
    '-- Fails where rows hold NULL: give them a value first.',
    // It is there if these statements were stopped before.
    ...(found.has(`constraint ${table}.${check}`)
      ? []
      : [`ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${name} IS NOT NULL) NOT VALID;`]),
    `ALTER TABLE ${table} VALIDATE CONSTRAINT ${check};`,
    `ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL;`,
    `ALTER TABLE ${table} DROP CONSTRAINT ${check};`,
  ];
}

/** A column's values as another type. Between enums they go by way of their labels. */
export function conversion(column: DescribedObject, type: string, found: Surroundings['found']): string {
  const name = ownName(column);
  const [, element = '', array = ''] = /^(.*?)((?:\[\])*)$/.exec(String(column.properties['type'])) ?? [];
  return `${name}${found.has(`enum ${element}`) ? `::text${array}` : ''}::${type}`;
}

function typeSql(expected: DescribedObject, found: DescribedObject, surroundings: Surroundings): string[] {
  const [table, name] = [expected.table ?? '', ownName(expected)];
  const { type, collation } = expected.properties;
  const value = expected.properties['default'];
  const hasDefault = value !== undefined || found.properties['default'] !== undefined;
  const inTheWay = dependents([table], surroundings);
  return [
    '-- May rewrite the table under a lock that blocks readers, and fails if a value does not fit.',
    'BEGIN;',
    ...inTheWay.drop,
    `ALTER TABLE ${table} ${[
      ...(hasDefault ? [`ALTER COLUMN ${name} DROP DEFAULT`] : []),
      `ALTER COLUMN ${name} TYPE ${type}${collation === undefined ? '' : ` COLLATE ${collation}`} USING ${conversion(found, String(type), surroundings.found)}`,
      ...(value === undefined ? [] : [`ALTER COLUMN ${name} SET DEFAULT ${value}`]),
    ].join(', ')};`,
    ...inTheWay.create,
    'COMMIT;',
  ];
}
