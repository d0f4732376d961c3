import { loadedObject, type MockCall, mockCallAt } from './mock-calls.ts';
import { type MemberUse, type ModuleObject, usesOfExpression } from './module-uses.ts';
import type { Work } from './plan.ts';
import { spanOf } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { childrenOf, type Node, nameOf, pathTo } from './syntax.ts';
import { targetOf } from './targets.ts';

export type ObjectExpression = Extract<Node, { type: 'ObjectExpression' }>;

type Maker =
  | Extract<Node, { type: 'ArrowFunctionExpression' }>
  | Extract<Node, { params: unknown; generator: boolean }>;

/** What a mock puts in the place of a module: the object, and the function that makes it if there is one. */
export interface Replacement {
  readonly object: ObjectExpression;
  readonly maker?: Maker;
}

/** The object literal that is or makes a replacement, where there is exactly one. */
export function madeBy(node: Node): Replacement | undefined {
  if (node.type === 'ObjectExpression') {
    const named = node.properties.find((each) => each.type === 'Property' && nameOf(each.key) === 'namedExports');
    const object = named?.type === 'Property' ? named.value : undefined;
    return object?.type === 'ObjectExpression' ? { object } : undefined;
  }
  if (node.type !== 'ArrowFunctionExpression' && node.type !== 'FunctionExpression') return undefined;
  if (node.type === 'FunctionExpression' && node.generator) return undefined;
  const returned = node.body?.type === 'BlockStatement' ? [...returnedBy(node.body)] : [node.body as Node];
  const object = withoutAssertions(returned[0]);
  return returned.length === 1 && object?.type === 'ObjectExpression' ? { object, maker: node } : undefined;
}

function* returnedBy(node: Node): Generator<Node | undefined> {
  if (node.type === 'ReturnStatement') yield node.argument ?? undefined;
  if (/Function|Class/.test(node.type)) return;
  for (const child of childrenOf(node)) yield* returnedBy(child);
}

function withoutAssertions(node: Node | undefined): Node | undefined {
  if (node?.type === 'TSAsExpression' || node?.type === 'TSSatisfiesExpression')
    return withoutAssertions(node.expression);
  return node;
}

/** The new names of what an object literal replaces. */
export function namesIn(work: Work, oldModule: string, object: ObjectExpression): string[] {
  return object.properties.flatMap((property) => {
    const name = property.type === 'Property' ? nameOf(property.key) : undefined;
    const target = name === undefined ? undefined : targetOf(work.map, oldModule, name);
    return target ? [target.name] : [];
  });
}

/** What the function that makes a replacement does with the module that it replaces. */
export interface Originals {
  readonly members: MemberUse[];
  readonly names: { start: number; end: number }[];
  readonly settled: Mention[];
  /** Whether the replacement has all of the original, except what it replaces. */
  readonly spread: boolean;
}

/** The original in a replacement; nothing where it is passed on other than by spreading it into the replacement. */
export function originalsIn(work: Work, { mention }: MockCall, { object, maker }: Replacement): Originals | undefined {
  const result = {
    members: [] as MemberUse[],
    names: [] as Originals['names'],
    settled: [] as Mention[],
    spread: false,
  };
  if (!maker) return result;
  const objects: ModuleObject[] = [];
  for (const other of work.mentions) {
    if (other.oldModule !== mention.oldModule || other.start < maker.start || other.end > maker.end) continue;
    const loading = mockCallAt(work, other, pathTo(work.program, other.start, other.end));
    if (!loading?.calls.does.startsWith('load')) continue;
    const loaded = loadedObject(work, loading);
    objects.push(loaded);
    result.settled.push(other);
    result.names.push(...loaded.names);
  }
  const [parameter] = maker.params;
  if (parameter?.type === 'Identifier') {
    const variable = work.scopes().declaredAs(parameter);
    for (const reference of variable?.references ?? []) {
      const { start, end } = spanOf(reference.identifier);
      const path = pathTo(work.program, start, end);
      const original = path.at(-2);
      if (original?.type !== 'CallExpression' || original.callee !== path.at(-1)) return undefined;
      const calls = { name: parameter.name, does: 'load-async' } as const;
      const loaded = loadedObject(work, { mention, path: path.slice(0, -1), call: original, calls });
      objects.push(loaded);
      result.names.push(...loaded.names.filter((name) => name !== mention));
    }
  } else if (parameter) {
    return undefined;
  }
  for (const loaded of objects) {
    const uses = usesOfExpression(work, loaded);
    result.members.push(...uses.members);
    for (const node of uses.whole) {
      const path = pathTo(work.program, node.start, node.end);
      const at = path.indexOf(node);
      const isSpread = path[at - 1]?.type === 'SpreadElement' && path[at - 2] === object;
      if (!isSpread) return undefined;
      result.spread = true;
    }
  }
  return result;
}
