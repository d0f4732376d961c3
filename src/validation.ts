import { getColumns } from 'drizzle-orm';
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import { createInsertSchema, createSelectSchema, createUpdateSchema } from 'drizzle-orm/zod';
import { z } from 'zod';
import {
  checkNumeric,
  checkText,
  decimalOf,
  type Limits,
  limitsOf,
  longestIndexedText,
  longestNumber,
  type Payload,
  signs,
  withoutNull,
} from './column-limits.ts';
import type { JsonObject, JsonValue } from './columns.ts';
import { alwaysFixed, fixedColumns } from './fixed-columns.ts';
import { type Form, saidCheck, withJsonSchema } from './json-schema-checks.ts';
import { copyJson } from './json-value.ts';
import { firstMoment, isoDate, lastMoment, yearsKept } from './stored-dates.ts';

// The zod schemas of a table: created by `drizzle-orm/zod`, refined by what the table requires beyond its TypeScript types.
//
// - A select schema checks a row against the table's types and nothing more. Lengths, ranges and forms are the database's
//   business: a row that it holds is valid.
// - Insert and update schemas accept nothing that the table refuses, and nothing that would be read back as something else. Numbers
//   in text are rounded to the column's scale, as the table does. Not checked: references, unique keys, and PostgreSQL's
//   absolute size limits, 1 GB per value and 256 MB per JSON document.
// - Update schemas leave out columns that no update sets: the primary key, `created_at`, `updated_at`, and columns that triggers keep.
// - Keys without a field in the schema are dropped, zod's default.
// - `z.toJSONSchema` expresses each check as far as JSON Schema can, and never more: what a schema accepts, its JSON Schema accepts.
//
// Types, lengths, precision, labels and check constraints are read from the table. What a table cannot express, such as the form of
// an e-mail address, is a rule of its domain.

/** The columns of a table, by the names that they have in TypeScript. */
type Columns<T extends PgTable> = T['_']['columns'];

/** The zod schema of a column's values, by the column's type. */
interface Values<Data> {
  boolean: z.ZodBoolean;
  /** A custom type over `text`, such as `encryptedText`. */
  custom: z.ZodString;
  'bigint int64': z.ZodBigInt;
  'number double': z.ZodType<number, number>;
  'number int32': z.ZodInt;
  'object buffer': z.ZodType<Buffer, Uint8Array>;
  'object date': z.ZodDate;
  'object json': z.ZodType<Data, Data>;
  string: z.ZodString;
  'string date': z.ZodString;
  'string enum': z.ZodEnum<{ [Label in Data & string]: Label }>;
  'string numeric': z.ZodString;
  'string uuid': z.ZodGUID;
}

type DataType = keyof Values<unknown>;

/** The zod schema of a column's values in JSON, if it differs: a codec between the two. */
interface JsonCodecs {
  'bigint int64': z.ZodCodec<z.ZodString, z.ZodBigInt>;
  'object buffer': z.ZodCodec<z.ZodBase64, z.ZodType<Buffer, Uint8Array>>;
  'object date': z.ZodCodec<z.ZodISODateTime, z.ZodDate>;
}

type Value<C extends PgColumn> = C['_']['dataType'] extends infer Type extends DataType
  ? Type extends 'object json'
    ? Values<C['_']['data']>[Type]
    : C['_']['data'] extends readonly (infer Element)[]
      ? z.ZodArray<Values<Element>[Type]>
      : Values<C['_']['data']>[Type]
  : never;

type ValueInJson<C extends PgColumn> = C['_']['dataType'] extends infer Type extends keyof JsonCodecs
  ? JsonCodecs[Type]
  : Value<C>;

type OrNull<C extends PgColumn, V extends z.ZodType> = C['_']['notNull'] extends true ? V : z.ZodNullable<V>;

type OrLeftOut<C extends PgColumn, V extends z.ZodType> = C['_'] extends { notNull: true; hasDefault: false }
  ? V
  : z.ZodOptional<OrNull<C, V>>;

/** The name of a table with its PostgreSQL schema. */
type QualifiedName<T extends PgTable> = T['_'] extends {
  schema: infer Schema extends string;
  name: infer Name extends string;
}
  ? `${Schema}.${Name}`
  : `public.${T['_']['name']}`;

/** The columns that no update sets. */
type Fixed<T extends PgTable> =
  | (typeof alwaysFixed)[number]
  | (QualifiedName<T> extends infer Name extends keyof typeof fixedColumns
      ? (typeof fixedColumns)[Name] extends readonly (infer Key)[]
        ? Key
        : keyof Columns<T>
      : never);

/** The schema of a row as it is read. Its `z.infer` is the row's type. */
export type SelectSchema<T extends PgTable> = z.ZodObject<{
  [Key in keyof Columns<T>]: OrNull<Columns<T>[Key], Value<Columns<T>[Key]>>;
}>;

/** The schema of a row to insert. Its `z.infer` fits `db.insert(…).values(…)`. */
export type InsertSchema<T extends PgTable> = z.ZodObject<{
  [Key in keyof Columns<T>]: OrLeftOut<Columns<T>[Key], Value<Columns<T>[Key]>>;
}>;

/** The schema of a change to a row: any of the columns that an update may set. Its `z.infer` fits `db.update(…).set(…)`. */
export type UpdateSchema<T extends PgTable> = z.ZodObject<{
  [Key in Exclude<keyof Columns<T>, Fixed<T>>]: z.ZodOptional<OrNull<Columns<T>[Key], Value<Columns<T>[Key]>>>;
}>;

/** {@link SelectSchema} in JSON: `z.encode` turns a row into JSON, `z.decode` turns it back. */
export type JsonSelectSchema<T extends PgTable> = z.ZodObject<{
  [Key in keyof Columns<T>]: OrNull<Columns<T>[Key], ValueInJson<Columns<T>[Key]>>;
}>;

/** {@link InsertSchema} in JSON: its `z.input` is the body of a request, its `z.output` fits `db.insert(…).values(…)`. */
export type JsonInsertSchema<T extends PgTable> = z.ZodObject<{
  [Key in keyof Columns<T>]: OrLeftOut<Columns<T>[Key], ValueInJson<Columns<T>[Key]>>;
}>;

/** {@link UpdateSchema} in JSON: its `z.input` is the body of a request, its `z.output` fits `db.update(…).set(…)`. */
export type JsonUpdateSchema<T extends PgTable> = z.ZodObject<{
  [Key in Exclude<keyof Columns<T>, Fixed<T>>]: z.ZodOptional<OrNull<Columns<T>[Key], ValueInJson<Columns<T>[Key]>>>;
}>;

/** The outermost type of a JSON value. */
type Shape = 'any' | 'array' | 'object' | 'strings';

/** The shape that corresponds to the type of a JSON column, as given with `$type`. */
type ShapeOf<Data> = [Data] extends [string[]]
  ? 'strings'
  : [Data] extends [JsonValue[]]
    ? 'array'
    : [Data] extends [JsonObject]
      ? 'object'
      : 'any';

/**
 * The rules for a table's schemas: the shape of each JSON column that is not an object, which the compiler checks against
 * the column's type, and the form of text columns.
 *
 * @example
 * const rules = { email: emailAddress } satisfies Rules<typeof Customer>;
 *
 * @internal
 */
export type Rules<T extends PgTable> = {
  [Key in keyof Columns<T> as Columns<T>[Key]['_'] extends { dataType: 'string'; data: string } ? Key : never]?: Form;
} & {
  [Key in keyof Columns<T> as Columns<T>[Key]['_']['dataType'] extends 'object json'
    ? Exclude<Key, ShapeOf<Columns<T>[Key]['_']['data']> extends 'object' ? Key : never>
    : never]: ShapeOf<Columns<T>[Key]['_']['data']>;
};

/** The rules of a table, optional if none is required. */
type RulesOf<T extends PgTable> = Record<never, never> extends Rules<T> ? [rules?: Rules<T>] : [rules: Rules<T>];

/**
 * Text in the form that browsers accept in `<input type="email">`. JSON Schema's format `email` differs: it forbids two adjacent dots,
 * so it would refuse addresses that are in use. That is why JSON Schema gets only the pattern.
 *
 * @internal
 */
export const emailAddress: Form = saidCheck<string>(
  ({ value: input, issues }) => {
    if (!z.regexes.html5Email.test(input)) issues.push({ code: 'invalid_format', format: 'email', input });
  },
  { pattern: z.regexes.html5Email },
);

/** @internal Text that is a time of day, from `00:00` to `23:59`. */
export const timeOfDay: Form = z.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'Invalid time of day: expected HH:MM');

/**
 * The schema of a table's rows as they are read. It uses only the shapes of the rules; forms apply to writes.
 *
 * @example
 * export const CustomerSelect: SelectSchema<typeof Customer> = selectSchema(Customer);
 *
 * @internal
 */
export function selectSchema<T extends PgTable>(table: T, ...[rules]: RulesOf<T>): SelectSchema<T> {
  return makeSchema(createSelectSchema, table, (column, schema, key) => readable(column, schema, ruleOf(rules, key)));
}

/**
 * The schema of the rows that a table accepts.
 *
 * @example
 * export const CustomerInsert: InsertSchema<typeof Customer> = insertSchema(Customer, { email: emailAddress });
 *
 * @internal
 */
export function insertSchema<T extends PgTable>(table: T, ...[rules]: RulesOf<T>): InsertSchema<T> {
  const limits = limitsOf(table);
  return makeSchema(createInsertSchema, table, (column, schema, key) =>
    writable(column, schema, limits(column), ruleOf(rules, key)),
  );
}

/**
 * The schema of the changes that a table accepts. Nothing is required: an empty change passes too, though Drizzle sends none. Columns
 * that no update sets are left out.
 *
 * @example
 * export const CustomerUpdate: UpdateSchema<typeof Customer> = updateSchema(Customer, { email: emailAddress });
 *
 * @internal
 */
export function updateSchema<T extends PgTable>(table: T, ...[rules]: RulesOf<T>): UpdateSchema<T> {
  const limits = limitsOf(table);
  const all = makeSchema<z.ZodObject>(createUpdateSchema, table, (column, schema, key) =>
    writable(column, schema, limits(column), ruleOf(rules, key)),
  );
  const fixed = fixedKeys(table);
  return z.object(Object.fromEntries(Object.entries(all.shape).filter(([key]) => !fixed.has(key)))) as UpdateSchema<T>;
}

function fixedKeys(table: PgTable): ReadonlySet<string> {
  const { name, schema = 'public' } = getTableConfig(table);
  const own = (fixedColumns as Readonly<Record<string, readonly string[] | 'all'>>)[`${schema}.${name}`] ?? [];
  return new Set([...alwaysFixed, ...(own === 'all' ? Object.keys(getColumns(table)) : own)]);
}

/** Maps the schema that `drizzle-orm/zod` builds for a column's values to ours. Null and optional are added afterwards. */
type Refine = (column: PgColumn, schema: z.ZodType, key: string) => z.ZodType;

/**
 * Builds the schema of a table with `drizzle-orm/zod`, each column refined. The type is passed in, since the inferred one knows
 * neither the types of JSON columns nor that a refined column with a default is optional.
 */
function makeSchema<Schema>(create: unknown, table: PgTable, refine: Refine): Schema {
  const refinements = Object.fromEntries(
    Object.entries(getColumns(table)).map(([key, column]) => [key, (schema: z.ZodType) => refine(column, schema, key)]),
  );
  return (create as (table: PgTable, refinements: unknown) => Schema)(table, refinements);
}

/** The rule for the column with that key. A JSON column without one is an object. */
function ruleOf(rules: object | undefined, key: string): { shape: Shape; form: Form | undefined } {
  const rule = (rules as Readonly<Record<string, Shape | Form | undefined>> | undefined)?.[key];
  return typeof rule === 'string' ? { shape: rule, form: undefined } : { shape: 'object', form: rule };
}

type Rule = ReturnType<typeof ruleOf>;

// Reading

function readable(column: PgColumn, schema: z.ZodType, { shape }: Rule): z.ZodType {
  switch (typeOf(column)) {
    case 'bigint int64':
    case 'boolean':
    case 'number int32':
    case 'object date':
    case 'string date':
    case 'string enum':
    case 'string numeric':
      return schema;
    case 'number double':
      return anyNumber;
    case 'object buffer':
      return bytes;
    case 'object json':
      return withJsonSchema(
        z.custom().check((payload) => checkShape(payload, shape)),
        () => shapes[shape].jsonSchema,
      );
    case 'string':
      return text;
    case 'string[]':
      return z.array(text);
    case 'string uuid':
      return z.guid();
    default:
      throw withoutSchema(column);
  }
}

const text = z.string();

/** The values of `double precision`: infinite numbers and NaN, too. */
const anyNumber = z.custom<number>((value) => typeof value === 'number', 'Invalid input: expected number');

/** Bytes as a `Buffer`, sharing the memory of another `Uint8Array`. */
const bytes = z
  .instanceof(Uint8Array)
  .transform((given) =>
    Buffer.isBuffer(given) ? given : Buffer.from(given.buffer, given.byteOffset, given.byteLength),
  );

// Writing

function writable(column: PgColumn, schema: z.ZodType, limits: Limits, { shape, form }: Rule): z.ZodType {
  switch (typeOf(column)) {
    case 'bigint int64':
    case 'boolean':
    case 'string enum':
      return schema;
    case 'number double':
      return z.number();
    case 'number int32':
      return limits.bounds.reduce((integer, { sign, value }) => integer[signs[sign]](value), schema as z.ZodInt);
    case 'object buffer':
      return bytes;
    case 'object date':
      return z.date().min(firstMoment, yearsKept).max(lastMoment, yearsKept);
    case 'object json':
      return withJsonSchema(
        z.custom().check((payload) => {
          checkShape(payload, shape);
          if (payload.issues.length === 0) copyJson(payload);
        }),
        () => shapes[shape].jsonSchema,
      );
    case 'string':
      return storedText(limits, form);
    case 'string[]':
      return z.array(storedText(limits));
    case 'string date':
      return text.check(isoDate);
    case 'string numeric':
      return text.check(
        saidCheck((payload) => checkNumeric(payload, limits), { pattern: decimalOf(limits), length: longestNumber }),
      );
    case 'string uuid':
      return z.guid();
    default:
      throw withoutSchema(column);
  }
}

/** Text that the column stores. If it also has a form, JSON Schema gets only that pattern. */
function storedText(limits: Limits, form?: Form): z.ZodString {
  const length = limits.length ?? (limits.indexed ? longestIndexedText : undefined);
  const stored = saidCheck<string>((payload) => checkText(payload, limits), {
    pattern: form ? undefined : withoutNull,
    length,
  });
  return form ? text.check(stored, form) : text.check(stored);
}

/** The type of a column's values, as in `string uuid`, or `string[]` for an array. A custom type over `text` holds strings. */
function typeOf(column: PgColumn): string {
  const isText = column.dataType === 'custom' && column.getSQLType() === 'text';
  return (isText ? 'string' : column.dataType) + '[]'.repeat(column.dimensions);
}

function withoutSchema(column: PgColumn): Error {
  const type = column.getSQLType() + '[]'.repeat(column.dimensions);
  return new Error(`Column ${column.name} is of type ${type}, which has no schema yet: add it to validation.ts`);
}

// JSON

interface ShapeFacts {
  readonly expected: string;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
  fits(value: unknown): boolean;
}

const shapes: Readonly<Record<Shape, ShapeFacts>> = {
  any: { expected: 'JSON', jsonSchema: {}, fits: (value) => value !== undefined && value !== null },
  array: { expected: 'array', jsonSchema: { type: 'array', items: {} }, fits: Array.isArray },
  object: {
    expected: 'object',
    jsonSchema: { type: 'object', additionalProperties: true },
    fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
  strings: {
    expected: 'array of strings',
    jsonSchema: { type: 'array', items: { type: 'string' } },
    fits: (value) => Array.isArray(value) && value.every((element) => typeof element === 'string'),
  },
};

function checkShape(payload: Payload<unknown>, shape: Shape): void {
  const { value: input } = payload;
  const { expected, fits } = shapes[shape];
  if (fits(input)) return;
  payload.issues.push({ code: 'custom', message: `Invalid input: expected ${expected}`, input });
}
