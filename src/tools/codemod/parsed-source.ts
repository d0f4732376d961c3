import type { EcmaScriptModule } from 'oxc-parser';
import type { ImportMap } from '../../registry/import-map.ts';
import { applyEdits, type Edit } from './edits.ts';
import { addHolders, createWordFinder, listReexports, listRelevantNames } from './relevant-names.ts';
import type { Mention } from './specifiers.ts';
import { type Comment, isDeclarationFile, type Program, parse } from './syntax.ts';

/** As much of a source text's syntax as the moves need. */
export interface ParsedSource {
  /** The whole program, or only its statements that matter; offsets are those of the text. */
  readonly program: Program;
  /** The text that was parsed for the program: blank where statements are left out. */
  readonly read: string;
  readonly comments: readonly Comment[];
  /** The names of which every use counts: other statements need no scope analysis. Undefined if all statements do. */
  readonly names: readonly string[] | undefined;
  /** Whether the text parses after edits, given that it parses now. */
  staysParsed(edits: readonly Edit[]): boolean;
}

/**
 * Parses a source text. Parsing is quick, but reading a whole program into JavaScript is slow: if only imports and exports of names
 * mention old modules, the statements are read that declare these, and those that use a name of which every use counts.
 *
 * @returns undefined if the text does not parse.
 */
export function parseSource(
  fileName: string,
  text: string,
  mentions: readonly Mention[],
  map: ImportMap,
): ParsedSource | undefined {
  const parsed = parse(fileName, text);
  if (!parsed) return undefined;
  const { module, comments } = parsed;
  // Identifiers may be written with escapes; then no search in the text finds them.
  const relevant = text.includes('\\u') ? undefined : listRelevantNames(module, comments, mentions, map);
  if (relevant) {
    const { renamed, enums } = relevant;
    for (;;) {
      const read = blankOthers(text, module, new Set([...renamed, ...enums]), mentions);
      const program = read === undefined ? undefined : parse(fileName, read)?.program;
      if (read === undefined || !program) break;
      const known = enums.size;
      addHolders(program, text, enums);
      // A variable that holds an enum may be used in other statements.
      if (known !== enums.size) continue;
      const staysParsed = (edits: readonly Edit[]): boolean =>
        isParsed(fileName, removeUntouched(fileName, read, program, edits), edits);
      return { program, read, comments, names: [...renamed, ...enums], staysParsed };
    }
  }
  const { program } = parsed;
  if (relevant) addHolders(program, text, relevant.enums);
  return {
    program,
    read: text,
    comments,
    names: relevant && [...relevant.renamed, ...relevant.enums],
    staysParsed: (edits) => isParsed(fileName, removeUntouched(fileName, text, program, edits), edits),
  };
}

/** Whether a text parses after edits. Edits that only replace names by names cannot break the syntax. */
function isParsed(fileName: string, text: string, edits: readonly Edit[]): boolean {
  const onlyNames = edits.every((edit) => edit.end > edit.start && /^[\w$/@.#-]+$/.test(edit.text));
  return onlyNames || parse(fileName, applyEdits(text, edits)) !== undefined;
}

/**
 * Blanks the statements without any of some names and without a mention, except imports and exports from other modules; offsets
 * stay the same.
 *
 * The parser says where each exported statement is, and nothing about the others without reading the program: those between two of
 * them stay or go together. Decorators before `export` are between two as well, and stay with the class.
 *
 * @returns undefined if so much remains that reading the whole program is quicker than parsing again.
 */
function blankOthers(
  text: string,
  module: EcmaScriptModule,
  names: ReadonlySet<string>,
  mentions: readonly Mention[],
): string | undefined {
  const word = createWordFinder(names);
  const matters = (start: number, end: number): boolean =>
    text.slice(start, end).search(word) !== -1 ||
    mentions.some((mention) => start <= mention.start && mention.start < end);
  const declarations = new Set<{ readonly start: number; readonly end: number }>([
    ...module.staticImports,
    ...listReexports(module),
  ]);
  const exported = module.staticExports.filter(({ entries }) => !entries[0]?.moduleRequest);
  const known = [...declarations, ...exported].sort((left, right) => left.start - right.start);
  let result = '';
  let blanked = 0;
  const add = (end: number, isRead: boolean): void => {
    const part = text.slice(result.length, end);
    const start = part.search(/\S/);
    if (isRead || start === -1 || part.length < start + placeholder.length) {
      result += part;
      return;
    }
    blanked += part.length;
    result += `${part.slice(0, start)}${placeholder}${'\n'.repeat(part.length - start - placeholder.length)}`;
  };
  for (const statement of known) {
    const { start, end } = statement;
    const isDeclaration = declarations.has(statement);
    if (isDeclaration || !text.slice(result.length, start).includes('@')) add(start, matters(result.length, start));
    add(end, isDeclaration || matters(result.length, end));
  }
  add(text.length, matters(result.length, text.length));
  return blanked < text.length * leastBlanked ? undefined : result;
}

/**
 * A statement that stands for others and keeps those around it apart. A mere semicolon would belong to the one before, if that has
 * none: it would end later than it does in the text.
 */
const placeholder = '0;';

/** The least part of a text that has to be blanked: parsing takes a third of the time that reading the program does. */
const leastBlanked = 0.35;

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
