import { getColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { withJsonSchema } from './json-schema-checks.ts';
import { storedMoment } from './stored-dates.ts';

// The zod schemas of a table for JSON: the schemas of `validation.ts`, with a codec for each type that JSON lacks. Dates are ISO strings,
// `bigint` is a string of digits, bytes are base64.
//
// - The decoded value is what the table takes, with every check of its schema. `z.encode` goes the other way.
// - Values that JSON cannot represent are refused both ways: years before 0 and after 9999, NaN, and infinite numbers.
// - `z.toJSONSchema` gives the same answer for both sides: the form of the JSON.

/**
 * Turns a schema of `selectSchema`, `insertSchema` or `updateSchema` into its JSON form.
 *
 * @example
 * export const BookingInsert: JsonInsertSchema<typeof Booking> = jsonForm(Booking, schemas.BookingInsert);
 */
export function jsonForm<Schema extends z.ZodObject>(table: PgTable, { shape }: z.ZodObject): Schema {
  const columns = getColumns(table) as Readonly<Record<string, PgColumn>>;
  return z.object(
    Object.fromEntries(
      Object.entries(shape as Readonly<Record<string, z.ZodType>>).map(([key, field]) => [
        key,
        fieldInJson(columns[key]?.dataType, field),
      ]),
    ),
  ) as z.ZodObject as Schema;
}

function fieldInJson(type: string | undefined, field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional) return fieldInJson(type, field.unwrap() as z.ZodType).optional();
  if (field instanceof z.ZodNullable) {
    const inner = field.unwrap() as z.ZodType;
    return (inner instanceof z.ZodEnum ? enumOrNull(inner) : fieldInJson(type, inner)).nullable();
  }
  switch (type) {
    case 'bigint int64':
      return bigintInJson(field as z.ZodBigInt);
    case 'number double':
      return z.number();
    case 'object buffer':
      return bytesInJson;
    case 'object date':
      return dateInJson(field as z.ZodDate);
    case 'object json':
      return jsonInJson(field);
    default:
      return field;
  }
}

/** The schema, described in JSON Schema like another one: the JSON side of a codec. */
function saidAs<S extends z.ZodType>(schema: S, inJson: z.ZodType): S {
  return withJsonSchema(schema, () => {
    const { $schema, ...jsonSchema } = z.toJSONSchema(inJson);
    return jsonSchema;
  });
}

const moment = z.iso.datetime({ offset: true });
/** Stored dates begin with the year 100, as written, so that JSON Schema can express it. */
const momentToStore = withJsonSchema(
  moment.refine((text) => !text.startsWith('00'), 'Invalid date: expected a year from 100 to 9999'),
  () => ({ type: 'string', format: 'date-time', pattern: storedMoment.source }),
);

function dateInJson(date: z.ZodDate): z.ZodType {
  const text = date.minDate === null ? moment : momentToStore;
  return z.codec(text, saidAs(date, text), {
    decode: (given) => new Date(given),
    encode: (given) => (given as Date).toISOString(),
  });
}

const digits = z.string().regex(/^-?(?:0|[1-9]\d{0,18})$/, 'Invalid integer: expected digits');

function bigintInJson(bigint: z.ZodBigInt): z.ZodType {
  return z.codec(digits, saidAs(bigint, digits), { decode: BigInt, encode: String });
}

/** OpenAPI 3.0 knows base64 as the format `byte`, and has no `contentEncoding`. */
const base64 = withJsonSchema(z.base64(), () => ({
  type: 'string',
  format: 'byte',
  pattern: z.regexes.base64.source,
}));

const bytesInJson = z.codec(
  base64,
  saidAs(
    z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'Invalid input: expected Uint8Array'),
    base64,
  ),
  {
    decode: (given) => Buffer.from(given, 'base64'),
    encode: (given) => Buffer.from(given.buffer, given.byteOffset, given.byteLength).toString('base64'),
  },
);

/** The labels of a column that may be null. OpenAPI 3.0 wants null among them; zod only says `nullable`. */
function enumOrNull(labels: z.ZodEnum): z.ZodEnum {
  const described = z.clone(labels, labels._zod.def);
  const { processJSONSchema } = described._zod;
  described._zod.processJSONSchema = (context, jsonSchema, parameters) => {
    processJSONSchema?.(context, jsonSchema, parameters);
    if (context.target === 'openapi-3.0') jsonSchema.enum = [...(jsonSchema.enum ?? []), null];
  };
  return described;
}

/** JSON on both sides, as a pipe: unlike a custom field it keeps its JSON Schema when a description or a check is added. */
function jsonInJson(json: z.ZodType): z.ZodType {
  return saidAs(z.custom(), json).pipe(json);
}
