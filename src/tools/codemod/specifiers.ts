import type { ImportMap } from '../../registry/import-map.ts';
import { getOwn, listTargetModules } from './targets.ts';

/**
 * Finds the old module that a specifier means: its key in the import map, or undefined. The codemod itself reads no files; to
 * understand relative paths and aliases, pass a resolver that does.
 */
export type Resolver = (specifier: string) => string | undefined;

/** A place in a source text that names an old module. */
export interface Mention {
  /** The start of the specifier, after its quote. */
  readonly start: number;
  /** Its end, before the closing quote; for a computed path, the end of the literal part. */
  readonly end: number;
  readonly specifier: string;
  /** The old module's key in the map; absent if the rest of the path is computed. */
  readonly oldModule?: string;
}

/**
 * Creates the resolver for package specifiers: the map's keys, with or without an extension or `/index`.
 *
 * @example
 * createPackageResolver(map)('canonical-models/models/booking.js'); // 'canonical-models/models/booking'
 */
export function createPackageResolver(map: ImportMap): Resolver {
  return (specifier) => {
    if (getOwn(map.modules, specifier)) return specifier;
    const plain = stripExtension(specifier);
    return plain !== specifier && getOwn(map.modules, plain) ? plain : undefined;
  };
}

/** Removes the extension, `/index` and a trailing slash from a specifier or path. */
export function stripExtension(specifier: string): string {
  return specifier
    .replace(/\.(?:d\.)?[cm]?[jt]sx?$/, '')
    .replace(/\/index$/, '')
    .replace(/(?<=[^/.])\/$/, '');
}

/**
 * The shortest strings of which at least one is in every text that names an old module by its package: a file that contains none
 * of them is not parsed. For a folder that has only old modules, the folder is enough; it also finds paths that are built at run
 * time.
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

/** The names of the packages that have old modules. */
export function listPackages(map: ImportMap): string[] {
  const names = Object.keys(map.modules).flatMap((key) => /^(?:@[^/]+\/)?[^/]+/.exec(key)?.[0] ?? []);
  return [...new Set(names)];
}

const knownNeedles = new WeakMap<ImportMap, readonly string[]>();

/**
 * Finds the old module that a specifier names in a form that the codemod does not write, or the beginning of several: with a scheme, a
 * loader, a version, a query or a pattern, as in `npm:canonical-models@1/models/social` and `canonical-models/models/*.ts`.
 */
export function findWrapped(specifier: string, map: ImportMap): string | undefined {
  const known = createPackageResolver(map);
  if (known(specifier) !== undefined) return undefined;
  const path = specifier.replace(/[?#].*$/, '').replace(/(?<=[^/:!])@[^/]*/g, '');
  const wrapped = path !== specifier || /[:!]/.test(specifier);
  const starts = [0, ...[...path.matchAll(/[/:!]/g)].map(({ index }) => index + 1)];
  const [head = '', ...pattern] = path.split(/[*{]/);
  const findFrom = (start: number): string | undefined => {
    const folder = pattern.length > 0 ? head.slice(start) : '';
    if (folder.includes('/') && Object.keys(map.modules).some((key) => key.startsWith(folder))) return folder;
    return wrapped ? known(path.slice(start)) : undefined;
  };
  return starts.map(findFrom).find((found) => found !== undefined);
}

/** Whether a text has a quoted string that names an old module in a form that the codemod does not write. */
export function hasWrapped(text: string, map: ImportMap): boolean {
  return findQuotedAround(text, listPackages(map)).some(({ specifier }) => findWrapped(specifier, map) !== undefined);
}

/** Every place in a source text where a quoted string names an old module, in text order. */
export function findMentions(text: string, map: ImportMap, resolve?: Resolver): Mention[] {
  const known = resolve ?? createPackageResolver(map);
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

/** The specifiers that a path can become that begins with a folder and is built at run time. */
export function listPossibleSpecifiers(folder: string, map: ImportMap): string[] {
  return Object.keys(map.modules).map((key) => folder + key.slice(key.lastIndexOf('/') + 1));
}

/** A quote and the text after it, up to white space. */
interface Candidate {
  /** After the quote. */
  readonly start: number;
  /** Up to the closing quote, or up to the first expression of a template. */
  readonly specifier: string;
  /** Whether the quote closes there. */
  readonly isWhole: boolean;
}

/** All possible specifiers in a text. */
function* findQuotedStrings(text: string): Generator<Candidate> {
  for (const match of text.matchAll(/(["'`])((?:[^"'`\s\\$]|\$(?!\{))+)(?:(?=\1)|(?<=\/)\$\{)/g)) {
    const specifier = match[2] ?? '';
    const start = match.index + 1;
    const isWhole = text[start + specifier.length] === match[1];
    if (isWhole || match[1] === '`') yield { start, specifier, isWhole };
  }
}

/** All possible specifiers that contain one of some strings. */
function findQuotedAround(text: string, strings: readonly string[]): Candidate[] {
  const found: Candidate[] = [];
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
    if (/["'`]/.test(quote) && (isWhole || isTemplate))
      found.push({ start, specifier: text.slice(start, end), isWhole });
  }
  return found;
}

/** What ends a specifier: a quote, white space, a backslash, or an expression in a template. */
const notInSpecifier = /["'`\s\\]|\$\{/g;

/** The start of the possible specifier that contains an offset. */
function findWordStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && !endsWord.test(text.charAt(start - 1))) start--;
  return start;
}

const endsWord = /["'`\s\\]/;
