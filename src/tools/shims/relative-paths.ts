import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ParseResult } from 'oxc-parser';
import type { Edit } from '../codemod/edits.ts';
import { mockFunctions } from '../codemod/mock-functions.ts';
import { listChildren, type Node, readDottedName } from '../codemod/syntax.ts';

/** What a file's relative paths become where the file moves one folder down. */
export interface MovedPaths {
  /** Each path that leads to the same place from there. */
  readonly edits: readonly Edit[];
  /** What would lead elsewhere from there, and can't be mended. Offsets are in UTF-16 code units. */
  readonly unclear: readonly { readonly start: number; readonly reason: string }[];
}

/** A path in a source text, or its beginning where the rest is computed. */
interface WrittenPath {
  readonly start: number;
  readonly value: string;
  readonly whole: boolean;
}

/** Functions whose first argument is a path from the file that calls them. Those in the second set take it with others, too. */
const functionsOfOnePath = new Set(['require', 'require.resolve', 'module.require', 'import.meta.resolve']);
const functionsOfPathAndMore = new Set(mockFunctions.map(({ name }) => name));
const globs = new Set(['import.meta.glob', 'import.meta.globEager']);

/** What holds where the file is: it is another value after the move. */
const places = new Set(['import.meta.url', 'import.meta.dirname', 'import.meta.filename', 'import.meta.dir']);
const placesOfCommonJS = new Set(['__dirname', '__filename']);

/**
 * Reads the relative paths of a file that is to move to a folder beside it: imports of every kind, `declare module`, `require`,
 * `new URL(…, import.meta.url)`, `import.meta.resolve` and `import.meta.glob`, the mocks of test runners, and paths in comments.
 * Whatever else is a relative path to something that is there, or holds where the file is, is unclear.
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
    // An URL without a dot before it is relative, too; where a beginning may be a scheme, nobody can tell.
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
      if (patterns) unclear.set(patterns.start, 'a glob that is computed');
      return;
    }
    if (base?.type === 'Property') {
      const folders = pathsIn(base.value as Node, text);
      if (!folders) unclear.set(base.start, 'a glob that is computed');
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
        unclear.set(start, `'${value}', which takes in the file's own folder`);
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
 * The paths that an expression can be; nothing where one of them is not written out at its beginning, or is written with escapes.
 * `alone` reads a literal itself and nothing that it is a part of.
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

/** Whether something is there under a relative path, as a file that is named in full, a folder, or a module. */
function leadsSomewhere(file: string, path: string): boolean {
  const base = join(dirname(file), path.replace(/[?#*{[].*$/s, ''));
  const plain = base.replace(/\.[cm]?jsx?$/, '');
  return [base, ...endings.map((ending) => `${plain}.${ending}`)].some((one) => existsSync(one));
}
