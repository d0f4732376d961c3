import type { DatabaseDescription, DescribedObject } from '../database/describe.ts';
import { listColumnDeviations, listKeyTypeDeviations } from './columns.ts';
import type { Deviation, DeviationOptions } from './deviation.ts';
import { listConstraintDeviations, listIndexDeviations } from './keys-and-indexes.ts';
import { compareLabels } from './labels.ts';
import { keyOf, listOf, textOf } from './names.ts';
import { pairObjects } from './pairs.ts';
import { type PlacedObject, placeObjects } from './places.ts';
import { buildDeviation, groupByTable, type TableContext } from './table-context.ts';

/**
 * Lists the respects in which a database is not what is expected, by table and object, each with what is done about it.
 *
 * Tables and enums are recognised in other schemas, indexes and constraints under other names. Views, functions and sequences are not
 * compared, nor triggers, policies and rules that are expected: the baseline has none. What does not belong to a table that is expected
 * is left out.
 *
 * @param found The whole database, as `describeDatabase` reads it; with comments, if comments are to be listed.
 */
export function listDeviations(
  expected: DatabaseDescription,
  found: DatabaseDescription,
  options: DeviationOptions = {},
): Deviation[] {
  const pairs = pairObjects(expected, found, options);
  const placed = placeObjects(expected, found, pairs);
  const foundByKey = new Map(found.map((object) => [keyOf(object), object]));
  const places = new Map(pairs.tables.map((pair) => [pair.expected, pair.found]));
  const foundParts = groupByTable(found);
  const placedParts = groupByTable(placed);
  const deviations = placed.flatMap((object): Deviation[] => {
    const { kind, name } = object.here;
    if (kind === 'schema') {
      return foundByKey.has(keyOf(object.here)) ? [] : [buildDeviation('missing-schema', { placed: object })];
    }
    if (kind === 'enum') return listEnumDeviations(object, foundByKey.get(`enum ${name}`));
    if (kind !== 'table') return [];
    const candidates = pairs.meeting.get(object.name);
    if (candidates) return [buildDeviation('meeting-tables', { placed: object, candidates })];
    const place = places.get(object.name);
    const table = place === undefined ? undefined : foundByKey.get(`table ${place}`);
    if (!table) {
      const view = foundByKey.get(`view ${object.name}`);
      return view
        ? [buildDeviation('other-table-kind', { placed: object, found: view, property: 'kind' })]
        : [buildDeviation('missing-table', { placed: object })];
    }
    return listTableDeviations({
      placed: object,
      found: table,
      expectedParts: placedParts.get(object.name) ?? [],
      foundParts: foundParts.get(table.name) ?? [],
      foundByKey,
      isGuarded: options.guarded?.has(object.name) === true,
      ...(options.normalForms && { normalForms: options.normalForms }),
    });
  });
  return deviations.sort(byTableAndObject);
}

/** One table of the expected description and what belongs to it. */
function listTableDeviations(context: TableContext): Deviation[] {
  const { placed, found } = context;
  const place =
    placed.name === found.name ? [] : [buildDeviation('other-place', { placed: expectedTable(placed), found })];
  const keyTypes = listKeyTypeDeviations(context);
  if (keyTypes.length > 0) return keyTypes;
  return [
    ...place,
    ...listPropertyDeviations(context),
    ...listColumnDeviations(context),
    ...listConstraintDeviations(context),
    ...listIndexDeviations(context),
    ...listAttachmentDeviations(context),
  ];
}

/** The table under its expected name: what is said about its place names both. */
function expectedTable(placed: PlacedObject): PlacedObject {
  return { ...placed, here: { ...placed.here, name: placed.name } };
}

function listPropertyDeviations({ placed, found }: TableContext): Deviation[] {
  const { here } = placed;
  const differs = (property: string) =>
    JSON.stringify(here.properties[property]) !== JSON.stringify(found.properties[property]);
  const [wanted, present] = [listOf(here, 'columns'), listOf(found, 'columns')];
  const inOrder = (columns: readonly string[], others: readonly string[]) =>
    columns.filter((column) => others.includes(column)).join('\n');
  return [
    ...(inOrder(wanted, present) === inOrder(present, wanted)
      ? []
      : [buildDeviation('column-order', { placed, found, property: 'columns' })]),
    ...['kind', 'persistence', 'partitionKey', 'partitionBound', 'inherits']
      .filter(differs)
      .map((property) => buildDeviation('other-table-kind', { placed, found, property })),
    ...['rowSecurity', 'forceRowSecurity']
      .filter(differs)
      .map((property) => buildDeviation('row-security', { placed, found, property })),
    ...['options', 'replicaIdentity']
      .filter(differs)
      .map((property) => buildDeviation('storage', { placed, found, property })),
    ...listComments(placed, found),
  ];
}

/** Triggers, policies, rules and statistics that are not expected. */
function listAttachmentDeviations({
  placed,
  expectedParts,
  foundParts,
  foundByKey,
  isGuarded,
}: TableContext): Deviation[] {
  const expected = new Set(expectedParts.map(({ here }) => keyOf(here)));
  return foundParts.flatMap((found): Deviation[] => {
    if (expected.has(keyOf(found))) return [];
    const about = { table: placed.name, found };
    switch (found.kind) {
      case 'trigger':
        return [
          buildDeviation(
            isGuarded && runsWithOtherRights(found, foundByKey) ? 'definer-trigger' : 'extra-trigger',
            about,
          ),
        ];
      case 'policy':
        return [buildDeviation('foreign-policy', about)];
      case 'rule':
        return [buildDeviation('foreign-rule', about)];
      case 'statistics':
        return [buildDeviation('extra-statistics', about)];
      default:
        return [];
    }
  });
}

function runsWithOtherRights(trigger: DescribedObject, foundByKey: ReadonlyMap<string, DescribedObject>): boolean {
  const name = / EXECUTE FUNCTION (.*?)\(/s.exec(textOf(trigger, 'definition'))?.[1];
  const definition = textOf(foundByKey.get(`function ${name}()`), 'definition');
  // The header of the definition, not the body.
  return /^ ?(?:[A-Z ]+)?SECURITY DEFINER\b/m.test(definition.split(/^AS /m)[0] ?? '');
}

function listEnumDeviations(placed: PlacedObject, found: DescribedObject | undefined): Deviation[] {
  if (!found) return [buildDeviation('missing-enum', { placed })];
  const labels = compareLabels(listOf(placed.here, 'labels'), listOf(found, 'labels'));
  const about = { placed, found, property: 'labels', labels };
  return [
    ...(placed.name === found.name
      ? []
      : [buildDeviation('other-enum-place', { placed: expectedTable(placed), found })]),
    ...(labels.otherCase.length > 0 ? [buildDeviation('label-case', about)] : []),
    ...(labels.missing.length > 0 ? [buildDeviation('missing-label', about)] : []),
    ...(labels.extra.length > 0 ? [buildDeviation('extra-label', about)] : []),
    ...(labels.isReordered ? [buildDeviation('label-order', about)] : []),
    ...listComments(placed, found),
  ];
}

function listComments(placed: PlacedObject, found: DescribedObject): Deviation[] {
  const isSame = placed.here.properties['comment'] === found.properties['comment'];
  return isSame ? [] : [buildDeviation('comment', { placed, found, property: 'comment' })];
}

function byTableAndObject(a: Deviation, b: Deviation): number {
  const keys = [a, b].map(({ table = '', object, kind }) => `${table}\n${object}\n${kind}`);
  return (keys[0] ?? '') < (keys[1] ?? '') ? -1 : 1;
}
