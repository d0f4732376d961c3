import { findMockCall, type MockCall } from './mock-calls.ts';
import { findReplacement, listReplacedNames, type Replacement } from './mock-replacement.ts';
import type { Rewrite } from './plan.ts';
import { findPath, type Node, readName } from './syntax.ts';
import { findTarget, listTargetModules } from './targets.ts';

/**
 * Whether a mock of a new module has to get the original, because the new module exports more than the old one did: not if the
 * file uses something of it and the mock names all of that. What code of the project uses that the file loads is unknown.
 */
export function needsOriginal(rewrite: Rewrite, mocked: MockCall, replacement: Replacement, module: string): boolean {
  const used = listUsedNames(rewrite, module);
  if (!used || used.length === 0 || loadsOtherCode(rewrite)) return true;
  const named = new Set(listReplacedNames(rewrite, mocked.mention.oldModule ?? '', replacement.object));
  // Mocks of other old modules that became this one are joined with it.
  for (const other of rewrite.mentions) {
    const call = findMockCall(rewrite, other, findPath(rewrite.program, other.start, other.end));
    const argument = call?.calls.name === mocked.calls.name ? call.call.arguments[1] : undefined;
    const made = argument && findReplacement(argument);
    if (made) for (const name of listReplacedNames(rewrite, other.oldModule ?? '', made.object)) named.add(name);
  }
  return used.some((name) => !named.has(name));
}

/**
 * The names of a new module that the file will import, by their names there.
 *
 * @returns undefined if the file loads the module in another way than by named imports.
 */
function listUsedNames(rewrite: Rewrite, module: string): string[] | undefined {
  const used: string[] = [];
  const takeNames = (node: Node | undefined, newNameOf: (name: string) => string | undefined): boolean => {
    if (node?.type !== 'ImportDeclaration' || node.specifiers.length === 0) return false;
    for (const specifier of node.specifiers) {
      if (specifier.type !== 'ImportSpecifier') return false;
      const isType = node.importKind === 'type' || specifier.importKind === 'type';
      const name = newNameOf(readName(specifier.imported) ?? '');
      if (name !== undefined && !isType) used.push(name);
    }
    return true;
  };
  for (const mention of rewrite.mentions) {
    const oldModule = mention.oldModule ?? '';
    if (!listTargetModules(rewrite.map, oldModule).includes(module)) continue;
    const path = findPath(rewrite.program, mention.start, mention.end);
    if (findMockCall(rewrite, mention, path)?.calls.does === 'replace') continue;
    const isKnown = takeNames(path.at(-2), (name) => {
      const target = findTarget(rewrite.map, oldModule, name);
      return target?.module === module ? target.name : undefined;
    });
    if (!isKnown) return undefined;
  }
  for (const quote of [`'`, `"`, '`']) {
    const quoted = `${quote}${module}${quote}`;
    for (let at = rewrite.text.indexOf(quoted); at !== -1; at = rewrite.text.indexOf(quoted, at + 1)) {
      const path = findPath(rewrite.program, at + 1, at + 1 + module.length);
      if (!takeNames(path.at(-2), (name) => name)) return undefined;
    }
  }
  return used;
}

/** Whether the file loads code of the project that is not an old module: by a relative path, or by what is commonly an alias. */
function loadsOtherCode(rewrite: Rewrite): boolean {
  const declared = rewrite.program.body.flatMap((node) =>
    node.type === 'ImportDeclaration' && node.importKind !== 'type' ? [node.source.value] : [],
  );
  const called = [...rewrite.text.matchAll(/\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g)].map(
    ([, specifier = '']) => specifier,
  );
  return [...declared, ...called].some(
    (specifier) => /^(?:[./#~]|@\/)/.test(specifier) && rewrite.resolve(specifier) === undefined,
  );
}
