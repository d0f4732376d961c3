import { isExportedDeclaration, type MemberUse } from './module-uses.ts';
import { noteSymbol, type Rewrite, replaceName } from './plan.ts';
import { canRename, claimName, renameUses } from './rename-variable.ts';
import { isConstant, type Variable } from './scopes.ts';
import { type Node, readName } from './syntax.ts';
import { findTarget } from './targets.ts';

/** Gives the used members of a module object their new names. */
export function renameMembers(rewrite: Rewrite, oldModule: string, members: readonly MemberUse[]): void {
  for (const use of members) {
    const target = findTarget(rewrite.map, oldModule, use.name);
    const node = use.path.at(-1);
    if (!target || !node) continue;
    noteSymbol(rewrite, node.start, oldModule, use.name, target);
    if (target.name === use.name) continue;
    if (node.type === 'Property') renameProperty(rewrite, use.path, target.name);
    else replaceName(rewrite, getMemberNameNode(node), target.name);
  }
}

/** The node that is the member's name. */
function getMemberNameNode(node: Node): Node | undefined {
  if (node.type === 'MemberExpression' || node.type === 'JSXMemberExpression') return node.property;
  if (node.type === 'TSQualifiedName') return node.right;
  if (node.type === 'TSIndexedAccessType' && node.indexType.type === 'TSLiteralType') return node.indexType.literal;
  return undefined;
}

/** Takes a member by its new name in a pattern, and renames the variable too if that is possible. */
function renameProperty(rewrite: Rewrite, path: readonly Node[], name: string): void {
  const property = path.at(-1);
  if (property?.type !== 'Property') return;
  const { key, value } = property;
  if (!property.shorthand) {
    const between = rewrite.text.slice(key.end, value.start);
    if (key.type === 'Identifier' && readName(value) === name && /^\s*:\s*$/.test(between)) {
      rewrite.plan.edits.push({ start: key.start, end: value.end, text: name });
    } else {
      replaceName(rewrite, key, name);
    }
    return;
  }
  const variable = value.type === 'Identifier' ? findRenamable(rewrite, path, value, name) : undefined;
  if (variable) {
    claimName(rewrite, variable.scope, name);
    renameUses(rewrite, variable, name);
    rewrite.plan.edits.push({ start: property.start, end: property.end, text: name });
    return;
  }
  rewrite.plan.edits.push({ start: property.start, end: property.start, text: `${name}: ` });
}

/** The variable that a pattern declares, if it can be renamed and the change stays within the file. */
export function findRenamable(
  rewrite: Rewrite,
  path: readonly Node[],
  identifier: Node,
  name: string,
): Variable | undefined {
  const variable = isExportedDeclaration(path) ? undefined : rewrite.scopes().findDeclared(identifier);
  return variable && isConstant(variable) && canRename(rewrite, variable, name) ? variable : undefined;
}
