import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type MockFunction, mockFunctions } from './mock-functions.ts';
import { stripExtension } from './specifiers.ts';

/** A specifier of which nobody knows what it is. */
export interface Unresolved {
  /** After the quote. */
  readonly start: number;
  readonly specifier: string;
}

/** Finds the specifiers of a text that load a module and of which nobody knows what they are. Comments are not told from code. */
export function findUnresolved(
  text: string,
  isUnresolved: (specifier: string) => boolean,
  mocks: readonly MockFunction[] = mockFunctions,
): Unresolved[] {
  const found: Unresolved[] = [];
  for (const { 0: all, 1: callee, 3: specifier = '', index } of text.matchAll(loading)) {
    if (callee !== undefined && !loaders.has(callee) && !mocks.some(({ name }) => name === callee)) continue;
    if (isUnresolved(specifier)) found.push({ start: index + all.length - specifier.length - 1, specifier });
  }
  return found;
}

/** A keyword or a call, and the quoted text after it. */
const loading =
  /(?:\b(?:from|import|module)|(?<![\w$.])((?:[\w$]+\.)*[\w$]+)\s*\(\s*\[?)\s*(["'`])((?:[^"'`\s\\$]|\$(?!\{))+)\2/g;

const loaders = new Set(['import', 'require', 'require.resolve', 'import.meta.resolve', 'import.meta.glob']);

/**
 * Creates a function that tells whether a specifier names a package, for files of a folder: one of Node.js, one that is installed,
 * one that a `package.json` of the folder or above it depends on, or that package itself.
 */
export function createPackageFinder(): (folder: string, specifier: string) => boolean {
  const known = new Map<string, ReadonlySet<string>>();
  const namesIn = (folder: string): ReadonlySet<string> => {
    const names = known.get(folder) ?? readPackageNames(join(folder, 'package.json'));
    known.set(folder, names);
    return names;
  };
  return (from, specifier) => {
    if (isBuiltin(specifier)) return true;
    const name = /^(?:@[^/]+\/)?[\w.-]+/.exec(specifier)?.[0];
    if (name === undefined) return false;
    for (let folder = from; ; folder = dirname(folder)) {
      if (namesIn(folder).has(name) || existsSync(join(folder, 'node_modules', name))) return true;
      if (dirname(folder) === folder) return false;
    }
  };
}

/** The name of a package and of all that it depends on. */
function readPackageNames(file: string): ReadonlySet<string> {
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const lists = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
    return new Set([String(read['name']), ...lists.flatMap((list) => Object.keys(read[list] ?? {}))]);
  } catch {
    // Without one, or with a broken one, nothing is known.
    return new Set();
  }
}

/** Whether a path without its extension leads to a file or folder. */
export function isThere(path: string): boolean {
  const name = basename(stripExtension(path));
  const folder = dirname(path);
  return existsSync(folder) && readdirSync(folder).some((each) => each === name || each.startsWith(`${name}.`));
}
