import { readFile } from 'node:fs/promises';
import { InvalidInput } from '../errors.ts';

/** What is wrong with a value. */
export interface ShapeProblem {
  /** A JSON Pointer, as in `/modules/a/symbols/B`. */
  readonly at: string;
  readonly found: unknown;
  readonly expected: string;
}

/** Finds what is wrong with a value, or undefined if nothing is. */
export type ShapeCheck = (value: unknown, at: string) => ShapeProblem | undefined;

/**
 * Reads a JSON file and checks its shape.
 *
 * @param file.content What it holds, for errors: `an import map`.
 * @param file.schema The published JSON Schema of the shape, as in `canonical-models/import-map.schema.json`.
 * @throws {InvalidInput} if the file cannot be read, is not JSON or has another shape.
 */
export async function readJsonFile(
  path: string,
  check: ShapeCheck,
  { content, schema }: { readonly content: string; readonly schema: string },
): Promise<unknown> {
  const value = parseJson(path, await readText(path, content));
  const problem = check(value, '');
  if (!problem) return value;
  throw new InvalidInput({
    object: problem.at === '' ? path : `${path} at ${problem.at}`,
    found: shorten(problem.found),
    expected: problem.expected,
    next: `set "$schema" in it to ${schema}, and fix what the editor marks`,
  });
}

export const checkText: ShapeCheck = buildCheck('a string', (value) => typeof value === 'string');

export function buildCheck(expected: string, holds: (value: unknown) => boolean): ShapeCheck {
  return (value, at) => (holds(value) ? undefined : { at, found: value, expected });
}

/** Checks an object that has all required properties and no others than these. */
export function buildObjectCheck(
  properties: Readonly<Record<string, ShapeCheck>>,
  required: readonly string[] = [],
): ShapeCheck {
  return (value, at) => {
    if (!isObject(value)) return { at, found: value, expected: 'an object' };
    const missing = required.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return { at, found: value, expected: `an object with "${missing}"` };
    return findFirstProblem(value, at, (name) => (Object.hasOwn(properties, name) ? properties[name] : undefined));
  };
}

/** Checks an object whose members may have any name. */
export function buildRecordCheck(member: ShapeCheck): ShapeCheck {
  return (value, at) =>
    isObject(value) ? findFirstProblem(value, at, () => member) : { at, found: value, expected: 'an object' };
}

/** Checks a list whose items all have one shape. */
export function buildListCheck(item: ShapeCheck): ShapeCheck {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((each, index) => item(each, `${at}/${index}`)).find((problem) => problem !== undefined)
      : { at, found: value, expected: 'a list' };
}

async function readText(path: string, content: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput({
      object: path,
      found,
      expected: `a JSON file with ${content}`,
      next: 'name a file that can be read',
      cause,
    });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput({ object: path, found, expected: 'JSON', next: 'fix the file', cause });
  }
}

function findFirstProblem(
  value: Readonly<Record<string, unknown>>,
  at: string,
  checkOf: (name: string) => ShapeCheck | undefined,
): ShapeProblem | undefined {
  for (const [name, member] of Object.entries(value)) {
    const place = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const check = checkOf(name);
    const problem = check ? check(member, place) : { at: place, found: member, expected: 'no such property' };
    if (problem) return problem;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shorten(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 79)}…` : json;
}
