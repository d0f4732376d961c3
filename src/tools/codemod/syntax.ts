import type { Comment, Node, ParseResult, ParserOptions, Program } from 'oxc-parser';
import { requirePeer } from '../../peers.ts';

export type { Comment, Node, Program } from 'oxc-parser';
export { readDottedName } from './callee-names.ts';

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

/** The parser's input for one reading of a source text. */
export interface Reading {
  readonly fileName: string;
  readonly text: string;
  readonly options: ParserOptions;
}

/** The readings worth trying for a file, by its extension: a module first, then a CommonJS script. */
export function listReadings(fileName: string, text: string): Reading[] {
  const extension = /\.([cm]?[jt]sx?)$/.exec(fileName)?.[1] ?? 'ts';
  const typed = extension.includes('t');
  const lang = isDeclarationFile(fileName) ? 'dts' : !typed ? 'jsx' : extension === 'tsx' ? 'tsx' : 'ts';
  const shared = { lang, astType: 'ts', preserveParens: false } as const;
  const sourceTypes = extension.startsWith('c') ? (['commonjs', 'module'] as const) : (['module', 'commonjs'] as const);
  return sourceTypes.map((sourceType) => ({ fileName, text, options: { ...shared, sourceType } }));
}

/** Whether a parser's result has errors; warnings do not count. */
export function hasErrors(result: ParseResult): boolean {
  return result.errors.some((error) => error.severity === 'Error');
}

/**
 * Parses a text in its first reading without errors. `program` is only converted on access, which takes longer than parsing; the
 * AST type `js` is faster at both but lacks TypeScript's nodes.
 *
 * @returns undefined if no reading parses.
 */
export function parse(fileName: string, text: string, astType: 'js' | 'ts' = 'ts'): ParseResult | undefined {
  for (const reading of listReadings(fileName, text)) {
    const parsed = loadParser().parseSync(reading.fileName, reading.text, { ...reading.options, astType });
    if (!hasErrors(parsed)) return parsed;
  }
  return undefined;
}

/** Whether a file is JavaScript or TypeScript, by its name. */
export function isSource(name: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(name);
}

/** Whether a file has only declarations, by its name. */
export function isDeclarationFile(fileName: string): boolean {
  return /\.d(?:\.[^./]+)?\.[cm]?ts$/.test(fileName);
}

/** Whether a file is JavaScript, whose types are in comments. */
export function isJavaScript(fileName: string): boolean {
  return /\.[cm]?jsx?$/.test(fileName);
}

/**
 * The nodes from the program down to the innermost one that covers a range. Of two nodes with the same range, as the key and the
 * value of a shorthand property, the first is chosen.
 */
export function findPath(program: Program, start: number, end: number): Node[] {
  const guided = descend(program, start, end, true);
  // Decorators may lie outside of the class that they belong to: only then every node is visited.
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

/** The name in an identifier, or in a string literal used as one. */
export function readName(node: Node | null | undefined): string | undefined {
  if (node?.type === 'Identifier' || node?.type === 'JSXIdentifier') return node.name;
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  return undefined;
}

/** The comment that contains an offset. */
export function findCommentAt(comments: readonly Comment[], offset: number): Comment | undefined {
  return comments.find((comment) => comment.start <= offset && offset < comment.end);
}

/** The next offset of a character outside of comments; -1 if there is none before the limit. */
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
