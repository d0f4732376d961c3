import type { Comment, Node, ParseResult, ParserOptions, Program } from 'oxc-parser';
import { requirePeer } from '../peers.ts';

export type { Comment, Node, Program } from 'oxc-parser';

let parser: typeof import('oxc-parser') | undefined;

/**
 * The peer oxc-parser, loaded when the first text is parsed.
 *
 * @throws {NotSetUp} if it is missing or of another version.
 */
export function loadParser(): typeof import('oxc-parser') {
  parser ??= requirePeer<typeof import('oxc-parser')>('oxc-parser');
  return parser;
}

/** What to ask of the parser for one reading of a source text. */
export interface Reading {
  readonly fileName: string;
  readonly text: string;
  readonly options: ParserOptions;
}

/** The readings worth trying for a file, by its extension: a module first, then a CommonJS script. */
export function listReadings(fileName: string, text: string): Reading[] {
  const extension = /\.([cm]?[jt]sx?)$/.exec(fileName)?.[1] ?? 'ts';
  const typed = extension.includes('t');
  const declaration = /\.d(?:\.[^./]+)?\.[cm]?ts$/.test(fileName);
  const lang = declaration ? 'dts' : !typed ? 'jsx' : extension === 'tsx' ? 'tsx' : 'ts';
  const shared = { lang, astType: 'ts', preserveParens: false } as const;
  const sourceTypes = extension.startsWith('c') ? (['commonjs', 'module'] as const) : (['module', 'commonjs'] as const);
  return sourceTypes.map((sourceType) => ({ fileName, text, options: { ...shared, sourceType } }));
}

/** Whether a parser's answer has an error; warnings are none. */
export function hasErrors(result: ParseResult): boolean {
  return result.errors.some((error) => error.severity === 'Error');
}

/**
 * Parses a text in the first of its readings that fits; nothing where none does. The program is read only when it is asked for,
 * which takes longer than to find that there is one; without what TypeScript adds to it both take less.
 */
export function parse(fileName: string, text: string, astType: 'js' | 'ts' = 'ts'): ParseResult | undefined {
  for (const reading of listReadings(fileName, text)) {
    const parsed = loadParser().parseSync(reading.fileName, reading.text, { ...reading.options, astType });
    if (!hasErrors(parsed)) return parsed;
  }
  return undefined;
}

/** Whether a file is JavaScript, where types stand in comments. */
export function isJavaScript(fileName: string): boolean {
  return /\.[cm]?jsx?$/.test(fileName);
}

/**
 * The nodes from the program down to the innermost one that covers a range. Of two nodes with one range, such as the key and the
 * value of a shorthand property, it takes the first.
 */
export function findPath(program: Program, start: number, end: number): Node[] {
  const guided = descend(program, start, end, true);
  // Decorators may stand outside of the class that they belong to: only then is every node looked at.
  return isLeaf(guided.at(-1)) ? guided : descend(program, start, end, false);
}

function descend(node: Node, start: number, end: number, pruned: boolean): Node[] {
  const properties = node as unknown as Record<string, unknown>;
  for (const key in properties) {
    const value = properties[key];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child) || (pruned && (child.start > start || child.end < end))) continue;
      const path = descend(child, start, end, pruned);
      const innermost = path.at(-1);
      if (innermost && innermost.start <= start && innermost.end >= end) {
        path.unshift(node);
        return path;
      }
    }
  }
  return [node];
}

function isLeaf(node: Node | undefined): boolean {
  return node !== undefined && listChildren(node).next().done === true;
}

/** The direct children of a node, in the order of its properties. */
export function* listChildren(node: Node): Generator<Node> {
  for (const key in node) {
    const value = (node as unknown as Record<string, unknown>)[key];
    if (typeof value !== 'object' || value === null || key === 'range') continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item;
    } else if (isNode(value)) {
      yield value;
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** The name that a node spells: of an identifier, or of a string literal that stands for one. */
export function readName(node: Node | null | undefined): string | undefined {
  if (node?.type === 'Identifier' || node?.type === 'JSXIdentifier') return node.name;
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  return undefined;
}

/** A dotted name as it is written, as in `vi.mock`; a call in it stands for what it was called on. */
export function readDottedName(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'MetaProperty') return `${node.meta.name}.${node.property.name}`;
  if (node.type !== 'MemberExpression' || node.computed) return undefined;
  const called = node.object.type === 'CallExpression' ? node.object.callee : undefined;
  const object = called?.type === 'MemberExpression' ? readDottedName(called.object) : readDottedName(node.object);
  return object === undefined || node.property.type !== 'Identifier' ? undefined : `${object}.${node.property.name}`;
}

/** The comment that covers an offset, if one does. */
export function findCommentAt(comments: readonly Comment[], offset: number): Comment | undefined {
  return comments.find((comment) => comment.start <= offset && offset < comment.end);
}

/** Where a character stands next, not counting comments; -1 where it does not before the limit. */
export function findOutsideComments(
  text: string,
  character: string,
  from: number,
  limit: number,
  comments: readonly Comment[],
): number {
  for (let index = from; index < limit; index++) {
    const comment = findCommentAt(comments, index);
    if (comment) index = comment.end - 1;
    else if (text[index] === character) return index;
  }
  return -1;
}
