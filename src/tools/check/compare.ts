import type { TableRename } from '../../registry/renames.ts';
import type { RetiredTable } from '../../registry/retired.ts';
import type { DatabaseDescription, DescribedObject } from '../database/describe.ts';

/** What is known about tables besides what the models say. */
export interface Registry {
  /** The tables that were renamed: under each old name stands a view. */
  readonly renames: readonly TableRename[];
  readonly retired: readonly RetiredTable[];
  /** Old names whose view may be gone: the version that removes it is reached. As in `public.messages`. */
  readonly due: ReadonlySet<string>;
}

/** An object that is not as expected: in one property or in several, or on one side only. */
export interface ObjectDifference {
  readonly expected?: DescribedObject;
  readonly found?: DescribedObject;
  /** The properties that differ; none if it is on one side only. A new name is the property `name`. */
  readonly properties: readonly string[];
}

/** The objects of a database, sorted by what they are to the models. */
export interface Comparison {
  readonly differs: readonly ObjectDifference[];
  /** The registry's entries whose view is there and right. */
  readonly transitional: readonly TableRename[];
  readonly retired: readonly RetiredTable[];
  readonly unknown: readonly DescribedObject[];
}

type Kind = DescribedObject['kind'];

/**
 * How the server stores and plans, which the models do not say: who runs the server chooses it. The order of a
 * table's columns is left out too, because PostgreSQL can't change it.
 */
const passedOver: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  schema: ['owner', 'grants'],
  extension: ['version', 'owner'],
  table: ['columns', 'options', 'replicaIdentity', 'owner', 'grants'],
  column: ['storage', 'compression', 'statistics', 'options', 'grants'],
  index: ['clustered', 'replicaIdentity'],
  view: ['columns', 'populated', 'owner', 'grants'],
};
const passedOverEverywhere = ['owner', 'grants', 'comment'];

/**
 * Compares what a database should be with what it is, and sorts every object: one that is expected, or that hangs on a table or
 * view that is, either agrees or differs; all else is transitional, retired or unknown.
 *
 * One cause is one difference: what follows from another difference (the index of a missing constraint, the columns of a missing
 * table) is not listed with it, and an index or constraint that only has another name is one difference and not two.
 *
 * @param expected Without owners and privileges.
 * @param found With owners and privileges.
 */
export function compare(
  expected: DatabaseDescription,
  found: DatabaseDescription,
  { renames, retired, due }: Registry,
): Comparison {
  const relations = (of: DatabaseDescription) =>
    new Map(of.filter(({ kind }) => kind === 'table' || kind === 'view').map((object) => [object.name, object]));
  const [wantedRelations, foundRelations] = [relations(expected), relations(found)];
  const ours = new Set(wantedRelations.keys());
  const retiredNames = new Set(retired.map(({ name }) => name));
  /** A relation that is missing, or that is a table in place of a view: one difference, with nothing of what hangs on it. */
  const isWhole = (table: string | undefined) =>
    table !== undefined && wantedRelations.get(table)?.kind !== foundRelations.get(table)?.kind;

  const foundByKey = new Map(found.map((object) => [keyOf(object), object]));
  const wanted = new Set(expected.map(keyOf));
  const backing = { expected: backingIndexes(expected), found: backingIndexes(found) };
  const isBacking = ({ kind, name }: DescribedObject) =>
    kind === 'index' && (backing.expected.has(name) || backing.found.has(name));

  const onBoth: ObjectDifference[] = [];
  let missing: DescribedObject[] = [];
  for (const object of expected) {
    if (isWhole(object.table)) continue;
    const counterpart = foundByKey.get(keyOf(object));
    if (counterpart) {
      const properties = differingProperties(object, counterpart, foundByKey, { renames, wanted });
      if (properties.length > 0) onBoth.push({ expected: object, found: counterpart, properties });
    } else if (!(object.kind === 'view' && due.has(object.name))) {
      const instead = wantedRelations.get(object.name) === object ? foundRelations.get(object.name) : undefined;
      if (instead) onBoth.push({ expected: object, found: instead, properties: ['kind'] });
      else missing.push(object);
    }
  }

  let extra = found.filter((object) => {
    const { kind, table } = object;
    if (wanted.has(keyOf(object)) || kind === 'statistics') return false;
    // The definition of a view under an old name says whether the view may have it.
    if (kind === 'column' && renames.some(({ from }) => from === table) && !isWhole(table)) return false;
    return table !== undefined && ours.has(table) && !isWhole(table);
  });
  // An index goes and comes with its constraint, a sequence with its column.
  missing = missing.filter((object) => !isBacking(object) && !isOfIdentity(object));
  const extraColumns = new Set(extra.filter(({ kind }) => kind === 'column').map(({ name }) => name));
  extra = extra.filter(
    (object) =>
      !isBacking(object) &&
      !isOfIdentity(object) &&
      !(object.kind === 'sequence' && extraColumns.has(String(object.properties['column']))),
  );

  const renamed = missing.flatMap((object): ObjectDifference[] => {
    const sameElsewhere = extra.find((other) => isSameButForName(object, other));
    if (!sameElsewhere) return [];
    extra = extra.filter((other) => other !== sameElsewhere);
    return [{ expected: object, found: sameElsewhere, properties: ['name'] }];
  });
  missing = missing.filter((object) => !renamed.some((difference) => difference.expected === object));

  const constraintsThatDiffer = new Set(
    [...onBoth, ...missing.map((object) => ({ expected: object })), ...extra.map((object) => ({ expected: object }))]
      .map((difference) => difference.expected)
      .flatMap((object) => (object?.kind === 'constraint' ? [indexNameOf(object)] : [])),
  );
  const viewsMadeAnew = new Set(
    onBoth.flatMap(({ expected: object, properties }) =>
      object?.kind === 'view' && (properties.includes('definition') || properties.includes('kind'))
        ? [object.name]
        : [],
    ),
  );
  /** What comes back only when its view is created again. */
  const goesWithView = ({ kind, table }: DescribedObject) =>
    ['column', 'rule', 'trigger'].includes(kind) && viewsMadeAnew.has(table ?? '');
  const differs = [
    ...onBoth.filter(({ expected: object }) => {
      if (!object) return false;
      if (isBacking(object)) return !constraintsThatDiffer.has(object.name);
      return !goesWithView(object);
    }),
    ...renamed,
    ...missing
      .filter((object) => !goesWithView(object))
      .map((object): ObjectDifference => ({ expected: object, properties: [] })),
    ...extra
      .filter((object) => !(object.kind === 'column' && goesWithView(object)))
      .map((object): ObjectDifference => ({ found: object, properties: [] })),
  ];

  const different = new Set(differs.map((difference) => (difference.expected ?? difference.found)?.name));
  return {
    differs,
    transitional: renames.filter(({ from }) => foundRelations.get(from)?.kind === 'view' && !different.has(from)),
    retired: retired.filter(({ name }) => foundRelations.get(name)?.kind === 'table'),
    unknown: found.filter(
      (object) =>
        object.table === undefined &&
        object.kind !== 'constraint' &&
        !wanted.has(keyOf(object)) &&
        !ours.has(object.name) &&
        !retiredNames.has(object.name) &&
        !(object.kind === 'extension' && object.name === 'plpgsql'),
    ),
  };
}

/** What a view under an old name lacks of the privileges of its table, as in `service: SELECT` or `service: SELECT (id)`. */
export function lackingPrivileges(
  view: DescribedObject,
  objects: ReadonlyMap<string, DescribedObject>,
  renames: readonly TableRename[],
): string[] {
  const table = renames.find(({ from }) => from === view.name)?.to;
  if (table === undefined) return [];
  const owner = String(view.properties['owner']);
  const columns = texts(view.properties['columns']);
  const has = new Set(privilegesOf(view.name, 'view', objects));
  const isLacking = (privilege: string) =>
    !has.has(privilege) && !privilege.startsWith(`${owner}: `) && !/: MAINTAIN\b/.test(privilege);
  return privilegesOf(table, 'table', objects, columns).filter(isLacking);
}

/**
 * Whether a view under an old name reads what it should. It has the columns, and their order, that its table had in this very database
 * when it was renamed: columns that no model knows may be among them, and columns that the models got later may not.
 */
function readsAsMuch(
  expected: DescribedObject,
  found: DescribedObject,
  { renames, wanted }: { readonly renames: readonly TableRename[]; readonly wanted: ReadonlySet<string> },
): boolean {
  const table = renames.find(({ from }) => expected.kind === 'view' && from === expected.name)?.to;
  if (table === undefined || found.kind !== 'view') return false;
  const [least, present] = [expected, found].map(({ properties }) => {
    const [, list, source] = /^\s*SELECT\s+(.*?)\s+FROM\s+(\S+);\s*$/s.exec(String(properties['definition'])) ?? [];
    return { columns: list?.split(/,\s*/) ?? [], source };
  });
  if (!least || !present || least.source === undefined || least.source !== present.source) return false;
  const isPlain = (column: string) => /^(?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")$/.test(column);
  return (
    present.columns.every(isPlain) &&
    least.columns.every((column) => present.columns.includes(column)) &&
    present.columns.every((column) => least.columns.includes(column) || !wanted.has(`column ${table}.${column}`))
  );
}

/**
 * Who may do what with a table or view and with its columns, as in `service: SELECT` and `service: UPDATE (notes)`.
 *
 * @param columns The columns to look at, as in a catalog. All of them by default.
 */
export function privilegesOf(
  name: string,
  kind: 'table' | 'view',
  objects: ReadonlyMap<string, DescribedObject>,
  columns: readonly string[] = texts(objects.get(`${kind} ${name}`)?.properties['columns']),
): string[] {
  const relation = objects.get(`${kind} ${name}`);
  const ofColumns = columns.flatMap((column) =>
    texts(objects.get(`column ${name}.${column}`)?.properties['grants']).map((grant) =>
      grant.replace(/^(.*: [A-Z]+)/, (_, privilege: string) => `${privilege} (${column})`),
    ),
  );
  return [...texts(relation?.properties['grants']), ...ofColumns];
}

/** The objects of a description by kind and name, as in `view public.messages`. */
export function byKey(description: DatabaseDescription): ReadonlyMap<string, DescribedObject> {
  return new Map(description.map((object) => [keyOf(object), object]));
}

/** A property of an object that is a list of texts; empty if it has none. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The name of the index behind a primary key, unique or exclusion constraint, as in `public.bookings_pkey`. */
export function indexNameOf({ name, table = '' }: DescribedObject): string {
  const schema = /^("(?:[^"]|"")+"|[^".]+)\./.exec(table)?.[1];
  return `${schema}.${name.slice(table.length + 1)}`;
}

function differingProperties(
  expected: DescribedObject,
  found: DescribedObject,
  objects: ReadonlyMap<string, DescribedObject>,
  { renames, wanted }: { readonly renames: readonly TableRename[]; readonly wanted: ReadonlySet<string> },
): string[] {
  const ofView = expected.kind === 'column' && objects.has(`view ${expected.table}`);
  // A view's columns have the types of the expressions that it selects: its definition says so. Only a default is their own.
  const compared = ofView
    ? ['default']
    : [...new Set([...Object.keys(expected.properties), ...Object.keys(found.properties)])]
        .filter((property) => !passedOver[expected.kind]?.includes(property))
        .filter((property) => !passedOverEverywhere.includes(property))
        .sort();
  const isSame = (one: unknown, other: unknown) => one === other || JSON.stringify(one) === JSON.stringify(other);
  const differing = compared.filter(
    (property) =>
      !isSame(expected.properties[property], found.properties[property]) &&
      !(property === 'definition' && readsAsMuch(expected, found, { renames, wanted })),
  );
  // Another kind of view is created again, so no other difference matters.
  if (expected.kind === 'view' && differing.includes('kind')) return ['kind'];
  const lacking = expected.kind === 'view' && lackingPrivileges(found, objects, renames).length > 0;
  return lacking ? [...differing, 'grants'] : differing;
}

/** The indexes that constraints bring along, by name. */
function backingIndexes(description: DatabaseDescription): Set<string> {
  return new Set(
    description
      .filter(({ kind, table }) => kind === 'constraint' && table !== undefined)
      .filter(({ properties }) => ['primary key', 'unique', 'exclusion'].includes(String(properties['type'])))
      .map(indexNameOf),
  );
}

function isOfIdentity({ kind, properties }: DescribedObject): boolean {
  return kind === 'sequence' && properties['identity'] === true;
}

function isSameButForName(expected: DescribedObject, found: DescribedObject): boolean {
  if (expected.kind !== found.kind || expected.table !== found.table) return false;
  if (expected.kind !== 'constraint' && expected.kind !== 'index') return false;
  const without = ({ properties }: DescribedObject) =>
    JSON.stringify(
      Object.entries({
        ...properties,
        definition: String(properties['definition']).replace(/ INDEX \S+ ON /, ' INDEX ON '),
      })
        .filter(([property]) => !passedOver.index?.includes(property))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  return without(expected) === without(found);
}

function keyOf({ kind, name }: DescribedObject): string {
  return `${kind} ${name}`;
}
