import type { DescribedObject } from '../database/describe.ts';
import { lackingPrivileges, type ObjectDifference, texts } from './compare.ts';
import { enforcingSql, repairSql, type Surroundings } from './repair-sql/index.ts';
import type { SchemaDifference } from './report.ts';

/**
 * What differs, in the order in which it is to be fixed: each with the expected, the found, and the SQL that fixes it. A
 * table or a column gets a difference for each property; every other object gets one, as it is fixed whole.
 *
 * @param unenforced Foreign keys whose triggers are switched off, with their tables.
 */
export function schemaDifferences(
  objects: readonly ObjectDifference[],
  surroundings: Surroundings,
  unenforced: ReadonlyMap<string, string> = new Map(),
): SchemaDifference[] {
  const differs = [...objects]
    .sort(inMendingOrder)
    .flatMap((object) =>
      propertyGroups(object).map((properties) => schemaDifference({ ...object, properties }, surroundings)),
    );
  const switchedOff = [...unenforced]
    .filter(([name]) => surroundings.expected.has(`constraint ${name}`))
    .map(
      ([name, table]): SchemaDifference => ({
        kind: 'constraint',
        object: name,
        table,
        property: 'enforced',
        expected: 'enforced',
        found: 'its triggers are switched off',
        foundBy: 'catalogs',
        sql: enforcingSql(table),
      }),
    );
  return [...differs, ...switchedOff];
}

/** An identity or expression has to go before a default can come. */
const firstProperties = ['identity', 'generated'];

/** The properties of an object that are one difference each, in the order in which they are fixed. */
function propertyGroups({ expected, found, properties }: ObjectDifference): (readonly string[])[] {
  const isPropertyWise = expected?.kind === 'column' || (expected?.kind === 'table' && found?.kind === 'table');
  if (properties.length === 0 || !isPropertyWise) return [properties];
  const rank = (property: string) => (firstProperties.includes(property) ? 0 : 1);
  return properties
    .filter((property) => !(property === 'generatedKind' && properties.includes('generated')))
    .sort((a, b) => rank(a) - rank(b))
    .map((property) => [property]);
}

function schemaDifference(difference: ObjectDifference, surroundings: Surroundings): SchemaDifference {
  const { expected, found, properties } = difference;
  const { kind, name, table } = (expected ?? found) as DescribedObject;
  const property = properties.includes('definition') ? 'definition' : properties.join(', ');
  const [wanted, present] =
    expected && found ? values(expected, found, property, surroundings) : [summary(expected), summary(found)];
  return {
    kind,
    object: name,
    ...(table !== undefined && { table }),
    ...(property !== '' && { property }),
    expected: wanted,
    found: present,
    foundBy: 'catalogs',
    sql: repairSql(difference, surroundings),
  };
}

function values(
  expected: DescribedObject,
  found: DescribedObject,
  property: string,
  { found: all, renames }: Surroundings,
): [expected: string | null, found: string | null] {
  if (property === 'name') return [expected.name, found.name];
  if (expected.kind !== found.kind) return [summary(expected), `a ${found.kind}: ${summary(found)}`];
  if (property === 'grants') {
    return [`also ${lackingPrivileges(found, all, renames).join(', ')}`, texts(found.properties['grants']).join(', ')];
  }
  const names = property.split(', ');
  const told = ({ properties }: DescribedObject) =>
    names.length === 1
      ? text(properties[property])
      : names.map((name) => `${name}: ${text(properties[name]) ?? 'none'}`).join('; ');
  return [told(expected), told(found)];
}

/** What an object that is on one side only is, in one line. */
function summary(object: DescribedObject | undefined): string | null {
  if (!object) return null;
  const { kind, properties } = object;
  const { definition, type, labels, columns, attributes } = properties;
  const notNull = kind === 'column' && properties['notNull'] === true ? ' NOT NULL' : '';
  return `${text(definition ?? type ?? labels ?? columns ?? attributes) ?? `a ${kind}`}${notNull}`;
}

function text(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value.replace(/\s+/g, ' ').trim();
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return JSON.stringify(value);
}

/** What is too much goes first, as it may stand in the way; then what others need, before what needs it. */
const order = {
  extra: ['rule', 'trigger', 'policy', 'foreign key', 'constraint', 'index', 'view', 'column', 'sequence'],
  other: ['schema', 'enum', 'function', 'sequence', 'table', 'column', 'constraint', 'index', 'foreign key', 'view'],
} as const;

function inMendingOrder(a: ObjectDifference, b: ObjectDifference): number {
  const [first, second] = [place(a), place(b)];
  if (first !== second) return first - second;
  const [name, other] = [a, b].map(({ expected, found }) => (expected ?? found)?.name ?? '');
  return (name ?? '') < (other ?? '') ? -1 : 1;
}

function place({ expected, found }: ObjectDifference): number {
  const { kind, properties } = (expected ?? found) as DescribedObject;
  const type = properties['type'] === 'foreign key' ? 'foreign key' : kind;
  const list: readonly string[] = expected ? order.other : order.extra;
  const index = list.indexOf(type);
  return (expected ? order.extra.length : 0) + (index === -1 ? list.length : index);
}
