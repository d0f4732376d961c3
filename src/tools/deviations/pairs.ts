import type { DatabaseDescription, DescribedObject } from '../database/describe.ts';
import type { DeviationOptions, TablePair } from './deviation.ts';
import { compareLabels } from './labels.ts';
import { listOf, splitName, textOf } from './names.ts';

/** Which tables and enums of a database are those of the expected description, wherever they stand. */
export interface Pairs {
  readonly tables: readonly TablePair[];
  /** Expected tables that several found ones may be, with those. */
  readonly meeting: ReadonlyMap<string, readonly string[]>;
  /** Found enums by the expected ones, as `core.booking_status` for `public.booking_status`. */
  readonly enums: ReadonlyMap<string, string>;
}

/** A table is another one in another place if it has at least this part of its columns. */
const leastShare = 0.5;

/**
 * Finds the tables and enums of an expected description in a database.
 *
 * A table is the one of its name. If there is none, it is the one table elsewhere that has its own name, or the other name that is
 * known for it, and at least half of its columns. An enum is the type that the columns have which should have it.
 */
export function pairObjects(
  expected: DatabaseDescription,
  found: DatabaseDescription,
  { otherNames, chosen = [] }: DeviationOptions = {},
): Pairs {
  const wanted = expected.filter(({ kind }) => kind === 'table');
  const present = new Map(found.filter(({ kind }) => kind === 'table').map((table) => [table.name, table]));
  const names = new Set(wanted.map(({ name }) => name));
  const candidates = new Map<string, string[]>();
  for (const table of present.values()) {
    if (names.has(table.name) && !chosen.includes(table.name)) continue;
    const meant = wanted
      .filter(({ name }) => name !== table.name && isNamedLike(name, table.name, otherNames))
      .map((other) => ({ name: other.name, share: sharedColumns(other, table) }))
      .filter(({ share }) => share >= leastShare)
      .sort((a, b) => b.share - a.share)[0];
    if (meant) candidates.set(meant.name, [...(candidates.get(meant.name) ?? []), table.name]);
  }
  const tables: TablePair[] = [];
  const meeting = new Map<string, readonly string[]>();
  for (const { name } of wanted) {
    const elsewhere = candidates.get(name) ?? [];
    const named = elsewhere.filter((other) => chosen.includes(other));
    const [only] = named.length === 1 ? named : elsewhere;
    if (present.has(name) && named.length === 0) tables.push({ expected: name, found: name });
    else if (only !== undefined && (named.length === 1 || elsewhere.length === 1))
      tables.push({ expected: name, found: only });
    else if (elsewhere.length > 1) meeting.set(name, elsewhere.sort());
  }
  return { tables, meeting, enums: pairEnums(expected, found, tables) };
}

function isNamedLike(expected: string, found: string, otherNames: DeviationOptions['otherNames']): boolean {
  const own = splitName(found)[1];
  const other = otherNames?.get(expected);
  return own === splitName(expected)[1] || (other !== undefined && own === splitName(other)[1]);
}

function sharedColumns(expected: DescribedObject, found: DescribedObject): number {
  const [wanted, present] = [listOf(expected, 'columns'), new Set(listOf(found, 'columns'))];
  return wanted.length === 0 ? 0 : wanted.filter((column) => present.has(column)).length / wanted.length;
}

function pairEnums(
  expected: DatabaseDescription,
  found: DatabaseDescription,
  tables: readonly TablePair[],
): ReadonlyMap<string, string> {
  const present = new Map(found.filter(({ kind }) => kind === 'enum').map((type) => [type.name, type]));
  const places = new Map(tables.map((pair) => [pair.expected, pair.found]));
  const foundTypes = new Map(
    found.filter(({ kind }) => kind === 'column').map((column) => [column.name, elementType(column)]),
  );
  const columns = new Map<string, DescribedObject[]>(
    expected.filter(({ kind }) => kind === 'enum').map(({ name }) => [name, []]),
  );
  for (const column of expected) if (column.kind === 'column') columns.get(elementType(column))?.push(column);
  const paired = new Map<string, string>();
  for (const type of expected) {
    if (type.kind !== 'enum') continue;
    const used = (columns.get(type.name) ?? []).flatMap(({ name, table = '' }) => {
      const place = places.get(table);
      const other = place === undefined ? undefined : foundTypes.get(`${place}${name.slice(table.length)}`);
      return other !== undefined && present.has(other) ? [other] : [];
    });
    const [other] = used.includes(type.name) ? [type.name] : used;
    if (other !== undefined && areAlike(type, present.get(other))) paired.set(type.name, other);
    else if (present.has(type.name)) paired.set(type.name, type.name);
  }
  return paired;
}

/** Whether two enums have labels in common, in whatever case: a column of any other enum is a column of another type. */
function areAlike(expected: DescribedObject, found: DescribedObject | undefined): boolean {
  const labels = listOf(expected, 'labels');
  return compareLabels(labels, listOf(found, 'labels')).missing.length <= labels.length / 2;
}

function elementType(column: DescribedObject): string {
  return textOf(column, 'type').replace(/(\[\])+$/, '');
}
