import type { MemberUse, ModuleObject, ModuleUses } from './module-uses.ts';
import { formatSymbol, hasComment, noteModule, noteSymbol, type Rewrite } from './plan.ts';
import { findRenamable } from './rename-members.ts';
import { claimName, isFree, renameUses } from './rename-variable.ts';
import { renderList } from './render-list.ts';
import type { Variable } from './scopes.ts';
import type { Mention } from './specifiers.ts';
import type { Node } from './syntax.ts';
import { findTarget, listTargetModules, type Target } from './targets.ts';
import { findStatementEnd, readIndent, readLineEnd } from './text-layout.ts';

/** A used member of a module object that becomes a variable of its own, under a name that is free in its scope. */
export interface SplitMember {
  readonly use: MemberUse;
  readonly target: Target;
  readonly local: string;
}

/**
 * Names a variable for each used member of a module object that one variable holds.
 *
 * @returns undefined if a variable cannot replace every use.
 */
export function splitVariable(rewrite: Rewrite, oldModule: string, uses: ModuleUses): SplitMember[] | undefined {
  const [variable, ...others] = uses.variables;
  if (!variable || others.length > 0 || uses.members.some((use) => use.path.at(-1)?.type === 'Property'))
    return undefined;
  const locals = new Map<string, string>();
  return uses.members.map((use) => {
    const target = findTarget(rewrite.map, oldModule, use.name) as Target;
    const symbol = formatSymbol(target.module, target.name);
    const local = locals.get(symbol) ?? claimFreeName(rewrite, variable, target.name);
    locals.set(symbol, local);
    return { use, target, local };
  });
}

/**
 * Claims a name for a variable that replaces another one: the wanted name if it is free, else that name prefixed with the old
 * variable's, else a numbered one.
 */
export function claimFreeName(rewrite: Rewrite, variable: Variable, wanted: string): string {
  const isUpper = wanted.charAt(0) !== wanted.charAt(0).toLowerCase();
  const owned = isUpper ? capitalise(variable.name) + wanted : variable.name + capitalise(wanted);
  let name = wanted;
  for (let number = 1; name !== variable.name && !isFree(rewrite, variable, name); number++) {
    name = number === 1 ? owned : `${owned}${number}`;
  }
  claimName(rewrite, variable.scope, name);
  return name;
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Replaces the members of a module object by the variables that they were split into. */
export function writeSplitMembers(rewrite: Rewrite, oldModule: string, members: readonly SplitMember[]): void {
  for (const { use, target, local } of members) {
    const node = use.path.at(-1);
    if (!node) continue;
    const glued = /^[\p{ID_Continue}$]/u.test(rewrite.text.slice(node.end, node.end + 2));
    rewrite.plan.edits.push({ start: node.start, end: node.end, text: glued ? `${local} ` : local });
    noteSymbol(rewrite, node.start, oldModule, use.name, target);
  }
}

/** Splits `const { a, b } = await import('…')`, or a module object in a constant, into one declaration per module. */
export function splitDeclaration(
  rewrite: Rewrite,
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
  if (beyond.length !== 1 || hasComment(rewrite, declarator.start, declarator.end)) return false;

  const members = new Map<string, string[]>(modules.map((module) => [module, []]));
  if (declarator.id.type === 'ObjectPattern') {
    const simple = declarator.id.properties.every(
      (property) => property.type === 'Property' && property.value.type === 'Identifier',
    );
    if (!simple || uses.variables.length > 0) return false;
    for (const use of uses.members) {
      const property = use.path.at(-1);
      const target = findTarget(rewrite.map, mention.oldModule ?? '', use.name);
      if (property?.type !== 'Property' || property.value.type !== 'Identifier' || !target) return false;
      members.get(target.module)?.push(splitProperty(rewrite, use.path, property.value, target));
      noteSymbol(rewrite, property.start, mention.oldModule ?? '', use.name, target);
    }
  } else {
    const split = declaration.kind === 'const' ? splitVariable(rewrite, mention.oldModule ?? '', uses) : undefined;
    const exported = object.path[upTo - 2]?.type === 'ExportNamedDeclaration';
    if (!split || exported) return false;
    for (const { target, local } of split) {
      const written = target.name === local ? local : `${target.name}: ${local}`;
      const listed = members.get(target.module);
      if (listed && !listed.includes(written)) listed.push(written);
    }
    writeSplitMembers(rewrite, mention.oldModule ?? '', split);
  }

  const exported = object.path[upTo - 2]?.type === 'ExportNamedDeclaration';
  const statement = exported ? object.path[upTo - 2] : declaration;
  const container = object.path[exported ? upTo - 3 : upTo - 2];
  const alone = declaration.declarations.length === 1 && container !== undefined && statementLists.has(container.type);
  const indent = readIndent(rewrite.text, declaration.start);
  const end = statement ? findStatementEnd(rewrite.text, statement) : declarator.end;
  const parts = modules.map((module) => {
    const value = replaceNames(rewrite.text, declarator.init as Node, object.names, module);
    const head = alone && statement ? rewrite.text.slice(statement.start, declarator.id.start) : '';
    const tail = alone ? rewrite.text.slice(declarator.end, end) : '';
    const list = renderList(rewrite.text, members.get(module) ?? [], indent, `${head} = ${value}${tail}`.length);
    return `${head}${list} = ${value}${tail}`;
  });
  const separator = alone ? `${readLineEnd(rewrite.text)}${indent}` : ', ';
  const range = alone && statement ? { start: statement.start, end } : { start: declarator.start, end: declarator.end };
  rewrite.plan.edits.push({ ...range, text: parts.join(separator) });
  return true;
}

const statementLists = new Set(['Program', 'BlockStatement', 'StaticBlock', 'TSModuleBlock', 'SwitchCase']);

/** The property of the new pattern. */
function splitProperty(
  rewrite: Rewrite,
  path: readonly Node[],
  local: Node & { type: 'Identifier' },
  target: Target,
): string {
  if (local.name === target.name) return target.name;
  const property = path.at(-1);
  const variable =
    property?.type === 'Property' && property.shorthand ? findRenamable(rewrite, path, local, target.name) : undefined;
  if (!variable) return `${target.name}: ${local.name}`;
  claimName(rewrite, variable.scope, target.name);
  renameUses(rewrite, variable, target.name);
  return target.name;
}

/** Splits a statement that only loads a module, as in `await import('…');`, into one statement per module. */
export function splitStatement(rewrite: Rewrite, mention: Mention, object: ModuleObject): boolean {
  const statement = object.path.at(-2)?.type === 'AwaitExpression' ? object.path.at(-3) : object.path.at(-2);
  const container = object.path[object.path.indexOf(statement as Node) - 1];
  if (statement?.type !== 'ExpressionStatement' || !container || !statementLists.has(container.type)) return false;
  const modules = listTargetModules(rewrite.map, mention.oldModule ?? '');
  const indent = readIndent(rewrite.text, statement.start);
  const range = { start: statement.start, end: findStatementEnd(rewrite.text, statement) };
  const parts = modules.map((module) => replaceNames(rewrite.text, range, object.names, module));
  rewrite.plan.edits.push({ ...range, text: parts.join(`${readLineEnd(rewrite.text)}${indent}`) });
  for (const module of modules) noteModule(rewrite, mention, module);
  return true;
}

/** The text of a range, with another module in place of the old one. */
function replaceNames(
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
