import { getColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as json from '../../src/generated/json/core.ts';
import { BookingInsert, BookingSelect, BookingUpdate, CustomerInsert } from '../../src/generated/json/core.ts';
import { CustomerSocialIdentitySelect } from '../../src/generated/json/lead.ts';
import { SubscriberInsert, SubscriberSelect } from '../../src/generated/json/newsletter.ts';
import { CallRecordingInsert, CallRecordingSelect } from '../../src/generated/json/support_communications.ts';
import { jsonSchemasOf } from './json-schemas.ts';
import { valuesAtLimits } from './limits.ts';
import { allSchemas, type Schemas } from './schemas.ts';
import type { Row } from './tables.ts';
import { acceptedRow } from './values.ts';

const numRuns = process.env['CANONICAL_MODELS_DEEP'] === '1' ? 200 : 6;

describe.each(allSchemas)('$entity', (schemas) => {
  const { table, json } = schemas;

  test('its JSON Schemas are complete, and accept what its schemas accept', async () => {
    for (const kind of ['select', 'insert', 'update'] as const) {
      const validators = await jsonSchemasOf(json[kind]);
      const property = fc.property(acceptedRow(table, schemas[kind]), (given) => {
        const row = kind === 'select' ? asRead(table, given) : given;
        fc.pre(schemas[kind].safeParse(row).success);
        const encoded = z.safeEncode(json[kind], row);
        if (!encoded.success) {
          for (const { message } of encoded.error.issues) expect(message).toMatch(hasNoForm);
          return;
        }
        const body: unknown = JSON.parse(JSON.stringify(encoded.data));
        expect(json[kind].safeParse(body).error?.issues).toBeUndefined();
        for (const { name, accepts } of validators) expect([name, body, accepts(body)]).toEqual([name, body, true]);
      });
      fc.assert(property, { numRuns });
    }
  });

  test('its JSON Schemas tell apart the values at the limits, as far as JSON Schema can', async () => {
    const validators = await jsonSchemasOf(json.insert.partial(), ['input']);
    for (const { key, column, body, accepted } of limitsOf(schemas)) {
      for (const { name, accepts } of validators) {
        const answer = accepts({ [key]: body });
        const expected = accepted || (answer && isBeyondJsonSchema(column, body));
        expect([key, name, body, answer]).toEqual([key, name, body, expected]);
      }
    }
  });
});

/** Values at the limits of each column, as a body holds them, and whether the schema accepts them. */
function limitsOf({ table, insert, json }: Schemas) {
  return Object.entries(getColumns(table)).flatMap(([key, column]) => {
    const values = [null, true, 1, 'text', {}, ...valuesAtLimits(column, insert.shape[key] as z.ZodType)];
    return [...values.map(inBody), ...(bodies[column.dataType] ?? [])].map((body) => ({
      key,
      column,
      body,
      accepted: (json.insert.shape[key] as z.ZodType).safeParse(body).success,
    }));
  });
}

/** What a client may send for a type that JSON lacks. */
const bodies: Readonly<Record<string, readonly unknown[]>> = {
  'bigint int64': ['0', '-1', '9223372036854775807', '-9223372036854775808', '9223372036854775808', '01', '1.0', '', 1],
  'object buffer': ['', 'AA==', '/+8=', 'AA', '_-8=', 'A A=', '\0', 'é'],
  'object date': [
    '2024-02-29T12:00:00Z',
    '2023-02-29T12:00:00Z',
    '2000-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2025-05-01T18:00:00.123456+05:30',
    '2025-05-01T18:00:00',
    '2025-05-01T18:00Z',
    '2025-05-01 18:00:00Z',
    '2025-05-01T24:00:00Z',
    '2025-05-01T23:59:60Z',
    '2025-05-01T18:00:00+24:00',
    '2025-05-01',
    '0100-01-01T00:00:00Z',
    '0100-01-01T00:30:00+01:00',
    '0099-12-31T23:59:59Z',
    '0099-12-31T23:30:00-01:00',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '9999-12-31T23:30:00-01:00',
    '+010000-01-01T00:00:00Z',
    'now',
    1_714_521_600_000,
  ],
  'string date': ['0004-02-29', '0100-02-29', '0400-02-29', '0096-02-29', '2024-02-30', '2024-2-3', '20240203'],
  'string numeric': ['1e999', '1e1000', '0'.repeat(1_000), '0'.repeat(1_001), '12,5', ' 1', '1\n', 1],
  string: ['a@b', 'a..b@c', '.a@b.example', '"a"@b', 'a@b_c', '00:00\n'],
};

function inBody(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'bigint' ? String(value) : value;
}

/** Whether a value is refused for a reason that JSON Schema cannot express. */
function isBeyondJsonSchema(column: PgColumn, body: unknown): boolean {
  const text = JSON.stringify(body);
  const { precision = 0, scale = 0 } = column as { precision?: number; scale?: number };
  switch (column.dimensions > 0 ? 'string' : column.dataType) {
    case 'bigint int64':
      // Within 19 digits there are numbers beyond 64 bits.
      return typeof body === 'string' && /^-?\d{19}$/.test(body);
    case 'object date':
      // The year is that of UTC, which an offset moves.
      return typeof body === 'string' && /^(0100-01-01|9999-12-31)T.*[+-]\d\d:\d\d$/.test(body);
    case 'object json':
      // What JSON holds at any depth, and how deep it goes
      return /\\u0000|\\u[dD]|(\[|\{"value":){20}/.test(text);
    case 'string numeric':
      // Where an exponent or rounding leads, and the bounds of a number in text: not its digits before the point
      return typeof body === 'string' && (/\de[-+]?\d+$/i.test(body) || wholeDigits(body) <= precision - scale);
    case 'string':
      // The bytes of an indexed text, which are more than its characters; halves of surrogate pairs
      return typeof body === 'string' && (Buffer.byteLength(body) > 2_600 || /\\u[dD]/.test(text));
    default:
      return false;
  }
}

function wholeDigits(number: string): number {
  return /^[-+]?0*(\d*)(?:\.\d*)?$/.exec(number)?.[1]?.length ?? Number.NaN;
}

/** What is said of values that JSON has no form for: years beyond 9999 and before 0, NaN and infinite numbers. */
const hasNoForm = /^Invalid ISO datetime$|^Invalid input: expected number/;

/** The row with what a database may hold in its JSON columns. */
function asRead(table: PgTable, row: Row): Row {
  const plain = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner)) ?? 'null');
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      getColumns(table)[key]?.dataType === 'object json' ? plain(value) : value,
    ]),
  );
}

const booking = {
  customerId: '6f0f4f0e-3c3b-4b0e-9a3a-0f6f6f6f6f6f',
  eventDate: '2025-05-01T18:00:00+02:00',
  eventStartTime: '18:00',
  guestCount: 12,
  locationAddress: '1 Main Street',
  locationCity: 'Boston',
  locationState: 'MA',
  locationZip: '02101',
  totalAmount: 100_00,
  depositAmount: 20_00,
  remainingAmount: 80_00,
};

describe('a body', () => {
  test('is parsed to the table’s values', () => {
    const body: unknown = JSON.parse(JSON.stringify({ ...booking, confirmedAt: null, extra: 1 }));
    expect(BookingInsert.parse(body)).toEqual({
      ...booking,
      eventDate: new Date('2025-05-01T16:00:00Z'),
      confirmedAt: null,
    });
    expect(CallRecordingInsert.shape.fileSizeBytes.parse('9223372036854775807')).toBe(2n ** 63n - 1n);
    const bytes = SubscriberInsert.shape.emailEnc.parse('AAH/');
    expect(bytes).toBeInstanceOf(Buffer);
    expect(bytes).toEqual(Buffer.from([0, 1, 255]));
  });

  test.each([
    ['a number of guests', { guestCount: 0 }, ['guestCount'], 'Too small: expected number to be >0'],
    ['a date without offset', { eventDate: '2025-05-01T18:00:00' }, ['eventDate'], 'Invalid ISO datetime'],
    [
      'a year of long ago',
      { eventDate: '0099-12-31T00:00:00Z' },
      ['eventDate'],
      'Invalid date: expected a year from 100 to 9999',
    ],
    ['a date as a number', { eventDate: 1 }, ['eventDate'], 'Invalid input: expected string, received number'],
    ['a time of day', { eventStartTime: '24:00' }, ['eventStartTime'], 'Invalid time of day: expected HH:MM'],
    [
      'a text that is too long',
      { locationZip: '🍤'.repeat(21) },
      ['locationZip'],
      'Too big: expected string to have <=20 characters',
    ],
    ['U+0000', { locationCity: '\0' }, ['locationCity'], 'Invalid text: PostgreSQL does not store U+0000'],
    ['JSON of another shape', { bookingMetadata: [] }, ['bookingMetadata'], 'Invalid input: expected object'],
    [
      'U+0000 in JSON',
      { bookingMetadata: { a: ['\0'] } },
      ['bookingMetadata', 'a', 0],
      'Invalid JSON: PostgreSQL does not store U+0000',
    ],
  ])('is refused if the insert schema refuses it: %s', (_, wrong, path, message) => {
    const { error } = BookingInsert.safeParse({ ...booking, ...wrong });
    expect(error?.issues).toMatchObject([{ path, message }]);
  });

  test('of an update never sets the key, created_at or updated_at', () => {
    const now = new Date().toISOString();
    const body = { id: booking.customerId, createdAt: now, updatedAt: now, confirmedAt: now };
    expect(BookingUpdate.parse(body)).toEqual({ confirmedAt: new Date(now) });
  });
});

describe('a row', () => {
  test('is turned into JSON', () => {
    const { fileSizeBytes } = CallRecordingSelect.shape;
    expect(z.encode(fileSizeBytes, 2n ** 63n - 1n)).toBe('9223372036854775807');
    expect(z.encode(fileSizeBytes, null)).toBeNull();
    const memory = Buffer.from([9, 0, 1, 255, 9]);
    expect(z.encode(SubscriberSelect.shape.emailEnc, memory.subarray(1, 4))).toBe('AAH/');
    expect(z.encode(BookingSelect.shape.eventDate, new Date(0))).toBe('1970-01-01T00:00:00.000Z');
  });

  test.each([
    ['an infinite number', CustomerSocialIdentitySelect.shape.confidenceScore, Number.POSITIVE_INFINITY],
    ['a year of five digits', BookingSelect.shape.eventDate, new Date('+020244-01-05T00:00:00Z')],
    ['an invalid date', BookingSelect.shape.eventDate, new Date(Number.NaN)],
  ])('with %s has no form in JSON', (_, field, value) => {
    expect(z.safeEncode(field as z.ZodType, value).success).toBe(false);
  });
});

describe('schemas that are built on these', () => {
  const built: readonly (readonly [string, z.ZodType])[] = [
    ['extend', BookingInsert.extend({ note: z.string() })],
    ['omit', BookingInsert.omit({ guestCount: true })],
    ['pick', BookingInsert.pick({ eventDate: true, bookingMetadata: true })],
    ['partial', BookingInsert.partial()],
    ['strict', BookingInsert.strict()],
    ['an object with a list', z.object({ items: z.array(BookingSelect), next: z.string().nullable() })],
    ['a field with a description', BookingInsert.shape.bookingMetadata.meta({ description: 'What else is known' })],
    ['a date with a check', BookingInsert.shape.eventDate.refine((date) => date > new Date(0))],
    ['a field of its own', SubscriberInsert.shape.emailEnc.meta({ description: 'Encrypted' })],
    ['a body of two', z.union([BookingInsert, CustomerInsert])],
  ];

  test.each(built)('keeps its JSON Schema: %s', async (_, schema) => {
    expect(await jsonSchemasOf(schema)).toHaveLength(4);
  });

  test('keeps codecs and checks', () => {
    const own = BookingInsert.omit({ customerId: true }).extend({ note: z.string() }).strict();
    const { customerId, ...body } = booking;
    expect(own.parse({ ...body, note: 'x' }).eventDate).toEqual(new Date('2025-05-01T16:00:00Z'));
    expect(own.safeParse({ ...body, note: 'x', guestCount: 0 }).success).toBe(false);
    expect(own.safeParse({ ...body, note: 'x', customerId }).error?.issues).toMatchObject([
      { code: 'unrecognized_keys', keys: ['customerId'] },
    ]);
    expect(BookingInsert.partial().parse({ confirmedAt: '2025-05-01T00:00:00Z' })).toEqual({
      confirmedAt: new Date('2025-05-01T00:00:00Z'),
    });
  });
});

test('JSON Schema expresses the checks', () => {
  const said = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });
  const insert = said(BookingInsert).properties as Record<string, z.core.JSONSchema.BaseSchema>;
  expect(insert).toMatchObject({
    id: { type: 'string', format: 'uuid' },
    eventDate: { type: 'string', format: 'date-time' },
    eventStartTime: { type: 'string', pattern: '^(?:[01]\\d|2[0-3]):[0-5]\\d$', maxLength: 10 },
    guestCount: { type: 'integer', exclusiveMinimum: 0, maximum: 2 ** 31 - 1 },
    locationZip: { type: 'string', maxLength: 20 },
    status: { type: 'string', enum: json.BookingInsert.shape.status.unwrap().options },
    bookingMetadata: { type: 'object' },
  });
  expect(said(BookingInsert).required).toEqual(Object.keys(booking));
  expect(said(CustomerInsert.shape.email)).toMatchObject({ maxLength: 255, pattern: z.regexes.html5Email.source });
  expect(said(SubscriberInsert.shape.tags.unwrap().unwrap())).toMatchObject({
    type: 'array',
    items: { type: 'string', maxLength: 50 },
  });
  expect(z.toJSONSchema(BookingInsert.shape.eventDate)).toEqual(said(BookingInsert.shape.eventDate));
});
