import type { Node } from 'oxc-parser';

/** A dotted name as written, as in `vi.mock`. Chained calls are skipped: `vi.mock(…).mock` is `vi.mock`. */
export function readDottedName(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'MetaProperty') return `${node.meta.name}.${node.property.name}`;
  if (node.type !== 'MemberExpression' || node.computed) return undefined;
  const called = node.object.type === 'CallExpression' ? node.object.callee : undefined;
  const object = called?.type === 'MemberExpression' ? readDottedName(called.object) : readDottedName(node.object);
  return object === undefined || node.property.type !== 'Identifier' ? undefined : `${object}.${node.property.name}`;
}

/** Whether a declaration of a variable named `require` is of Node's `require`, or of one that `createRequire` made. */
export function declaresRequire({ node, parent }: { readonly node: Node; readonly parent?: Node | null }): boolean {
  if (node.type === 'TSDeclareFunction') return true;
  if (node.type !== 'VariableDeclarator') return false;
  if (!node.init) return parent?.type === 'VariableDeclaration' && parent.declare === true;
  return node.init.type === 'CallExpression' && /(?:^|\.)createRequire$/.test(readDottedName(node.init.callee) ?? '');
}
