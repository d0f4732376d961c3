import type { ImportMap } from '../../registry/import-map.ts';
import type { Edit } from './edits.ts';
import type { MockFunction } from './mock-functions.ts';
import type { Resolver } from './specifiers.ts';

/** What the codemod needs to know about a source text. */
export interface CodemodOptions {
  /** The file's name; its extension says which language it is. It is not opened. */
  readonly fileName: string;
  /** Where old imports went, as `importMap(renames)` or `--map file.json` has it. */
  readonly map: ImportMap;
  /** Tells which old module a specifier means. Without it, specifiers mean what the map calls them. */
  readonly resolve?: Resolver;
  /** Functions of test runners that take a module's path. Without it, those of Vitest, Jest, Bun and `node:test`. */
  readonly mockFunctions?: readonly MockFunction[];
}

/** An old import that was moved. */
export interface Change {
  /** From 1 on, in the text as it was. */
  readonly line: number;
  /** From 1 on, in UTF-16 code units. */
  readonly column: number;
  /** The old module, or a symbol of it, as in `canonical-models/models/social#SocialAccount`. */
  readonly from: string;
  /** The new module, or the symbol in it. */
  readonly to: string;
  /** What is worth a look although it was moved. */
  readonly note?: string;
}

/**
 * Why something is left for a person:
 *
 * - `unparsed`: the file does not parse.
 * - `computed-path`: the path of the module is put together when the program runs.
 * - `whole-module`: the module object is passed on, so that nobody can tell which members are used.
 * - `unknown-symbol`: the map does not say where the symbol went.
 * - `parts-ways`: what is used went to several modules, and the place takes one.
 * - `mock`: a mock whose replacement cannot be carried over.
 * - `augmentation`: a `declare module` whose members cannot be carried over.
 * - `kept-together`: could move, but something else about the same module in this file cannot, and the two belong together.
 * - `text`: a string that names an old module, but is no import.
 * - `not-writable`, `not-utf8`, `changed-meanwhile`: the file could not be replaced.
 * - `unexpected`: the codemod failed on the file, which is a bug.
 */
export type LeftReason =
  | 'unparsed'
  | 'computed-path'
  | 'whole-module'
  | 'unknown-symbol'
  | 'parts-ways'
  | 'mock'
  | 'augmentation'
  | 'kept-together'
  | 'text'
  | 'not-writable'
  | 'not-utf8'
  | 'changed-meanwhile'
  | 'unexpected';

/** An old import that was left for a person. */
export interface Left {
  /** From 1 on, in the text as it was. */
  readonly line: number;
  /** From 1 on, in UTF-16 code units. */
  readonly column: number;
  /** The old module, or a symbol of it. */
  readonly from: string;
  readonly reason: LeftReason;
  /** The reason in words. */
  readonly message: string;
}

/** A source text after the codemod. */
export interface CodemodResult {
  /** The new text; the old one, to the byte, where nothing was moved. */
  readonly text: string;
  /** How the old text becomes the new one, in the order of the text. */
  readonly edits: readonly Edit[];
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
}
