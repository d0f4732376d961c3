import { type Declaration, type DeclarationDraft, getNameNodes, type Item, isNamed } from './declaration-draft.ts';
import { hasComment, type Rewrite } from './plan.ts';
import { type ListStyle, readCommonStyle, renderList } from './render-list.ts';
import { findOutsideComments, type Node, readName } from './syntax.ts';
import { findStatementEnd, fitsLine, readIndent, readLineEnd, removeWithLine } from './text-layout.ts';

/** Writes a draft: with as few edits as possible, or as a whole if names leave the declaration or no longer fit its line. */
export function writeDraft(rewrite: Rewrite, draft: DeclarationDraft): void {
  const { model } = draft;
  if (draft.isNew) {
    addLines(rewrite, model, [renderDraft(rewrite, draft)]);
    return;
  }
  const namespace = model.specifiers.find((specifier) => specifier.type === 'ImportNamespaceSpecifier');
  if (namespace) {
    replaceNamespace(rewrite, draft, namespace);
    return;
  }
  const becomesNamed = draft.items.some((item) => !item.bare && item.node?.type === 'ImportDefaultSpecifier');
  const hasLost = becomesNamed || draft.items.length < model.specifiers.length;
  const commented = hasComment(rewrite, model.start, model.end);
  if (!commented && (hasLost || hasOverflow(rewrite, draft) || fitsNow(rewrite, draft))) {
    rewrite.plan.edits.push({
      start: model.start,
      end: findStatementEnd(rewrite.text, model),
      text: renderDraft(rewrite, draft),
    });
    return;
  }
  for (const item of draft.items) rewriteItem(rewrite, item);
  if (hasLost) removeItems(rewrite, draft);
  if (draft.added.length > 0) insertItems(rewrite, draft);
  const source = model.source;
  if (source && source.value !== draft.module) {
    rewrite.plan.edits.push({ start: source.start + 1, end: source.end - 1, text: draft.module });
  }
}

/** Replaces the namespace of an import by names in braces. */
function replaceNamespace(rewrite: Rewrite, draft: DeclarationDraft, namespace: Node): void {
  const { model } = draft;
  const besides = model.end - model.start - (namespace.end - namespace.start);
  const names = [...draft.items, ...draft.added].map(renderItem);
  const text = renderList(rewrite.text, names, readIndent(rewrite.text, model.start), besides);
  rewrite.plan.edits.push({ start: namespace.start, end: namespace.end, text });
  const source = model.source;
  if (source) rewrite.plan.edits.push({ start: source.start + 1, end: source.end - 1, text: draft.module });
}

/** Renders a whole declaration in the style of its model. */
function renderDraft(rewrite: Rewrite, draft: DeclarationDraft): string {
  const { model } = draft;
  const { text } = rewrite;
  const items = [...draft.items, ...draft.added];
  const bare = items.find((item) => item.bare);
  const named = items.filter((item) => !item.bare).map(renderItem);
  const sourceStart = model.source?.start ?? model.end;
  const keyword = model.type === 'ImportDeclaration' ? 'import' : 'export';
  const head = `${keyword} ${draft.typed ? 'type ' : ''}${bare ? `${bare.to}${named.length > 0 ? ', ' : ' '}` : ''}`;
  const quote = text.charAt(sourceStart);
  const after = text.slice(model.source?.end ?? model.end, findStatementEnd(text, model));
  const tail = `from ${quote}${draft.module}${quote}${after}`;
  if (named.length === 0 && bare) return `${head}${tail}`;
  const indent = readIndent(text, model.start);
  return `${head}${renderList(text, named, indent, head.length + tail.length + 1, readListStyle(rewrite, model))} ${tail}`;
}

/** The current style of a declaration's list. */
function readListStyle(rewrite: Rewrite, model: Declaration): ListStyle {
  const braces = findBraces(rewrite, model);
  const common = readCommonStyle(rewrite.text);
  if (!braces) return common;
  const list = rewrite.text.slice(braces.open + 1, braces.close);
  const spread = list.includes('\n');
  return {
    padding: spread || /^\s/.test(list) ? ' ' : '',
    trailingComma: spread ? list.trimEnd().endsWith(',') : common.trailingComma,
    // If one line would have been enough, the author prefers several.
    spread: spread && fitsLine(rewrite.text, measureOnOneLine(rewrite.text, model)),
  };
}

/** The length of the line that a declaration would take if it were on one. */
function measureOnOneLine(text: string, model: Declaration): number {
  const oneLine = text.slice(model.start, model.end).replace(/\s+/g, ' ').replace(/, ?\}/, ' }');
  return readIndent(text, model.start).length + oneLine.length;
}

/** The offsets of a declaration's braces. */
function findBraces(rewrite: Rewrite, model: Declaration): { open: number; close: number } | undefined {
  const sourceStart = model.source?.start ?? model.end;
  const open = findOutsideComments(rewrite.text, '{', model.start, sourceStart, rewrite.comments);
  const lastName = model.specifiers.filter(isNamed).at(-1);
  const close = findOutsideComments(rewrite.text, '}', lastName?.end ?? open, sourceStart, rewrite.comments);
  return open === -1 || close === -1 ? undefined : { open, close };
}

function renderItem(item: Item): string {
  return `${item.typed ? 'type ' : ''}${item.from === item.to ? item.from : `${item.from} as ${item.to}`}`;
}

/** Rewrites a name that stays in its declaration. */
function rewriteItem(rewrite: Rewrite, item: Item): void {
  if (!item.node || item.bare) return;
  const [from, to] = getNameNodes(item.node);
  const replace = (start: number, end: number, text: string): void => {
    rewrite.plan.edits.push({ start, end, text });
  };
  if (readName(from) === item.from && rewrite.text.slice(to.start, to.end) === item.to) return;
  const plain = item.from === item.to ? item.from : `${item.from} as ${item.to}`;
  if (from.start === to.start || !hasComment(rewrite, from.start, to.end)) replace(from.start, to.end, plain);
  else replace(from.start, from.end, item.from);
}

/** Removes names from a list, and keeps its comments. */
function removeItems(rewrite: Rewrite, draft: DeclarationDraft): void {
  const { specifiers } = draft.model;
  specifiers.forEach((specifier, index) => {
    if (draft.items.some((item) => item.node === specifier)) return;
    const limit = specifiers[index + 1]?.start ?? findBraces(rewrite, draft.model)?.close ?? specifier.end;
    const comma = findOutsideComments(rewrite.text, ',', specifier.end, limit, rewrite.comments);
    removeWithLine(rewrite, specifier.start, comma === -1 ? specifier.end : comma + 1);
  });
}

/** Adds names at the end of a list. */
function insertItems(rewrite: Rewrite, draft: DeclarationDraft): void {
  const braces = findBraces(rewrite, draft.model);
  if (!braces) return;
  const texts = draft.added.map(renderItem);
  const last = draft.items.flatMap(({ node }) => (node && isNamed(node) ? [node] : [])).at(-1);
  if (!last) {
    rewrite.plan.edits.push({ start: braces.open + 1, end: braces.open + 1, text: ` ${texts.join(', ')} ` });
    return;
  }
  const comma = findOutsideComments(rewrite.text, ',', last.end, braces.close, rewrite.comments);
  const spread = rewrite.text.slice(braces.open, last.start).includes('\n');
  const separator = spread ? `${readLineEnd(rewrite.text)}${readIndent(rewrite.text, last.start)}` : ' ';
  const text = texts.map((each) => `${separator}${each}`).join(',');
  if (comma === -1) rewrite.plan.edits.push({ start: last.end, end: last.end, text: ',' });
  const at = findLineCommentEnd(rewrite, comma === -1 ? last.end : comma + 1);
  rewrite.plan.edits.push({ start: at, end: at, text: comma === -1 ? text : `${text},` });
}

/** Whether a declaration that was broken because it was too long for one line now fits. */
function fitsNow(rewrite: Rewrite, draft: DeclarationDraft): boolean {
  const { model } = draft;
  if (!rewrite.text.slice(model.start, model.end).includes('\n')) return false;
  const before = measureOnOneLine(rewrite.text, model);
  return !fitsLine(rewrite.text, before) && fitsLine(rewrite.text, before + measureGrowth(draft));
}

/** How many columns a declaration on one line gains. */
function measureGrowth({ model, module, items, added }: DeclarationDraft): number {
  let growth = module.length - (model.source?.value.length ?? 0);
  for (const item of items) if (item.node) growth += renderItem(item).length - (item.node.end - item.node.start);
  for (const item of added) growth += renderItem(item).length + 2;
  return growth;
}

/**
 * Whether a declaration on one line becomes too long for it. One that was already too long stays on its line, unless names are
 * added.
 */
function hasOverflow(rewrite: Rewrite, draft: DeclarationDraft): boolean {
  const { model } = draft;
  const text = rewrite.text.slice(model.start, model.end);
  if (text.includes('\n') || draft.items.length + draft.added.length < 2) return false;
  const before = readIndent(rewrite.text, model.start).length + text.length;
  const after = before + measureGrowth(draft);
  if (after <= before || fitsLine(rewrite.text, after)) return false;
  return draft.added.length > 0 || fitsLine(rewrite.text, before);
}

/** Adds statements on lines of their own after a statement and its trailing comment. */
export function addLines(rewrite: Rewrite, node: Node, lines: readonly string[]): void {
  const after = findLineCommentEnd(rewrite, findStatementEnd(rewrite.text, node));
  const indent = readIndent(rewrite.text, node.start);
  const text = lines.map((line) => `${readLineEnd(rewrite.text)}${indent}${line}`).join('');
  if (text !== '') rewrite.plan.edits.push({ start: after, end: after, text });
}

/** The end of the comment that ends the line of an offset, or the offset itself. */
function findLineCommentEnd(rewrite: Rewrite, offset: number): number {
  const beside = rewrite.comments.find(
    (comment) => comment.start >= offset && /^[\t ]*$/.test(rewrite.text.slice(offset, comment.start)),
  );
  return beside && /^[\t ]*(?:\r?\n|$)/.test(rewrite.text.slice(beside.end)) ? beside.end : offset;
}
