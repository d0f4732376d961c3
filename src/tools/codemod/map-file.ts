import type { ImportMap, MovedModule } from '../../registry/import-map.ts';
import {
  buildCheck,
  buildObjectCheck,
  buildRecordCheck,
  checkText,
  readJsonFile,
  type ShapeProblem,
} from '../json-shape.ts';
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
  const map = await readJsonFile(path, checkImportMap, {
    content: 'an import map',
    schema: 'canonical-models/import-map.schema.json',
  });
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

const text = checkText;
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
export function findMapProblem(value: unknown): ShapeProblem | undefined {
  return checkImportMap(value, '');
}
