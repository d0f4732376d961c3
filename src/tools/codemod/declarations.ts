import {
  type Declaration,
  holds,
  type ImportDeclaration,
  type Item,
  isHost,
  isNamed,
  isPinned,
  isTyped,
  isTypedSpecifier,
  type OldDeclaration,
  type Slot,
  slotKey,
  slotOf,
} from './declaration-draft.ts';
import { moveExportAll } from './export-all.ts';
import { noteModule, type Work } from './plan.ts';
import { sortMembers, sortNames } from './sort-names.ts';
import type { Mention } from './specifiers.ts';
import type { Node } from './syntax.ts';
import { targetModules, wholeTarget } from './targets.ts';
import { endOfStatement, removeWithLine } from './text-layout.ts';
import { addLines, writeSlot } from './write-declaration.ts';

/** Moves the `import … from` and `export … from` declarations of old modules that stand among the same statements. */
export function moveDeclarations(work: Work, declarations: readonly OldDeclaration[]): void {
  const [first] = declarations;
  if (!first) return;
  const olds = new Set<Node>(declarations.map((declaration) => declaration.node));
  const slots = new Map<string, Slot>();
  const targets = new Set(declarations.flatMap(({ mention }) => targetModules(work.map, mention.oldModule ?? '')));
  for (const node of first.siblings) {
    if (olds.has(node) || !isHost(work, node) || !targets.has(node.source?.value ?? '')) continue;
    const slot = slotOf(work, node);
    const key = slotKey(work, node, slot.module, slot.typed);
    if (!slots.has(key)) slots.set(key, slot);
  }
  const touched = new Set<Slot>();
  for (const declaration of declarations) {
    if (declaration.node.type === 'ExportAllDeclaration') moveExportAll(work, declaration, declaration.node);
    else if (declaration.node.specifiers.length === 0) moveBare(work, declaration.mention, declaration.node);
    else regroup(work, declaration, declaration.node, slots, touched);
  }
  for (const slot of touched) writeSlot(work, slot);
}

/** Moves an import of nothing, which only loads the module. */
function moveBare(work: Work, mention: Mention, node: Declaration): void {
  const [module = '', ...others] = targetModules(work.map, mention.oldModule ?? '');
  work.plan.edits.push({ start: mention.start, end: mention.end, text: module });
  noteModule(work, mention, module);
  const before = work.text.slice(node.start, mention.start);
  const after = work.text.slice(mention.end, endOfStatement(work.text, node));
  addLines(
    work,
    node,
    others.map((other) => `${before}${other}${after}`),
  );
  for (const other of others) noteModule(work, mention, other);
}

/** Sorts the names of a declaration by where they went, and puts each lot into a declaration. */
function regroup(
  work: Work,
  { mention, siblings }: OldDeclaration,
  node: Declaration,
  slots: Map<string, Slot>,
  touched: Set<Slot>,
): void {
  const oldModule = mention.oldModule ?? '';
  const whole = wholeTarget(work.map, oldModule);
  if (whole !== undefined && !node.specifiers.every(isNamed)) {
    work.plan.edits.push({ start: mention.start, end: mention.end, text: whole });
    noteModule(work, mention, whole);
    return;
  }
  const pinned = isPinned(work, node, siblings);
  const namespace = node.specifiers.find((specifier) => specifier.type === 'ImportNamespaceSpecifier');
  const groups = namespace
    ? sortMembers(work, mention, node as ImportDeclaration, namespace.local)
    : sortNames(work, mention, node, pinned);
  if (!groups) return;

  const typed = isTyped(node);
  const put = (slot: Slot): void => {
    slots.set(slotKey(work, node, slot.module, slot.typed), slot);
    touched.add(slot);
  };
  const add = (host: Slot, items: readonly Item[]): void => {
    host.added.push(...items.filter((item) => !holds(host, item)));
    touched.add(host);
  };

  // What the map does not know keeps the declaration; else the first lot that has no other place does.
  let stays = groups.unmoved.length > 0;
  const canBeTyped = !typed && !pinned && !node.specifiers.every(isTypedSpecifier);
  const partsFromValues = (items: readonly Item[]): boolean => canBeTyped && items.every((item) => item.typed);
  if (stays) touched.add({ ...slotOf(work, node), items: groups.unmoved });
  const homeless: [module: string, items: Item[]][] = [];
  for (const [module, items] of groups.moved) {
    const host = pinned && !stays ? undefined : slots.get(slotKey(work, node, module, typed));
    if (host) {
      add(host, items);
    } else if (stays || (partsFromValues(items) && slots.has(slotKey(work, node, module, true)))) {
      homeless.push([module, items]);
    } else {
      stays = true;
      const asTypes = partsFromValues(items);
      const lot = asTypes ? items.map((item) => ({ ...item, typed: false })) : items;
      put({ ...slotOf(work, node), module, typed: typed || asTypes, items: lot });
    }
  }
  for (const [module, items] of homeless) {
    const allTyped = !typed && items.every((item) => item.typed);
    const host = allTyped ? slots.get(slotKey(work, node, module, true)) : undefined;
    const lot = allTyped ? items.map((item) => ({ ...item, typed: false })) : items;
    if (host) add(host, lot);
    else put({ ...slotOf(work, node), module, isNew: true, typed: typed || allTyped, items: lot });
  }
  if (!stays) removeWithLine(work, node.start, endOfStatement(work.text, node));
}
