import type { ImportMap } from '../../registry/import-map.ts';
import type { Edit } from './edits.ts';
import type { MockFunction } from './mock-functions.ts';
import type { Resolver } from './specifiers.ts';

/** What the codemod needs to know about a source text. */
export interface CodemodOptions {
  /** The file's name. Its extension decides the language; the file is not opened. */
  readonly fileName: string;
  /** The new place of each old import, from `buildImportMap(renames)` or a `--map` file. */
  readonly map: ImportMap;
  /** Finds the old module that a specifier means. Default: `createPackageResolver(map)`. */
  readonly resolve?: Resolver;
  /** Functions of test runners that take a module's path. Default: those of Vitest, Jest, Bun and `node:test`. */
  readonly mockFunctions?: readonly MockFunction[];
}

/** An old import that was moved. */
export interface Change {
  /** 1-based, in the old text. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** The old module, or a symbol of it, as in `canonical-models/models/social#SocialAccount`. */
  readonly from: string;
  /** The new module, or the symbol in it. */
  readonly to: string;
  /** What a person should look at although the import was moved. */
  readonly note?: string;
}

/**
 * Why an old import is left for a person:
 *
 * - `unparsed`: the file does not parse.
 * - `computed-path`: the module's path is built at run time.
 * - `whole-module`: the module object is passed on, so its used members are unknown.
 * - `unknown-symbol`: the map does not say where the symbol went.
 * - `unknown-member`: the symbol is an enum whose members are used, or that other code gets, and the enum in the new place does not
 *   have them.
 * - `become-one`: two symbols of the file have the same new place.
 * - `unresolved`: the specifier leads nowhere, and may be an old module by its last part; or it has an old module in a form that the
 *   codemod does not write, as `npm:` does.
 * - `ambiguous-path`: the import leads to a path that several keys of the map have, and no `package.json` decides.
 * - `parts-ways`: the used symbols went to several modules or forms, and only one fits here.
 * - `mock`: a mock whose replacement cannot be carried over.
 * - `augmentation`: a `declare module` whose members cannot be carried over.
 * - `kept-together`: could move, but another use of the same module in this file cannot, and both must stay together.
 * - `text`: a string that names an old module but is not an import.
 * - `manual-mock`: the file stands in for an old module by its place in a `__mocks__` folder.
 * - `not-source`: the file is neither JavaScript nor TypeScript.
 * - `huge`: the file is too large to be written by hand.
 * - `symbolic-link`: the file is outside of the paths, and a symbolic link leads to it.
 * - `not-writable`, `not-utf8`, `changed-meanwhile`: the file could not be replaced.
 * - `unexpected`: the codemod failed on the file, which is a bug.
 */
export type LeftReason =
  | 'unparsed'
  | 'computed-path'
  | 'whole-module'
  | 'unknown-symbol'
  | 'unknown-member'
  | 'become-one'
  | 'unresolved'
  | 'ambiguous-path'
  | 'parts-ways'
  | 'mock'
  | 'augmentation'
  | 'kept-together'
  | 'text'
  | 'manual-mock'
  | 'not-source'
  | 'huge'
  | 'symbolic-link'
  | 'not-writable'
  | 'not-utf8'
  | 'changed-meanwhile'
  | 'unexpected';

/** An old import that was left for a person. */
export interface Left {
  /** 1-based, in the old text. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** The old module, or a symbol of it. */
  readonly from: string;
  readonly reason: LeftReason;
  /** The reason in words. */
  readonly message: string;
}

/** A source text after the codemod. */
export interface CodemodResult {
  /** The new text. Byte for byte the old text if nothing was moved. */
  readonly text: string;
  /** The edits that turn the old text into the new one, in text order. */
  readonly edits: readonly Edit[];
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
}
