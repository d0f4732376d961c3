import {
  type Declaration,
  getNameNodes,
  type ImportDeclaration,
  type Item,
  isTyped,
  isTypedSpecifier,
  type Specifier,
} from './declaration-draft.ts';
import { type Destination, findDestination, noteLeft } from './destination.ts';
import { findUsesOfVariable } from './module-uses.ts';
import { listObstacles, noteObstacles } from './obstacles.ts';
import { formatSymbol, noteModule, noteSymbol, type Rewrite, replaceSpecifier } from './plan.ts';
import { renameMembers } from './rename-members.ts';
import { canRename, claimName, renameUses } from './rename-variable.ts';
import { isShadowed, type Variable } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { splitVariable, writeSplitMembers } from './split-variable.ts';
import { type Node, readName } from './syntax.ts';
import { findTarget, listTargetModules, type Target } from './targets.ts';

interface Groups {
  readonly moved: Map<string, Item[]>;
  readonly unmoved: Item[];
}

/** Groups the names of a declaration by their new module. Imports of renamed symbols take the new names. */
export function sortNames(rewrite: Rewrite, mention: Mention, node: Declaration, pinned: boolean): Groups {
  const oldModule = mention.oldModule ?? '';
  const groups: Groups = { moved: new Map(), unmoved: [] };
  for (const specifier of node.specifiers) {
    const [fromNode, toNode] = getNameNodes(specifier);
    const from = specifier.type === 'ImportDefaultSpecifier' ? 'default' : (readName(fromNode) ?? '');
    const to = rewrite.text.slice(toNode.start, toNode.end);
    const typed = isTypedSpecifier(specifier);
    const bare = specifier.type === 'ImportDefaultSpecifier';
    const target = findTarget(rewrite.map, oldModule, from);
    if (!target) {
      groups.unmoved.push({ from, to, typed, bare, node: specifier });
      const message = `the map does not say where ${from} of ${oldModule} went`;
      const offset = specifier.start;
      rewrite.plan.left.push({
        mention,
        offset,
        from: formatSymbol(oldModule, from),
        reason: 'unknown-symbol',
        message,
      });
      continue;
    }
    const obstacles = listObstacles(
      rewrite,
      { oldModule, name: from, offset: specifier.start },
      target,
      specifier.type === 'ExportSpecifier' ? undefined : [node, specifier, specifier.local],
    );
    if (obstacles.length > 0) {
      groups.unmoved.push({ from, to, typed, bare, node: specifier });
      noteObstacles(rewrite, mention, from, obstacles);
      continue;
    }
    rewrite.plan.bound.push({ oldModule, name: from, target });
    noteSymbol(rewrite, specifier.start, oldModule, from, target);
    const items = groups.moved.get(target.module) ?? [];
    groups.moved.set(target.module, items);
    const takesName = specifier.type === 'ImportSpecifier' && target.name !== from && from === to;
    const local = takesName ? takeName(rewrite, node as ImportDeclaration, specifier, target, pinned) : to;
    if (local === undefined) continue;
    items.push({ from: target.name, to: local, typed, bare: bare && target.name === 'default', node: specifier });
  }
  for (const [module, items] of groups.moved) if (items.length === 0) groups.moved.delete(module);
  return groups;
}

/**
 * Finds the local name of an import whose symbol has a new name, and renames its uses: the new name, or the old one if the new
 * one is taken.
 *
 * @returns undefined if the file already imports the same symbol under its new name; the uses then share that import.
 */
function takeName(
  rewrite: Rewrite,
  node: ImportDeclaration,
  specifier: Specifier,
  target: Target,
  pinned: boolean,
): string | undefined {
  const oldName = readName(specifier.local) ?? '';
  const variable = rewrite.scopes().findDeclared(specifier.local);
  if (!variable) return oldName;
  if (canRename(rewrite, variable, target.name)) {
    claimName(rewrite, variable.scope, target.name);
    renameUses(rewrite, variable, target.name);
    return target.name;
  }
  const typed = isTyped(node) || isTypedSpecifier(specifier);
  if (!pinned && canShare(rewrite, variable, target, typed)) {
    renameUses(rewrite, variable, target.name);
    return undefined;
  }
  return oldName;
}

/** Whether the file already imports a symbol under its new name, and all uses of a variable can share that import. */
function canShare(rewrite: Rewrite, variable: Variable, target: Target, typed: boolean): boolean {
  const scopes = rewrite.scopes();
  if (scopes.dynamic || variable.defs.length > 1 || scopes.isMember(target.name)) return false;
  const other = variable.scope.set.get(target.name);
  const [definition] = other?.defs ?? [];
  const specifier = definition?.node as Node | undefined;
  const declaration = definition?.parent as Node | null | undefined;
  if (other?.defs.length !== 1 || specifier?.type !== 'ImportSpecifier') return false;
  if (declaration?.type !== 'ImportDeclaration') return false;
  if ((isTyped(declaration) || isTypedSpecifier(specifier)) && !typed) return false;
  const imported = readName(specifier.imported) ?? '';
  const oldModule = rewrite.resolve(declaration.source.value);
  const same = oldModule === undefined ? undefined : findTarget(rewrite.map, oldModule, imported);
  const module = same?.module ?? declaration.source.value;
  if (module !== target.module || (same?.name ?? imported) !== target.name) return false;
  return variable.references.every((reference) => !isShadowed(reference, variable.scope, target.name));
}

/**
 * Moves a namespace import in place, or groups its used members by their new module for named imports.
 *
 * @returns undefined if the namespace moved in place or is left.
 */
export function sortMembers(
  rewrite: Rewrite,
  mention: Mention,
  node: ImportDeclaration,
  local: Node,
): Groups | undefined {
  const oldModule = mention.oldModule ?? '';
  const uses = findUsesOfVariable(rewrite, local);
  const destination = findDestination(rewrite, oldModule, uses);
  const other = node.specifiers.find((specifier) => specifier.type === 'ImportDefaultSpecifier');
  if (other && !fitsBeside(rewrite, mention, other, local, destination)) return undefined;
  if (destination.kind === 'one' || destination.kind === 'none') {
    const [first = ''] = listTargetModules(rewrite.map, oldModule);
    const module = destination.kind === 'one' ? destination.module : first;
    replaceSpecifier(rewrite, mention, module);
    if (uses.members.length === 0) noteModule(rewrite, mention, module);
    renameMembers(rewrite, oldModule, uses.members);
    return undefined;
  }
  const split =
    destination.kind === 'several' && !node.phase && !other ? splitVariable(rewrite, oldModule, uses) : undefined;
  if (!split) {
    noteLeft(rewrite, mention, destination);
    return undefined;
  }
  const moved = new Map<string, Item[]>();
  for (const { target, local: name } of split) {
    const items = moved.get(target.module) ?? [];
    moved.set(target.module, items);
    if (items.some((item) => item.to === name)) continue;
    items.push({ from: target.name, to: name, typed: target.typeOnly && !isTyped(node), bare: false });
  }
  writeSplitMembers(rewrite, oldModule, split);
  return { moved, unmoved: [] };
}

/**
 * Whether the default import in `import Kit, * as all` goes where the namespace goes: then the declaration moves in place. If it does
 * not, it is left for the first reason that is true.
 */
function fitsBeside(
  rewrite: Rewrite,
  mention: Mention,
  other: Specifier,
  namespace: Node,
  destination: Destination,
): boolean {
  const oldModule = mention.oldModule ?? '';
  const target = findTarget(rewrite.map, oldModule, 'default');
  if (!target) {
    const message = `the map does not say where default of ${oldModule} went`;
    const from = formatSymbol(oldModule, 'default');
    rewrite.plan.left.push({ mention, offset: other.start, from, reason: 'unknown-symbol', message });
    return false;
  }
  if (destination.kind !== 'one' && destination.kind !== 'none') {
    noteLeft(rewrite, mention, destination);
    return false;
  }
  const [first = ''] = listTargetModules(rewrite.map, oldModule);
  const module = destination.kind === 'one' ? destination.module : first;
  if (target.name === 'default' && target.module === module) {
    noteSymbol(rewrite, other.start, oldModule, 'default', target);
    return true;
  }
  const name = readName(namespace) ?? '';
  const message =
    target.name === 'default'
      ? `its default export went to ${target.module} and what ${name} is used for to ${module}, but only one module fits here`
      : `its default export is ${target.name} of ${target.module} now, which does not fit beside * as ${name}`;
  rewrite.plan.left.push({ mention, offset: other.start, from: oldModule, reason: 'parts-ways', message });
  return false;
}
