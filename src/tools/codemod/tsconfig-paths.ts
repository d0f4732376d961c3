import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { createPathsMatcher, type PathsMatcher, parseTsconfig, type TsConfigResult } from 'get-tsconfig';
import { loadParser, type Node } from './syntax.ts';

/** The aliases of a `tsconfig.json`. */
export interface PathAliases {
  readonly matchers: readonly PathsMatcher[];
  /** Whether an alias leads into an installed package. */
  readonly reachPackages: boolean;
  /** Whether the file and all that it extends could be read. */
  readonly isWhole: boolean;
}

export const noPaths: PathAliases = { matchers: [], reachPackages: false, isWhole: true };

/**
 * Reads the aliases of a `tsconfig.json` and of its references. Without a legacy root only aliases into packages matter, which few
 * files have: the others are then not parsed.
 */
export function readPaths(file: string, hasLegacyRoots: boolean, warnings: string[]): PathAliases {
  try {
    if (!hasLegacyRoots && !mayReachPackages.test(readFileSync(file, 'utf8'))) return noPaths;
    const own = readConfig(file, warnings);
    const references = (own.config.references ?? [])
      .map(({ path }) => resolve(dirname(file), path))
      .map((path) => (path.endsWith('.json') ? path : join(path, 'tsconfig.json')))
      .filter((path) => existsSync(path));
    const referred = references.flatMap((path) => {
      try {
        return [readConfig(path, warnings)];
      } catch (error) {
        warnings.push(describeUnreadable(path, 'aliases', error));
        return [];
      }
    });
    const all = [own, ...referred];
    const targets = all.flatMap(({ config: { compilerOptions } }) => [
      ...Object.values(compilerOptions?.paths ?? {}).flat(),
      compilerOptions?.baseUrl ?? '',
    ]);
    return {
      matchers: all.map(createPathsMatcher).filter((matcher) => matcher !== null),
      reachPackages: targets.some((target) => target.includes('node_modules')),
      isWhole: all.every(({ isWhole }) => isWhole) && referred.length === references.length,
    };
  } catch (error) {
    warnings.push(describeUnreadable(file, 'aliases', error));
    return { ...noPaths, isWhole: false };
  }
}

/** Matches a `tsconfig.json` whose aliases may lead into packages. */
const mayReachPackages = /node_modules\/|"(?:extends|references)"|"baseUrl"\s*:\s*"[^"]*node_modules/;

type Config = TsConfigResult & { readonly isWhole: boolean };

/** Reads a `tsconfig.json` with what it extends, or with as much of it as can be read. */
function readConfig(file: string, warnings: string[]): Config {
  // The library silently ignores what it does not understand, so the syntax is checked first.
  readJsonWithComments(file);
  try {
    return { path: file, config: parseTsconfig(file), isWhole: true };
  } catch {
    return readPartly(file, warnings, []);
  }
}

/** Reads the aliases of a file of which something that it extends cannot be read. */
function readPartly(file: string, warnings: string[], readBefore: readonly string[]): Config {
  const own = readJsonWithComments(file) as { extends?: string | string[] } & TsConfigResult['config'];
  let path = file;
  let paths: Record<string, string[]> | undefined;
  let baseUrl: string | undefined;
  let isWhole = true;
  for (const name of [own.extends ?? []].flat()) {
    try {
      const base = findExtended(file, name);
      if (base === undefined || base === file || readBefore.includes(base)) throw new Error('not found');
      const { config, ...read } = readPartly(base, warnings, [...readBefore, file]);
      isWhole &&= read.isWhole;
      if (config.compilerOptions?.paths) [path, paths] = [read.path, config.compilerOptions.paths];
      baseUrl = config.compilerOptions?.baseUrl ?? baseUrl;
    } catch {
      isWhole = false;
      warnings.push(`${file} extends ${name}, which cannot be read, so the aliases of that file are not known`);
    }
  }
  const { compilerOptions = {}, references } = own;
  if (compilerOptions.paths) [path, paths] = [file, compilerOptions.paths];
  if (compilerOptions.baseUrl !== undefined) baseUrl = resolve(dirname(file), compilerOptions.baseUrl);
  const options = { ...(paths && { paths }), ...(baseUrl !== undefined && { baseUrl }) };
  return { path, config: { compilerOptions: options, ...(references && { references }) }, isWhole };
}

/** The file that `extends` names: by its path, or in a package. */
function findExtended(file: string, name: string): string | undefined {
  const isPath = /^\.{1,2}(?:\/|$)/.test(name) || isAbsolute(name);
  const folders: string[] = [];
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    folders.push(isPath ? folder : join(folder, 'node_modules'));
    if (isPath || dirname(folder) === folder) break;
  }
  const candidates = folders.flatMap((folder) => {
    const path = resolve(folder, name);
    return [path, `${path}.json`, join(path, 'tsconfig.json')];
  });
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** Reads an object in JSON with comments and trailing commas. Throws if it is not that. */
function readJsonWithComments(file: string): object {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  if (text.trim() === '') return {};
  const { errors, program } = loadParser().parseSync('tsconfig.js', `(${text}\n)`, { preserveParens: false });
  const [error] = errors;
  if (error) throw new Error(error.message);
  const [statement] = program.body;
  const value = statement?.type === 'ExpressionStatement' ? evaluate(statement.expression) : undefined;
  if (typeof value !== 'object' || value === null) throw new Error('it has no object');
  return value;
}

/** The value of a literal of JSON. */
function evaluate(node: Node): unknown {
  if (node.type === 'Literal') return node.value;
  if (node.type === 'ArrayExpression') return node.elements.map((element) => element && evaluate(element));
  if (node.type !== 'ObjectExpression') return undefined;
  const entries = node.properties.flatMap((property) =>
    property.type === 'Property' && property.key.type === 'Literal'
      ? [[String(property.key.value), evaluate(property.value)] as const]
      : [],
  );
  return Object.fromEntries(entries);
}

/** Says that a configuration file could not be read. */
export function describeUnreadable(file: string, what: 'aliases' | 'imports', error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${file} could not be read, so its ${what} are not known: ${message}`;
}
