import { isExportedDeclaration, type MemberUse } from './module-uses.ts';
import { noteSymbol, replaceName, type Work } from './plan.ts';
import { canRename, claim, renameUses } from './rename-variable.ts';
import { isConstant, type Variable } from './scopes.ts';
import { type Node, nameOf } from './syntax.ts';
import { targetOf } from './targets.ts';

/** Gives members that are used of a module object their new names. */
export function renameMembers(work: Work, oldModule: string, members: readonly MemberUse[]): void {
  for (const use of members) {
    const target = targetOf(work.map, oldModule, use.name);
    const node = use.path.at(-1);
    if (!target || !node) continue;
    noteSymbol(work, node.start, oldModule, use.name, target);
    if (target.name === use.name) continue;
    if (node.type === 'Property') renameProperty(work, use.path, target.name);
    else replaceName(work, memberNode(node), target.name);
  }
}

/** The node that spells the member's name. */
function memberNode(node: Node): Node | undefined {
  if (node.type === 'MemberExpression' || node.type === 'JSXMemberExpression') return node.property;
  if (node.type === 'TSQualifiedName') return node.right;
  if (node.type === 'TSIndexedAccessType' && node.indexType.type === 'TSLiteralType') return node.indexType.literal;
  return undefined;
}

/** Takes a member by its new name in a pattern. The variable takes the name too where it can. */
function renameProperty(work: Work, path: readonly Node[], name: string): void {
  const property = path.at(-1);
  if (property?.type !== 'Property') return;
  const { key, value } = property;
  if (!property.shorthand) {
    const between = work.text.slice(key.end, value.start);
    if (key.type === 'Identifier' && nameOf(value) === name && /^\s*:\s*$/.test(between)) {
      work.plan.edits.push({ start: key.start, end: value.end, text: name });
    } else {
      replaceName(work, key, name);
    }
    return;
  }
  const variable = value.type === 'Identifier' ? renamable(work, path, value, name) : undefined;
  if (variable) {
    claim(work, variable.scope, name);
    renameUses(work, variable, name);
    work.plan.edits.push({ start: property.start, end: property.end, text: name });
    return;
  }
  work.plan.edits.push({ start: property.start, end: property.start, text: `${name}: ` });
}

/** The variable that a pattern declares, if it can take a new name without anybody outside the file seeing it. */
export function renamable(work: Work, path: readonly Node[], identifier: Node, name: string): Variable | undefined {
  const variable = isExportedDeclaration(path) ? undefined : work.scopes().declaredAs(identifier);
  return variable && isConstant(variable) && canRename(work, variable, name) ? variable : undefined;
}
