import { readFile } from 'node:fs/promises';
import { InvalidInput } from '../../errors.ts';
import type { ImportMap, MovedModule } from '../../registry/import-map.ts';
import { getOwn, rejectChains } from './targets.ts';

/**
 * Reads an import map from a JSON file and checks its shape.
 *
 * @throws {InvalidInput} if the file cannot be read, is not JSON, has another shape, or has a move to another old module.
 *
 * @example
 * const map = await readImportMap('moved.json');
 */
export async function readImportMap(path: string): Promise<ImportMap> {
  const map = parseJson(path, await readText(path));
  const problem = findMapProblem(map);
  if (problem) {
    const next = 'set "$schema" in it to canonical-models/import-map.schema.json, and fix what the editor marks';
    throw new InvalidInput({
      object: problem.at === '' ? path : `${path} at ${problem.at}`,
      found: shorten(problem.found),
      expected: problem.expected,
      next,
    });
  }
  rejectChains(map as ImportMap, path);
  return map as ImportMap;
}

/**
 * Adds the entries of a map to another one. If both have a module, its symbols are joined; an entry of the extension replaces
 * what the base has under the same name, and a kept path of it that of the base.
 *
 * @param object What errors name, as the path of the extension.
 * @throws {InvalidInput} if a move leads to an old module of the joined map.
 */
export function extendImportMap(base: ImportMap, extension: ImportMap, object: string): ImportMap {
  const modules: Record<string, MovedModule> = { ...base.modules };
  for (const [name, moved] of Object.entries(extension.modules)) {
    const before = getOwn(base.modules, name);
    const symbols = { ...before?.symbols, ...moved.symbols };
    modules[name] = { ...before, ...moved, ...(Object.keys(symbols).length > 0 && { symbols }) };
  }
  const kept = { ...base.kept, ...extension.kept };
  const map = { ...base, ...extension, ...(Object.keys(kept).length > 0 && { kept }), modules };
  rejectChains(map, object);
  return map;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInput({
      object: path,
      found,
      expected: 'a JSON file with an import map',
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

/** What is wrong with an import map. */
interface Problem {
  /** A JSON Pointer, as in `/modules/a/symbols/B`. */
  readonly at: string;
  readonly found: unknown;
  readonly expected: string;
}

type Check = (value: unknown, at: string) => Problem | undefined;

const text = buildCheck('a string', (value) => typeof value === 'string');
const move = { reason: text, since: text, removedIn: text };

const symbol = buildObjectCheck(
  {
    module: text,
    name: buildCheck(
      'a name that JavaScript can import',
      (value) => typeof value === 'string' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(value),
    ),
    typeOnly: buildCheck('true or false', (value) => typeof value === 'boolean'),
    labels: buildCheck(
      'a list of strings',
      (value) => Array.isArray(value) && value.every((label) => typeof label === 'string'),
    ),
    ...move,
  },
  ['module'],
);
const module = buildObjectCheck({ module: text, symbols: buildRecordCheck(symbol), ...move });

/** The same as `import-map.schema.json`, which editors read. */
const checkImportMap = buildObjectCheck(
  {
    $schema: text,
    version: buildCheck('1', (value) => value === 1),
    modules: buildRecordCheck(module),
    kept: buildRecordCheck(
      buildCheck(
        'a list of strings',
        (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
      ),
    ),
  },
  ['version', 'modules'],
);

/**
 * Finds what is wrong with an import map.
 *
 * @returns undefined if nothing is.
 */
export function findMapProblem(value: unknown): Problem | undefined {
  return checkImportMap(value, '');
}

function buildCheck(expected: string, holds: (value: unknown) => boolean): Check {
  return (value, at) => (holds(value) ? undefined : { at, found: value, expected });
}

/** Checks an object that has all required properties and no others than these. */
function buildObjectCheck(properties: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, at) => {
    if (!isObject(value)) return { at, found: value, expected: 'an object' };
    const missing = required.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return { at, found: value, expected: `an object with "${missing}"` };
    return findFirstProblem(value, at, (name) => (Object.hasOwn(properties, name) ? properties[name] : undefined));
  };
}

/** Checks an object whose members may have any name. */
function buildRecordCheck(member: Check): Check {
  return (value, at) =>
    isObject(value) ? findFirstProblem(value, at, () => member) : { at, found: value, expected: 'an object' };
}

function findFirstProblem(
  value: Readonly<Record<string, unknown>>,
  at: string,
  checkOf: (name: string) => Check | undefined,
): Problem | undefined {
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
