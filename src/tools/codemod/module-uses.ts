import type { Rewrite } from './plan.ts';
import { getSpan, isConstant, type Variable } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { findPath, type Node, readName } from './syntax.ts';

/** One use of a member of a module object. */
export interface MemberUse {
  readonly name: string;
  /** From the program down to the member expression, qualified name or pattern property. */
  readonly path: readonly Node[];
}

/** How a module object is used: by its members, and as a whole. */
export interface ModuleUses {
  readonly members: MemberUse[];
  readonly whole: Node[];
  /** Variables that hold the object. */
  readonly variables: Variable[];
}

/** An expression that is a module object, or a promise of one. */
export interface ModuleObject {
  /** From the program down to the expression. */
  readonly path: readonly Node[];
  readonly promise: boolean;
  /** Ranges between quotes that name the module, and change with it. */
  readonly names: readonly { readonly start: number; readonly end: number }[];
}

/**
 * Extends a module object by an `as typeof import('…')` of the same module around it. The type is settled with the object and
 * follows it.
 */
export function includeAssertion(rewrite: Rewrite, mention: Mention, object: ModuleObject): ModuleObject {
  const awaited = object.promise && object.path.at(-2)?.type === 'AwaitExpression';
  const path = awaited ? object.path.slice(0, -1) : object.path;
  const assertion = path.at(-2);
  if (object.promise && !awaited) return object;
  if (assertion?.type !== 'TSAsExpression' && assertion?.type !== 'TSTypeAssertion') return object;
  const type = findModuleType(rewrite, mention, assertion.typeAnnotation);
  if (!type) return object;
  rewrite.plan.settled.add(type);
  return { path: path.slice(0, -1), promise: false, names: [...object.names, type] };
}

/** The mention in `typeof import('…')`, if it is of the same module as another mention. */
export function findModuleType(rewrite: Rewrite, mention: Mention, node: Node | undefined): Mention | undefined {
  if (node?.type !== 'TSTypeQuery' || node.exprName.type !== 'TSImportType' || node.exprName.qualifier)
    return undefined;
  const { source } = node.exprName;
  return rewrite.mentions.find((each) => each.start === source.start + 1 && each.oldModule === mention.oldModule);
}

/** Finds all uses of the module object that an expression evaluates to. */
export function findUsesOfExpression(rewrite: Rewrite, object: ModuleObject): ModuleUses {
  const uses: ModuleUses = { members: [], whole: [], variables: [] };
  followExpression(rewrite, object.path, object.promise, uses);
  return uses;
}

/** Finds all uses of the module object that a variable is declared with. */
export function findUsesOfVariable(rewrite: Rewrite, identifier: Node): ModuleUses {
  const uses: ModuleUses = { members: [], whole: [], variables: [] };
  followVariable(rewrite, identifier, uses);
  return uses;
}

function followVariable(rewrite: Rewrite, identifier: Node, uses: ModuleUses): void {
  const scopes = rewrite.scopes();
  const variable = scopes.findDeclared(identifier);
  if (
    !variable ||
    !isConstant(variable) ||
    scopes.isMember(variable.name) ||
    scopes.hidesInTypes(variable) ||
    scopes.dynamic
  ) {
    uses.whole.push(identifier);
    return;
  }
  uses.variables.push(variable);
  for (const reference of variable.references) {
    const { start, end } = getSpan(reference.identifier);
    if (start === identifier.start) continue;
    followExpression(rewrite, findPath(rewrite.program, start, end), false, uses);
  }
}

function followExpression(rewrite: Rewrite, path: readonly Node[], promise: boolean, uses: ModuleUses): void {
  const node = path.at(-1);
  const parent = path.at(-2);
  if (!node || !parent) return;
  const upwards = path.slice(0, -1);

  if (parent.type === 'ExpressionStatement') return;
  if (parent.type === 'UnaryExpression' && parent.operator === 'void') return;
  if (promise) {
    followPromise(rewrite, path, uses);
    return;
  }
  if (readMemberName(parent, node) !== undefined) {
    uses.members.push({ name: readMemberName(parent, node) ?? '', path: upwards });
    return;
  }
  if (parent.type === 'TSTypeQuery' && path.at(-3)?.type === 'TSIndexedAccessType') {
    const name = readMemberName(path.at(-3) as Node, parent);
    if (name !== undefined) {
      uses.members.push({ name, path: path.slice(0, -2) });
      return;
    }
  }
  if (parent.type === 'VariableDeclarator' && parent.init === node) {
    followBinding(rewrite, [...upwards, parent.id], uses);
    return;
  }
  if (parent.type === 'AssignmentExpression' && parent.right === node && parent.operator === '=') {
    if (parent.left.type === 'ObjectPattern' && path.at(-3)?.type === 'ExpressionStatement') {
      followBinding(rewrite, [...upwards, parent.left], uses);
      return;
    }
  }
  uses.whole.push(node);
}

function followPromise(rewrite: Rewrite, path: readonly Node[], uses: ModuleUses): void {
  const node = path.at(-1);
  const parent = path.at(-2);
  const call = path.at(-3);
  if (!node || !parent) return;

  if (parent.type === 'AwaitExpression') {
    followExpression(rewrite, path.slice(0, -1), false, uses);
    return;
  }
  if (parent.type === 'MemberExpression' && parent.object === node && readName(parent.property) === 'then') {
    const [whenLoaded] = call?.type === 'CallExpression' && call.callee === parent ? call.arguments : [];
    if (whenLoaded?.type === 'ArrowFunctionExpression' || whenLoaded?.type === 'FunctionExpression') {
      const [parameter] = whenLoaded.params;
      if (!parameter) return;
      if (parameter.type === 'Identifier' || parameter.type === 'ObjectPattern') {
        followBinding(rewrite, findPath(rewrite.program, parameter.start, parameter.end), uses, parameter);
        return;
      }
    }
  }
  if (parent.type === 'ArrayExpression') {
    const bound = findPromiseAllBinding(path);
    if (bound) {
      followBinding(rewrite, bound, uses);
      return;
    }
  }
  uses.whole.push(node);
}

/** The pattern that receives one promise's value in `const [a, b] = await Promise.all([…, …])`. */
function findPromiseAllBinding(path: readonly Node[]): Node[] | undefined {
  const [declarator, awaiting, call, array, node] = path.slice(-5);
  if (declarator?.type !== 'VariableDeclarator' || awaiting?.type !== 'AwaitExpression') return undefined;
  if (call?.type !== 'CallExpression' || array?.type !== 'ArrayExpression') return undefined;
  if (call.callee.type !== 'MemberExpression' || readName(call.callee.object) !== 'Promise') return undefined;
  if (readName(call.callee.property) !== 'all' || declarator.id.type !== 'ArrayPattern') return undefined;
  if (array.elements.some((element) => element?.type === 'SpreadElement') || declarator.id.typeAnnotation)
    return undefined;
  const element = declarator.id.elements[array.elements.indexOf(node as never)];
  if (element?.type !== 'Identifier' && element?.type !== 'ObjectPattern') return undefined;
  return [...path.slice(0, -4), declarator.id, element];
}

function followBinding(rewrite: Rewrite, path: readonly Node[], uses: ModuleUses, binding = path.at(-1)): void {
  if (binding?.type === 'Identifier' && !binding.typeAnnotation && !isExportedDeclaration(path)) {
    followVariable(rewrite, binding, uses);
    return;
  }
  if (binding?.type !== 'ObjectPattern' || binding.typeAnnotation) {
    if (binding) uses.whole.push(binding);
    return;
  }
  const upwards = path.slice(0, path.indexOf(binding) + 1);
  for (const property of binding.properties) {
    const name = property.type === 'Property' && !property.computed ? readName(property.key) : undefined;
    if (name === undefined) uses.whole.push(property);
    else uses.members.push({ name, path: [...upwards, property] });
  }
}

/** The name of the member that a node accesses on an object, in values, types and JSX. */
export function readMemberName(node: Node, object: Node): string | undefined {
  if (node.type === 'MemberExpression' && node.object === object) {
    if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : undefined;
    return node.property.type === 'Literal' ? readName(node.property) : undefined;
  }
  if (node.type === 'TSQualifiedName' && node.left === object) return node.right.name;
  if (node.type === 'JSXMemberExpression' && node.object === object) return node.property.name;
  if (node.type === 'TSIndexedAccessType' && node.objectType === object) {
    return node.indexType.type === 'TSLiteralType' ? readName(node.indexType.literal as Node) : undefined;
  }
  return undefined;
}

/** Whether a path ends in the names that an `export const` declares, and not in a function within it. */
export function isExportedDeclaration(path: readonly Node[]): boolean {
  const upTo = path.findLastIndex((node) => node.type === 'VariableDeclarator');
  const declarator = path[upTo];
  if (declarator?.type !== 'VariableDeclarator' || path[upTo + 1] !== declarator.id) return false;
  return path[upTo - 2]?.type === 'ExportNamedDeclaration';
}
