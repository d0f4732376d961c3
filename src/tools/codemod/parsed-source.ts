import type { ParseResult } from 'oxc-parser';
import type { ImportMap } from '../../registry/import-map.ts';
import { applyEdits, type Edit } from './edits.ts';
import type { Mention } from './specifiers.ts';
import { type Comment, isDeclarationFile, type Program, parse, readName } from './syntax.ts';
import { findTarget, listTargets } from './targets.ts';

/** As much of a source text's syntax as the moves need. */
export interface ParsedSource {
  /** The whole program, or only its imports and exports; offsets are those of the text. */
  readonly program: Program;
  readonly isWhole: boolean;
  readonly comments: readonly Comment[];
  /** Whether the text parses after edits, given that it parses now. */
  staysParsed(edits: readonly Edit[]): boolean;
}

/**
 * Parses a source text. Parsing is quick, but reading a whole program into JavaScript is slow: if only plain imports and exports
 * name old modules, only these are read.
 *
 * @returns undefined if the text does not parse.
 */
export function parseSource(
  fileName: string,
  text: string,
  mentions: readonly Mention[],
  map: ImportMap,
): ParsedSource | undefined {
  const seemsPlain = mentions.every((mention) => isPlain(text, mention, map));
  const parsed = parse(fileName, text, seemsPlain ? 'js' : 'ts');
  const declarations = parsed && extractDeclarations(text, parsed, mentions, map);
  if (parsed && declarations !== undefined) {
    const program = parse(fileName, declarations)?.program;
    const staysParsed = (edits: readonly Edit[]): boolean => isParsed(fileName, declarations, edits);
    if (program) return { program, isWhole: false, comments: parsed.comments, staysParsed };
  }
  const whole = seemsPlain ? parse(fileName, text) : parsed;
  if (!whole) return undefined;
  const { program } = whole;
  return {
    program,
    isWhole: true,
    comments: whole.comments,
    staysParsed: (edits) => isParsed(fileName, removeUntouched(fileName, text, program, edits), edits),
  };
}

/** Whether a text parses after edits. Edits that only replace names by names cannot break the syntax. */
function isParsed(fileName: string, text: string, edits: readonly Edit[]): boolean {
  const onlyNames = edits.every((edit) => edit.end > edit.start && /^[\w$/@.#-]+$/.test(edit.text));
  return onlyNames || parse(fileName, applyEdits(text, edits)) !== undefined;
}

/** Whether a mention seems to be the module of a declaration whose names can stay. A guess that only affects speed. */
function isPlain(text: string, { start, oldModule }: Mention, map: ImportMap): boolean {
  const before = text.slice(Math.max(0, start - 400), start - 1);
  if (oldModule === undefined || !/(?:\bfrom|(?:^|\n)import)\s*$/.test(before)) return false;
  if (/\*[^*;]*$/.test(before.slice(before.lastIndexOf('\n')))) return false;
  return listTargets(map, oldModule).every(
    ([name, target]) => (target.name === name && !target.labels) || !text.includes(name),
  );
}

/**
 * Blanks everything except import and export declarations.
 *
 * @returns undefined if the moves need more than these, because uses must be looked up.
 */
function extractDeclarations(
  text: string,
  parsed: ParseResult,
  mentions: readonly Mention[],
  map: ImportMap,
): string | undefined {
  const { staticImports, staticExports } = parsed.module;
  const modules = new Map(mentions.map((mention) => [mention.start, mention.oldModule]));
  const oldModuleAt = (request: { start: number } | null | undefined): string | undefined =>
    request ? modules.get(request.start + 1) : undefined;

  let plain = 0;
  for (const { moduleRequest, entries } of staticImports) {
    const oldModule = oldModuleAt(moduleRequest);
    if (oldModule === undefined) continue;
    const namesStay = entries.every(({ importName, localName }) => {
      if (importName.kind !== 'Name' || importName.name === null) return false;
      const target = findTarget(map, oldModule, importName.name);
      // How an enum is used decides whether it moves.
      if (target?.labels && text.split(localName.value).length > 2) return false;
      return !target || target.name === importName.name || importName.start !== localName.start;
    });
    if (namesStay) plain++;
  }
  // The parser also lists an `export { it }` of an imported name, at the position of the import.
  const imports = new Set(staticImports.map(({ start }) => start));
  const reexports = staticExports.filter(
    ({ start, entries }) => entries[0]?.moduleRequest && !imports.has(start) && entries[0].moduleRequest.start > start,
  );
  for (const { entries } of reexports) {
    const named = entries.every(({ importName }) => importName.kind === 'Name');
    if (named && oldModuleAt(entries[0]?.moduleRequest) !== undefined) plain++;
  }
  if (plain < mentions.length) return undefined;

  let declarations = '';
  for (const { start, end } of [...staticImports, ...reexports].sort((left, right) => left.start - right.start)) {
    declarations += '\n'.repeat(start - declarations.length) + text.slice(start, end);
  }
  return declarations;
}

/** Blanks the statements that no edit touches; offsets stay the same. */
function removeUntouched(fileName: string, text: string, program: Program, edits: readonly Edit[]): string {
  // Declaration files have no empty statements, and need none: each of theirs begins with a keyword.
  const separator = isDeclarationFile(fileName) ? '\n' : ';';
  let result = '';
  for (const { start, end } of program.body) {
    // Decorators may start before the statement that they belong to.
    const isDecorated = text.slice(result.length, start).includes('@');
    if (isDecorated || edits.some((edit) => edit.start <= end && edit.end >= start)) continue;
    if (start < result.length || end === start) continue;
    result += text.slice(result.length, start) + separator + '\n'.repeat(end - start - 1);
  }
  return result + text.slice(result.length);
}

/**
 * The current and the possible new local names of all old imports. Statements without any of these names need no scope analysis.
 *
 * @returns undefined if other names may matter too: those of variables that hold a module object, a member of one, or an enum.
 */
export function listRelevantNames(
  program: Program,
  mentions: readonly Mention[],
  map: ImportMap,
): string[] | undefined {
  const words: string[] = [];
  for (const { start, oldModule } of mentions) {
    const node = program.body.find((statement) => statement.start <= start && start < statement.end);
    if (oldModule === undefined || node?.type !== 'ImportDeclaration') return undefined;
    for (const specifier of node.specifiers) {
      if (specifier.type === 'ImportNamespaceSpecifier') return undefined;
      words.push(specifier.local.name);
      const imported = specifier.type === 'ImportSpecifier' ? readName(specifier.imported) : 'default';
      const targets = listTargets(map, oldModule).filter(([name]) => imported === name);
      if (targets.some(([, target]) => target.labels)) return undefined;
      words.push(...targets.map(([, target]) => target.name));
    }
  }
  return words;
}
