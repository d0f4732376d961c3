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
 * Whether a variable can take a new name: nothing else has the name where the variable is declared or used, nothing looks names
 * up at run time, and no type in a comment means the variable.
 */
export function canRename(rewrite: Rewrite, variable: Variable, name: string): boolean {
  if (!isConstant(variable) || rewrite.scopes().hidesInTypes(variable)) return false;
  return isFree(rewrite, variable, name) && !isNamedInTypeComment(rewrite, variable.name);
}

/**
 * Whether something that is declared in the scope of a variable, and used where the variable is, can be called by a name.
 */
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
 * Tells which `declare module` adds to the old module that a variable is imported from. A name in there is the imported one, and
 * takes its new name as well; where it cannot, the import is not moved either.
 */
function matchAugmentationOf(rewrite: Rewrite, variable: Variable): (module: string) => boolean {
  const declaration = variable.defs[0]?.parent as Node | null | undefined;
  const oldModule = declaration?.type === 'ImportDeclaration' ? rewrite.resolve(declaration.source.value) : undefined;
  return (module) => oldModule !== undefined && rewrite.resolve(module) === oldModule;
}

/** Notes that a scope has a name from now on. */
export function claimName(rewrite: Rewrite, scope: Scope, name: string): void {
  rewrite.plan.claimedNames.push({ scope, name });
}

/** Renames every use of a variable, though not its declaration. Exported names and object keys stay what they were. */
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
    // A mock's key may have got its new name already, and with it its colon.
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
 * Whether a JavaScript file has a JSDoc comment with the name in it, which may be a type that means the variable. Members of
 * something else, as in `import('…').X`, and names in quotes are no such types.
 */
function isNamedInTypeComment(rewrite: Rewrite, name: string): boolean {
  if (!rewrite.javaScript) return false;
  const word = new RegExp(`(?<![\\w$"']|[\\w$)\\]]\\.)${name.replaceAll('$', '\\$')}(?![\\w$])`);
  return rewrite.comments.some(
    (comment) => comment.type === 'Block' && comment.value.startsWith('*') && word.test(comment.value),
  );
}
