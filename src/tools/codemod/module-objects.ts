import { renderList } from './lists.ts';
import { type Target, targetModules, targetOf, wholeTarget, widerTarget } from './moved.ts';
import { canRename, claim, isFree, renameUses } from './names.ts';
import { isConstant, spanOf, type Variable } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import { type Node, nameOf, pathTo } from './syntax.ts';
import { endOfStatement, hasComment, indentAt, lineEnd, symbolIn, type Work } from './work.ts';

/** One member of a module object, where it is used. */
export interface MemberUse {
  readonly name: string;
  /** The member expression, qualified name or pattern property, with what it stands in. */
  readonly path: readonly Node[];
}

/** What is done with a module object: members that are used, and places that take the object as a whole. */
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
  /** Ranges between quotes that name the module, and go where the object goes. */
  readonly names: readonly { readonly start: number; readonly end: number }[];
}

/**
 * A module object with the `as typeof import('…')` around it that says which module it is, if there is one. The type is settled
 * with it and goes where the object goes.
 */
export function withAssertion(work: Work, mention: Mention, object: ModuleObject): ModuleObject {
  const awaited = object.promise && object.path.at(-2)?.type === 'AwaitExpression';
  const path = awaited ? object.path.slice(0, -1) : object.path;
  const assertion = path.at(-2);
  if (object.promise && !awaited) return object;
  if (assertion?.type !== 'TSAsExpression' && assertion?.type !== 'TSTypeAssertion') return object;
  const type = typeOfModule(work, mention, assertion.typeAnnotation);
  if (!type) return object;
  work.plan.settled.add(type);
  return { path: path.slice(0, -1), promise: false, names: [...object.names, type] };
}

/** The mention of a module in `typeof import('…')`, where it is the module of another mention. */
export function typeOfModule(work: Work, mention: Mention, node: Node | undefined): Mention | undefined {
  if (node?.type !== 'TSTypeQuery' || node.exprName.type !== 'TSImportType' || node.exprName.qualifier)
    return undefined;
  const { source } = node.exprName;
  return work.mentions.find((each) => each.start === source.start + 1 && each.oldModule === mention.oldModule);
}

/** What is done with a module object that an expression brings. */
export function usesOfExpression(work: Work, object: ModuleObject): ModuleUses {
  const uses: ModuleUses = { members: [], whole: [], variables: [] };
  followExpression(work, object.path, object.promise, uses);
  return uses;
}

/** What is done with a module object that a variable holds from its declaration on. */
export function usesOfVariable(work: Work, identifier: Node): ModuleUses {
  const uses: ModuleUses = { members: [], whole: [], variables: [] };
  followVariable(work, identifier, uses);
  return uses;
}

function followVariable(work: Work, identifier: Node, uses: ModuleUses): void {
  const scopes = work.scopes();
  const variable = scopes.declaredAs(identifier);
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
    const { start, end } = spanOf(reference.identifier);
    if (start === identifier.start) continue;
    followExpression(work, pathTo(work.program, start, end), false, uses);
  }
}

function followExpression(work: Work, path: readonly Node[], promise: boolean, uses: ModuleUses): void {
  const node = path.at(-1);
  const parent = path.at(-2);
  if (!node || !parent) return;
  const upwards = path.slice(0, -1);

  if (parent.type === 'ExpressionStatement') return;
  if (parent.type === 'UnaryExpression' && parent.operator === 'void') return;
  if (promise) {
    followPromise(work, path, uses);
    return;
  }
  if (memberName(parent, node) !== undefined) {
    uses.members.push({ name: memberName(parent, node) ?? '', path: upwards });
    return;
  }
  if (parent.type === 'TSTypeQuery' && path.at(-3)?.type === 'TSIndexedAccessType') {
    const name = memberName(path.at(-3) as Node, parent);
    if (name !== undefined) {
      uses.members.push({ name, path: path.slice(0, -2) });
      return;
    }
  }
  if (parent.type === 'VariableDeclarator' && parent.init === node) {
    followBinding(work, [...upwards, parent.id], uses);
    return;
  }
  if (parent.type === 'AssignmentExpression' && parent.right === node && parent.operator === '=') {
    if (parent.left.type === 'ObjectPattern' && path.at(-3)?.type === 'ExpressionStatement') {
      followBinding(work, [...upwards, parent.left], uses);
      return;
    }
  }
  uses.whole.push(node);
}

function followPromise(work: Work, path: readonly Node[], uses: ModuleUses): void {
  const node = path.at(-1);
  const parent = path.at(-2);
  const call = path.at(-3);
  if (!node || !parent) return;

  if (parent.type === 'AwaitExpression') {
    followExpression(work, path.slice(0, -1), false, uses);
    return;
  }
  if (parent.type === 'MemberExpression' && parent.object === node && nameOf(parent.property) === 'then') {
    const [whenLoaded] = call?.type === 'CallExpression' && call.callee === parent ? call.arguments : [];
    if (whenLoaded?.type === 'ArrowFunctionExpression' || whenLoaded?.type === 'FunctionExpression') {
      const [parameter] = whenLoaded.params;
      if (!parameter) return;
      if (parameter.type === 'Identifier' || parameter.type === 'ObjectPattern') {
        followBinding(work, pathTo(work.program, parameter.start, parameter.end), uses, parameter);
        return;
      }
    }
  }
  if (parent.type === 'ArrayExpression') {
    const bound = boundByPromiseAll(path);
    if (bound) {
      followBinding(work, bound, uses);
      return;
    }
  }
  uses.whole.push(node);
}

/** The pattern that takes one promise's value in `const [a, b] = await Promise.all([…, …])`. */
function boundByPromiseAll(path: readonly Node[]): Node[] | undefined {
  const [declarator, awaiting, call, array, node] = path.slice(-5);
  if (declarator?.type !== 'VariableDeclarator' || awaiting?.type !== 'AwaitExpression') return undefined;
  if (call?.type !== 'CallExpression' || array?.type !== 'ArrayExpression') return undefined;
  if (call.callee.type !== 'MemberExpression' || nameOf(call.callee.object) !== 'Promise') return undefined;
  if (nameOf(call.callee.property) !== 'all' || declarator.id.type !== 'ArrayPattern') return undefined;
  if (array.elements.some((element) => element?.type === 'SpreadElement') || declarator.id.typeAnnotation)
    return undefined;
  const element = declarator.id.elements[array.elements.indexOf(node as never)];
  if (element?.type !== 'Identifier' && element?.type !== 'ObjectPattern') return undefined;
  return [...path.slice(0, -4), declarator.id, element];
}

function followBinding(work: Work, path: readonly Node[], uses: ModuleUses, binding = path.at(-1)): void {
  if (binding?.type === 'Identifier' && !binding.typeAnnotation && !isExportedDeclaration(path)) {
    followVariable(work, binding, uses);
    return;
  }
  if (binding?.type !== 'ObjectPattern' || binding.typeAnnotation) {
    if (binding) uses.whole.push(binding);
    return;
  }
  const upwards = path.slice(0, path.indexOf(binding) + 1);
  for (const property of binding.properties) {
    const name = property.type === 'Property' && !property.computed ? nameOf(property.key) : undefined;
    if (name === undefined) uses.whole.push(property);
    else uses.members.push({ name, path: [...upwards, property] });
  }
}

/** The name of the member that a node takes of an object, in values, types and JSX. */
function memberName(node: Node, object: Node): string | undefined {
  if (node.type === 'MemberExpression' && node.object === object) {
    if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : undefined;
    return node.property.type === 'Literal' ? nameOf(node.property) : undefined;
  }
  if (node.type === 'TSQualifiedName' && node.left === object) return node.right.name;
  if (node.type === 'JSXMemberExpression' && node.object === object) return node.property.name;
  if (node.type === 'TSIndexedAccessType' && node.objectType === object) {
    return node.indexType.type === 'TSLiteralType' ? nameOf(node.indexType.literal as Node) : undefined;
  }
  return undefined;
}

/** Where the members that are used of a module object went. */
export type Destination =
  | { readonly kind: 'whole' | 'one'; readonly module: string }
  | { readonly kind: 'several'; readonly modules: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly unknown: readonly MemberUse[] }
  | { readonly kind: 'opaque'; readonly whole: readonly Node[] };

/** Where what is used of an old module's object went, as far as it can be told. */
export function destinationOf(work: Work, oldModule: string, uses: ModuleUses): Destination {
  const whole = wholeTarget(work.map, oldModule);
  if (whole !== undefined) return { kind: 'whole', module: whole };
  const wider = widerTarget(work.map, oldModule);
  const opaque = uses.whole.filter((node) => wider === undefined || !isExported(work, node));
  if (opaque.length > 0) return { kind: 'opaque', whole: opaque };
  const unknown = uses.members.filter((use) => targetOf(work.map, oldModule, use.name) === undefined);
  if (unknown.length > 0) return { kind: 'unknown', unknown };
  const modules = new Set(uses.members.map((use) => targetOf(work.map, oldModule, use.name)?.module ?? ''));
  if (uses.whole.length > 0 && wider !== undefined) modules.add(wider);
  const [module, ...others] = modules;
  if (module === undefined) return { kind: 'none' };
  return others.length === 0 ? { kind: 'one', module } : { kind: 'several', modules: [...modules] };
}

/** Whether a module object goes no further than an export: who imports it from here uses its members. */
function isExported(work: Work, node: Node): boolean {
  const path = pathTo(work.program, node.start, node.end);
  return path.at(-2)?.type === 'ExportSpecifier' || (node.type === 'Identifier' && isExportedDeclaration(path));
}

/** Whether a path leads into what an `export const` declares, though not into the functions in it. */
function isExportedDeclaration(path: readonly Node[]): boolean {
  const upTo = path.findLastIndex((node) => node.type === 'VariableDeclarator');
  const declarator = path[upTo];
  if (declarator?.type !== 'VariableDeclarator' || path[upTo + 1] !== declarator.id) return false;
  return path[upTo - 2]?.type === 'ExportNamedDeclaration';
}

/** Puts a new specifier between quotes. */
export function respecify(work: Work, range: { readonly start: number; readonly end: number }, module: string): void {
  work.plan.edits.push({ start: range.start, end: range.end, text: module });
}

/** Notes that a symbol of an old module was moved. */
export function noteSymbol(work: Work, offset: number, oldModule: string, name: string, target: Target): void {
  work.plan.changes.push({ offset, from: symbolIn(oldModule, name), to: symbolIn(target.module, target.name) });
}

/** Notes that an old module itself was moved. */
export function noteModule(work: Work, mention: Mention, module: string, note?: string): void {
  work.plan.changes.push({
    offset: mention.start,
    from: mention.oldModule ?? mention.specifier,
    to: module,
    ...(note === undefined ? {} : { note }),
  });
}

/** Notes why a module object could not be moved. */
export function noteLeft(work: Work, mention: Mention, destination: Destination): void {
  const from = mention.oldModule ?? mention.specifier;
  if (destination.kind === 'unknown') {
    for (const use of destination.unknown) {
      const offset = use.path.at(-1)?.start ?? mention.start;
      const message = `the map does not say where ${use.name} of ${from} went`;
      work.plan.left.push({ mention, offset, from: symbolIn(from, use.name), reason: 'unknown-symbol', message });
    }
    return;
  }
  if (destination.kind === 'opaque') {
    const offset = destination.whole[0]?.start ?? mention.start;
    const message = 'the module is passed on whole, so nobody can tell which members are used';
    work.plan.left.push({ mention, offset, from, reason: 'whole-module', message });
    return;
  }
  const modules = destination.kind === 'several' ? destination.modules : targetModules(work.map, from);
  const message = `what is used of it went to ${modules.join(' and ')}, and this place takes one module`;
  work.plan.left.push({ mention, offset: mention.start, from, reason: 'parts-ways', message });
}

/** Moves a module object that an expression brings (`await import()`, `require()` and their kin), or says why not. */
export function moveModuleObject(work: Work, mention: Mention, object: ModuleObject): boolean {
  const oldModule = mention.oldModule ?? '';
  const uses = usesOfExpression(work, object);
  let destination = destinationOf(work, oldModule, uses);
  if (destination.kind === 'none') {
    const [module, ...others] = targetModules(work.map, oldModule);
    if (module !== undefined && others.length === 0) destination = { kind: 'one', module };
  }
  if (destination.kind === 'whole') {
    for (const name of object.names) respecify(work, name, destination.module);
    noteModule(work, mention, destination.module);
    return true;
  }
  if (destination.kind === 'one') {
    for (const name of object.names) respecify(work, name, destination.module);
    if (uses.members.length === 0) noteModule(work, mention, destination.module);
    renameMembers(work, oldModule, uses.members);
    return true;
  }
  if (destination.kind === 'several' && splitDeclaration(work, mention, object, uses, destination.modules)) return true;
  if (destination.kind === 'none' && splitStatement(work, mention, object)) return true;
  noteLeft(work, mention, destination);
  return false;
}

/** Gives members that are used of a module object their new names. */
export function renameMembers(work: Work, oldModule: string, members: readonly MemberUse[]): void {
  for (const use of members) {
    const target = targetOf(work.map, oldModule, use.name);
    const node = use.path.at(-1);
    if (!target || !node) continue;
    noteSymbol(work, node.start, oldModule, use.name, target);
    if (target.name === use.name) continue;
    if (node.type === 'Property') renameProperty(work, use.path, target.name);
    else replaceName(work, memberNode(node), target.name);
  }
}

/** The node that spells the member's name. */
function memberNode(node: Node): Node | undefined {
  if (node.type === 'MemberExpression' || node.type === 'JSXMemberExpression') return node.property;
  if (node.type === 'TSQualifiedName') return node.right;
  if (node.type === 'TSIndexedAccessType' && node.indexType.type === 'TSLiteralType') return node.indexType.literal;
  return undefined;
}

/** Writes a new name in the place of an identifier, or between the quotes of a string. */
export function replaceName(work: Work, node: Node | undefined, name: string): void {
  if (!node) return;
  const inset = node.type === 'Literal' ? 1 : 0;
  work.plan.edits.push({ start: node.start + inset, end: node.end - inset, text: name });
}

/** Takes a member by its new name in a pattern. The variable takes the name too where it can. */
function renameProperty(work: Work, path: readonly Node[], name: string): void {
  const property = path.at(-1);
  if (property?.type !== 'Property') return;
  const { key, value } = property;
  if (!property.shorthand) {
    const between = work.text.slice(key.end, value.start);
    if (key.type === 'Identifier' && nameOf(value) === name && /^\s*:\s*$/.test(between)) {
      work.plan.edits.push({ start: key.start, end: value.end, text: name });
    } else {
      replaceName(work, key, name);
    }
    return;
  }
  const variable = value.type === 'Identifier' ? renamable(work, path, value, name) : undefined;
  if (variable) {
    claim(work, variable.scope, name);
    renameUses(work, variable, name);
    work.plan.edits.push({ start: property.start, end: property.end, text: name });
    return;
  }
  work.plan.edits.push({ start: property.start, end: property.start, text: `${name}: ` });
}

/** The variable that a pattern declares, if it can take a new name without anybody outside the file seeing it. */
function renamable(work: Work, path: readonly Node[], identifier: Node, name: string): Variable | undefined {
  const variable = isExportedDeclaration(path) ? undefined : work.scopes().declaredAs(identifier);
  return variable && isConstant(variable) && canRename(work, variable, name) ? variable : undefined;
}

/** Members of a module object by the module that they went to, each under a name that is free in its scope. */
export interface SplitMember {
  readonly use: MemberUse;
  readonly target: Target;
  readonly local: string;
}

/**
 * Names for the members that are used of a module object in a variable, if each can be a variable of its own instead; nothing
 * where a member is taken in a way that a variable cannot serve.
 */
export function splitVariable(work: Work, oldModule: string, uses: ModuleUses): SplitMember[] | undefined {
  const [variable, ...others] = uses.variables;
  if (!variable || others.length > 0 || uses.members.some((use) => use.path.at(-1)?.type === 'Property'))
    return undefined;
  const locals = new Map<string, string>();
  return uses.members.map((use) => {
    const target = targetOf(work.map, oldModule, use.name) as Target;
    const symbol = symbolIn(target.module, target.name);
    const local = locals.get(symbol) ?? freeName(work, variable, target.name);
    locals.set(symbol, local);
    return { use, target, local };
  });
}

/**
 * A name for what takes the place of a variable: the one wanted if it is free, else one that says whose it is, else a numbered
 * one. It counts as taken from then on.
 */
export function freeName(work: Work, variable: Variable, wanted: string): string {
  const isUpper = wanted.charAt(0) !== wanted.charAt(0).toLowerCase();
  const owned = isUpper ? capitalised(variable.name) + wanted : variable.name + capitalised(wanted);
  let name = wanted;
  for (let number = 1; name !== variable.name && !isFree(work, variable, name); number++) {
    name = number === 1 ? owned : `${owned}${number}`;
  }
  claim(work, variable.scope, name);
  return name;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Writes the variables of split members where the members of the module object were. */
export function useSplitMembers(work: Work, oldModule: string, members: readonly SplitMember[]): void {
  for (const { use, target, local } of members) {
    const node = use.path.at(-1);
    if (!node) continue;
    const glued = /^[\p{ID_Continue}$]/u.test(work.text.slice(node.end, node.end + 2));
    work.plan.edits.push({ start: node.start, end: node.end, text: glued ? `${local} ` : local });
    noteSymbol(work, node.start, oldModule, use.name, target);
  }
}

/** Splits `const { a, b } = await import('…')`, or a module object in a constant, into one declaration a module. */
function splitDeclaration(
  work: Work,
  mention: Mention,
  object: ModuleObject,
  uses: ModuleUses,
  modules: readonly string[],
): boolean {
  const upTo = object.path.findLastIndex((node) => node.type === 'VariableDeclarator');
  const declarator = object.path[upTo];
  const declaration = object.path[upTo - 1];
  if (declarator?.type !== 'VariableDeclarator' || declaration?.type !== 'VariableDeclaration' || !declarator.init)
    return false;
  const beyond = object.path.slice(upTo + 1).filter((node) => node.type !== 'AwaitExpression');
  if (beyond.length !== 1 || hasComment(work, declarator.start, declarator.end)) return false;

  const members = new Map<string, string[]>(modules.map((module) => [module, []]));
  if (declarator.id.type === 'ObjectPattern') {
    const simple = declarator.id.properties.every(
      (property) => property.type === 'Property' && property.value.type === 'Identifier',
    );
    if (!simple || uses.variables.length > 0) return false;
    for (const use of uses.members) {
      const property = use.path.at(-1);
      const target = targetOf(work.map, mention.oldModule ?? '', use.name);
      if (property?.type !== 'Property' || property.value.type !== 'Identifier' || !target) return false;
      members.get(target.module)?.push(splitProperty(work, use.path, property.value, target));
      noteSymbol(work, property.start, mention.oldModule ?? '', use.name, target);
    }
  } else {
    const split = declaration.kind === 'const' ? splitVariable(work, mention.oldModule ?? '', uses) : undefined;
    const exported = object.path[upTo - 2]?.type === 'ExportNamedDeclaration';
    if (!split || exported) return false;
    for (const { target, local } of split) {
      const written = target.name === local ? local : `${target.name}: ${local}`;
      const listed = members.get(target.module);
      if (listed && !listed.includes(written)) listed.push(written);
    }
    useSplitMembers(work, mention.oldModule ?? '', split);
  }

  const exported = object.path[upTo - 2]?.type === 'ExportNamedDeclaration';
  const statement = exported ? object.path[upTo - 2] : declaration;
  const container = object.path[exported ? upTo - 3 : upTo - 2];
  const alone = declaration.declarations.length === 1 && container !== undefined && statementLists.has(container.type);
  const indent = indentAt(work.text, declaration.start);
  const end = statement ? endOfStatement(work.text, statement) : declarator.end;
  const parts = modules.map((module) => {
    const value = withNames(work.text, declarator.init as Node, object.names, module);
    const head = alone && statement ? work.text.slice(statement.start, declarator.id.start) : '';
    const tail = alone ? work.text.slice(declarator.end, end) : '';
    const list = renderList(work.text, members.get(module) ?? [], indent, `${head} = ${value}${tail}`.length);
    return `${head}${list} = ${value}${tail}`;
  });
  const separator = alone ? `${lineEnd(work.text)}${indent}` : ', ';
  const range = alone && statement ? { start: statement.start, end } : { start: declarator.start, end: declarator.end };
  work.plan.edits.push({ ...range, text: parts.join(separator) });
  return true;
}

const statementLists = new Set(['Program', 'BlockStatement', 'StaticBlock', 'TSModuleBlock', 'SwitchCase']);

/** A pattern's property as the new pattern has it. */
function splitProperty(
  work: Work,
  path: readonly Node[],
  local: Node & { type: 'Identifier' },
  target: Target,
): string {
  if (local.name === target.name) return target.name;
  const property = path.at(-1);
  const variable =
    property?.type === 'Property' && property.shorthand ? renamable(work, path, local, target.name) : undefined;
  if (!variable) return `${target.name}: ${local.name}`;
  claim(work, variable.scope, target.name);
  renameUses(work, variable, target.name);
  return target.name;
}

/** Splits a statement that only loads a module, as in `await import('…');`, into one statement a module. */
export function splitStatement(work: Work, mention: Mention, object: ModuleObject): boolean {
  const statement = object.path.at(-2)?.type === 'AwaitExpression' ? object.path.at(-3) : object.path.at(-2);
  const container = object.path[object.path.indexOf(statement as Node) - 1];
  if (statement?.type !== 'ExpressionStatement' || !container || !statementLists.has(container.type)) return false;
  const modules = targetModules(work.map, mention.oldModule ?? '');
  const indent = indentAt(work.text, statement.start);
  const range = { start: statement.start, end: endOfStatement(work.text, statement) };
  const parts = modules.map((module) => withNames(work.text, range, object.names, module));
  work.plan.edits.push({ ...range, text: parts.join(`${lineEnd(work.text)}${indent}`) });
  for (const module of modules) noteModule(work, mention, module);
  return true;
}

/** The text of a range with another module between the quotes that name it. */
function withNames(
  text: string,
  range: { readonly start: number; readonly end: number },
  names: ModuleObject['names'],
  module: string,
): string {
  let result = '';
  let position = range.start;
  for (const name of [...names].sort((left, right) => left.start - right.start)) {
    if (name.start < range.start || name.end > range.end) continue;
    result += text.slice(position, name.start) + module;
    position = name.end;
  }
  return result + text.slice(position, range.end);
}
