import { noteModule, noteSymbol, replaceName, respecify, symbolIn, type Work } from './plan.ts';
import { startOf } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { childrenOf, type Node, nameOf } from './syntax.ts';
import { type Target, targetOf, wholeTarget, widerTarget } from './targets.ts';

type ImportType = Extract<Node, { type: 'TSImportType' }>;

type ModuleDeclaration = Extract<Node, { type: 'TSModuleDeclaration' }>;

/** Moves `import('…').X` and `typeof import('…')` in a type. */
export function moveImportType(work: Work, mention: Mention, path: readonly Node[], node: ImportType): void {
  const oldModule = mention.oldModule ?? '';
  const whole = wholeTarget(work.map, oldModule);
  if (whole !== undefined) {
    respecify(work, mention, whole);
    noteModule(work, mention, whole);
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
  const name = nameOf(member);
  if (name === undefined) {
    const at = path.indexOf(node);
    const query = path[at - 1];
    const above = path[at - 2];
    const listed = above?.type === 'TSTypeOperator' && above.operator === 'keyof';
    moveWholeType(work, mention, node.start, query?.type === 'TSTypeQuery' && !listed);
    return;
  }
  const target = knownTarget(work, mention, name);
  if (!target) return;
  respecify(work, mention, target.module);
  if (target.name !== name) replaceName(work, member ?? undefined, target.name);
}

/** Moves `declare module '…'`, and gives the members that it adds to their new names. */
export function moveAugmentation(work: Work, mention: Mention, node: ModuleDeclaration): void {
  const oldModule = mention.oldModule ?? '';
  const statements = node.body?.type === 'TSModuleBlock' ? node.body.body : [];
  const whole =
    wholeTarget(work.map, oldModule) ?? (statements.length === 0 ? widerTarget(work.map, oldModule) : undefined);
  if (whole !== undefined) {
    respecify(work, mention, whole);
    noteModule(work, mention, whole);
    return;
  }
  const declared = statements.map((statement) => {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    return declaration && 'id' in declaration && declaration.id?.type === 'Identifier' ? declaration.id : undefined;
  });
  const targets = declared.map((id) => (id ? targetOf(work.map, oldModule, id.name) : undefined));
  const modules = new Set(targets.map((target) => target?.module));
  const [module, ...others] = modules;
  const mentioned = node.body ? membersMentioned(work, node, oldModule) : [];
  const hold = (message: string): void => {
    work.plan.left.push({ mention, offset: mention.start, from: oldModule, reason: 'augmentation', message });
    work.plan.holding.add(oldModule);
  };
  if (modules.size === 0 || modules.has(undefined)) {
    hold(`it declares what the map does not list for ${oldModule}`);
  } else if (module === undefined || others.length > 0) {
    hold(`what it adds to went to ${[...modules].join(' and ')}`);
  } else if (mentioned.some(({ target, free }) => target.module !== module || !free)) {
    hold(`it mentions members of ${oldModule} that are not in ${module}`);
  } else {
    respecify(work, mention, module);
    declared.forEach((id, index) => {
      const target = targets[index];
      if (id && target) noteSymbol(work, id.start, oldModule, id.name, target);
    });
    for (const { identifier, target } of mentioned) replaceName(work, identifier, target.name);
  }
}

interface MentionedMember {
  readonly identifier: Node;
  readonly target: Target;
  /** Whether nothing but the module itself declares the name. */
  readonly free: boolean;
}

/**
 * Identifiers in an augmentation that mean members of the module that have other names or modules now: what the block declares,
 * and what it only mentions, for names there mean the module's own members first.
 */
function membersMentioned(work: Work, node: ModuleDeclaration, oldModule: string): MentionedMember[] {
  const scopes = work.scopes();
  const found: MentionedMember[] = [];
  const visit = (child: Node): void => {
    if (child.type === 'Identifier') {
      const reference = scopes.referenceAt(child);
      const variable = scopes.declaredAs(child) ?? reference?.resolved;
      const target = variable || reference ? targetOf(work.map, oldModule, child.name) : undefined;
      const block = variable ? startOf(variable.scope.block) : undefined;
      const isOwn = block === node.start && variable?.scope.type === 'tsModule';
      const isInner = block !== undefined && block > node.start && !isOwn;
      if (target && target.name !== child.name && !isInner) {
        // A name that the file imports from the module goes where the import goes.
        const isImported = !isOwn && variable?.defs.some((definition) => definition.type === 'ImportBinding');
        if (!isImported) found.push({ identifier: child, target, free: isOwn || !variable });
      }
    }
    for (const grandchild of childrenOf(child)) visit(grandchild);
  };
  if (node.body) visit(node.body);
  return found;
}

/**
 * Moves the type of a whole module to the one module that has all of its members under their names, or says why not. The module
 * may have more, so the type stays where its members are listed, and where the file has an object of the old module that stays.
 */
export function moveWholeType(work: Work, mention: Mention, offset: number, widens: boolean): void {
  const from = mention.oldModule ?? '';
  const wider = widens ? widerTarget(work.map, from) : undefined;
  if (wider === undefined) {
    const message = 'the type of the whole module is taken, so nobody can tell which members are used';
    work.plan.left.push({ mention, offset, from, reason: 'whole-module', message });
    return;
  }
  const stays = work.plan.left.some((each) => each.mention.oldModule === from && each.mention !== mention);
  if (stays) {
    const message = 'something else that this file has of the module cannot be moved, and the two belong together';
    work.plan.left.push({ mention, offset, from, reason: 'kept-together', message });
    return;
  }
  respecify(work, mention, wider);
  noteModule(work, mention, wider);
}

/** Where a symbol went; what the map does not know is noted as left. */
export function knownTarget(work: Work, mention: Mention, name: string) {
  const oldModule = mention.oldModule ?? '';
  const target = targetOf(work.map, oldModule, name);
  if (target) {
    noteSymbol(work, mention.start, oldModule, name, target);
    return target;
  }
  const message = `the map does not say where ${name} of ${oldModule} went`;
  const from = symbolIn(oldModule, name);
  work.plan.left.push({ mention, offset: mention.start, from, reason: 'unknown-symbol', message });
  return undefined;
}
