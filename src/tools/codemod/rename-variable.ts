import type { Work } from './plan.ts';
import {
  isConstant,
  isTaken,
  isVariableName,
  isWithin,
  type Reference,
  type Scope,
  spanOf,
  startOf,
  type Variable,
} from './scopes.ts';
import { type Node, nameOf, pathTo } from './syntax.ts';

/**
 * Whether a variable can take a new name: nothing else has the name where the variable is declared or used, nothing looks names
 * up at run time, and no type in a comment means the variable.
 */
export function canRename(work: Work, variable: Variable, name: string): boolean {
  if (!isConstant(variable) || work.scopes().hidesInTypes(variable)) return false;
  return isFree(work, variable, name) && !isNamedInTypeComment(work, variable.name);
}

/**
 * Whether something that is declared in the scope of a variable, and used where the variable is, can be called by a name.
 */
export function isFree(work: Work, variable: Variable, name: string): boolean {
  const scopes = work.scopes();
  if (!isVariableName(name) || scopes.dynamic) return false;
  if (scopes.isMember(name) || scopes.isMember(variable.name, augmentationOf(work, variable))) return false;
  if (isTaken(variable, name)) return false;
  const asComponent = variable.references.some((reference) => reference.identifier.type === 'JSXIdentifier');
  if (asComponent && /^[a-z]/.test(name)) return false;
  return !work.plan.claimedNames.some(
    (claim) => claim.name === name && (isWithin(claim.scope, variable.scope) || isWithin(variable.scope, claim.scope)),
  );
}

/**
 * Tells which `declare module` adds to the old module that a variable is imported from. A name in there is the imported one, and
 * takes its new name as well; where it cannot, the import is not moved either.
 */
function augmentationOf(work: Work, variable: Variable): (module: string) => boolean {
  const declaration = variable.defs[0]?.parent as Node | null | undefined;
  const oldModule = declaration?.type === 'ImportDeclaration' ? work.resolve(declaration.source.value) : undefined;
  return (module) => oldModule !== undefined && work.resolve(module) === oldModule;
}

/** Notes that a scope has a name from now on. */
export function claim(work: Work, scope: Scope, name: string): void {
  work.plan.claimedNames.push({ scope, name });
}

/** Renames every use of a variable, though not its declaration. Exported names and object keys stay what they were. */
export function renameUses(work: Work, variable: Variable, name: string): void {
  for (const reference of variable.references) {
    if (variable.identifiers.some((identifier) => startOf(identifier) === startOf(reference.identifier))) continue;
    renameUse(work, reference, name);
  }
}

function renameUse(work: Work, reference: Reference, name: string): void {
  const { start, end } = spanOf(reference.identifier);
  const parent = pathTo(work.program, start, end).at(-2);
  const replace = (from: number, to: number, text: string): void => {
    work.plan.edits.push({ start: from, end: to, text });
  };

  if (parent?.type === 'Property' && parent.shorthand) {
    // A mock's key may have got its new name already, and with it its colon.
    replace(start, end, work.plan.renamedKeys.has(start) ? name : `${reference.identifier.name}: ${name}`);
    return;
  }
  if (parent?.type === 'Property' && !parent.computed && parent.key.type === 'Identifier' && parent.key.name === name) {
    const between = work.text.slice(parent.key.end, start);
    if (parent.value.start === start && parent.value.end === end && /^\s*:\s*$/.test(between)) {
      replace(parent.start, end, name);
      return;
    }
  }
  if (parent?.type === 'ExportSpecifier') {
    const exported = nameOf(parent.exported);
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
function isNamedInTypeComment(work: Work, name: string): boolean {
  if (!work.javaScript) return false;
  const word = new RegExp(`(?<![\\w$"']|[\\w$)\\]]\\.)${name.replaceAll('$', '\\$')}(?![\\w$])`);
  return work.comments.some(
    (comment) => comment.type === 'Block' && comment.value.startsWith('*') && word.test(comment.value),
  );
}
