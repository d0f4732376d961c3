import { existsSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type MockFunction, mockFunctions } from './mock-functions.ts';
import type { Packages } from './packages.ts';
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
export function createPackageFinder(packages: Packages): (folder: string, specifier: string) => boolean {
  return (from, specifier) => {
    if (isBuiltin(specifier)) return true;
    const name = /^(?:@[^/]+\/)?[\w.-]+/.exec(specifier)?.[0];
    if (name === undefined) return false;
    for (let folder = from; ; folder = dirname(folder)) {
      const found = packages.findIn(folder);
      if (found?.name === name || found?.dependencies.has(name)) return true;
      if (existsSync(join(folder, 'node_modules', name))) return true;
      if (dirname(folder) === folder) return false;
    }
  };
}

/** Whether a path without its extension leads to a file or folder. */
export function isThere(path: string): boolean {
  const name = basename(stripExtension(path));
  const folder = dirname(path);
  return existsSync(folder) && readdirSync(folder).some((each) => each === name || each.startsWith(`${name}.`));
}
