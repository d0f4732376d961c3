import { getTableConfig, type PgColumn, PgDialect, type PgTable } from 'drizzle-orm/pg-core';
import type { z } from 'zod';

// What a table says of a column beyond its type

export interface Limits {
  /** The maximum number of characters. */
  readonly length: number | undefined;
  /** Whether an index holds the values. */
  readonly indexed: boolean;
  /** Total digits, and digits after the point. */
  readonly precision: number | undefined;
  readonly scale: number;
  readonly bounds: readonly Bound[];
}

/** One side of the range that a check constraint sets. */
interface Bound {
  readonly sign: keyof typeof signs;
  readonly value: number;
}

export const signs = { '>=': 'gte', '>': 'gt', '<=': 'lte', '<': 'lt' } as const;

export function limitsOf(table: PgTable): (column: PgColumn) => Limits {
  const bounds = boundsOf(table);
  const indexed = indexedColumns(table);
  return (column) => {
    const { name, length } = column;
    const { precision, scale = 0 } = column as { precision?: number; scale?: number };
    return { length, indexed: indexed.has(name), precision, scale, bounds: bounds.get(name) ?? [] };
  };
}

const dialect = new PgDialect();

/**
 * The bounds in check constraints such as `rating >= 1 AND rating <= 5`, by the column's name in the database. The other kind of
 * check, a list of labels, is in the column's type.
 */
function boundsOf(table: PgTable): ReadonlyMap<string, Bound[]> {
  const bounds = new Map<string, Bound[]>();
  for (const { value } of getTableConfig(table).checks) {
    const conditions = dialect.sqlToQuery(value).sql.split(' AND ').map(parseCondition);
    if (conditions.includes(undefined)) continue;
    for (const { column, bound } of conditions as Condition[]) {
      bounds.set(column, [...(bounds.get(column) ?? []), bound]);
    }
  }
  return bounds;
}

interface Condition {
  readonly column: string;
  readonly bound: Bound;
}

function parseCondition(condition: string): Condition | undefined {
  const [, column, sign, value] = /^(?:"\w+"\.)*"(\w+)" (>=|>|<=|<) (-?\d+)$/.exec(condition) ?? [];
  return column === undefined ? undefined : { column, bound: { sign: sign as Bound['sign'], value: Number(value) } };
}

/** The columns that an index holds, by their names in the database. */
function indexedColumns(table: PgTable): ReadonlySet<string> {
  const { columns, indexes, primaryKeys, uniqueConstraints } = getTableConfig(table);
  return new Set([
    ...columns.filter(({ isUnique, primary }) => isUnique || primary).map(({ name }) => name),
    ...[...primaryKeys, ...uniqueConstraints].flatMap((key) => key.columns.map(({ name }) => name)),
    ...indexes.flatMap(({ config }) => config.columns.map((column) => ('name' in column ? String(column.name) : ''))),
  ]);
}

// Text

export type Payload<T> = z.core.ParsePayload<T>;

/** The room in a B-tree index entry for a text, not counting its head and the other columns: 2,704 bytes in all. */
export const longestIndexedText = 2_600;

export function checkText(payload: Payload<string>, { length, indexed }: Limits): void {
  const { value: input } = payload;
  const flaw = flawOf(input);
  if (flaw) payload.issues.push({ code: 'custom', message: `Invalid text: ${flaw}`, input });
  if (length !== undefined && isLonger(input, length)) {
    payload.issues.push({ code: 'too_big', origin: 'string', maximum: length, inclusive: true, input });
  }
  if (length === undefined && indexed && new TextEncoder().encode(input).length > longestIndexedText) {
    const message = `Too big: expected at most ${longestIndexedText} bytes, as the text is indexed`;
    payload.issues.push({ code: 'custom', message, input });
  }
}

/** Text without U+0000, in a syntax that other languages read, too. They differ in how they treat halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern excludes this very character
export const withoutNull = /^[^\x00]*$/;

/** Why PostgreSQL would not store a text, in a column or in JSON, or would change it. */
export function flawOf(value: string): string | undefined {
  if (value.includes('\0')) return 'PostgreSQL does not store U+0000';
  if (/\p{Surrogate}/u.test(value)) return 'half of a surrogate pair is not a character';
  return undefined;
}

/** Whether a text has more than `length` characters, counted as PostgreSQL does: an emoji is one, not two. */
function isLonger(value: string, length: number): boolean {
  return value.length > length && (value.length > 2 * length || [...value].length > length);
}

// Numbers in text

export function checkNumeric(payload: Payload<string>, { precision, scale, bounds }: Limits): void {
  const { value: input } = payload;
  const units = unitsOf(input, scale);
  if (units === undefined) {
    payload.issues.push({ code: 'custom', message: 'Invalid number: expected decimal digits, as in 12.50', input });
    return;
  }
  const unit = 10n ** BigInt(scale);
  if (precision !== undefined && (units < 0n ? -units : units) >= 10n ** BigInt(precision)) {
    const message = `Too big: expected number to have <=${precision - scale} digits before the point`;
    payload.issues.push({ code: 'custom', message, input });
  }
  for (const { sign, value } of bounds) {
    if (isWithin(units, sign, BigInt(value) * unit)) continue;
    payload.issues.push({ code: 'custom', message: `Invalid number: expected it to be ${sign}${value}`, input });
  }
}

export const longestNumber = 1_000;

/** What {@link checkNumeric} accepts, leaving aside its bounds and rounding at them. */
export function decimalOf({ precision, scale }: Limits): RegExp {
  const whole = precision === undefined ? '\\d+' : `0*\\d{1,${Math.max(precision - scale, 1)}}`;
  return new RegExp(`^[-+]?(?:${whole}(?:\\.\\d*)?|\\.\\d+|(?:\\d+(?:\\.\\d*)?|\\.\\d+)[eE][+-]?\\d{1,3})$`);
}

/**
 * Converts a number in text to a count of units of its last digit, rounded half away from zero as PostgreSQL does: `1.005` at scale 2
 * is 101.
 *
 * @returns undefined if it is not a finite number, or is longer than any number needs to be.
 */
function unitsOf(number: string, scale: number): bigint | undefined {
  const parts = /^(?<minus>-|\+?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:[eE](?<exponent>[+-]?\d{1,3}))?$/.exec(number);
  const { minus = '', whole = '', fraction = '', exponent = '0' } = parts?.groups ?? {};
  if (number.length > longestNumber || whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const shift = BigInt(scale + Number(exponent) - fraction.length);
  const units = shift < 0n ? (digits + 10n ** -shift / 2n) / 10n ** -shift : digits * 10n ** shift;
  return minus === '-' ? -units : units;
}

function isWithin(units: bigint, sign: Bound['sign'], bound: bigint): boolean {
  switch (sign) {
    case '>=':
      return units >= bound;
    case '>':
      return units > bound;
    case '<=':
      return units <= bound;
    case '<':
      return units < bound;
  }
}
