import { catalogStatement } from './catalog.ts';
import type { Query } from './query.ts';
import { withCanonicalSettings } from './settings.ts';
import { withoutNeedlessQualifiers } from './view-definition.ts';

/** What kinds of objects a description lists. A view and a materialized view are both a `view`. */
type ObjectKind =
  | 'schema'
  | 'extension'
  | 'enum'
  | 'domain'
  | 'composite type'
  | 'range type'
  | 'sequence'
  | 'table'
  | 'view'
  | 'column'
  | 'constraint'
  | 'index'
  | 'statistics'
  | 'trigger'
  | 'policy'
  | 'rule'
  | 'function'
  | 'event trigger';

/** Any JSON value. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One object of a database's catalogs. */
export interface DescribedObject {
  readonly kind: ObjectKind;
  /** As in SQL, with its schema and, if its name is unique only within a table, its table: `public.messages.content`. */
  readonly name: string;
  /** The table or view that it belongs to, as in `public.messages`. */
  readonly table?: string;
  /** Its properties; one that does not apply is left out. */
  readonly properties: { readonly [property: string]: Json };
}

/** The objects of a database, in order of kind and name: plain data that can be stored as JSON. */
export type DatabaseDescription = readonly DescribedObject[];

export interface DescribeOptions {
  /** Schemas to leave out, besides PostgreSQL's own. @default ['drizzle'] */
  readonly withoutSchemas?: readonly string[];
  /** Tables and views, as in `public.reviews`, to leave out with everything that belongs to them. @default [] */
  readonly withoutTables?: readonly string[];
  /** Whether to include owners. @default false */
  readonly owners?: boolean;
  /** Whether to include privileges. @default false */
  readonly grants?: boolean;
  /** Whether to include comments. @default false */
  readonly comments?: boolean;
}

/**
 * Describes the catalogs of a database: schemas, extensions, types, sequences, tables, views, columns, constraints, indexes,
 * extended statistics, triggers, policies, rules, functions and event triggers. It leaves out what belongs to an extension, rows, the
 * state of sequences, and everything outside schemas (roles, publications, foreign servers).
 *
 * The same schema has the same description on PostgreSQL 15 to 18 and on PGlite, whatever the settings of the session. Differences
 * between these versions are evened out: NOT NULL is a property of a column and never a constraint, views omit redundant table names,
 * and an owner's MAINTAIN is implied.
 *
 * It takes three statements, one of which reads everything, and writes nothing. Any role may call it.
 *
 * @param query One session, or a pool: see `queryOf`.
 */
export async function describeDatabase(query: Query, options: DescribeOptions = {}): Promise<DatabaseDescription> {
  const { withoutSchemas = ['drizzle'], withoutTables = [] } = options;
  const { rows } = await withCanonicalSettings(query, () =>
    query(catalogStatement, [JSON.stringify(withoutSchemas), JSON.stringify(withoutTables)]),
  );
  return rows.map((row) => describedObject(row, options)).sort(byKindAndName);
}

/** One respect in which an object differs from what it was, or what it should be. */
export interface Difference {
  readonly kind: ObjectKind;
  /** The object's name, as in `public.messages.content`. */
  readonly object: string;
  /** The table or view that it belongs to, as in `public.messages`. */
  readonly table?: string;
  /** The property that differs. Without it, the object is on one side only. */
  readonly property?: string;
  /** What `before` says, as text. `null`: it has no such object or property. */
  readonly expected: string | null;
  /** What `after` says, as text. `null`: it has no such object or property. */
  readonly found: string | null;
}

/**
 * Lists the differences between two descriptions, in order of kind and name; empty if they are the same. If a whole table or view is on
 * one side only, that is one difference and its columns and indexes are not listed.
 */
export function differences(before: DatabaseDescription, after: DatabaseDescription): Difference[] {
  const expected = byKey(before);
  const found = byKey(after);
  const oneSided = new Set(
    [...before, ...after]
      .filter(({ kind }) => kind === 'table' || kind === 'view')
      .filter((object) => !expected.has(keyOf(object)) || !found.has(keyOf(object)))
      .map(({ name }) => name),
  );
  const objects = new Map([...expected, ...found]);
  return [...objects]
    .filter(([, { table }]) => table === undefined || !oneSided.has(table))
    .sort(([, a], [, b]) => byKindAndName(a, b))
    .flatMap(([key, object]) => objectDifferences(object, expected.get(key), found.get(key)));
}

/** Formats a difference in one line, as in `column public.messages.content: type is text, expected character varying(50)`. */
export function differenceText({ kind, object, property, expected, found }: Difference): string {
  if (property === undefined) {
    return found === null ? `${kind} ${object} is missing: ${expected}` : `${kind} ${object} is not expected: ${found}`;
  }
  return `${kind} ${object}: ${property} is ${found ?? 'not set'}, expected ${expected ?? 'none'}`;
}

function describedObject(row: Record<string, unknown>, options: DescribeOptions): DescribedObject {
  const { kind, name, table, properties, owner, grants, comment } = JSON.parse(String(row['object'])) as {
    kind: ObjectKind;
    name: string;
    table?: string;
    properties: Record<string, Json>;
    owner?: Json;
    grants?: Json;
    comment?: Json;
  };
  if (kind === 'view') properties['definition'] = withoutNeedlessQualifiers(String(properties['definition']));
  if (kind === 'constraint') properties['definition'] = withCastLabels(String(properties['definition']));
  return {
    kind,
    name,
    ...(table !== undefined && { table }),
    properties: {
      ...properties,
      ...(options.owners && owner !== undefined && { owner }),
      ...(options.grants && grants !== undefined && { grants }),
      ...(options.comments && comment !== undefined && { comment }),
    },
  };
}

/**
 * A check such as `status IN ('a', 'b')` on a `varchar` changes its text when it goes through a dump: PostgreSQL then casts each
 * label instead of the list. Both are the same check, so both get the text of the second form.
 */
function withCastLabels(definition: string): string {
  return definition.replace(
    /\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)::text\[\]/g,
    (_, list: string) => {
      const labels = list.match(/'(?:[^']|'')*'::character varying/g) ?? [];
      return `ARRAY[${labels.map((label) => `(${label})::text`).join(', ')}]`;
    },
  );
}

function objectDifferences(
  { kind, name, table }: DescribedObject,
  expected: DescribedObject | undefined,
  found: DescribedObject | undefined,
): Difference[] {
  const subject = { kind, object: name, ...(table !== undefined && { table }) };
  if (!expected || !found) {
    return [{ ...subject, expected: expected ? summary(expected) : null, found: found ? summary(found) : null }];
  }
  const properties = new Set([...Object.keys(expected.properties), ...Object.keys(found.properties)]);
  return [...properties].sort().flatMap((property) => {
    const [before, after] =
      property === 'columns'
        ? commonColumns(expected.properties[property], found.properties[property])
        : [expected.properties[property], found.properties[property]];
    const values = { expected: text(before), found: text(after) };
    return values.expected === values.found ? [] : [{ ...subject, property, ...values }];
  });
}

/** Columns that only one side has are separate differences; this leaves the order of the common ones. */
function commonColumns(before: Json | undefined, after: Json | undefined): [Json, Json] {
  const [expected, found] = [before, after].map((columns) => (Array.isArray(columns) ? columns : []));
  return [
    (expected ?? []).filter((column) => found?.includes(column)),
    (found ?? []).filter((column) => expected?.includes(column)),
  ];
}

/** Describes an object that is on one side only, in one line. */
function summary({ kind, properties }: DescribedObject): string {
  const { definition, type, labels, columns, attributes } = properties;
  return text(definition ?? type ?? labels ?? columns ?? attributes) ?? `a ${kind}`;
}

function text(value: Json | undefined): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return JSON.stringify(value);
}

function byKey(description: DatabaseDescription): Map<string, DescribedObject> {
  return new Map(description.map((object) => [keyOf(object), object]));
}

function keyOf({ kind, name }: DescribedObject): string {
  return `${kind} ${name}`;
}

function byKindAndName(a: DescribedObject, b: DescribedObject): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
