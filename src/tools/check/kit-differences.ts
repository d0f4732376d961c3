import type { DescribedObject } from '../database/describe.ts';
import type { Comparison } from './compare.ts';
import { namesIn } from './drizzle-kit.ts';
import type { Surroundings } from './repair-sql/index.ts';
import type { SchemaDifference } from './report.ts';

/**
 * What drizzle-kit finds and our comparison does not: a difference for each of its statements that concerns nothing we know of.
 *
 * A statement concerns an object if it names it, and then also the object's table.
 *
 * @param statements What drizzle-kit would run.
 * @param due Compatibility views that may be missing, as in `public.messages`.
 * @param ofExtensions The enums and sequences of extensions, which drizzle-kit takes for objects of the database's own.
 */
export function kitDifferences(
  statements: readonly string[],
  { differs, unknown }: Pick<Comparison, 'differs' | 'unknown'>,
  { expected, found }: Surroundings,
  due: ReadonlySet<string> = new Set(),
  ofExtensions: readonly Pick<DescribedObject, 'kind' | 'name'>[] = [],
): SchemaDifference[] {
  const known = differs.flatMap((difference) =>
    [difference.expected, difference.found].filter((it) => it !== undefined),
  );
  const concerned: Concern[] = [
    ...known.flatMap(concernsOf),
    ...[...unknown, ...ofExtensions].flatMap(dropOf),
    ...[...due].map((view) => ({ names: [lastOf(view)] })),
    ...columnsOfEnums(known, found).flatMap(concernsOf),
    ...viewsOnTables(known, expected).map((view) => ({ names: [lastOf(view)] })),
  ];
  return statements
    .filter((statement) => {
      const there = namesIn(statement);
      return !concerned.some(
        ({ names, text = '' }) => names.every((name) => there.has(name)) && statement.includes(text),
      );
    })
    .map((statement) => ({
      kind: 'statement',
      object: objectOf(statement),
      expected: 'nothing to run',
      found: 'drizzle-kit would run a statement',
      foundBy: 'drizzle-kit',
      sql: [`${statement.trim().replace(/;$/, '')};`],
    }));
}

/** What a statement about an object has to hold: names in quotes, and a text. */
interface Concern {
  readonly names: readonly string[];
  readonly text?: string;
}

/**
 * What drizzle-kit's filters can't hide from it, as they are for tables and by their names alone: it would drop the enums and sequences of
 * others, and what has the name of one of our tables in another schema, as a view under the place that a table had.
 */
function dropOf({ kind, name }: Pick<DescribedObject, 'kind' | 'name'>): Concern[] {
  const words: Readonly<Record<string, readonly string[]>> = {
    enum: ['DROP TYPE'],
    sequence: ['DROP SEQUENCE'],
    table: ['DROP TABLE'],
    view: ['DROP VIEW', 'DROP MATERIALIZED VIEW'],
  };
  return (words[kind] ?? []).map((text) => ({ names: [lastOf(name)], text }));
}

function concernsOf({ kind, name, table, properties }: DescribedObject): Concern[] {
  if (table === undefined) return [{ names: [lastOf(name)] }];
  const own = { names: [lastOf(name), lastOf(table)] };
  switch (kind) {
    case 'index':
      return [own, { names: [lastOf(name)], text: 'INDEX' }];
    case 'constraint':
      // An index may be in the constraint's place, and a primary key does without a name.
      return [
        own,
        { names: [lastOf(name)], text: 'DROP INDEX' },
        ...(properties['type'] === 'primary key' ? [{ names: [lastOf(table)], text: 'PRIMARY KEY' }] : []),
      ];
    case 'policy':
      return [own, { names: [lastOf(table)], text: 'ROW LEVEL SECURITY' }];
    default:
      return [own];
  }
}

/** An enum is changed by way of the columns that have it. */
function columnsOfEnums(
  known: readonly DescribedObject[],
  found: ReadonlyMap<string, DescribedObject>,
): DescribedObject[] {
  const enums = new Set(known.filter(({ kind }) => kind === 'enum').map(({ name }) => name));
  if (enums.size === 0) return [];
  return [...found.values()].filter(
    ({ kind, properties }) => kind === 'column' && enums.has(String(properties['type']).replace(/(\[\])+$/, '')),
  );
}

/** drizzle-kit creates a view again if a column of its table changes. */
function viewsOnTables(known: readonly DescribedObject[], expected: ReadonlyMap<string, DescribedObject>): string[] {
  const tables = new Set(known.flatMap(({ kind, table }) => (kind === 'column' && table !== undefined ? [table] : [])));
  return [...expected.values()]
    .filter(({ kind }) => kind === 'view')
    .filter(({ properties }) => {
      const definition = String(properties['definition']);
      return [...tables].some((table) => definition.includes(`FROM ${table};`));
    })
    .map(({ name }) => name);
}

/** What a statement is about, as in `public.bookings`: the first name in it. */
function objectOf(statement: string): string {
  const [, first = '', second] = /"((?:[^"]|"")+)"(?:\."((?:[^"]|"")+)")?/.exec(statement) ?? [];
  if (first === '') return 'drizzle-kit';
  return second === undefined ? `public.${first}` : `${first}.${second}`;
}

/** The last part of a name, without quotes. */
function lastOf(name: string): string {
  const last = /("(?:[^"]|"")+"|[^".]+)$/.exec(name)?.[1] ?? name;
  return last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last;
}
