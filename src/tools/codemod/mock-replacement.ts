import { findMockCall, getLoadedObject, type MockCall } from './mock-calls.ts';
import { findUsesOfExpression, type MemberUse, type ModuleObject } from './module-uses.ts';
import type { Rewrite } from './plan.ts';
import { getSpan } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { findPath, listChildren, type Node, readName } from './syntax.ts';
import { findTarget } from './targets.ts';

export type ObjectExpression = Extract<Node, { type: 'ObjectExpression' }>;

type Maker =
  | Extract<Node, { type: 'ArrowFunctionExpression' }>
  | Extract<Node, { params: unknown; generator: boolean }>;

/** What a mock puts in place of a module: an object, and the factory that returns it, if there is one. */
export interface Replacement {
  readonly object: ObjectExpression;
  readonly maker?: Maker;
}

/**
 * The one object literal that is the replacement or that its factory returns.
 *
 * @returns undefined if there are none or several.
 */
export function findReplacement(node: Node): Replacement | undefined {
  if (node.type === 'ObjectExpression') {
    const named = node.properties.find((each) => each.type === 'Property' && readName(each.key) === 'namedExports');
    const object = named?.type === 'Property' ? named.value : undefined;
    return object?.type === 'ObjectExpression' ? { object } : undefined;
  }
  if (node.type !== 'ArrowFunctionExpression' && node.type !== 'FunctionExpression') return undefined;
  if (node.type === 'FunctionExpression' && node.generator) return undefined;
  const returned = node.body?.type === 'BlockStatement' ? [...listReturned(node.body)] : [node.body as Node];
  const object = unwrapAssertions(returned[0]);
  return returned.length === 1 && object?.type === 'ObjectExpression' ? { object, maker: node } : undefined;
}

function* listReturned(node: Node): Generator<Node | undefined> {
  if (node.type === 'ReturnStatement') yield node.argument ?? undefined;
  if (/Function|Class/.test(node.type)) return;
  for (const child of listChildren(node)) yield* listReturned(child);
}

function unwrapAssertions(node: Node | undefined): Node | undefined {
  if (node?.type === 'TSAsExpression' || node?.type === 'TSSatisfiesExpression')
    return unwrapAssertions(node.expression);
  return node;
}

/** The new names of the symbols that an object literal replaces. */
export function listReplacedNames(rewrite: Rewrite, oldModule: string, object: ObjectExpression): string[] {
  return object.properties.flatMap((property) => {
    const name = property.type === 'Property' ? readName(property.key) : undefined;
    const target = name === undefined ? undefined : findTarget(rewrite.map, oldModule, name);
    return target ? [target.name] : [];
  });
}

/** How the factory of a replacement uses the original module. */
export interface Originals {
  readonly members: MemberUse[];
  readonly names: { start: number; end: number }[];
  readonly settled: Mention[];
  /** Whether the replacement spreads the original. */
  readonly spread: boolean;
}

/**
 * The uses of the original module in a replacement.
 *
 * @returns undefined if the original is passed on in another way than being spread into the replacement.
 */
export function findOriginals(
  rewrite: Rewrite,
  { mention }: MockCall,
  { object, maker }: Replacement,
): Originals | undefined {
  const result = {
    members: [] as MemberUse[],
    names: [] as Originals['names'],
    settled: [] as Mention[],
    spread: false,
  };
  if (!maker) return result;
  const objects: ModuleObject[] = [];
  for (const other of rewrite.mentions) {
    if (other.oldModule !== mention.oldModule || other.start < maker.start || other.end > maker.end) continue;
    const loading = findMockCall(rewrite, other, findPath(rewrite.program, other.start, other.end));
    if (!loading?.calls.does.startsWith('load')) continue;
    const loaded = getLoadedObject(rewrite, loading);
    objects.push(loaded);
    result.settled.push(other);
    result.names.push(...loaded.names);
  }
  const [parameter] = maker.params;
  if (parameter?.type === 'Identifier') {
    const variable = rewrite.scopes().findDeclared(parameter);
    for (const reference of variable?.references ?? []) {
      const { start, end } = getSpan(reference.identifier);
      const path = findPath(rewrite.program, start, end);
      const original = path.at(-2);
      if (original?.type !== 'CallExpression' || original.callee !== path.at(-1)) return undefined;
      const calls = { name: parameter.name, does: 'load-async' } as const;
      const loaded = getLoadedObject(rewrite, { mention, path: path.slice(0, -1), call: original, calls });
      objects.push(loaded);
      result.names.push(...loaded.names.filter((name) => name !== mention));
    }
  } else if (parameter) {
    return undefined;
  }
  for (const loaded of objects) {
    const uses = findUsesOfExpression(rewrite, loaded);
    result.members.push(...uses.members);
    for (const node of uses.whole) {
      const path = findPath(rewrite.program, node.start, node.end);
      const at = path.indexOf(node);
      const isSpread = path[at - 1]?.type === 'SpreadElement' && path[at - 2] === object;
      if (!isSpread) return undefined;
      result.spread = true;
    }
  }
  return result;
}
