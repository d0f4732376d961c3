import type { EcmaScriptModule } from 'oxc-parser';
import type { ImportMap } from '../../registry/import-map.ts';
import { listBoundNames } from './export-all.ts';
import type { Mention } from './specifiers.ts';
import { type Comment, findCommentAt, listChildren, type Node, type Program } from './syntax.ts';
import { findTarget } from './targets.ts';

/** The names of which every use decides how the old imports of a text move: statements without any of them are not read. */
export interface RelevantNames {
  /** The current and the new local names of imports whose symbols have new names: uses are renamed, and no other use is captured. */
  readonly renamed: ReadonlySet<string>;
  /** The local names of enums: a use that the new place does not serve keeps the import. So does one through a variable. */
  readonly enums: Set<string>;
}

/**
 * Lists the names of which every use counts, as far as only imports and exports of names mention old modules. Uses of other imported
 * names do not count: these names stay as they are, and only their declaration is written again. A mention in a comment moves by the
 * text of the comment.
 *
 * @returns undefined if every statement has to be read: what else mentions an old module (a namespace, `export *`, a call, a mock, a
 * type) is a whole module, whose members any statement may take through other names.
 */
export function listRelevantNames(
  module: EcmaScriptModule,
  comments: readonly Comment[],
  mentions: readonly Mention[],
  map: ImportMap,
): RelevantNames | undefined {
  const inCode = mentions.filter(({ start }) => !findCommentAt(comments, start));
  const oldModules = new Map(inCode.map((mention) => [mention.start, mention.oldModule]));
  const oldModuleAt = (request: { readonly start: number } | null | undefined): string | undefined =>
    request ? oldModules.get(request.start + 1) : undefined;
  const renamed = new Set<string>();
  const enums = new Set<string>();
  let understood = 0;
  for (const { moduleRequest, entries } of module.staticImports) {
    const oldModule = oldModuleAt(moduleRequest);
    if (oldModule === undefined) continue;
    for (const { importName, localName } of entries) {
      if (importName.kind === 'NamespaceObject') return undefined;
      const name = importName.kind === 'Default' ? 'default' : (importName.name ?? '');
      const target = findTarget(map, oldModule, name);
      if (target?.labels) enums.add(localName.value);
      if (target && target.name !== name && name === localName.value) renamed.add(name).add(target.name);
    }
    understood++;
  }
  for (const { entries } of listReexports(module)) {
    if (oldModuleAt(entries[0]?.moduleRequest) === undefined) continue;
    if (entries.some(({ importName }) => importName.kind !== 'Name')) return undefined;
    understood++;
  }
  return understood === inCode.length ? { renamed, enums } : undefined;
}

/** Lists the exports from other modules. The parser also lists an `export { it }` of an imported name, at the place of the import. */
export function listReexports({ staticImports, staticExports }: EcmaScriptModule): EcmaScriptModule['staticExports'] {
  const imports = new Set(staticImports.map(({ start }) => start));
  return staticExports.filter(({ start, entries }) => entries[0]?.moduleRequest && !imports.has(start));
}

/**
 * Adds the names of variables that may hold an enum: those that a statement declares which has the enum's name, or the name of such
 * a variable. Variables within a function are not needed, because whatever sees them is in the same statement.
 *
 * @param enums Is added to.
 */
export function addHolders(program: Program, text: string, enums: Set<string>): void {
  for (let before = 0; before !== enums.size; ) {
    before = enums.size;
    const word = createWordFinder(enums);
    for (const statement of program.body) {
      if (statement.type === 'ImportDeclaration' || text.slice(statement.start, statement.end).search(word) === -1)
        continue;
      for (const name of listOuterVariables(statement)) enums.add(name);
    }
  }
}

/**
 * Creates a pattern that matches names as words. It finds every identifier that is written without escapes, because no letter of
 * ASCII, digit or dollar sign stands beside one; what it finds in strings and comments only costs time.
 */
export function createWordFinder(names: Iterable<string>): RegExp {
  const words = [...names].map((name) => name.replaceAll('$', '\\$'));
  return new RegExp(words.length === 0 ? '(?!)' : `(?<![\\w$])(?:${words.join('|')})(?![\\w$])`, 'g');
}

/** The variables that a statement declares outside of functions and classes: a `var` in a block belongs to the whole file. */
function* listOuterVariables(node: Node): Generator<string> {
  if (/Function|Class/.test(node.type)) return;
  if (node.type === 'VariableDeclarator') yield* listBoundNames(node.id);
  for (const child of listChildren(node)) yield* listOuterVariables(child);
}
