import { z } from 'zod';
import { flawOf } from './column-limits.ts';
import { type ErrorDetails, InvalidInput } from './errors.ts';

// What the inputs of operations share. An input has a schema and a type of one name, in the `inputs.ts` of its system: the type is what
// a caller writes, the schema what the operation checks before it asks the database.

/** The id of a row, in lower case, as the database has it: operations compare it with what they read. */
export const anId: z.ZodGUID = z.guid().toLowerCase();

const isStorable = (text: string): boolean => flawOf(text) === undefined;
const notStorable = 'Invalid text: expected well-formed Unicode without U+0000';

/** Text without blanks at its ends, of `least` to `most` characters. */
export function someText(least: number, most: number): z.ZodString {
  return z
    .string()
    .max(2 * most)
    .trim()
    .refine(isStorable, notStorable)
    .refine((text) => [...text].length >= least, `Too small: expected at least ${least} characters`)
    .refine((text) => [...text].length <= most, `Too big: expected at most ${most} characters`);
}

/** An address on the web, of at most `most` characters. */
export function someUrl(most: number): z.ZodURL {
  return z
    .url({ protocol: /^https?$/, error: 'Invalid URL: expected an address that begins with https:// or http://' })
    .max(most)
    .refine(isStorable, notStorable);
}

/** Cents, from `least` up to what an `integer` holds. */
export function someCents(least = 0): z.ZodInt {
  return z.int().min(least).max(2_147_483_647);
}

/** A moment that `timestamptz` holds and that is written in the years 1 to 9999. */
export const aMoment: z.ZodDate = z.date().min(new Date('0001-01-01T00:00:00Z')).max(new Date('9999-12-31T23:59:59Z'));

/**
 * Checks the input of an operation.
 *
 * @returns what the schema makes of it: blanks at the ends of texts are gone, what was left out has its default.
 * @throws {InvalidInput} `invalid-input`, about the first field that is wrong. Its value is not in the error: it may be personal.
 */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new InvalidInput(invalidDetails(result.error.issues[0] as z.core.$ZodIssue, input));
}

function invalidDetails(issue: z.core.$ZodIssue, input: unknown): ErrorDetails<'invalid-input'> {
  if (issue.code === 'unrecognized_keys') {
    return {
      object: nameOf(issue.path),
      found: `${issue.keys.length} keys that are not among its fields`,
      expected: 'its fields only',
      next: 'leave them out',
    };
  }
  const object = nameOf(issue.path);
  return {
    object,
    found: kindOf(issue.path.reduce<unknown>(fieldOf, input)),
    // zod's own words: they name the rule and never the value.
    expected: issue.message.replace(/^.*?expected /, ''),
    next: `give ${object === 'input' ? 'it' : object} as that`,
  };
}

/** As in `media[3].url`; `input` for the whole of it. */
function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'input';
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

function fieldOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}

/** What a value is, without the value. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `text of ${value.length} characters`;
  if (typeof value === 'number') return Number.isInteger(value) ? 'another integer' : 'another number';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return value instanceof Date ? 'another date' : `a value of type ${typeof value}`;
}
