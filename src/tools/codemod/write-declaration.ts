import { type Declaration, endsOf, type Item, isNamed, type Slot } from './declaration-draft.ts';
import { commonStyle, type ListStyle, renderList } from './lists.ts';
import { hasComment, type Work } from './plan.ts';
import { findOutsideComments, type Node, nameOf } from './syntax.ts';
import { endOfStatement, fitsLine, indentAt, lineEnd, removeWithLine } from './text-layout.ts';

/** Writes a declaration as it will be: with as few edits as it takes, or anew where names leave it or no longer fit a line. */
export function writeSlot(work: Work, slot: Slot): void {
  const { model } = slot;
  if (slot.isNew) {
    addLines(work, model, [render(work, slot)]);
    return;
  }
  const namespace = model.specifiers.find((specifier) => specifier.type === 'ImportNamespaceSpecifier');
  if (namespace) {
    replaceNamespace(work, slot, namespace);
    return;
  }
  const becomesNamed = slot.items.some((item) => !item.bare && item.node?.type === 'ImportDefaultSpecifier');
  const hasLost = becomesNamed || slot.items.length < model.specifiers.length;
  const commented = hasComment(work, model.start, model.end);
  if (!commented && (hasLost || overflows(work, slot))) {
    work.plan.edits.push({ start: model.start, end: endOfStatement(work.text, model), text: render(work, slot) });
    return;
  }
  for (const item of slot.items) rewriteItem(work, item);
  if (hasLost) removeItems(work, slot);
  if (slot.added.length > 0) insertItems(work, slot);
  const source = model.source;
  if (source && source.value !== slot.module) {
    work.plan.edits.push({ start: source.start + 1, end: source.end - 1, text: slot.module });
  }
}

/** Writes names in braces where the namespace of an import was. */
function replaceNamespace(work: Work, slot: Slot, namespace: Node): void {
  const { model } = slot;
  const besides = model.end - model.start - (namespace.end - namespace.start);
  const names = [...slot.items, ...slot.added].map(itemText);
  const text = renderList(work.text, names, indentAt(work.text, model.start), besides);
  work.plan.edits.push({ start: namespace.start, end: namespace.end, text });
  const source = model.source;
  if (source) work.plan.edits.push({ start: source.start + 1, end: source.end - 1, text: slot.module });
}

/** A declaration's text, written anew in the manner of its model. */
function render(work: Work, slot: Slot): string {
  const { model } = slot;
  const { text } = work;
  const items = [...slot.items, ...slot.added];
  const bare = items.find((item) => item.bare);
  const named = items.filter((item) => !item.bare).map(itemText);
  const sourceStart = model.source?.start ?? model.end;
  const keyword = model.type === 'ImportDeclaration' ? 'import' : 'export';
  const head = `${keyword} ${slot.typed ? 'type ' : ''}${bare ? `${bare.to}${named.length > 0 ? ', ' : ' '}` : ''}`;
  const quote = text.charAt(sourceStart);
  const after = text.slice(model.source?.end ?? model.end, endOfStatement(text, model));
  const tail = `from ${quote}${slot.module}${quote}${after}`;
  if (named.length === 0 && bare) return `${head}${tail}`;
  const indent = indentAt(text, model.start);
  return `${head}${renderList(text, named, indent, head.length + tail.length + 1, styleOf(work, model))} ${tail}`;
}

/** How a declaration's list is written now. */
function styleOf(work: Work, model: Declaration): ListStyle {
  const braces = bracesOf(work, model);
  if (!braces) return commonStyle;
  const list = work.text.slice(braces.open + 1, braces.close);
  const spread = list.includes('\n');
  const oneLine = work.text.slice(model.start, model.end).replace(/\s+/g, ' ').replace(', }', ' }');
  return {
    padding: spread || /^\s/.test(list) ? ' ' : '',
    trailingComma: spread ? list.trimEnd().endsWith(',') : true,
    // Several lines where one would have done are how its author wants it.
    spread: spread && fitsLine(work.text, indentAt(work.text, model.start).length + oneLine.length),
  };
}

/** Where the braces of a declaration are. */
function bracesOf(work: Work, model: Declaration): { open: number; close: number } | undefined {
  const sourceStart = model.source?.start ?? model.end;
  const open = findOutsideComments(work.text, '{', model.start, sourceStart, work.comments);
  const lastName = model.specifiers.filter(isNamed).at(-1);
  const close = findOutsideComments(work.text, '}', lastName?.end ?? open, sourceStart, work.comments);
  return open === -1 || close === -1 ? undefined : { open, close };
}

function itemText(item: Item): string {
  return `${item.typed ? 'type ' : ''}${item.from === item.to ? item.from : `${item.from} as ${item.to}`}`;
}

/** Gives a name that stays in its declaration its new form. */
function rewriteItem(work: Work, item: Item): void {
  if (!item.node || item.bare) return;
  const [from, to] = endsOf(item.node);
  const replace = (start: number, end: number, text: string): void => {
    work.plan.edits.push({ start, end, text });
  };
  if (nameOf(from) === item.from && work.text.slice(to.start, to.end) === item.to) return;
  const plain = item.from === item.to ? item.from : `${item.from} as ${item.to}`;
  if (from.start === to.start || !hasComment(work, from.start, to.end)) replace(from.start, to.end, plain);
  else replace(from.start, from.end, item.from);
}

/** Takes names out of a list that has comments, which stay. */
function removeItems(work: Work, slot: Slot): void {
  const { specifiers } = slot.model;
  specifiers.forEach((specifier, index) => {
    if (slot.items.some((item) => item.node === specifier)) return;
    const limit = specifiers[index + 1]?.start ?? bracesOf(work, slot.model)?.close ?? specifier.end;
    const comma = findOutsideComments(work.text, ',', specifier.end, limit, work.comments);
    removeWithLine(work, specifier.start, comma === -1 ? specifier.end : comma + 1);
  });
}

/** Puts names at the end of a list. */
function insertItems(work: Work, slot: Slot): void {
  const braces = bracesOf(work, slot.model);
  if (!braces) return;
  const texts = slot.added.map(itemText);
  const last = slot.items.flatMap(({ node }) => (node && isNamed(node) ? [node] : [])).at(-1);
  if (!last) {
    work.plan.edits.push({ start: braces.open + 1, end: braces.open + 1, text: ` ${texts.join(', ')} ` });
    return;
  }
  const comma = findOutsideComments(work.text, ',', last.end, braces.close, work.comments);
  const spread = work.text.slice(braces.open, last.start).includes('\n');
  const separator = spread ? `${lineEnd(work.text)}${indentAt(work.text, last.start)}` : ' ';
  const text = texts.map((each) => `${separator}${each}`).join(',');
  if (comma === -1) work.plan.edits.push({ start: last.end, end: last.end, text: ',' });
  const at = endOfLineComment(work, comma === -1 ? last.end : comma + 1);
  work.plan.edits.push({ start: at, end: at, text: comma === -1 ? text : `${text},` });
}

/**
 * Whether a declaration on one line no longer fits it with its new names. One that did not fit before stays on its line, unless
 * names are added to it.
 */
function overflows(work: Work, slot: Slot): boolean {
  const { model } = slot;
  const text = work.text.slice(model.start, model.end);
  if (text.includes('\n') || slot.items.length + slot.added.length < 2) return false;
  const before = indentAt(work.text, model.start).length + text.length;
  let after = before + slot.module.length - (model.source?.value.length ?? 0);
  for (const item of slot.items) if (item.node) after += itemText(item).length - (item.node.end - item.node.start);
  for (const item of slot.added) after += itemText(item).length + 2;
  if (after <= before || fitsLine(work.text, after)) return false;
  return slot.added.length > 0 || fitsLine(work.text, before);
}

/** Adds statements on lines of their own after a statement and the comment beside it. */
export function addLines(work: Work, node: Node, lines: readonly string[]): void {
  const after = endOfLineComment(work, endOfStatement(work.text, node));
  const indent = indentAt(work.text, node.start);
  const text = lines.map((line) => `${lineEnd(work.text)}${indent}${line}`).join('');
  if (text !== '') work.plan.edits.push({ start: after, end: after, text });
}

/** The end of the comment that ends the line of an offset, or the offset itself. */
function endOfLineComment(work: Work, offset: number): number {
  const beside = work.comments.find(
    (comment) => comment.start >= offset && /^[\t ]*$/.test(work.text.slice(offset, comment.start)),
  );
  return beside && /^[\t ]*(?:\r?\n|$)/.test(work.text.slice(beside.end)) ? beside.end : offset;
}
