import type { DescribedObject } from '../database/describe.ts';
import { compareTypes, type TypeComparison } from './column-type.ts';
import type { Deviation } from './deviation.ts';
import type { DeviationKind } from './kinds.ts';
import { keyOf, ownNameOf, textOf } from './names.ts';
import type { PlacedObject } from './places.ts';
import { buildDeviation, type TableContext } from './table-context.ts';

const kindsOfTypes: Readonly<Partial<Record<TypeComparison, DeviationKind>>> = {
  wider: 'wider-type',
  'timestamp-precision': 'timestamp-precision',
  narrower: 'narrower-type',
  other: 'other-type',
};

/** The columns of a table: those that deviate in a property, and those that only one side has. */
export function listColumnDeviations(context: TableContext): Deviation[] {
  const columns = context.expectedParts.filter(({ here }) => here.kind === 'column');
  const expected = new Set(columns.map(({ here }) => keyOf(here)));
  const found = new Map(
    context.foundParts.filter(({ kind }) => kind === 'column').map((column) => [keyOf(column), column]),
  );
  return [
    ...columns.flatMap((placed) => {
      const column = found.get(keyOf(placed.here));
      if (column) return listPropertyDeviations(placed, column, context);
      return [buildDeviation(isRequired(placed.here) ? 'missing-required-column' : 'missing-column', { placed })];
    }),
    ...[...found.values()]
      .filter((column) => !expected.has(keyOf(column)))
      .map((column) =>
        buildDeviation(isRequired(column) ? 'extra-required-column' : 'extra-column', {
          table: context.placed.name,
          found: column,
        }),
      ),
  ];
}

/** A table whose primary key has a type that can't become the expected one, as an integer in place of a uuid. */
export function listKeyTypeDeviations({ placed, expectedParts, foundParts }: TableContext): Deviation[] {
  const key = expectedParts.find(({ here }) => here.kind === 'constraint' && here.properties['type'] === 'primary key');
  const columns = /\((.*)\)/.exec(textOf(key?.here, 'definition'))?.[1]?.split(', ') ?? [];
  for (const { here } of expectedParts) {
    if (here.kind !== 'column' || !columns.includes(ownNameOf(here))) continue;
    const found = foundParts.find((part) => keyOf(part) === keyOf(here));
    if (found && compareTypes(textOf(here, 'type'), textOf(found, 'type')) === 'other') {
      const about = { placed: { ...placed, here }, found, property: 'type' };
      return [
        { ...buildDeviation('other-key-type', about), object: placed.name, objectKind: 'table', table: placed.name },
      ];
    }
  }
  return [];
}

function listPropertyDeviations(placed: PlacedObject, found: DescribedObject, context: TableContext): Deviation[] {
  const { here } = placed;
  const differs = (property: string) =>
    JSON.stringify(here.properties[property]) !== JSON.stringify(found.properties[property]);
  const deviation = (kind: DeviationKind, property: string) => buildDeviation(kind, { placed, found, property });
  const typeKind = kindsOfTypes[compareTypes(textOf(here, 'type'), textOf(found, 'type'))];
  const generation = ['identity', 'generated', 'generatedKind'].find(differs);
  return [
    ...(typeKind ? [deviation(typeKind, 'type')] : []),
    ...(differs('notNull')
      ? [deviation(here.properties['notNull'] === true ? 'missing-not-null' : 'extra-not-null', 'notNull')]
      : []),
    ...(differs('notNullValidated') && found.properties['notNullValidated'] === false
      ? [deviation('not-validated', 'notNullValidated')]
      : []),
    ...(differs('default') ? [deviation(kindOfDefault(here, found, context), 'default')] : []),
    ...(generation === undefined ? [] : [deviation('other-generation', generation)]),
    ...(differs('collation') ? [deviation('other-collation', 'collation')] : []),
    ...['storage', 'compression', 'statistics', 'options']
      .filter(differs)
      .map((property) => deviation('storage', property)),
    ...(differs('comment') ? [deviation('comment', 'comment')] : []),
  ];
}

function kindOfDefault(
  expected: DescribedObject,
  found: DescribedObject,
  { normalForms }: TableContext,
): DeviationKind {
  if (found.properties['default'] === undefined) return 'missing-default';
  if (expected.properties['default'] === undefined) return 'extra-default';
  const normalForm = normalForms?.find(expected, 'expected');
  const isSame = normalForm !== undefined && normalForm === normalForms?.find(found, 'found');
  return isSame ? 'other-default-spelling' : 'other-default';
}

/** Whether a row needs a value for the column from the service that writes it. */
function isRequired({ properties }: DescribedObject): boolean {
  const { notNull, default: value, identity, generated } = properties;
  return notNull === true && value === undefined && identity === undefined && generated === undefined;
}
