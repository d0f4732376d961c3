import type { Rewrite } from './plan.ts';
import { createWordFinder } from './relevant-names.ts';
import { findCommentAt, findPath, type Node } from './syntax.ts';

/**
 * Lists the uses of an imported name without an analysis of scopes, which takes longer than all else that is done with a file: if
 * the name stands only in the import and where no name can be declared, every use means the import.
 *
 * @returns the nodes from the program down to each use; undefined if only an analysis can tell.
 */
export function listSoleUses(rewrite: Rewrite, local: Node): Node[][] | undefined {
  // A name may be declared with escapes.
  if (local.type !== 'Identifier' || rewrite.text.includes('\\u')) return undefined;
  const uses: Node[][] = [];
  for (const { index } of rewrite.text.matchAll(createWordFinder([local.name]))) {
    if (index === local.start || findCommentAt(rewrite.comments, index)) continue;
    const path = findPath(rewrite.program, index, index + local.name.length);
    const node = path.at(-1);
    if (node?.type === 'Literal' || node?.type === 'TemplateElement') continue;
    if (node?.type !== 'Identifier' || node.start !== index || !isUse(path)) return undefined;
    uses.push(path);
  }
  return uses;
}

/** Whether a path ends in an identifier that certainly refers to something, and declares nothing. Others may do so, too. */
export function isUse(path: readonly Node[]): boolean {
  const node = path.at(-1);
  const parent = path.at(-2);
  if (node?.type !== 'Identifier') return false;
  switch (parent?.type) {
    case 'MemberExpression':
      return parent.object === node;
    case 'CallExpression':
    case 'NewExpression':
      return parent.callee === node || parent.arguments.some((each) => each === node);
    case 'TSTypeReference':
      return parent.typeName === node;
    case 'TSTypeQuery':
      return parent.exprName === node;
    default:
      return false;
  }
}
