import type { Rewrite } from './plan.ts';
import type { Mention } from './specifiers.ts';
import { findOutsideComments, type Node, readName } from './syntax.ts';
import { findStatementEnd } from './text-layout.ts';

export type ImportDeclaration = Extract<Node, { type: 'ImportDeclaration' }>;
type ExportDeclaration = Extract<Node, { type: 'ExportNamedDeclaration' }>;
export type ExportAllDeclaration = Extract<Node, { type: 'ExportAllDeclaration' }>;
export type Declaration = ImportDeclaration | ExportDeclaration;
export type Specifier = Declaration['specifiers'][number];

/** An `import … from` or `export … from` of an old module, and the statements around it. */
export interface OldDeclaration {
  readonly mention: Mention;
  readonly node: Declaration | ExportAllDeclaration;
  readonly siblings: readonly Node[];
}

/** One name that a declaration binds or exports: its name in the module, and its name here. */
export interface Item {
  readonly from: string;
  /** As written, including quotes if the name is a string. */
  readonly to: string;
  /** Whether it has the modifier `type`. */
  readonly typed: boolean;
  /** Whether it is the default import, before the braces. */
  readonly bare: boolean;
  /** Its current node, if it stays in its declaration. */
  readonly node?: Specifier;
}

/** A declaration in its planned form. */
export interface DeclarationDraft {
  /** The declaration to edit; for a new one, the declaration that it follows and whose style it copies. */
  readonly model: Declaration;
  readonly isNew: boolean;
  readonly module: string;
  /** Whether it is an `import type` or `export type`. */
  readonly typed: boolean;
  /** Names that it already has and keeps. */
  readonly items: readonly Item[];
  readonly added: Item[];
}

/** A draft of a declaration without changes. */
export function readDraft(rewrite: Rewrite, node: Declaration): DeclarationDraft {
  const items = node.specifiers.map((specifier): Item => {
    const [from, to] = getNameNodes(specifier);
    const bare = specifier.type === 'ImportDefaultSpecifier';
    const names = { from: bare ? 'default' : (readName(from) ?? ''), to: rewrite.text.slice(to.start, to.end) };
    return { ...names, typed: isTypedSpecifier(specifier), bare, node: specifier };
  });
  return { model: node, isNew: false, module: node.source?.value ?? '', typed: isTyped(node), items, added: [] };
}

export function buildDraftKey(rewrite: Rewrite, node: Declaration, module: string, typed: boolean): string {
  const attributes = rewrite.text.slice(node.source?.end ?? node.end, node.end).replace(/[\s;]/g, '');
  return [node.type, typed ? 'type' : 'value', module, attributes].join(' ');
}

/** Whether names can be added to a declaration: it has braces and a module. */
export function isHost(rewrite: Rewrite, node: Node): node is Declaration {
  if (node.type === 'ExportNamedDeclaration') return node.source !== null && node.specifiers.length > 0;
  if (node.type !== 'ImportDeclaration' || node.phase) return false;
  if (node.specifiers.some((specifier) => specifier.type === 'ImportNamespaceSpecifier')) return false;
  const named = node.specifiers.some((specifier) => specifier.type === 'ImportSpecifier');
  return named && findOutsideComments(rewrite.text, '{', node.start, node.source.start, rewrite.comments) !== -1;
}

/** Whether a declaration must stay in place: a comment belongs to it, or the statements around it would merge. */
export function isPinned(rewrite: Rewrite, node: Declaration, siblings: readonly Node[]): boolean {
  const { text, comments } = rewrite;
  const end = findStatementEnd(text, node);
  let above = node.start;
  let below = end;
  for (const comment of comments) {
    if (comment.start < end && comment.end > node.start) return true;
    if (comment.start >= end && /^\s*$/.test(text.slice(below, comment.start))) {
      if (!text.slice(end, comment.start).includes('\n')) return true;
      below = comment.end;
    }
  }
  for (const comment of comments.toReversed()) {
    if (comment.end > above || !/^\s*$/.test(text.slice(comment.end, above))) continue;
    const endsOtherLine = /\S/.test(text.slice(text.lastIndexOf('\n', comment.start - 1) + 1, comment.start));
    const isApart = endsOtherLine || (text.slice(comment.end, node.start).match(/\n/g)?.length ?? 0) > 1;
    if (!isApart) return true;
    above = comment.start;
  }
  const next = /\S/.exec(text.slice(below))?.[0] ?? '';
  if (!/[[(`+\-*/%,.<]/.test(next)) return false;
  const before = text.slice(0, above).trimEnd();
  const isImport = siblings.some((sibling) => sibling.type === 'ImportDeclaration' && sibling.end === before.length);
  return before !== '' && !before.endsWith(';') && !isImport;
}

/** Whether a declaration already has the same symbol under the same name. */
export function hasItem(draft: DeclarationDraft, item: Item): boolean {
  return [...draft.items, ...draft.added].some(
    (each) => each.from === item.from && each.to === item.to && (!each.typed || item.typed),
  );
}

export function isTyped(node: Declaration): boolean {
  return (node.type === 'ImportDeclaration' ? node.importKind : node.exportKind) === 'type';
}

export function isTypedSpecifier(specifier: Specifier): boolean {
  if (specifier.type === 'ImportSpecifier') return specifier.importKind === 'type';
  return specifier.type === 'ExportSpecifier' && specifier.exportKind === 'type';
}

export function isNamed(specifier: Specifier): boolean {
  return specifier.type === 'ImportSpecifier' || specifier.type === 'ExportSpecifier';
}

/** The node of a specifier's name in the module, and the node of its name here. */
export function getNameNodes(specifier: Specifier): [Node, Node] {
  if (specifier.type === 'ImportSpecifier') return [specifier.imported, specifier.local];
  if (specifier.type === 'ExportSpecifier') return [specifier.local, specifier.exported];
  return [specifier.local, specifier.local];
}
