import { getColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import type { z } from 'zod';
import type { Row } from './tables.ts';

/** Rows that a schema may or may not accept: in the main plausible ones, with up to three values of any kind in them. */
export function someRow(table: PgTable, schema: z.ZodObject): fc.Arbitrary<Row> {
  return fc
    .tuple(acceptedRow(table, schema), fc.array(someEntry(table), { maxLength: 3 }))
    .map(([row, entries]) => ({ ...row, ...Object.fromEntries(entries) }));
}

/** Rows that the schema accepts. */
export function acceptedRow(table: PgTable, schema: z.ZodObject): fc.Arbitrary<Row> {
  return fc.record(
    Object.fromEntries(
      Object.entries(schema.shape).map(([key, value]) => {
        const [field, column] = [value as z.ZodType, getColumns(table)[key] as PgColumn];
        const accepted = plausible(column).filter((value) => field.safeParse(value).success);
        return [key, field.safeParse(undefined).success ? fc.option(accepted, { nil: undefined }) : accepted];
      }),
    ),
  );
}

function someEntry(table: PgTable): fc.Arbitrary<[string, unknown]> {
  const columns = Object.entries(getColumns(table)).map(([key, column]) =>
    fc.tuple(fc.constant(key), fc.oneof(plausible(column), fc.constantFrom(...hostile), whatever)),
  );
  return fc.oneof(...columns);
}

const whatever = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});

/** Values of a column's type, those at its limits among them. Not all of them are accepted. */
function plausible(column: PgColumn): fc.Arbitrary<unknown> {
  if (column.dimensions > 0) {
    const elements = fc.oneof({ weight: 20, arbitrary: textOf(column) }, fc.constantFrom(...hostile));
    return fc.oneof({ weight: 9, arbitrary: fc.array(textOf(column)) }, fc.array(elements));
  }
  switch (column.dataType) {
    case 'bigint int64':
      return fc.oneof(fc.bigInt(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    case 'boolean':
      return fc.boolean();
    case 'number double':
      return fc.double();
    case 'number int32':
      return fc.oneof(
        fc.integer({ min: -1, max: 101 }),
        fc.integer(),
        fc.constantFrom(2 ** 31, -(2 ** 31), 2 ** 31 - 1),
      );
    case 'object buffer':
      return fc.uint8Array().chain((bytes) => fc.constantFrom(bytes, Buffer.from(bytes), bytes.subarray(1)));
    case 'object date':
      return fc.oneof({ weight: 4, arbitrary: fc.date({ min: new Date(0), max: new Date(4e12) }) }, fc.date());
    case 'object json':
      return json;
    case 'string date':
      return fc.oneof(fc.date({ noInvalidDate: true }).map(isoDate), calendarDate);
    case 'string enum':
      return fc.constantFrom(...(column.enumValues ?? []));
    case 'string numeric':
      return decimal(column as PgColumn & { precision: number; scale: number });
    case 'string uuid':
      return fc.oneof(fc.uuid(), fc.constantFrom(...uuids));
    default:
      return fc.oneof({ weight: 3, arbitrary: textOf(column) }, formed);
  }
}

const formed = fc.oneof(fc.emailAddress(), fc.constantFrom('a@b', '`#}@b.example', '00:00', '23:59', '12:30', '24:00'));

const uuids = ['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', '{00000000}'];

const characters = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  { weight: 5, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom('"', "'", '\\', '{', '}', ',', 'NULL', '\n', '\u007f', '\u0001', '🍤', '\uffff'),
  },
  fc.constantFrom('\0', '\ud800', '\udfff'),
);

const shortText = fc.string({ unit: characters, maxLength: 12 });

function textOf({ length = 1_000 }: PgColumn): fc.Arbitrary<string> {
  const long = fc.tuple(fc.constantFrom('a', 'é', '鉄', '🍤', ' ', 'any'), fc.integer({ min: -1, max: 1 }));
  return fc.oneof(
    { weight: 4, arbitrary: shortText },
    long.map(([character, more]) => longText(character, length + more)),
  );
}

/** Text of one character or, where that is `any`, of so many that no compression helps: an index holds less of it. */
export function longText(character: string, length: number): string {
  if (character !== 'any') return character.repeat(length);
  return Array.from({ length }, (_, index) => String.fromCodePoint(0x4e00 + ((index * index * 7_919) % 20_011))).join(
    '',
  );
}

function decimal({ precision, scale }: { precision: number; scale: number }): fc.Arbitrary<string> {
  const digits = fc.tuple(
    fc.bigInt({ min: -(10n ** BigInt(precision)), max: 10n ** BigInt(precision) }),
    fc.constantFrom('', '4', '5', '49', '99', 'e1', 'e-1', 'e+2'),
  );
  const written = digits.map(([units, more]) => {
    const text = String(units < 0n ? -units : units).padStart(scale + 1, '0');
    return `${units < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}${more}`;
  });
  const range = fc.double({ min: 0, max: 1, noNaN: true }).map(String);
  const odd = fc.constantFrom(
    '1',
    '+1',
    '.5',
    '5.',
    '-.5',
    '00',
    '-0',
    '0e999',
    '1e-999',
    '1e999',
    '.',
    '',
    '-',
    '1e',
    'NaN',
  );
  return fc.oneof({ weight: 3, arbitrary: written }, { weight: 3, arbitrary: range }, odd);
}

function isoDate(date: Date): string {
  return date.toISOString().split('T')[0] ?? '';
}

const calendarDate = fc
  .tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }))
  .map(([year, month, day]) => [String(year).padStart(4, '0'), two(month), two(day)].join('-'));

function two(number: number): string {
  return String(number).padStart(2, '0');
}

const jsonText = fc.string({ unit: characters, maxLength: 6 });
const { json } = fc.letrec<{ json: unknown; value: unknown }>((tie) => ({
  json: fc.oneof(
    { weight: 4, arbitrary: fc.dictionary(fc.oneof(jsonText, fc.constant('__proto__')), tie('value'), { maxKeys: 4 }) },
    { weight: 4, arbitrary: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    tie('value'),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: jsonText },
    { weight: 4, arbitrary: fc.double() },
    { weight: 4, arbitrary: fc.constantFrom(null, true, false, 0, -0, 2 ** 53, 1e308, 5e-324) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, new Date(0)) },
    { weight: 4, arbitrary: tie('json') },
  ),
}));

/** A value that holds itself. */
const endless: unknown[] = [];
endless.push({ again: endless });

/** JSON of that many nested arrays and objects. */
export function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 1; level < depth; level++) value = level % 2 ? [value] : { value };
  return value;
}

/** What callers may hand over, by mistake or by intent, where a column expects something else. */
const hostile: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  0n,
  2n ** 63n,
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\ud83c!',
  'NaN',
  'Infinity',
  'infinity',
  'now',
  'epoch',
  'default',
  'null',
  ' 1',
  '1 ',
  '0x10',
  '1_000',
  '1e5',
  '1e131073',
  '1e-20000',
  '0e20000',
  '9'.repeat(1_001),
  '10000-01-01',
  '0000-01-01',
  '2023-02-29',
  '2024-02-30',
  '2024-01-01T00:00:00Z',
  '{00000000-0000-0000-0000-000000000000}',
  'a@b\n.example',
  '12:60',
  new Date(Number.NaN),
  new Date(8.64e15),
  new Date(-8.64e15),
  new Date('0099-12-31T23:59:59.999Z'),
  new Date('0100-01-01T00:00:00.000Z'),
  new Date('9999-12-31T23:59:59.999Z'),
  [],
  [null],
  [undefined],
  ['\0'],
  [['nested']],
  new Array(2),
  {},
  { '\0': 1 },
  { '\ud800': 1 },
  { value: 1n },
  { value: undefined },
  { toJSON: () => undefined },
  { toPostgres: () => '1' },
  Object.defineProperty({}, 'toJSON', { value: () => 'not what was checked' }),
  Object.defineProperty({}, 'toPostgres', { value: () => 'not what was checked' }),
  Object.assign(['array'], { toJSON: () => undefined }),
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": null}'),
  Object.create(null),
  new Map([['key', 1]]),
  new Set([1]),
  new URL('https://example.com'),
  new (class Custom {
    value = 1;
  })(),
  Symbol('symbol'),
  () => 1,
  endless,
  nested(1_000),
  nested(1_002),
  Buffer.from('bytes'),
  new Uint8Array([0, 255]),
  new Float64Array([1]),
  new ArrayBuffer(2),
  new DataView(new ArrayBuffer(2)),
];
