import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ParseResult } from 'oxc-parser';
import type { Edit } from '../codemod/edits.ts';
import { mockFunctions } from '../codemod/mock-functions.ts';
import { listChildren, type Node, readDottedName } from '../codemod/syntax.ts';

/** How a file's relative paths change if the file moves one folder down. */
export interface MovedPaths {
  /** Each path, rewritten to lead to the same place. */
  readonly edits: readonly Edit[];
  /** Paths that would lead elsewhere and can't be rewritten. Offsets are in UTF-16 code units. */
  readonly unclear: readonly { readonly start: number; readonly reason: string }[];
}

/** A path in a source text, or its beginning if the rest is computed. */
interface WrittenPath {
  readonly start: number;
  readonly value: string;
  readonly whole: boolean;
}

/** Functions whose first argument is a path relative to the calling file. Those in the second set also take other arguments. */
const functionsOfOnePath = new Set(['require', 'require.resolve', 'module.require', 'import.meta.resolve']);
const functionsOfPathAndMore = new Set(mockFunctions.map(({ name }) => name));
const globs = new Set(['import.meta.glob', 'import.meta.globEager']);

/** Values that depend on the file's location: the move changes them. */
const places = new Set(['import.meta.url', 'import.meta.dirname', 'import.meta.filename', 'import.meta.dir']);
const placesOfCommonJS = new Set(['__dirname', '__filename']);

/**
 * Reads the relative paths of a file that is to move to a folder beside it: imports of every kind, `declare module`, `require`,
 * `new URL(…, import.meta.url)`, `import.meta.resolve` and `import.meta.glob`, the mocks of test runners, and paths in comments.
 * Any other relative path to an existing file, and any value that depends on the file's location, is unclear.
 */
export function movedPaths(file: string, text: string, { program, comments }: ParseResult): MovedPaths {
  const edits = new Map<number, Edit>();
  const unclear = new Map<number, string>();
  const understood = new Set<number>();

  const replace = (start: number, from: string, to: string) => {
    edits.set(start, { start, end: start + from.length, text: to });
  };
  const repoint = ({ start, value }: WrittenPath) => {
    understood.add(start);
    if (isRelative(value)) replace(start, value, oneDown(value));
  };
  const repointAll = (node: Node | undefined) => {
    for (const path of (node && pathsIn(node, text)) ?? []) repoint(path);
  };

  const url = (first: Node | undefined, second: Node | undefined): void => {
    const paths = first && pathsIn(first, text);
    // A URL without a leading dot is relative, too; if the beginning may be a scheme, it is unclear.
    if (!paths || second === undefined || paths.some(({ value, whole }) => !whole && !/^\.{0,2}\//.test(value))) return;
    understood.add(second.start);
    for (const path of paths) {
      if (isRelative(path.value)) repoint(path);
      else if (path.value !== '' && !/^(?:[a-z][a-z\d+.-]*:|[/?#])/i.test(path.value)) {
        understood.add(path.start);
        replace(path.start, path.value, `../${path.value}`);
      }
    }
  };
  const glob = ([patterns, options]: readonly (Node | undefined)[]): void => {
    const all = patterns?.type === 'ArrayExpression' ? patterns.elements : [patterns];
    const base = options?.type === 'ObjectExpression' ? options.properties.find(isBase) : undefined;
    const isPlain = !options || options.type === 'ObjectExpression';
    const paths = all.map((one) => (one ? pathsIn(one as Node, text) : undefined));
    const read = paths.flatMap((some) => some ?? []);
    if (!isPlain || paths.includes(undefined) || read.some(({ whole }) => !whole)) {
      if (patterns) unclear.set(patterns.start, 'a computed glob');
      return;
    }
    if (base?.type === 'Property') {
      const folders = pathsIn(base.value as Node, text);
      if (!folders) unclear.set(base.start, 'a computed glob');
      for (const folder of folders ?? []) repoint(folder);
      for (const { start } of read) understood.add(start);
      return;
    }
    for (const { start, value } of read) {
      const offset = value.startsWith('!') ? 1 : 0;
      const pattern = value.slice(offset);
      understood.add(start);
      if (!isRelative(pattern)) continue;
      const folder = join(dirname(file), pattern.slice(0, pattern.search(/[^/]*[*?{[]|[^/]*$/)));
      if (offset === 0 && `${dirname(file)}/`.startsWith(folder.endsWith('/') ? folder : `${folder}/`)) {
        unclear.set(start, `'${value}', which includes the file's own folder`);
      } else replace(start + offset, pattern, oneDown(pattern));
    }
  };

  const visit = (node: Node): void => {
    if ('source' in node && typeof node.source === 'object') repointAll((node.source as Node | null) ?? undefined);
    if (node.type === 'TSModuleDeclaration') repointAll(node.id as Node);
    if (node.type === 'TSExternalModuleReference') repointAll(node.expression as Node);
    if (node.type === 'NewExpression' && isNamed(node.callee, 'URL')) {
      const [first, second] = node.arguments as Node[];
      if (second && isNamed(second, 'import.meta.url')) url(first, second);
    }
    if (node.type === 'CallExpression') {
      const name = readDottedName(node.callee) ?? '';
      const [first] = node.arguments as Node[];
      const isOne = functionsOfOnePath.has(name) && node.arguments.length === 1;
      if (isOne || functionsOfPathAndMore.has(name)) repointAll(first);
      else if (globs.has(name)) glob(node.arguments as Node[]);
      else if (name === 'require.context') unclear.set(node.start, 'require.context');
      else if (/(?:^|\.)createRequire$/.test(name) && first && isNamed(first, 'import.meta.url'))
        understood.add(first.start);
    }
    const place = placeOf(node);
    if (place && !understood.has(node.start)) unclear.set(node.start, place);
    for (const path of pathsIn(node, text, true) ?? []) {
      if (understood.has(path.start)) continue;
      if (/^\.\.?\/./.test(path.value) && leadsSomewhere(file, path.value)) unclear.set(path.start, `'${path.value}'`);
    }
    for (const child of listChildren(node)) visit(child);
  };
  visit(program);

  for (const { start, value } of comments) {
    for (const match of value.matchAll(
      /(?:import\(\s*['"]|<reference path=['"]|@import\s[^'"]*\bfrom\s+['"])([^'"]+)['"]/g,
    )) {
      const [whole, specifier = ''] = match;
      repoint({ start: start + 2 + match.index + whole.lastIndexOf(specifier), value: specifier, whole: true });
    }
  }
  return {
    edits: [...edits.values()],
    unclear: [...unclear].map(([start, reason]) => ({ start, reason })).sort((a, b) => a.start - b.start),
  };
}

const isRelative = (path: string) => /^\.\.?(?:\/|$)/.test(path);

function oneDown(path: string): string {
  return path === '.' || path.startsWith('./') ? `.${path}` : `../${path}`;
}

const isNamed = (node: Node, name: string) => readDottedName(node) === name;

const isBase = (property: Node) =>
  property.type === 'Property' && property.key.type === 'Identifier' && property.key.name === 'base';

function placeOf(node: Node): string | undefined {
  if (node.type === 'Identifier') return placesOfCommonJS.has(node.name) ? node.name : undefined;
  const name = node.type === 'MemberExpression' ? readDottedName(node) : undefined;
  return name !== undefined && places.has(name) ? name : undefined;
}

/**
 * Lists the paths that an expression can evaluate to; undefined if one of them does not begin with a literal, or contains escapes.
 * `alone` reads only the literal itself, not an expression that contains it.
 */
function pathsIn(node: Node, text: string, alone = false): WrittenPath[] | undefined {
  const written = (value: string, whole: boolean): WrittenPath[] | undefined => {
    const start = node.start + 1;
    const isReadable = alone || (text.startsWith(value, start) && (whole || /^\.{0,2}\//.test(value)));
    return isReadable ? [{ start, value, whole }] : undefined;
  };
  if (node.type === 'Literal') return typeof node.value === 'string' ? written(node.value, true) : undefined;
  if (node.type === 'TemplateLiteral') {
    return written(node.quasis[0]?.value.cooked ?? '', node.expressions.length === 0);
  }
  if (alone) return undefined;
  if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression' || node.type === 'TSNonNullExpression') {
    return pathsIn(node.expression as Node, text);
  }
  if (node.type === 'BinaryExpression' && node.operator === '+') {
    const paths = pathsIn(node.left as Node, text)?.map((path) => ({ ...path, whole: false }));
    return paths?.every(({ value }) => /^\.{0,2}\//.test(value)) ? paths : undefined;
  }
  if (node.type === 'ConditionalExpression') {
    const [yes, no] = [pathsIn(node.consequent as Node, text), pathsIn(node.alternate as Node, text)];
    return yes && no && [...yes, ...no];
  }
  return undefined;
}

const endings = ['ts', 'tsx', 'mts', 'cts', 'd.ts', 'js', 'jsx', 'mjs', 'cjs', 'json'];

/** Whether a relative path leads to something: a file named in full, a folder, or a module. */
function leadsSomewhere(file: string, path: string): boolean {
  const base = join(dirname(file), path.replace(/[?#*{[].*$/s, ''));
  const plain = base.replace(/\.[cm]?jsx?$/, '');
  return [base, ...endings.map((ending) => `${plain}.${ending}`)].some((one) => existsSync(one));
}
