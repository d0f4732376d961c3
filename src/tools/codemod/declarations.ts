import {
  buildDraftKey,
  type Declaration,
  type DeclarationDraft,
  hasItem,
  type ImportDeclaration,
  type Item,
  isHost,
  isNamed,
  isPinned,
  isTyped,
  isTypedSpecifier,
  type OldDeclaration,
  readDraft,
} from './declaration-draft.ts';
import { moveExportAll } from './export-all.ts';
import { moveModule, noteModule, type Rewrite } from './plan.ts';
import { sortMembers, sortNames } from './sort-names.ts';
import type { Mention } from './specifiers.ts';
import type { Node } from './syntax.ts';
import { findWholeTarget, listTargetModules } from './targets.ts';
import { findStatementEnd, removeWithLine } from './text-layout.ts';
import { addLines, writeDraft } from './write-declaration.ts';

/** Moves the `import … from` and `export … from` declarations of old modules in the same statement list. */
export function moveDeclarations(rewrite: Rewrite, declarations: readonly OldDeclaration[]): void {
  const [first] = declarations;
  if (!first) return;
  const olds = new Set<Node>(declarations.map((declaration) => declaration.node));
  const drafts = new Map<string, DeclarationDraft>();
  const targets = new Set(
    declarations.flatMap(({ mention }) => listTargetModules(rewrite.map, mention.oldModule ?? '')),
  );
  for (const node of first.siblings) {
    if (olds.has(node) || !isHost(rewrite, node) || !targets.has(node.source?.value ?? '')) continue;
    const draft = readDraft(rewrite, node);
    const key = buildDraftKey(rewrite, node, draft.module, draft.typed);
    if (!drafts.has(key)) drafts.set(key, draft);
  }
  const touched = new Set<DeclarationDraft>();
  for (const declaration of declarations) {
    if (declaration.node.type === 'ExportAllDeclaration') moveExportAll(rewrite, declaration, declaration.node);
    else if (declaration.node.specifiers.length === 0) moveBare(rewrite, declaration.mention, declaration.node);
    else regroup(rewrite, declaration, declaration.node, drafts, touched);
  }
  for (const draft of touched) writeDraft(rewrite, draft);
}

/** Moves an import without names, which only loads the module. */
function moveBare(rewrite: Rewrite, mention: Mention, node: Declaration): void {
  const [module = '', ...others] = listTargetModules(rewrite.map, mention.oldModule ?? '');
  moveModule(rewrite, mention, module);
  const before = rewrite.text.slice(node.start, mention.start);
  const after = rewrite.text.slice(mention.end, findStatementEnd(rewrite.text, node));
  addLines(
    rewrite,
    node,
    others.map((other) => `${before}${other}${after}`),
  );
  for (const other of others) noteModule(rewrite, mention, other);
}

/** Groups the names of a declaration by their new module, and puts each group into a declaration. */
function regroup(
  rewrite: Rewrite,
  { mention, siblings }: OldDeclaration,
  node: Declaration,
  drafts: Map<string, DeclarationDraft>,
  touched: Set<DeclarationDraft>,
): void {
  const oldModule = mention.oldModule ?? '';
  const whole = findWholeTarget(rewrite.map, oldModule);
  if (whole !== undefined && !node.specifiers.every(isNamed)) {
    moveModule(rewrite, mention, whole);
    return;
  }
  const pinned = isPinned(rewrite, node, siblings);
  const namespace = node.specifiers.find((specifier) => specifier.type === 'ImportNamespaceSpecifier');
  const groups = namespace
    ? sortMembers(rewrite, mention, node as ImportDeclaration, namespace.local)
    : sortNames(rewrite, mention, node, pinned);
  if (!groups) return;

  const typed = isTyped(node);
  const put = (draft: DeclarationDraft): void => {
    drafts.set(buildDraftKey(rewrite, node, draft.module, draft.typed), draft);
    touched.add(draft);
  };
  const add = (host: DeclarationDraft, items: readonly Item[]): void => {
    host.added.push(...items.filter((item) => !hasItem(host, item)));
    touched.add(host);
  };

  // Names that the map does not know keep the declaration; otherwise the first group without another declaration does.
  let stays = groups.unmoved.length > 0;
  const canBeTyped = !typed && !pinned && !node.specifiers.every(isTypedSpecifier);
  const partsFromValues = (items: readonly Item[]): boolean => canBeTyped && items.every((item) => item.typed);
  if (stays) touched.add({ ...readDraft(rewrite, node), items: groups.unmoved });
  const homeless: [module: string, items: Item[]][] = [];
  for (const [module, items] of groups.moved) {
    const host = pinned && !stays ? undefined : drafts.get(buildDraftKey(rewrite, node, module, typed));
    if (host) {
      add(host, items);
    } else if (stays || (partsFromValues(items) && drafts.has(buildDraftKey(rewrite, node, module, true)))) {
      homeless.push([module, items]);
    } else {
      stays = true;
      const asTypes = partsFromValues(items);
      const lot = asTypes ? items.map((item) => ({ ...item, typed: false })) : items;
      put({ ...readDraft(rewrite, node), module, typed: typed || asTypes, items: lot });
    }
  }
  for (const [module, items] of homeless) {
    const allTyped = !typed && items.every((item) => item.typed);
    const host = allTyped ? drafts.get(buildDraftKey(rewrite, node, module, true)) : undefined;
    const lot = allTyped ? items.map((item) => ({ ...item, typed: false })) : items;
    if (host) add(host, lot);
    else put({ ...readDraft(rewrite, node), module, isNew: true, typed: typed || allTyped, items: lot });
  }
  if (!stays) removeWithLine(rewrite, node.start, findStatementEnd(rewrite.text, node));
}
