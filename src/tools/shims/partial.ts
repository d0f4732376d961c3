import type { ParseResult } from 'oxc-parser';
import { closeGaps } from '../codemod/close-gaps.ts';
import { applyEdits, type Edit } from '../codemod/edits.ts';
import { listChildren, type Node, readName } from '../codemod/syntax.ts';
import { readLineEnd } from '../codemod/text-layout.ts';
import { isDirective } from './effects.ts';

/** A file without what the package has: its text, or why it cannot be taken apart. */
export type Rest = { readonly text: string } | { readonly refused: string };

/**
 * Takes from a module what the package has under the same names, and re-exports it from there. The other exports stay, and
 * import what they use of it. Declarations that are not exported and imports go if only what was taken used them.
 */
export function keepRest(
  text: string,
  { program, comments }: ParseResult,
  shim: string,
  isMoved: (exported: string) => boolean,
): Rest {
  const body = program.body as Node[];
  /** The exported names that move, by their names in the module. */
  const moved = new Map<string, string>();
  const edits: Edit[] = [];
  for (const node of body) {
    if (node.type !== 'ExportNamedDeclaration') continue;
    for (const name of declaredNames(node.declaration as Node | null)) if (isMoved(name)) moved.set(name, name);
    const staying = node.specifiers.filter((each) => !isMoved(readName(each.exported) ?? ''));
    if (staying.length === node.specifiers.length) continue;
    if (!node.source) {
      for (const each of node.specifiers) {
        const exported = readName(each.exported) ?? '';
        if (isMoved(exported)) moved.set(readName(each.local) ?? '', exported);
      }
    }
    const [first, last] = [node.specifiers[0], node.specifiers.at(-1)];
    if (staying.length === 0 || !first || !last) edits.push(wholeLines(text, node, comments));
    else {
      const kept = staying.map(({ start, end }) => text.slice(start, end)).join(', ');
      edits.push({ start: first.start, end: last.end, text: kept });
    }
  }

  const taken = new Set<Node>();
  for (const node of body) {
    const names = declaredNames(node);
    const going = names.filter((name) => moved.has(name));
    if (going.length === 0) continue;
    const stays = names.find((name) => !moved.has(name));
    if (node.type === 'ImportDeclaration') return { refused: `it imports ${going[0]} and exports it` };
    if (stays !== undefined) return { refused: `it declares ${going[0]} and ${stays} in one statement` };
    taken.add(node);
  }

  // What only the taken declarations used goes with them, from one such declaration to the next.
  const usedIn = new Map(body.map((node) => [node, new Set(listNames(node))]));
  const isUsed = (name: string, except?: Node): boolean =>
    body.some(
      (node) => node !== except && !taken.has(node) && node.type !== 'ImportDeclaration' && usedIn.get(node)?.has(name),
    );
  const wasUsed = (name: string): boolean => [...taken].some((node) => usedIn.get(node)?.has(name));
  for (let before = -1; before !== taken.size; ) {
    before = taken.size;
    for (const node of body) {
      const names = declaredNames(node);
      if (taken.has(node) || names.length === 0 || /^(?:Export|Import)/.test(node.type)) continue;
      if (names.every((name) => wasUsed(name) && !isUsed(name, node))) taken.add(node);
    }
  }
  for (const node of taken) edits.push(wholeLines(text, node, comments));
  for (const node of body) {
    if (node.type !== 'ImportDeclaration' || node.specifiers.length === 0) continue;
    const going = node.specifiers.filter(({ local }) => wasUsed(local.name) && !isUsed(local.name));
    if (going.length === node.specifiers.length) edits.push(wholeLines(text, node, comments));
    else for (const each of going) if (each.type === 'ImportSpecifier') edits.push(withComma(text, each));
  }

  const end = readLineEnd(text);
  const locals = [...moved].filter(([local]) => isUsed(local));
  const imported = locals.map(([local, exported]) => (local === exported ? local : `${exported} as ${local}`));
  const exported = [...new Set([...moved.values(), ...reexported(body, isMoved)])];
  const lines = [
    ...(imported.length > 0 ? [`import { ${imported.join(', ')} } from '${shim}';`] : []),
    `export { ${exported.join(', ')} } from '${shim}';`,
  ].map((line) => `${line}${end}`);
  // Before the first statement that is not a directive, and before the comments that belong to it.
  const first = body.find((node) => !isDirective(node));
  const at = first ? wholeLines(text, first, comments).start : text.length;
  const below = text.slice(at);
  const inBelow = edits.map((edit) => ({ ...edit, start: edit.start - at, end: edit.end - at }));
  const rest = applyEdits(below, closeGaps(below, inBelow));
  const gap = /^(?:\s*\n|import\b|$)/.test(rest) ? '' : end;
  return { text: text.slice(0, at) + lines.join('') + gap + rest };
}

/** The names that `export { … } from` other modules move. */
function reexported(body: readonly Node[], isMoved: (exported: string) => boolean): string[] {
  return body.flatMap((node) =>
    node.type === 'ExportNamedDeclaration' && node.source
      ? node.specifiers.map(({ exported }) => readName(exported) ?? '').filter(isMoved)
      : [],
  );
}

/** The names that a top-level statement binds. */
function declaredNames(node: Node | null | undefined): string[] {
  if (!node) return [];
  if (node.type === 'ExportNamedDeclaration') return declaredNames(node.declaration as Node | null);
  if (node.type === 'ImportDeclaration') return node.specifiers.map(({ local }) => local.name);
  if (node.type === 'VariableDeclaration') {
    return node.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : listNames(id as Node)));
  }
  if ('id' in node) return (node.id as Node | null)?.type === 'Identifier' ? [(node.id as { name: string }).name] : [];
  return [];
}

/** Every identifier in a node. Names of members count, too: a name too many keeps a declaration, no more. */
function listNames(node: Node): string[] {
  const own = node.type === 'Identifier' || node.type === 'JSXIdentifier' ? [node.name] : [];
  return [...own, ...[...listChildren(node)].flatMap(listNames)];
}

/** The removal of a statement with its decorators, the comments right above it, and its line ends. */
function wholeLines(text: string, node: Node, comments: ParseResult['comments']): Edit {
  const declaration = (node.type === 'ExportNamedDeclaration' ? node.declaration : node) as Node | null;
  const decorators = declaration && 'decorators' in declaration ? (declaration.decorators as Node[]) : [];
  let start = Math.min(node.start, ...decorators.map((each) => each.start));
  for (const comment of comments.toReversed()) {
    const between = text.slice(comment.end, start);
    if (comment.end > start || !/^[\t ]*(?:\r?\n)?[\t ]*$/.test(between)) continue;
    const lineStart = text.lastIndexOf('\n', comment.start - 1) + 1;
    if (/\S/.test(text.slice(lineStart, comment.start))) break;
    start = comment.start;
  }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  if (/^[\t ]*$/.test(text.slice(lineStart, start))) start = lineStart;
  const rest = /^[\t ]*(?:\r?\n|$)/.exec(text.slice(node.end))?.[0] ?? '';
  return { start, end: node.end + rest.length, text: '' };
}

/** The removal of one name of a list, with the comma beside it. */
function withComma(text: string, { start, end }: Node): Edit {
  const after = /^\s*,[\t ]*/.exec(text.slice(end))?.[0];
  if (after !== undefined) return { start, end: end + after.length, text: '' };
  const before = /,\s*$/.exec(text.slice(0, start))?.[0] ?? '';
  return { start: start - before.length, end, text: '' };
}
