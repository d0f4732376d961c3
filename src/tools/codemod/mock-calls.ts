import type { MockFunction } from './mock-functions.ts';
import { type ModuleObject, typeOfModule, withAssertion } from './module-uses.ts';
import type { Work } from './plan.ts';
import type { Mention } from './specifiers.ts';
import { dottedName, type Node } from './syntax.ts';

type Call = Extract<Node, { type: 'CallExpression' }>;

/** A call of a test runner that names an old module. */
export interface MockCall {
  readonly mention: Mention;
  /** From the program down to the call. */
  readonly path: readonly Node[];
  readonly call: Call;
  readonly calls: MockFunction;
}

/** The call of a test runner that a mention is the first argument of, given as a string or as `import('…')`. */
export function mockCallAt(work: Work, mention: Mention, path: readonly Node[]): MockCall | undefined {
  const literal = path.findLastIndex((node) => node.type === 'Literal' || node.type === 'TemplateLiteral');
  const imported = path[literal - 1]?.type === 'ImportExpression';
  const upTo = imported ? literal - 2 : literal - 1;
  const call = path[upTo];
  if (call?.type !== 'CallExpression' || call.arguments[0] !== path[upTo + 1]) return undefined;
  const name = dottedName(call.callee);
  const calls = work.mockFunctions.find((each) => each.name === name);
  if (!calls || (imported && calls.does !== 'replace')) return undefined;
  return { mention, path: path.slice(0, upTo + 1), call, calls };
}

/** The module object that a loading call brings, with the type arguments and assertions that say what it is. */
export function loadedObject(work: Work, { mention, path, call, calls }: MockCall): ModuleObject {
  const type = typeOfModule(work, mention, call.typeArguments?.params[0]);
  if (type) work.plan.settled.add(type);
  const names = type ? [mention, type] : [mention];
  return withAssertion(work, mention, { path, promise: calls.does === 'load-async', names });
}

/** The statements among which a mock stands. */
export function listOf({ path }: MockCall): Node | undefined {
  return path.findLast((node) => node.type === 'BlockStatement' || node.type === 'Program');
}

/** Leaves a mock, and with it everything else that the file has of the module. */
export function hold(work: Work, mention: Mention, message: string): void {
  const from = mention.oldModule ?? mention.specifier;
  work.plan.left.push({ mention, offset: mention.start, from, reason: 'mock', message });
  work.plan.holding.add(from);
}
