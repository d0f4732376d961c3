import { readMemberName } from './module-uses.ts';
import type { Rewrite } from './plan.ts';
import { getSpan, type Variable } from './scopes.ts';
import { isUse, listSoleUses } from './sole-uses.ts';
import { findPath, type Node, readDottedName, readName } from './syntax.ts';
import type { Target } from './targets.ts';

/** A use of an enum that the enum builder in its place does not serve. */
export interface EnumMisuse {
  readonly offset: number;
  /** What to write instead, for the report. */
  readonly message: string;
}

/**
 * Finds the uses of an enum that need a member for each label, as TypeScript's own enums have it, or that give the enum to code which
 * may. Drizzle's enum builder has the labels in `enumValues`: a label's member is `undefined` there, and a comparison with it silently
 * false.
 *
 * @param path From the program down to the declared name, or to an expression or type that is the enum.
 */
export function listEnumMisuses(rewrite: Rewrite, path: readonly Node[], target: Target): EnumMisuse[] {
  const misuses: EnumMisuse[] = [];
  if (target.labels)
    followEnum(rewrite, path, { name: target.name, labels: target.labels, followed: new Set() }, misuses);
  return misuses;
}

interface Enum {
  readonly name: string;
  readonly labels: readonly string[];
  /** Variables that were followed: one may be declared by itself. */
  readonly followed: Set<Variable>;
}

/** What an enum builder has besides being callable. */
const builderMembers = new Set(['enumName', 'enumValues', 'schema']);

/** Nodes that a value passes through unchanged. */
const transparent = new Set([
  'ChainExpression',
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
  'TSTypeQuery',
]);

function followEnum(rewrite: Rewrite, path: readonly Node[], enumeration: Enum, misuses: EnumMisuse[]): void {
  const node = path.at(-1);
  const parent = path.at(-2);
  if (!node || !parent) return;
  const upwards = path.slice(0, -1);
  if (isDeclared(rewrite, path)) {
    const paths =
      (isImported(path) ? listSoleUses(rewrite, node) : undefined) ?? listUses(rewrite, node, enumeration.followed);
    for (const each of paths) followEnum(rewrite, each, enumeration, misuses);
    return;
  }
  if (node.type === 'ObjectPattern') {
    for (const property of node.properties) {
      const name = property.type === 'Property' && !property.computed ? readName(property.key) : undefined;
      noteMember(property.start, name, enumeration, misuses);
    }
    return;
  }
  const member = readMemberName(parent, node);
  if (member !== undefined) noteMember(parent.start, member, enumeration, misuses);
  else if (parent.type === 'MemberExpression' && parent.object === node) {
    noteMember(parent.start, undefined, enumeration, misuses);
  } else if (parent.type === 'TSIndexedAccessType' && parent.objectType === node) {
    noteMember(parent.start, undefined, enumeration, misuses);
  } else if (transparent.has(parent.type) && !('typeAnnotation' in parent && parent.typeAnnotation === node)) {
    followEnum(rewrite, upwards, enumeration, misuses);
  } else if (parent.type === 'VariableDeclarator' && parent.init === node) {
    followEnum(rewrite, [...upwards, parent.id], enumeration, misuses);
  } else if (listsMembers(parent, node)) {
    noteMember(node.start, undefined, enumeration, misuses);
  } else if (!leavesMembers(parent, node) && !isExported(path)) {
    misuses.push({
      offset: node.start,
      message:
        'the enum is passed on, so its used members are unknown, and the canonical ' +
        `${enumeration.name} has its labels in ${enumeration.name}.enumValues`,
    });
  }
}

/** Whether a node uses an object in it without reading a member, and gives it to nobody but to importers of the file. */
function leavesMembers(node: Node, object: Node): boolean {
  if (object.type === 'TSTypeQuery') return true;
  if (node.type === 'AssignmentExpression') return node.left === object;
  if (node.type === 'CallExpression') return node.callee === object || takesBuilder(node.callee);
  if (node.type === 'BinaryExpression') return node.operator !== 'in';
  return usesWithoutMembers.has(node.type) || typesAround.has(node.type);
}

/** Whether a callee is one of drizzle-orm or drizzle-zod that takes an enum builder, and no enum of TypeScript. */
function takesBuilder(callee: Node): boolean {
  return /(?:^|\.)(?:createSelectSchema|isPgEnum)$/.test(readDottedName(callee) ?? '');
}

/** Whether a path ends in what `module.exports`, a property of it or `export default` exports, by itself or in an object. */
function isExported(path: readonly Node[]): boolean {
  const property = path.at(-2);
  const isInObject = property?.type === 'Property' && !property.computed && path.at(-3)?.type === 'ObjectExpression';
  const [node, exported] = path.slice(isInObject ? -4 : -2);
  if (node?.type === 'ExportDefaultDeclaration') return true;
  if (node?.type !== 'AssignmentExpression' || node.operator !== '=' || node.right !== exported) return false;
  return /^(?:module\.)?exports(?:\.|$)/.test(readDottedName(node.left) ?? '');
}

const usesWithoutMembers = new Set([
  'ExportDefaultDeclaration',
  'ExportSpecifier',
  'ExpressionStatement',
  'IfStatement',
  'TSClassImplements',
  'TSExportAssignment',
  'TSInterfaceHeritage',
  'TSTypeReference',
  'UnaryExpression',
]);

/** Around `import('…').X` and `(typeof import('…'))['X']`: as a type, an enum has no members to read. */
const typesAround = new Set([
  'TSArrayType',
  'TSConditionalType',
  'TSIndexedAccessType',
  'TSIntersectionType',
  'TSMappedType',
  'TSNamedTupleMember',
  'TSOptionalType',
  'TSParenthesizedType',
  'TSRestType',
  'TSTupleType',
  'TSTypeAliasDeclaration',
  'TSTypeAnnotation',
  'TSTypeOperator',
  'TSTypeParameter',
  'TSTypeParameterInstantiation',
  'TSTypePredicate',
  'TSUnionType',
]);

/** Whether a path ends in a name that is declared there. */
function isDeclared(rewrite: Rewrite, path: readonly Node[]): boolean {
  const node = path.at(-1);
  if (isUse(path)) return false;
  if (isImported(path)) return true;
  return node?.type === 'Identifier' && rewrite.scopes().findDeclared(node) !== undefined;
}

/** Whether a path ends in the local name of an import. */
function isImported(path: readonly Node[]): boolean {
  return path.at(-2)?.type === 'ImportSpecifier' || path.at(-2)?.type === 'ImportDefaultSpecifier';
}

/** The paths to the uses of a variable; none if they were followed. */
function listUses(rewrite: Rewrite, identifier: Node, followed: Set<Variable>): Node[][] {
  const variable = rewrite.scopes().findDeclared(identifier);
  if (!variable || followed.has(variable)) return [];
  followed.add(variable);
  return variable.references
    .map((reference) => getSpan(reference.identifier))
    .filter(({ start }) => start !== identifier.start)
    .map(({ start, end }) => findPath(rewrite.program, start, end));
}

/** Whether a node reads the members of an object in it, be it by name or all of them. */
function listsMembers(node: Node, object: Node): boolean {
  if (node.type === 'SpreadElement' || node.type === 'JSXSpreadAttribute') return true;
  if (node.type === 'ForInStatement' || node.type === 'ForOfStatement') return node.right === object;
  if (node.type === 'BinaryExpression') return node.operator === 'in' && node.right === object;
  if (node.type === 'TSTypeOperator') return node.operator === 'keyof';
  if (node.type !== 'CallExpression' || node.callee === object || takesBuilder(node.callee)) return false;
  const callee = readDottedName(node.callee) ?? '';
  // As in z.nativeEnum(), IsEnum() of class-validator and registerEnumType() of GraphQL.
  return /^(?:Object|Reflect)\./.test(callee) || /enum[^.]*$/i.test(callee);
}

function noteMember(offset: number, member: string | undefined, { name, labels }: Enum, misuses: EnumMisuse[]): void {
  if (member !== undefined && builderMembers.has(member)) return;
  const quoted = labels.map((label) => `'${label}'`);
  const alike = labels.find((label) => member !== undefined && foldCase(label) === foldCase(member));
  const advice = alike === undefined ? `, and no label like it: ${quoted.join(', ')}` : `: write '${alike}'`;
  const message =
    member === undefined
      ? `the members of the enum are listed or looked up, and the canonical ${name} has its labels in ${name}.enumValues`
      : `the canonical ${name} has no member ${member}${advice}`;
  misuses.push({ offset, message });
}

/** A name without what tells `NO_SHOW`, `NoShow` and `no_show` apart. */
function foldCase(name: string): string {
  return name.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}
