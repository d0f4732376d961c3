import { listObstacles, noteObstacles } from './obstacles.ts';
import { formatSymbol, moveModule, noteSymbol, type Rewrite, replaceName, replaceSpecifier } from './plan.ts';
import { getStart } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { listChildren, type Node, readName } from './syntax.ts';
import { findTarget, findWholeTarget, findWiderTarget, type Target } from './targets.ts';

type ImportType = Extract<Node, { type: 'TSImportType' }>;

type ModuleDeclaration = Extract<Node, { type: 'TSModuleDeclaration' }>;

/** Moves `import('…').X` and `typeof import('…')` in a type. */
export function moveImportType(rewrite: Rewrite, mention: Mention, path: readonly Node[], node: ImportType): void {
  const oldModule = mention.oldModule ?? '';
  const whole = findWholeTarget(rewrite.map, oldModule);
  if (whole !== undefined) {
    moveModule(rewrite, mention, whole);
    return;
  }
  let member: Node | null = node.qualifier;
  while (member?.type === 'TSQualifiedName') member = member.left;
  if (!member) {
    const above = path.at(path.indexOf(node) - 1);
    const access = path.at(path.indexOf(node) - 2);
    if (above?.type === 'TSTypeQuery' && access?.type === 'TSIndexedAccessType' && access.objectType === above) {
      member = access.indexType.type === 'TSLiteralType' ? access.indexType.literal : null;
    }
  }
  const name = readName(member);
  if (name === undefined) {
    const at = path.indexOf(node);
    const query = path[at - 1];
    const above = path[at - 2];
    const listed = above?.type === 'TSTypeOperator' && above.operator === 'keyof';
    moveWholeType(rewrite, mention, node.start, query?.type === 'TSTypeQuery' && !listed);
    return;
  }
  const target = takeTarget(rewrite, mention, name, getMemberPath(path, node));
  if (!target) return;
  replaceSpecifier(rewrite, mention, target.module);
  if (target.name !== name) replaceName(rewrite, member ?? undefined, target.name);
}

/** Moves `declare module '…'`, and gives the declared members their new names. */
export function moveAugmentation(rewrite: Rewrite, mention: Mention, node: ModuleDeclaration): void {
  const oldModule = mention.oldModule ?? '';
  const statements = node.body?.type === 'TSModuleBlock' ? node.body.body : [];
  const whole =
    findWholeTarget(rewrite.map, oldModule) ??
    (statements.length === 0 ? findWiderTarget(rewrite.map, oldModule) : undefined);
  if (whole !== undefined) {
    moveModule(rewrite, mention, whole);
    return;
  }
  const declared = statements.map((statement) => {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    return declaration && 'id' in declaration && declaration.id?.type === 'Identifier' ? declaration.id : undefined;
  });
  const targets = declared.map((id) => (id ? findTarget(rewrite.map, oldModule, id.name) : undefined));
  const modules = new Set(targets.map((target) => target?.module));
  const [module, ...others] = modules;
  const mentioned = node.body ? findMentionedMembers(rewrite, node, oldModule) : [];
  const hold = (message: string): void => {
    rewrite.plan.left.push({ mention, offset: mention.start, from: oldModule, reason: 'augmentation', message });
    rewrite.plan.holding.add(oldModule);
  };
  if (modules.size === 0 || modules.has(undefined)) {
    hold(`it declares a name that the map does not list for ${oldModule}`);
  } else if (module === undefined || others.length > 0) {
    hold(`the members that it adds to went to ${[...modules].join(' and ')}`);
  } else if (mentioned.some(({ target, free }) => target.module !== module || !free)) {
    hold(`it mentions members of ${oldModule} that are not in ${module}`);
  } else {
    replaceSpecifier(rewrite, mention, module);
    declared.forEach((id, index) => {
      const target = targets[index];
      if (id && target) noteSymbol(rewrite, id.start, oldModule, id.name, target);
    });
    for (const { identifier, target } of mentioned) replaceName(rewrite, identifier, target.name);
  }
}

interface MentionedMember {
  readonly identifier: Node;
  readonly target: Target;
  /** Whether only the module itself declares the name. */
  readonly free: boolean;
}

/**
 * Identifiers in an augmentation that mean renamed members of the module: those that the block declares, and those that it only
 * mentions, since names there refer to the module's own members first.
 */
function findMentionedMembers(rewrite: Rewrite, node: ModuleDeclaration, oldModule: string): MentionedMember[] {
  const scopes = rewrite.scopes();
  const found: MentionedMember[] = [];
  const visit = (child: Node): void => {
    if (child.type === 'Identifier') {
      const reference = scopes.findReference(child);
      const variable = scopes.findDeclared(child) ?? reference?.resolved;
      const target = variable || reference ? findTarget(rewrite.map, oldModule, child.name) : undefined;
      const block = variable ? getStart(variable.scope.block) : undefined;
      const isOwn = block === node.start && variable?.scope.type === 'tsModule';
      const isInner = block !== undefined && block > node.start && !isOwn;
      if (target && target.name !== child.name && !isInner) {
        // A name that the file imports from the module follows the import.
        const isImported = !isOwn && variable?.defs.some((definition) => definition.type === 'ImportBinding');
        if (!isImported) found.push({ identifier: child, target, free: isOwn || !variable });
      }
    }
    for (const grandchild of listChildren(child)) visit(grandchild);
  };
  if (node.body) visit(node.body);
  return found;
}

/**
 * Moves the type of a whole module to the one module that has all of its members under the same names. That module may have more,
 * so the type is left if its members are listed, or if another use of the old module in the file is left.
 */
export function moveWholeType(rewrite: Rewrite, mention: Mention, offset: number, widens: boolean): void {
  const from = mention.oldModule ?? '';
  const wider = widens ? findWiderTarget(rewrite.map, from) : undefined;
  if (wider === undefined) {
    const message = 'the type of the whole module is used, so its used members are unknown';
    rewrite.plan.left.push({ mention, offset, from, reason: 'whole-module', message });
    return;
  }
  const stays = rewrite.plan.left.some((each) => each.mention.oldModule === from && each.mention !== mention);
  if (stays) {
    const message = 'another use of the module in this file cannot be moved, and both must stay together';
    rewrite.plan.left.push({ mention, offset, from, reason: 'kept-together', message });
    return;
  }
  moveModule(rewrite, mention, wider);
}

/**
 * The path down to the type that `import('…').X` or `(typeof import('…'))['X']` is. The first is one node with all of its
 * members, so the members after the first one are its parents here.
 */
function getMemberPath(path: readonly Node[], node: ImportType): readonly Node[] {
  const at = path.indexOf(node);
  if (!node.qualifier) return path.slice(0, at - 1);
  const members: Node[] = [];
  for (let member: Node = node.qualifier; ; member = member.left) {
    members.push(member);
    if (member.type !== 'TSQualifiedName') break;
  }
  return [...path.slice(0, at), ...members];
}

/**
 * Finds the new place of a symbol and notes the move; a symbol that the map does not know, or that cannot move, is left.
 *
 * @param path From the program down to the type that is the symbol, if it stands in code.
 */
export function takeTarget(rewrite: Rewrite, mention: Mention, name: string, path?: readonly Node[]) {
  const oldModule = mention.oldModule ?? '';
  const target = findTarget(rewrite.map, oldModule, name);
  const obstacles = target ? listObstacles(rewrite, { oldModule, name, offset: mention.start }, target, path) : [];
  if (obstacles.length > 0) {
    noteObstacles(rewrite, mention, name, obstacles);
    return undefined;
  }
  if (target) {
    rewrite.plan.bound.push({ oldModule, name, target });
    noteSymbol(rewrite, mention.start, oldModule, name, target);
    return target;
  }
  const message = `the map does not say where ${name} of ${oldModule} went`;
  const from = formatSymbol(oldModule, name);
  rewrite.plan.left.push({ mention, offset: mention.start, from, reason: 'unknown-symbol', message });
  return undefined;
}
