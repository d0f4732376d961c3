import type { Rewrite } from './plan.ts';
import {
  getSpan,
  getStart,
  isConstant,
  isTaken,
  isVariableName,
  isWithin,
  type Reference,
  type Scope,
  type Variable,
} from './scopes.ts';
import { findPath, type Node, readName } from './syntax.ts';

/**
 * Whether a variable can take a new name: the name is free wherever the variable is declared or used, no name is
 * looked up at run time, and no type in a comment can mean the variable.
 */
export function canRename(rewrite: Rewrite, variable: Variable, name: string): boolean {
  if (!isConstant(variable) || rewrite.scopes().hidesInTypes(variable)) return false;
  return isFree(rewrite, variable, name) && !isNamedInTypeComment(rewrite, variable.name);
}

/** Whether a name is free in the scope of a variable and wherever the variable is used. */
export function isFree(rewrite: Rewrite, variable: Variable, name: string): boolean {
  const scopes = rewrite.scopes();
  if (!isVariableName(name) || scopes.dynamic) return false;
  if (scopes.isMember(name) || scopes.isMember(variable.name, matchAugmentationOf(rewrite, variable))) return false;
  if (isTaken(variable, name)) return false;
  const asComponent = variable.references.some((reference) => reference.identifier.type === 'JSXIdentifier');
  if (asComponent && /^[a-z]/.test(name)) return false;
  return !rewrite.plan.claimedNames.some(
    (claim) => claim.name === name && (isWithin(claim.scope, variable.scope) || isWithin(variable.scope, claim.scope)),
  );
}

/**
 * Matches a `declare module` of the old module that a variable is imported from. A name declared there is the imported symbol and
 * is renamed with it; if it cannot be renamed, the import does not move either.
 */
function matchAugmentationOf(rewrite: Rewrite, variable: Variable): (module: string) => boolean {
  const declaration = variable.defs[0]?.parent as Node | null | undefined;
  const oldModule = declaration?.type === 'ImportDeclaration' ? rewrite.resolve(declaration.source.value) : undefined;
  return (module) => oldModule !== undefined && rewrite.resolve(module) === oldModule;
}

/** Notes that a name is taken in a scope from now on. */
export function claimName(rewrite: Rewrite, scope: Scope, name: string): void {
  rewrite.plan.claimedNames.push({ scope, name });
}

/** Renames every use of a variable except its declaration. Exported names and object keys stay. */
export function renameUses(rewrite: Rewrite, variable: Variable, name: string): void {
  for (const reference of variable.references) {
    if (variable.identifiers.some((identifier) => getStart(identifier) === getStart(reference.identifier))) continue;
    renameUse(rewrite, reference, name);
  }
}

function renameUse(rewrite: Rewrite, reference: Reference, name: string): void {
  const { start, end } = getSpan(reference.identifier);
  const parent = findPath(rewrite.program, start, end).at(-2);
  const replace = (from: number, to: number, text: string): void => {
    rewrite.plan.edits.push({ start: from, end: to, text });
  };

  if (parent?.type === 'Property' && parent.shorthand) {
    // A mock's key may already have its new name and its colon.
    replace(start, end, rewrite.plan.renamedKeys.has(start) ? name : `${reference.identifier.name}: ${name}`);
    return;
  }
  if (parent?.type === 'Property' && !parent.computed && parent.key.type === 'Identifier' && parent.key.name === name) {
    const between = rewrite.text.slice(parent.key.end, start);
    if (parent.value.start === start && parent.value.end === end && /^\s*:\s*$/.test(between)) {
      replace(parent.start, end, name);
      return;
    }
  }
  if (parent?.type === 'ExportSpecifier') {
    const exported = readName(parent.exported);
    if (parent.exported.start === start) replace(start, end, `${name} as ${exported}`);
    else if (exported === name && parent.exported.type === 'Identifier') replace(start, parent.exported.end, name);
    else replace(start, end, name);
    return;
  }
  replace(start, end, name);
}

/**
 * Whether a JSDoc comment of a JavaScript file contains the name, which may be a type that means the variable. Members, as in
 * `import('…').X`, and names in quotes do not count.
 */
function isNamedInTypeComment(rewrite: Rewrite, name: string): boolean {
  if (!rewrite.javaScript) return false;
  const word = new RegExp(`(?<![\\w$"']|[\\w$)\\]]\\.)${name.replaceAll('$', '\\$')}(?![\\w$])`);
  return rewrite.comments.some(
    (comment) => comment.type === 'Block' && comment.value.startsWith('*') && word.test(comment.value),
  );
}
