import type { MockFunction } from './mock-functions.ts';
import { findModuleType, includeAssertion, type ModuleObject } from './module-uses.ts';
import type { Rewrite } from './plan.ts';
import type { Mention } from './specifiers.ts';
import { type Node, readDottedName } from './syntax.ts';

type Call = Extract<Node, { type: 'CallExpression' }>;

/** A call of a test runner that names an old module. */
export interface MockCall {
  readonly mention: Mention;
  /** From the program down to the call. */
  readonly path: readonly Node[];
  readonly call: Call;
  readonly calls: MockFunction;
}

/** The call of a test runner whose first argument is a mention, as a string or as `import('…')`. */
export function findMockCall(rewrite: Rewrite, mention: Mention, path: readonly Node[]): MockCall | undefined {
  const literal = path.findLastIndex((node) => node.type === 'Literal' || node.type === 'TemplateLiteral');
  const imported = path[literal - 1]?.type === 'ImportExpression';
  const upTo = imported ? literal - 2 : literal - 1;
  const call = path[upTo];
  if (call?.type !== 'CallExpression' || call.arguments[0] !== path[upTo + 1]) return undefined;
  const name = readDottedName(call.callee);
  const calls = rewrite.mockFunctions.find((each) => each.name === name);
  if (!calls || (imported && calls.does !== 'replace')) return undefined;
  return { mention, path: path.slice(0, upTo + 1), call, calls };
}

/** The module object that a loading call returns, with the type arguments and assertions that name its module. */
export function getLoadedObject(rewrite: Rewrite, { mention, path, call, calls }: MockCall): ModuleObject {
  const type = findModuleType(rewrite, mention, call.typeArguments?.params[0]);
  if (type) rewrite.plan.settled.add(type);
  const names = type ? [mention, type] : [mention];
  return includeAssertion(rewrite, mention, { path, promise: calls.does === 'load-async', names });
}

/** The statement list that contains a mock. */
export function getStatementList({ path }: MockCall): Node | undefined {
  return path.findLast((node) => node.type === 'BlockStatement' || node.type === 'Program');
}

/** Leaves a mock, and with it all other uses of its module in the file. */
export function leaveMock(rewrite: Rewrite, mention: Mention, message: string): void {
  const from = mention.oldModule ?? mention.specifier;
  rewrite.plan.left.push({ mention, offset: mention.start, from, reason: 'mock', message });
  rewrite.plan.holding.add(from);
}
