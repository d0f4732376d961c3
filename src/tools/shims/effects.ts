import type { ParseResult } from 'oxc-parser';
import type { Node } from '../codemod/syntax.ts';

/** The first statement of a module that a re-export would not carry out. */
export interface Effect {
  readonly start: number;
  readonly what: string;
}

/**
 * Finds a statement that does more than declare, import or export: loading the module then does something, which a module that
 * imports it may rely on. Initializers of declarations do not count; models are made by calls.
 */
export function findEffect({ program }: ParseResult): Effect | undefined {
  for (const node of program.body as Node[]) {
    const what = describeEffect(node);
    if (what !== undefined) return { start: node.start, what };
  }
  return undefined;
}

function describeEffect(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return node.specifiers.length === 0 && node.importKind !== 'type'
        ? `it loads '${node.source.value}' for what that does`
        : undefined;
    case 'ExpressionStatement':
      return isDirective(node) || !acts(node.expression as Node) ? undefined : 'it does more than declare';
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
    case 'ExportAllDeclaration':
    case 'VariableDeclaration':
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'EmptyStatement':
      return undefined;
    default:
      return node.type.startsWith('TS') ? undefined : 'it does more than declare';
  }
}

/** Whether a statement is a directive, as `'use strict'`. */
export function isDirective(node: Node): boolean {
  return node.type === 'ExpressionStatement' && 'directive' in node && typeof node.directive === 'string';
}

/** Whether an expression on its own may do something. */
function acts(node: Node): boolean {
  if (node.type === 'UnaryExpression') return node.operator === 'delete' || acts(node.argument as Node);
  if (node.type === 'ParenthesizedExpression') return acts(node.expression as Node);
  return !/^(?:Literal|Identifier|FunctionExpression|ArrowFunctionExpression|ClassExpression)$/.test(node.type);
}
