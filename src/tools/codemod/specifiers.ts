import type { ImportMap } from '../../registry/import-map.ts';
import { getOwn, listTargetModules } from './targets.ts';

/**
 * Tells which old module a specifier means: the module's key in the import map, or nothing where it means no old module. The
 * codemod knows no file system; whoever has one (relative paths, aliases) brings a resolver that looks there.
 */
export type Resolver = (specifier: string) => string | undefined;

/** A place in a source text where an old module is named. */
export interface Mention {
  /** Where the specifier begins, after its quote. */
  readonly start: number;
  /** Where it ends, before its quote; for a computed path, where the part that is written out ends. */
  readonly end: number;
  readonly specifier: string;
  /** The old module's key in the map; nothing where the path is computed from here on. */
  readonly oldModule?: string;
}

/**
 * The resolver for specifiers that name a package: the map's keys, with or without an extension or `/index`.
 *
 * @example
 * packageResolver(map)('canonical-models/models/booking.js'); // 'canonical-models/models/booking'
 */
export function packageResolver(map: ImportMap): Resolver {
  return (specifier) => {
    if (getOwn(map.modules, specifier)) return specifier;
    const plain = stripExtension(specifier);
    return plain !== specifier && getOwn(map.modules, plain) ? plain : undefined;
  };
}

/** A specifier or path as it is without extension, without `/index` and without a slash at its end. */
export function stripExtension(specifier: string): string {
  return specifier
    .replace(/\.(?:d\.)?[cm]?[jt]sx?$/, '')
    .replace(/\/index$/, '')
    .replace(/(?<=[^/.])\/$/, '');
}

/**
 * The shortest strings of which every text that names an old module by its package holds at least one: what to look for in a
 * file before it is worth parsing. Where a folder has nothing but old modules it is enough to look for the folder, which finds
 * paths that are put together at run time as well.
 */
export function listNeedles(map: ImportMap): readonly string[] {
  const known = knownNeedles.get(map);
  if (known) return known;
  const targets = Object.keys(map.modules).flatMap((oldModule) => listTargetModules(map, oldModule));
  const found = Object.keys(map.modules).map((key) => {
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    return folder === '' || targets.some((target) => target.startsWith(folder)) ? key : folder;
  });
  const shortest = found.filter((each, index) => {
    const covers = (other: string, otherIndex: number): boolean =>
      other === each ? otherIndex < index : each.includes(other);
    return !found.some(covers);
  });
  knownNeedles.set(map, shortest);
  return shortest;
}

const knownNeedles = new WeakMap<ImportMap, readonly string[]>();

/** Every place in a source text where a quoted string names an old module, in the text's order. */
export function findMentions(text: string, map: ImportMap, resolve?: Resolver): Mention[] {
  const known = resolve ?? packageResolver(map);
  const candidates = resolve ? findQuotedStrings(text) : findQuotedAround(text, listNeedles(map));
  const reachesOldModule = (folder: string): boolean =>
    listPossibleSpecifiers(folder, map).some((specifier) => known(specifier) !== undefined);
  const mentions: Mention[] = [];
  for (const { start, specifier, isWhole } of candidates) {
    const oldModule = isWhole ? known(specifier) : undefined;
    if (oldModule !== undefined) {
      mentions.push({ start, end: start + specifier.length, specifier, oldModule });
      continue;
    }
    const folder = isWhole ? specifier : specifier.slice(0, specifier.lastIndexOf('/') + 1);
    if (!folder.endsWith('/') || !reachesOldModule(folder)) continue;
    mentions.push({ start, end: start + folder.length, specifier: folder });
  }
  return mentions;
}

/** What a path that begins with a folder, and is put together from there on, may come to. */
export function listPossibleSpecifiers(folder: string, map: ImportMap): string[] {
  return Object.keys(map.modules).map((key) => folder + key.slice(key.lastIndexOf('/') + 1));
}

/** A quote and what follows it without white space. */
interface Candidate {
  /** After the quote. */
  readonly start: number;
  /** Up to the closing quote, or up to the first expression of a template. */
  readonly specifier: string;
  /** Whether the quote closes there. */
  readonly isWhole: boolean;
}

/** What may be a specifier, anywhere in a text. */
function* findQuotedStrings(text: string): Generator<Candidate> {
  for (const match of text.matchAll(/(["'`])((?:[^"'`\s\\$]|\$(?!\{))+)(?:(?=\1)|(?<=\/)\$\{)/g)) {
    const specifier = match[2] ?? '';
    const start = match.index + 1;
    const isWhole = text[start + specifier.length] === match[1];
    if (isWhole || match[1] === '`') yield { start, specifier, isWhole };
  }
}

/** What may be a specifier around some strings. */
function* findQuotedAround(text: string, strings: readonly string[]): Generator<Candidate> {
  const starts = new Set<number>();
  for (const string of strings) {
    for (let at = text.indexOf(string); at !== -1; at = text.indexOf(string, at + 1)) {
      starts.add(findWordStart(text, at));
    }
  }
  for (const start of [...starts].sort((left, right) => left - right)) {
    const quote = text.charAt(start - 1);
    notInSpecifier.lastIndex = start;
    const end = notInSpecifier.exec(text)?.index ?? text.length;
    const isWhole = text.charAt(end) === quote;
    const isTemplate = quote === '`' && text.startsWith('${', end) && text.charAt(end - 1) === '/';
    if (/["'`]/.test(quote) && (isWhole || isTemplate)) yield { start, specifier: text.slice(start, end), isWhole };
  }
}

/** What a specifier does not go on after: quotes, white space, a backslash, and an expression in a template. */
const notInSpecifier = /["'`\s\\]|\$\{/g;

/** Where what may be a specifier begins that covers an offset. */
function findWordStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && !endsWord.test(text.charAt(start - 1))) start--;
  return start;
}

const endsWord = /["'`\s\\]/;
