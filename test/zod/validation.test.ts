import { runInNewContext } from 'node:vm';
import { getColumns } from 'drizzle-orm';
import { pgTable, real, timestamp } from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BookingInsert, BookingSelect, BookingUpdate, CustomerInsert, CustomerSelect } from '../../src/core/zod.ts';
import { CustomerReviewInsert, QRScanInsert } from '../../src/feedback_marketing/zod.ts';
import { StationAuditLogSelect, StationInsert, StationSelect, StationUserInsert } from '../../src/identity/zod.ts';
import { PricingTierInsert, PricingTierSelect } from '../../src/knowledge_base/zod.ts';
import {
  CustomerSocialIdentityInsert,
  CustomerSocialIdentitySelect,
  LeadContactInsert,
  LeadContextInsert,
  LeadInsert,
} from '../../src/lead/zod.ts';
import { SubscriberInsert, SubscriberSelect } from '../../src/newsletter/zod.ts';
import { models } from '../../src/registry/models.ts';
import { AIMessageInsert, EmailThreadInsert, EmailThreadSelect } from '../../src/support_communications/zod.ts';
import { insertSchema } from '../../src/validation.ts';
import { allSchemas, jsonFaces, schemaFaces } from './schemas.ts';
import { nested } from './values.ts';

test('every entity has a select, an insert and an update schema; beside them are exported only those of settings', () => {
  const expected = models().flatMap(({ domain, entity }) =>
    ['Select', 'Insert', 'Update'].map((kind) => `${domain}: ${entity}${kind}`),
  );
  const settings = ['feedback_marketing: StationReviewSettings'];
  for (const faces of [schemaFaces, jsonFaces]) {
    const exported = Object.entries(faces).flatMap(([domain, face]) =>
      Object.keys(face).map((name) => `${domain}: ${name}`),
    );
    expect(exported.sort()).toEqual([...expected, ...(faces === schemaFaces ? settings : [])].sort());
  }
  for (const { json, select, insert, update } of allSchemas) {
    for (const schema of [select, insert, update, json.select, json.insert, json.update])
      expect(schema).toBeInstanceOf(z.ZodObject);
  }
});

test('the field of a column has the zod class of its type', () => {
  const classes: Readonly<Record<string, unknown>> = {
    boolean: z.ZodBoolean,
    'bigint int64': z.ZodBigInt,
    custom: z.ZodString,
    'number double': z.ZodType,
    'number int32': z.ZodNumberFormat,
    'object buffer': z.ZodType,
    'object date': z.ZodDate,
    'object json': z.ZodType,
    string: z.ZodString,
    'string date': z.ZodString,
    'string enum': z.ZodEnum,
    'string numeric': z.ZodString,
    'string uuid': z.ZodGUID,
  };
  for (const { entity, table, ...schemas } of allSchemas) {
    for (const [key, column] of Object.entries(getColumns(table))) {
      for (const schema of [schemas.select, schemas.insert, schemas.update]) {
        if (schema === schemas.update && !(key in schema.shape)) continue;
        let field = schema.shape[key] as z.ZodType;
        if (field instanceof z.ZodOptional) field = field.unwrap() as z.ZodType;
        if (field instanceof z.ZodNullable) field = field.unwrap() as z.ZodType;
        if (column.dimensions > 0) field = (field as z.ZodArray<z.ZodType>).element;
        expect(field, `${entity}.${key}`).toBeInstanceOf(classes[column.dataType]);
      }
    }
  }
});

describe('an insert schema refuses values that the table would accept, but store or read back differently', () => {
  test.each([
    ['half of a surrogate pair', CustomerInsert.shape.firstName, '\ud83c'],
    ['more trailing spaces than fit', CustomerInsert.shape.phone, ' '.repeat(21)],
    ['NaN in JSON', BookingInsert.shape.bookingMetadata, { price: Number.NaN }],
    ['infinity in JSON', BookingInsert.shape.bookingMetadata, { price: Number.POSITIVE_INFINITY }],
    ['undefined in JSON', BookingInsert.shape.bookingMetadata, { price: undefined }],
    ['a Date in JSON', BookingInsert.shape.bookingMetadata, { at: new Date(0) }],
    ['a Map in JSON', BookingInsert.shape.bookingMetadata, { map: new Map() }],
    ['an instance of a class in JSON', BookingInsert.shape.bookingMetadata, { url: new URL('https://example.com') }],
    ['a hole in a JSON array', EmailThreadInsert.shape.labels, new Array(1)],
    ['a function in JSON', BookingInsert.shape.bookingMetadata, { toJSON: () => ({}) }],
    ['NaN', CustomerSocialIdentityInsert.shape.confidenceScore, Number.NaN],
    ['NaN in text', QRScanInsert.shape.latitude, 'NaN'],
    ['infinity', CustomerSocialIdentityInsert.shape.confidenceScore, Number.POSITIVE_INFINITY],
    ['a year that comes back as one of our time', BookingInsert.shape.eventDate, new Date('0099-12-31T23:59:59.999Z')],
    ['null among the texts of an array', SubscriberInsert.shape.tags, ['first', null]],
    ['arrays of arrays', SubscriberInsert.shape.tags, [['first']]],
  ])('%s', (_, field, value) => {
    expect(field.safeParse(value).success).toBe(false);
  });
});

describe('an insert schema refuses values that the table would accept, but is not meant to hold', () => {
  test.each([
    [
      'a time of day in another form',
      BookingInsert.shape.eventStartTime,
      ['9:00', '09:00:00', '24:00', '12:60', ' 12:00', ''],
    ],
    [
      'an e-mail address without form',
      CustomerInsert.shape.email,
      ['', 'someone', '@example.com', 'a@b c', 'a@b\n', 'a@'],
    ],
    ['JSON of another shape', StationUserInsert.shape.additionalPermissions, [{}, 'booking.read', [1], null]],
    ['an array where an object belongs', BookingInsert.shape.bookingMetadata, [[], 'text', 1, null]],
    ['a date in another form', LeadContextInsert.shape.eventDatePref, ['1 May 2025', '2025-5-1', '20250501', 'today']],
    [
      'a number in another form',
      PricingTierInsert.shape.pricePerPerson,
      [' 1', '1 ', '0x10', '1_000', '1,5', 'Infinity', 12],
    ],
    [
      'a uuid in another form',
      BookingInsert.shape.customerId,
      ['{00000000-0000-0000-0000-000000000000}', '0'.repeat(32)],
    ],
    ['a boolean in text', BookingInsert.shape.depositReminderSent, ['true', 't', 1]],
  ])('%s', (_, field, values) => {
    for (const value of values) expect([value, field.safeParse(value).success]).toEqual([value, false]);
  });
});

describe('an insert schema accepts everything it may', () => {
  test.each([
    [
      'addresses that browsers take',
      CustomerInsert.shape.email,
      ['a@b', "o'neill#1`}@mail.example", 'first.last+tag@example.co'],
    ],
    ['times of day', BookingInsert.shape.eventStartTime, ['00:00', '09:05', '19:59', '23:59']],
    ['emoji up to the length', CustomerInsert.shape.phone, ['🍤'.repeat(20), '👩‍🍳'.repeat(6)]],
    ['numbers that JavaScript writes', QRScanInsert.shape.latitude, [37.421998333333335, 1e-7, -0, 90].map(String)],
    ['uuids of no version', BookingInsert.shape.customerId, ['ffffffff-0000-0000-0000-00000000000f']],
    ['any JSON where any belongs', AIMessageInsert.shape.toolCalls, ['text', 0, false, [], {}, null]],
  ])('%s', (_, field, values) => {
    for (const value of values) expect(field.parse(value)).toEqual(value);
  });
});

describe('a select schema checks only the types of a row', () => {
  test.each([
    ['text longer than the column', CustomerSelect.shape.phone, ['🍤'.repeat(21), '']],
    ['text of any form', CustomerSelect.shape.email, ['no address', '']],
    ['times of any form', BookingSelect.shape.eventStartTime, ['9am', '']],
    ['every double', CustomerSocialIdentitySelect.shape.confidenceScore, [Number.NaN, Number.NEGATIVE_INFINITY, 1e300]],
    ['every numeric', PricingTierSelect.shape.pricePerPerson, ['NaN', '0.00']],
    ['JSON with numbers beyond those of JavaScript', StationSelect.shape.settings, [JSON.parse('{"a": 1e400}')]],
    ['any JSON that the log holds', StationAuditLogSelect.shape.permissionsUsed, [['booking.read'], {}, 'text', null]],
  ])('%s', (_, field, values) => {
    for (const value of values) expect(field.parse(value)).toEqual(value);
  });

  test.each([
    ['text', CustomerSelect.shape.phone, [1, null, undefined]],
    ['JSON objects', StationSelect.shape.settings, [[], 'text', null, undefined]],
    ['JSON arrays', EmailThreadSelect.shape.labels, [{}, 'text', null, undefined]],
    ['dates', BookingSelect.shape.eventDate, [new Date(Number.NaN), '2025-05-01', undefined]],
    ['numbers', CustomerSocialIdentitySelect.shape.confidenceScore, ['1', null, undefined]],
    ['bytes', SubscriberSelect.shape.emailEnc, ['bytes', [1], null, undefined]],
    ['arrays', SubscriberSelect.shape.tags, ['{}', [null], {}]],
  ])('%s and nothing else', (_, field, values) => {
    for (const value of values) expect([value, field.safeParse(value).success]).toEqual([value, false]);
  });
});

describe('what is accepted', () => {
  test('loses keys without a column', () => {
    expect(BookingUpdate.parse({ guestCount: 2, guest_count: 3 })).toEqual({ guestCount: 2 });
  });

  test('may be empty in an update', () => {
    for (const { update } of allSchemas) expect(update.parse({})).toEqual({});
  });

  test('is a copy if it is JSON, so that nothing changes or hides in it after the check', () => {
    const hidden = Object.defineProperty({ kept: [1, { a: null }] }, 'toJSON', { value: () => 'something else' });
    const copy = BookingInsert.shape.bookingMetadata.parse(hidden);
    hidden.kept.length = 0;
    expect(JSON.stringify(copy)).toBe('{"kept":[1,{"a":null}]}');
  });

  test('keeps keys that objects inherit', () => {
    const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":null}';
    const copy = BookingInsert.shape.bookingMetadata.parse(JSON.parse(text));
    expect(JSON.stringify(copy)).toBe(text);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  test('may come from another realm, as in some test runners', () => {
    const foreign = runInNewContext('({ list: [1, { a: "b" }] })');
    expect(BookingInsert.shape.bookingMetadata.parse(foreign)).toEqual({ list: [1, { a: 'b' }] });
  });

  test('is a Buffer if it is bytes, over the same memory', () => {
    const memory = new Uint8Array([0, 1, 2, 3]);
    const bytes = SubscriberInsert.shape.emailEnc.parse(memory.subarray(1, 3));
    expect(bytes).toEqual(Buffer.from([1, 2]));
    memory[1] = 9;
    expect(bytes[0]).toBe(9);
    const given = Buffer.from('same');
    expect(SubscriberInsert.shape.emailEnc.parse(given)).toBe(given);
  });
});

describe('a refusal names the place and the limit', () => {
  const endless: Record<string, unknown> = {};
  endless['self'] = { again: endless };
  const cycle = Array.from({ length: 1_001 }, (_, level) => (level % 2 ? 'again' : 'self'));

  test.each([
    [BookingUpdate, { guestCount: 0 }, ['guestCount'], 'Too small: expected number to be >0'],
    [BookingUpdate, { eventStartTime: '25:00' }, ['eventStartTime'], 'Invalid time of day: expected HH:MM'],
    [
      CustomerInsert.partial(),
      { phone: '🍤'.repeat(21) },
      ['phone'],
      'Too big: expected string to have <=20 characters',
    ],
    [CustomerInsert.partial(), { phone: '\0' }, ['phone'], 'Invalid text: PostgreSQL does not store U+0000'],
    [
      CustomerInsert.partial(),
      { phone: '\ud800' },
      ['phone'],
      'Invalid text: half of a surrogate pair is not a character',
    ],
    [CustomerInsert.partial(), { email: 'nobody' }, ['email'], 'Invalid email address'],
    [CustomerReviewInsert.partial(), { rating: 6 }, ['rating'], 'Too big: expected number to be <=5'],
    [
      CustomerReviewInsert.partial(),
      { sentimentScore: '10' },
      ['sentimentScore'],
      'Too big: expected number to have <=1 digits before the point',
    ],
    [LeadInsert.partial(), { score: '100.005' }, ['score'], 'Invalid number: expected it to be <=100'],
    [LeadInsert.partial(), { score: 'high' }, ['score'], 'Invalid number: expected decimal digits, as in 12.50'],
    [
      LeadContextInsert.partial(),
      { eventDatePref: '0000-01-01' },
      ['eventDatePref'],
      'Invalid ISO date: there is no year 0',
    ],
    [
      LeadContactInsert.partial(),
      { handleOrAddress: '鉄'.repeat(867) },
      ['handleOrAddress'],
      'Too big: expected at most 2600 bytes, as the text is indexed',
    ],
    [StationInsert.partial(), { settings: [] }, ['settings'], 'Invalid input: expected object'],
    [EmailThreadInsert.partial(), { labels: 'new' }, ['labels'], 'Invalid input: expected array'],
    [
      StationUserInsert.partial(),
      { additionalPermissions: [1] },
      ['additionalPermissions'],
      'Invalid input: expected array of strings',
    ],
    [
      BookingUpdate,
      { bookingMetadata: { a: [{ b: 1n }] } },
      ['bookingMetadata', 'a', 0, 'b'],
      'Invalid JSON: received bigint',
    ],
    [BookingUpdate, { bookingMetadata: { a: Number.NaN } }, ['bookingMetadata', 'a'], 'Invalid JSON: received NaN'],
    [
      BookingUpdate,
      { bookingMetadata: { a: ['\0'] } },
      ['bookingMetadata', 'a', 0],
      'Invalid JSON: PostgreSQL does not store U+0000',
    ],
    [
      BookingUpdate,
      { bookingMetadata: { a: { '\0': 1 } } },
      ['bookingMetadata', 'a'],
      'Invalid JSON: PostgreSQL does not store U+0000',
    ],
    [
      BookingUpdate,
      { bookingMetadata: { a: new Map() } },
      ['bookingMetadata', 'a'],
      'Invalid JSON: received an object of a class',
    ],
    [
      BookingUpdate,
      { bookingMetadata: endless },
      ['bookingMetadata', ...cycle],
      'Invalid JSON: nested more than 1000 deep, or without end',
    ],
  ])('%#', (schema, given, path, message) => {
    expect(schema.safeParse(given).error?.issues).toMatchObject([{ path, message }]);
  });

  test('JSON may be 1,000 deep and no more', () => {
    expect(BookingUpdate.safeParse({ bookingMetadata: { value: nested(999) } }).success).toBe(true);
    expect(BookingUpdate.safeParse({ bookingMetadata: { value: nested(1_001) } }).success).toBe(false);
  });
});

test('a column of a type that has no schema yet is named', () => {
  expect(() => insertSchema(pgTable('measures', { weight: real('weight') }))).toThrow(
    'Column weight is of type real, which has no schema yet: add it to validation.ts',
  );
  expect(() => insertSchema(pgTable('measures', { times: timestamp('times').array() }))).toThrow(
    'Column times is of type timestamp[], which has no schema yet: add it to validation.ts',
  );
});
