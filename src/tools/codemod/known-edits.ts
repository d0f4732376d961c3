import { applyEdits, type Edit } from './edits.ts';
import type { Rewrite } from './plan.ts';
import { listReexports } from './relevant-names.ts';
import { getSpan, type Reference } from './scopes.ts';
import { findCommentAt, findOutsideComments, isDeclarationFile, type Node, parse, readName } from './syntax.ts';
import { findTarget } from './targets.ts';

/** A symbol that an import names. */
export interface Imported {
  readonly module: string;
  readonly name: string;
}

/** Whether an import binds what another one bound: the same, or where that went. */
export function isPlaceOf(rewrite: Rewrite, was: Imported, now: Imported): boolean {
  if (was.module === now.module && was.name === now.name) return true;
  const oldModule = rewrite.resolve(was.module);
  const target = oldModule === undefined ? undefined : findTarget(rewrite.map, oldModule, was.name);
  return target?.module === now.module && target.name === now.name;
}

/**
 * Whether edits certainly leave each use what it means, by two conditions that need no analysis of the edited text:
 *
 * - All that edits do to declarations is to write imports and re-exports, which afterwards bind each name to what it was bound to, or
 *   that symbol under a new name.
 * - A new name is one that the file neither declares nor uses: nothing hides it, and it captures nothing. Every use of the symbol is
 *   replaced by it, and by nothing else.
 */
export function proveEdits(rewrite: Rewrite, edits: readonly Edit[]): boolean {
  // These need no proof.
  if (edits.every((edit) => isWithinQuotes(rewrite.text, edit))) return false;
  const sorted = sortOut(rewrite, edits);
  if (!sorted) return false;
  const before = listImportedIn(rewrite.program.body);
  const after = readEditedImports(rewrite, sorted.declarations);
  if (!before || !after) return false;
  const renamed = new Set([...before.keys()].filter((local) => !after.has(local)));
  const added = [...after.keys()].filter((local) => !before.has(local));
  const stay = [...before].every(([local, { place }]) => {
    const now = after.get(local);
    return !now || isPlaceOf(rewrite, place, now);
  });
  if (!stay) return false;
  if (renamed.size === 0 && added.length === 0) return sorted.uses.length === 0;

  const scopes = rewrite.scopes();
  if (scopes.dynamic) return false;
  const known = rewrite.names && new Set(rewrite.names);
  const isKnown = (name: string): boolean => known?.has(name) ?? true;
  if (![...renamed, ...added].every(isKnown)) return false;
  const news = new Set(added);
  if (scopes.variables.some(({ name }) => news.has(name))) return false;
  const isFree = ({ identifier, resolved }: Reference): boolean =>
    news.has(String(identifier.name)) || (!resolved && renamed.has(String(identifier.name)));
  if (scopes.references.some(isFree)) return false;

  const written = new Map(sorted.uses.map((edit) => [edit.start, edit]));
  let uses = 0;
  for (const local of renamed) {
    const { place, node } = before.get(local) as Before;
    const variable = scopes.findDeclared(node);
    if (variable?.identifiers.length !== 1) return false;
    for (const { identifier } of variable.references) {
      const { start, end } = getSpan(identifier);
      const edit = written.get(start);
      const now = edit?.end === end ? after.get(edit.text) : undefined;
      if (!edit || !now || !news.has(edit.text) || !isPlaceOf(rewrite, place, now)) return false;
      // In JSX, a name in lower case is that of an element.
      if (identifier.type === 'JSXIdentifier' && /^[a-z]/.test(edit.text)) return false;
      uses++;
    }
  }
  return uses === sorted.uses.length;
}

/** Edits by what they touch. */
interface Sorted {
  /** Those that touch imports and re-exports, and nothing else. */
  readonly declarations: readonly Edit[];
  /** Those that replace something in other statements. */
  readonly uses: readonly Edit[];
}

/** Sorts edits by what they touch, without those in comments; undefined if one touches both. */
function sortOut({ read, comments, program }: Rewrite, edits: readonly Edit[]): Sorted | undefined {
  const others = program.body.flatMap((node, index) => {
    if (isDeclaration(node)) return [];
    // Decorators before `export` are not in the node.
    const decorator = findOutsideComments(read, '@', program.body[index - 1]?.end ?? 0, node.start, comments);
    return [{ start: decorator === -1 ? node.start : decorator, end: node.end }];
  });
  const sorted = { declarations: [] as Edit[], uses: [] as Edit[] };
  for (const edit of edits) {
    const comment = findCommentAt(comments, edit.start - 1);
    if (comment && edit.end < comment.end) {
      if (/[\r\n\u2028\u2029]|\*\//.test(edit.text)) return undefined;
      continue;
    }
    const touched = others.filter(({ start, end }) => edit.start <= end && edit.end >= start);
    const [other] = touched;
    if (!other) sorted.declarations.push(edit);
    else if (touched.length > 1 || edit.start < other.start || edit.end > other.end) return undefined;
    else sorted.uses.push(edit);
  }
  return sorted;
}

/** Whether a statement only imports, or exports from another module, and so declares nothing but imported names. */
function isDeclaration(node: Node): boolean {
  if (node.type === 'ExportNamedDeclaration') return node.source !== null;
  return node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration';
}

/** Whether an edit stays within the quotes of a string. What stands there declares nothing and refers to nothing. */
export function isWithinQuotes(text: string, { start, end }: Edit): boolean {
  const quote = text.charAt(start - 1);
  return /["'`]/.test(quote) && text.charAt(end) === quote && !text.slice(start, end).includes(quote);
}

interface Before {
  readonly place: Imported;
  readonly node: Node;
}

/** What each imported name is, in the old text; undefined if one is declared twice. */
function listImportedIn(body: readonly Node[]): Map<string, Before> | undefined {
  const found = new Map<string, Before>();
  for (const declaration of body) {
    if (declaration.type !== 'ImportDeclaration') continue;
    const module = declaration.source.value;
    for (const specifier of declaration.specifiers) {
      const { local } = specifier;
      const name =
        specifier.type === 'ImportSpecifier' ? (readName(specifier.imported) ?? '') : bareNames[specifier.type];
      if (found.has(local.name)) return undefined;
      found.set(local.name, { place: { module, name }, node: local });
    }
  }
  return found;
}

const bareNames = { ImportDefaultSpecifier: 'default', ImportNamespaceSpecifier: '*' };

/** What each imported name is after edits of declarations; undefined if these write anything but imports and re-exports. */
function readEditedImports(rewrite: Rewrite, edits: readonly Edit[]): Map<string, Imported> | undefined {
  const { fileName, read, program } = rewrite;
  const edited = applyEdits(blankStatements(fileName, read, program.body, isDeclaration), edits);
  const parsed = parse(fileName, edited);
  if (!parsed) return undefined;
  const { staticImports } = parsed.module;
  const found = new Map<string, Imported>();
  const rest = blank(edited, [...staticImports, ...listReexports(parsed.module)]);
  // Comments are read only if there are some.
  const stripped = /[^\s;]/.test(rest) ? blank(rest, parsed.comments) : rest;
  if (/[^\s;]/.test(stripped.replace(/^#!.*/, ''))) return undefined;
  for (const { moduleRequest, entries } of staticImports) {
    for (const { importName, localName } of entries) {
      if (found.has(localName.value)) return undefined;
      const name = importName.kind === 'Name' ? (importName.name ?? '') : bareKinds[importName.kind];
      found.set(localName.value, { module: moduleRequest.value, name });
    }
  }
  return found;
}

const bareKinds = { Default: 'default', NamespaceObject: '*' };

/** Blanks ranges; offsets stay the same. */
function blank(text: string, ranges: readonly { readonly start: number; readonly end: number }[]): string {
  return ranges.reduce(
    (rest, { start, end }) => rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end),
    text,
  );
}

/** Blanks statements, except some; offsets stay the same. */
export function blankStatements(
  fileName: string,
  text: string,
  body: readonly Node[],
  isKept: (node: Node, index: number) => boolean,
): string {
  // Declaration files have no empty statements, and need none: each of theirs begins with a keyword.
  const separator = isDeclarationFile(fileName) ? '\n' : ';';
  let result = '';
  for (const [index, node] of body.entries()) {
    // From the end of the statement before, so that decorators before `export` are in it.
    const start = result.length;
    const { end } = node;
    if (isKept(node, index) || end <= start) result += text.slice(start, end);
    else result += separator + '\n'.repeat(end - start - 1);
  }
  return result + text.slice(result.length);
}
