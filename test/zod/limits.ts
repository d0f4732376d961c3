import type { PgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import { longText, nested } from './values.ts';

/** Values at both sides of what a column takes, where its schema has no reason to be stricter than the table. */
export function valuesAtLimits(column: PgColumn, field: z.ZodType): unknown[] {
  return column.dimensions > 0 ? arrays(column) : valuesOfType(column, field);
}

function valuesOfType(column: PgColumn, field: z.ZodType): unknown[] {
  const takes = (value: unknown) => field.safeParse(value).success;
  switch (column.dataType) {
    case 'bigint int64':
      return [0n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 63n - 1n, 2n ** 63n];
    case 'boolean':
      return [true, false, 'maybe'];
    case 'number double':
      return [0, -0.5, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 'many'];
    case 'number int32':
      return [-(2 ** 31) - 1, -(2 ** 31), -1, 0, 1, 2, 4, 5, 6, 99, 100, 101, 2 ** 31 - 1, 2 ** 31, 2.5, 1e300];
    case 'object buffer':
      return [Buffer.alloc(0), new Uint8Array([0, 255])];
    case 'object date':
      return ['0100-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '+010000-01-01T00:00:00Z', 'never'].map(
        (text) => new Date(text),
      );
    case 'object json':
      return json(takes);
    case 'string date':
      return ['0001-01-01', '9999-12-31', '2000-02-29', '1900-02-29', '2023-04-31', '2023-13-01', '0000-01-01', ''];
    case 'string enum':
      return [...(column.enumValues ?? []), '', 'no label', column.enumValues?.[0]?.toUpperCase()];
    case 'string numeric':
      return decimals(column as PgColumn & { precision: number; scale: number });
    case 'string uuid':
      return [
        '00000000-0000-0000-0000-000000000000',
        'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
        '0123456-89ab-cdef-0123-456789abcdef',
        'g0000000-0000-0000-0000-000000000000',
        '',
      ];
    default:
      return texts(column, takes);
  }
}

function json(takes: (value: unknown) => boolean): unknown[] {
  const flawed = takes({}) ? [{ key: '\0' }, { '\0': 1 }, { key: '\ud800' }, { '\udfff': 1 }] : [['\0'], ['\ud800']];
  return [...[{}, ['text'], [], nested(1_000), [nested(999)]].filter(takes), ...flawed];
}

function texts({ length }: PgColumn, takes: (value: unknown) => boolean): string[] {
  const odd = ['', ' ', '\'"\\{},NULL\n\u0001\u007f\uffff', 'a\0b'];
  if (takes('text')) {
    // The longest that any index takes: 2,598 bytes that no compression shortens.
    return length === undefined
      ? [longText('any', 866), ...odd]
      : ['🍤'.repeat(length), '🍤'.repeat(length + 1), 'a'.repeat(length + 1), ...odd];
  }
  if (takes('12:30')) return ['00:00', '23:59', 'a\0b', '12:30'.repeat(3)];
  const address = (count: number) => `${'a'.repeat(count - '@b'.length)}@b`;
  return [address(length ?? 0), address((length ?? 0) + 1), 'a\0@b'];
}

function arrays({ length }: PgColumn): unknown[] {
  const limits = length === undefined ? ['🍤'.repeat(5_000)] : ['🍤'.repeat(length), '🍤'.repeat(length + 1)];
  return [
    [],
    ...limits.map((text) => [text]),
    ['', 'NULL', 'null', '{}', '"', '\\', ',', ' ', '\n'],
    ['\0'],
    ['\ud83c\udf64\0'],
  ];
}

function decimals({ precision, scale }: { precision: number; scale: number }): string[] {
  const most = `${'9'.repeat(precision - scale)}.${'9'.repeat(scale)}`;
  const steps = ['4', '5'].map((digit) => `${'0'.repeat(scale)}${digit}`);
  const aroundBounds = ['0', '1', '100'].flatMap((bound) => [bound, ...steps.map((step) => `${bound}.${step}`)]);
  const below = ['0', '99'].map((whole) => `${whole}.${'9'.repeat(scale)}5`);
  const all = [most, `${most}4`, `${most}5`, `1${'0'.repeat(precision - scale)}`, ...aroundBounds, ...below];
  const odd = ['1e0', '5e-1', '.5', '5.', '+1', '-0', '', '.', '-', '1e', 'e1', '1.2.3', '--1', 'many', '1 1'];
  return [...all, ...all.map((text) => `-${text}`), ...odd];
}
