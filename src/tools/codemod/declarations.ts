import { commonStyle, type ListStyle, renderList } from './lists.ts';
import {
  destinationOf,
  noteLeft,
  noteModule,
  noteSymbol,
  renameMembers,
  splitVariable,
  useSplitMembers,
  usesOfVariable,
} from './module-objects.ts';
import { listedTargets, type Target, targetModules, targetOf, wholeTarget, widerTarget } from './moved.ts';
import { canRename, claim, renameUses } from './names.ts';
import { isShadowed, type Variable } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { findOutsideComments, type Node, nameOf } from './syntax.ts';
import {
  endOfStatement,
  fitsLine,
  hasComment,
  indentAt,
  lineEnd,
  removeWithLine,
  symbolIn,
  type Work,
} from './work.ts';

type ImportDeclaration = Extract<Node, { type: 'ImportDeclaration' }>;
type ExportDeclaration = Extract<Node, { type: 'ExportNamedDeclaration' }>;
type ExportAllDeclaration = Extract<Node, { type: 'ExportAllDeclaration' }>;
type Declaration = ImportDeclaration | ExportDeclaration;
type Specifier = Declaration['specifiers'][number];

/** An `import … from` or `export … from` of an old module, and the statements among which it stands. */
export interface OldDeclaration {
  readonly mention: Mention;
  readonly node: Declaration | ExportAllDeclaration;
  readonly siblings: readonly Node[];
}

/** One name that a declaration binds or exports: what the module calls it, and what it is called here. */
interface Item {
  readonly from: string;
  /** As it is written, quotes included where the name is a string. */
  readonly to: string;
  /** Whether the word `type` stands before it. */
  readonly typed: boolean;
  /** Whether it stands before the braces, as the default export. */
  readonly bare: boolean;
  /** Where it stands now, if it stays in its declaration. */
  readonly node?: Specifier;
}

/** A declaration as it will be. */
interface Slot {
  /** The declaration that is edited, or that a new one follows and is written like. */
  readonly model: Declaration;
  readonly isNew: boolean;
  readonly module: string;
  /** Whether it is an `import type` or `export type`. */
  readonly typed: boolean;
  /** What stands in it now and stays. */
  readonly items: readonly Item[];
  readonly added: Item[];
}

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

interface Groups {
  readonly moved: Map<string, Item[]>;
  readonly unmoved: Item[];
}

/** The names of a declaration by the module that they went to. Imports of symbols with new names take the names on here. */
function sortNames(work: Work, mention: Mention, node: Declaration, pinned: boolean): Groups {
  const oldModule = mention.oldModule ?? '';
  const groups: Groups = { moved: new Map(), unmoved: [] };
  for (const specifier of node.specifiers) {
    const [fromNode, toNode] = endsOf(specifier);
    const from = specifier.type === 'ImportDefaultSpecifier' ? 'default' : (nameOf(fromNode) ?? '');
    const to = work.text.slice(toNode.start, toNode.end);
    const typed = isTypedSpecifier(specifier);
    const bare = specifier.type === 'ImportDefaultSpecifier';
    const target = targetOf(work.map, oldModule, from);
    if (!target) {
      groups.unmoved.push({ from, to, typed, bare, node: specifier });
      const message = `the map does not say where ${from} of ${oldModule} went`;
      const offset = specifier.start;
      work.plan.left.push({ mention, offset, from: symbolIn(oldModule, from), reason: 'unknown-symbol', message });
      continue;
    }
    noteSymbol(work, specifier.start, oldModule, from, target);
    const items = groups.moved.get(target.module) ?? [];
    groups.moved.set(target.module, items);
    const takesName = specifier.type === 'ImportSpecifier' && target.name !== from && from === to;
    const local = takesName ? takeName(work, node as ImportDeclaration, specifier, target, pinned) : to;
    if (local === undefined) continue;
    items.push({ from: target.name, to: local, typed, bare: bare && target.name === 'default', node: specifier });
  }
  for (const [module, items] of groups.moved) if (items.length === 0) groups.moved.delete(module);
  return groups;
}

/**
 * The local name of an import whose symbol has a new name: the new name, and every use is renamed; or the old one where the new
 * one is taken; or nothing where the file has the very same import under the new name already, which then serves both.
 */
function takeName(
  work: Work,
  node: ImportDeclaration,
  specifier: Specifier,
  target: Target,
  pinned: boolean,
): string | undefined {
  const oldName = nameOf(specifier.local) ?? '';
  const variable = work.scopes().declaredAs(specifier.local);
  if (!variable) return oldName;
  if (canRename(work, variable, target.name)) {
    claim(work, variable.scope, target.name);
    renameUses(work, variable, target.name);
    return target.name;
  }
  const typed = isTyped(node) || isTypedSpecifier(specifier);
  if (!pinned && canShare(work, variable, target, typed)) {
    renameUses(work, variable, target.name);
    return undefined;
  }
  return oldName;
}

/** Whether another import of the file has a symbol under its new name, and a variable's uses can all mean that one. */
function canShare(work: Work, variable: Variable, target: Target, typed: boolean): boolean {
  const scopes = work.scopes();
  if (scopes.dynamic || variable.defs.length > 1 || scopes.isMember(target.name)) return false;
  const other = variable.scope.set.get(target.name);
  const [definition] = other?.defs ?? [];
  const specifier = definition?.node as Node | undefined;
  const declaration = definition?.parent as Node | null | undefined;
  if (other?.defs.length !== 1 || specifier?.type !== 'ImportSpecifier') return false;
  if (declaration?.type !== 'ImportDeclaration') return false;
  if ((isTyped(declaration) || isTypedSpecifier(specifier)) && !typed) return false;
  const imported = nameOf(specifier.imported) ?? '';
  const oldModule = work.resolve(declaration.source.value);
  const same = oldModule === undefined ? undefined : targetOf(work.map, oldModule, imported);
  const module = same?.module ?? declaration.source.value;
  if (module !== target.module || (same?.name ?? imported) !== target.name) return false;
  return variable.references.every((reference) => !isShadowed(reference, variable.scope, target.name));
}

/** Moves a namespace import where it stands, or turns it into named imports of the modules that its members went to. */
function sortMembers(work: Work, mention: Mention, node: ImportDeclaration, local: Node): Groups | undefined {
  const oldModule = mention.oldModule ?? '';
  const uses = usesOfVariable(work, local);
  const destination = destinationOf(work, oldModule, uses);
  const other = node.specifiers.find((specifier) => specifier.type === 'ImportDefaultSpecifier');
  if (other) {
    const message = `the map does not say where the default export of ${oldModule} went`;
    const from = symbolIn(oldModule, 'default');
    work.plan.left.push({ mention, offset: other.start, from, reason: 'unknown-symbol', message });
    return undefined;
  }
  if (destination.kind === 'one' || destination.kind === 'none') {
    const [first = ''] = targetModules(work.map, oldModule);
    const module = destination.kind === 'one' ? destination.module : first;
    work.plan.edits.push({ start: mention.start, end: mention.end, text: module });
    if (uses.members.length === 0) noteModule(work, mention, module);
    renameMembers(work, oldModule, uses.members);
    return undefined;
  }
  const split = destination.kind === 'several' && !node.phase ? splitVariable(work, oldModule, uses) : undefined;
  if (!split) {
    noteLeft(work, mention, destination);
    return undefined;
  }
  const moved = new Map<string, Item[]>();
  for (const { target, local: name } of split) {
    const items = moved.get(target.module) ?? [];
    moved.set(target.module, items);
    if (items.some((item) => item.to === name)) continue;
    items.push({ from: target.name, to: name, typed: target.typeOnly && !isTyped(node), bare: false });
  }
  useSplitMembers(work, oldModule, split);
  return { moved, unmoved: [] };
}

/** Writes out what `export * from` an old module gave its importers, so that it gives them the same. */
function moveExportAll(work: Work, { mention, siblings }: OldDeclaration, node: ExportAllDeclaration): void {
  const oldModule = mention.oldModule ?? '';
  const whole = wholeTarget(work.map, oldModule) ?? (node.exported ? widerTarget(work.map, oldModule) : undefined);
  if (whole !== undefined) {
    work.plan.edits.push({ start: mention.start, end: mention.end, text: whole });
    noteModule(work, mention, whole);
    return;
  }
  const listed = listedTargets(work.map, oldModule);
  if (node.exported || listed.length === 0 || work.map.modules[oldModule]?.module !== undefined) {
    const message = node.exported
      ? 'the module is exported whole, and its members have new names or new modules'
      : 'the map does not list all that it exports';
    work.plan.left.push({ mention, offset: node.start, from: oldModule, reason: 'whole-module', message });
    return;
  }
  const taken = exportedNames(siblings);
  const hidden = listed.find(([name]) => node.exportKind !== 'type' && taken.get(name) === 'type')?.[0];
  if (hidden !== undefined) {
    const message = `this file exports a type ${hidden}, which hides the ${hidden} of the module from types alone`;
    work.plan.left.push({ mention, offset: node.start, from: oldModule, reason: 'whole-module', message });
    return;
  }
  for (const other of work.plan.exportedByStar) taken.set(other, 'value');
  const groups = new Map<string, string[]>(targetModules(work.map, oldModule).map((module) => [module, []]));
  for (const [name, target] of listed) {
    noteSymbol(work, node.start, oldModule, name, target);
    if (name === 'default' || taken.has(name)) continue;
    work.plan.exportedByStar.add(name);
    const typed = target.typeOnly && node.exportKind !== 'type' ? 'type ' : '';
    groups.get(target.module)?.push(`${typed}${target.name === name ? name : `${target.name} as ${name}`}`);
  }
  const indent = indentAt(work.text, node.start);
  const end = endOfStatement(work.text, node);
  const after = work.text.slice(mention.end, end);
  const quote = work.text.charAt(mention.start - 1);
  const lines = [...groups]
    .filter(
      ([, names], index) =>
        names.length > 0 || (index === 0 && [...groups.values()].every((each) => each.length === 0)),
    )
    .map(([module, names]) => {
      const head = node.exportKind === 'type' ? 'export type ' : 'export ';
      const tail = ` from ${quote}${module}${after}`;
      return `${head}${renderList(work.text, names, indent, head.length + tail.length)}${tail}`;
    });
  work.plan.edits.push({ start: node.start, end, text: lines.join(`${lineEnd(work.text)}${indent}`) });
}

/** The names that statements export themselves, which win over `export *`, and whether each is a type and no value. */
function exportedNames(statements: readonly Node[]): Map<string, 'type' | 'value'> {
  const names = new Map<string, 'type' | 'value'>();
  for (const statement of statements) {
    if (statement.type === 'ExportAllDeclaration' && statement.exported) {
      names.set(nameOf(statement.exported) ?? '', statement.exportKind === 'type' ? 'type' : 'value');
    }
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const specifier of statement.specifiers) {
      const typed = isTyped(statement) || isTypedSpecifier(specifier);
      names.set(nameOf(specifier.exported) ?? '', typed ? 'type' : 'value');
    }
    const { declaration } = statement;
    if (declaration?.type === 'VariableDeclaration') {
      for (const { id } of declaration.declarations) for (const name of boundNames(id)) names.set(name, 'value');
    } else if (declaration && 'id' in declaration) {
      const typed = declaration.type === 'TSInterfaceDeclaration' || declaration.type === 'TSTypeAliasDeclaration';
      const name = nameOf(declaration.id) ?? '';
      if (!typed || names.get(name) !== 'value') names.set(name, typed ? 'type' : 'value');
    }
  }
  return names;
}

/** The names that a pattern binds. */
function* boundNames(pattern: Node): Generator<string> {
  if (pattern.type === 'Identifier') yield pattern.name;
  if (pattern.type === 'AssignmentPattern') yield* boundNames(pattern.left);
  if (pattern.type === 'RestElement') yield* boundNames(pattern.argument);
  if (pattern.type === 'ArrayPattern') for (const element of pattern.elements) if (element) yield* boundNames(element);
  if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) {
      yield* boundNames(property.type === 'Property' ? property.value : property);
    }
  }
}

/** Whether other names can be added to a declaration: it has braces, and names its module outright. */
function isHost(work: Work, node: Node): node is Declaration {
  if (node.type === 'ExportNamedDeclaration') return node.source !== null && node.specifiers.length > 0;
  if (node.type !== 'ImportDeclaration' || node.phase) return false;
  if (node.specifiers.some((specifier) => specifier.type === 'ImportNamespaceSpecifier')) return false;
  const named = node.specifiers.some((specifier) => specifier.type === 'ImportSpecifier');
  return named && findOutsideComments(work.text, '{', node.start, node.source.start, work.comments) !== -1;
}

/** A declaration as it stands. */
function slotOf(work: Work, node: Declaration): Slot {
  const items = node.specifiers.map((specifier): Item => {
    const [from, to] = endsOf(specifier);
    const bare = specifier.type === 'ImportDefaultSpecifier';
    const names = { from: bare ? 'default' : (nameOf(from) ?? ''), to: work.text.slice(to.start, to.end) };
    return { ...names, typed: isTypedSpecifier(specifier), bare, node: specifier };
  });
  return { model: node, isNew: false, module: node.source?.value ?? '', typed: isTyped(node), items, added: [] };
}

function slotKey(work: Work, node: Declaration, module: string, typed: boolean): string {
  const attributes = work.text.slice(node.source?.end ?? node.end, node.end).replace(/[\s;]/g, '');
  return [node.type, typed ? 'type' : 'value', module, attributes].join(' ');
}

function isTyped(node: Declaration): boolean {
  return (node.type === 'ImportDeclaration' ? node.importKind : node.exportKind) === 'type';
}

function isTypedSpecifier(specifier: Specifier): boolean {
  if (specifier.type === 'ImportSpecifier') return specifier.importKind === 'type';
  return specifier.type === 'ExportSpecifier' && specifier.exportKind === 'type';
}

/** The node that the module's name for it stands in, and the node of its name here. */
function endsOf(specifier: Specifier): [Node, Node] {
  if (specifier.type === 'ImportSpecifier') return [specifier.imported, specifier.local];
  if (specifier.type === 'ExportSpecifier') return [specifier.local, specifier.exported];
  return [specifier.local, specifier.local];
}

/** Whether a declaration has the same name for the same symbol already. */
function holds(slot: Slot, item: Item): boolean {
  return [...slot.items, ...slot.added].some(
    (each) => each.from === item.from && each.to === item.to && (!each.typed || item.typed),
  );
}

/** Whether a declaration has to stay where it is: a comment belongs to it, or the statements around it would run together. */
function isPinned(work: Work, node: Declaration, siblings: readonly Node[]): boolean {
  const { text, comments } = work;
  const end = endOfStatement(text, node);
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

/** Writes a declaration as it will be: with as few edits as it takes, or anew where names leave it or no longer fit a line. */
function writeSlot(work: Work, slot: Slot): void {
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

/** The end of the comment that ends the line of an offset, or the offset itself. */
function endOfLineComment(work: Work, offset: number): number {
  const beside = work.comments.find(
    (comment) => comment.start >= offset && /^[\t ]*$/.test(work.text.slice(offset, comment.start)),
  );
  return beside && /^[\t ]*(?:\r?\n|$)/.test(work.text.slice(beside.end)) ? beside.end : offset;
}

/** Adds statements on lines of their own after a statement and the comment beside it. */
function addLines(work: Work, node: Node, lines: readonly string[]): void {
  const after = endOfLineComment(work, endOfStatement(work.text, node));
  const indent = indentAt(work.text, node.start);
  const text = lines.map((line) => `${lineEnd(work.text)}${indent}${line}`).join('');
  if (text !== '') work.plan.edits.push({ start: after, end: after, text });
}

function isNamed(specifier: Specifier): boolean {
  return specifier.type === 'ImportSpecifier' || specifier.type === 'ExportSpecifier';
}
