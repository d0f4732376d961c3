import type { DatabaseDescription, DescribedObject } from '../database/describe.ts';
import { compareLabels } from './labels.ts';
import { listOf, splitName } from './names.ts';
import type { Pairs } from './pairs.ts';

/** An expected object, as it is called in the expected description and as the database at hand would have it. */
export interface PlacedObject {
  /** As in `public.bookings.status`. */
  readonly name: string;
  /** As in `public.bookings`. */
  readonly table?: string;
  /** Under the names of the database, as in `core.bookings.status` of the type `core.booking_status`. */
  readonly here: DescribedObject;
}

/**
 * Writes an expected description in the names of the database at hand: its tables and enums where they stand there, and labels in the
 * case that they have there. What differs from the database after that differs in more than its place, and SQL that is made of it runs there.
 */
export function placeObjects(expected: DatabaseDescription, found: DatabaseDescription, pairs: Pairs): PlacedObject[] {
  const tables = new Map(pairs.tables.map((pair) => [pair.expected, pair.found]));
  const moved = new Map([...tables, ...pairs.enums].filter(([from, to]) => from !== to));
  const inPlaces = replacerOf(moved);
  const inCase = labelReplacersOf(expected, found, pairs);
  if (moved.size === 0 && inCase.length === 0) {
    return expected.map((object) => ({
      name: object.name,
      ...(object.table !== undefined && { table: object.table }),
      here: object,
    }));
  }
  const rewrite = (value: unknown): unknown => {
    if (typeof value === 'string') return inCase.reduce((text, replace) => replace(text), inPlaces(value));
    if (Array.isArray(value)) return value.map(rewrite);
    return value;
  };
  return expected.map((object) => {
    const { kind, name, table } = object;
    const place = tables.get(table ?? name);
    const properties =
      kind === 'enum' || kind === 'table'
        ? object.properties
        : (Object.fromEntries(
            Object.entries(object.properties).map(([property, value]) => [property, rewrite(value)]),
          ) as DescribedObject['properties']);
    const here: DescribedObject = {
      kind,
      name: kind === 'enum' ? (pairs.enums.get(name) ?? name) : placedName(object, place),
      ...(table !== undefined && { table: place ?? table }),
      properties,
    };
    return { name, ...(table !== undefined && { table }), here };
  });
}

function placedName({ kind, name, table }: DescribedObject, place: string | undefined): string {
  if (place === undefined || place === (table ?? name)) return name;
  if (table === undefined) return kind === 'table' ? place : name;
  if (kind === 'index' || kind === 'statistics' || kind === 'sequence')
    return `${splitName(place)[0]}.${splitName(name)[1]}`;
  return `${place}${name.slice(table.length)}`;
}

/** Replaces whole names, as in `public.bookings`, within definitions. */
function replacerOf(names: ReadonlyMap<string, string>): (text: string) => string {
  if (names.size === 0) return (text) => text;
  const pattern = new RegExp(`(?<![\\w".])(?:${[...names.keys()].map(escaped).join('|')})(?![\\w"])`, 'g');
  return (text) => text.replace(pattern, (name) => names.get(name) ?? name);
}

/** Replaces labels before a cast to their enum, as in `'pending'::core.booking_status`, by those of the database. */
function labelReplacersOf(
  expected: DatabaseDescription,
  found: DatabaseDescription,
  { enums }: Pairs,
): readonly ((text: string) => string)[] {
  const present = new Map(found.filter(({ kind }) => kind === 'enum').map((type) => [type.name, type]));
  return expected.flatMap((type) => {
    const other = type.kind === 'enum' ? enums.get(type.name) : undefined;
    if (other === undefined) return [];
    const { otherCase } = compareLabels(listOf(type, 'labels'), listOf(present.get(other), 'labels'));
    if (otherCase.length === 0) return [];
    const labels = new Map(otherCase.map(([has, wanted]) => [quoted(wanted), quoted(has)]));
    const pattern = new RegExp(`('(?:[^']|'')*')(?=::${escaped(other)}(?![\\w"]))`, 'g');
    return [(text: string) => text.replace(pattern, (label) => labels.get(label) ?? label)];
  });
}

function quoted(label: string): string {
  return `'${label.replaceAll("'", "''")}'`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
