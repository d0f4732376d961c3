import type { Rewrite } from './plan.ts';
import type { Node } from './syntax.ts';

/** The line end that the file uses. */
export function readLineEnd(text: string): string {
  const first = text.indexOf('\n');
  return first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n';
}

/** The white space at the start of the line that contains an offset. */
export function readIndent(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[\t ]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

/** The file's indentation step: a tab, or the spaces of its first indented line. Default: two spaces. */
export function readIndentStep(text: string): string {
  const first = /^(\t|[ ]{2,8})(?=[^\s*])/m.exec(text)?.[1] ?? '  ';
  return first;
}

/** Line widths that formatters are commonly set to, in ascending order. */
const lineWidths = [80, 100, 120] as const;

/** The smallest line width that is assumed for any file. */
const leastLineWidth = lineWidths[0];

/**
 * The line width of the file: the smallest of 80, 100 and 120 columns that fits every line that a formatter could have broken.
 * Formatters break neither comments nor strings, so these do not count. Lines of more than 120 columns count as slips.
 */
export function readLineWidth(text: string): number {
  let longest = 0;
  for (const [line] of text.matchAll(/^.{81,400}$/gm)) {
    const length = measureBreakable(line.trimEnd());
    if (length > longest && length <= 120) longest = length;
  }
  return lineWidths.find((width) => width >= longest) ?? leastLineWidth;
}

/** Whether a line of this length fits the file's line width. */
export function fitsLine(text: string, length: number): boolean {
  return length <= leastLineWidth || length <= readLineWidth(text);
}

/** The length of a line without what a formatter would not break; 0 if it would not break the line. */
function measureBreakable(line: string): number {
  if (/^\s*(?:\/\/|\/\*|\*)/.test(line)) return 0;
  // Formatters break a list of several names, whatever the length of the module's path, and never a list of one.
  const imported = /^\s*(?:(?:import|export)\b(.*)|\})\s*\bfrom\s*["'][^"']*["']\s*;?$/.exec(line);
  if (imported) return /,\s*\S/.test(imported[1] ?? '') ? line.length : 0;
  const code = line.replace(/(["'`])(?:\\.|(?!\1)[^\\])*\1/g, '$1$1').replace(/\s*\/[/*].*$/, '');
  return /(?<!`)`(?!`)/.test(code) ? 0 : code.length;
}

/**
 * Whether lists of the file that are broken over lines end with a comma. Default: true. Blocks and types end with a brace, too:
 * without a comma only lines count that follow one with a comma and the same indentation.
 */
export function endsListsWithComma(text: string): boolean {
  const withComma = text.match(/,[\t ]*\r?\n[\t ]*[}\]]/g)?.length ?? 0;
  const without =
    text.match(/^([\t ]*)(?![\t ]).*,[\t ]*\r?\n\1(?![\t ]).*[^\s,;{([][\t ]*\r?\n[\t ]*[}\]]/gm)?.length ?? 0;
  return withComma >= without;
}

/** The end of a statement, without a semicolon that protects the next statement on a later line. */
export function findStatementEnd(text: string, node: Node): number {
  const strayed = /\s*\n\s*;$/.exec(text.slice(node.start, node.end));
  return strayed ? node.start + strayed.index : node.end;
}

/** Removes a range, and its whole line if nothing else is on it. */
export function removeWithLine(rewrite: Rewrite, start: number, end: number): void {
  const { text } = rewrite;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const blanks = /^[\t ]*/.exec(text.slice(end))?.[0].length ?? 0;
  const lineEnds = /^(?:\r?\n|$)/.exec(text.slice(end + blanks))?.[0];
  const isAlone = lineEnds !== undefined && /^[\t ]*$/.test(text.slice(lineStart, start));
  if (!isAlone) {
    rewrite.plan.edits.push({ start, end: lineEnds === undefined ? end + blanks : end, text: '' });
    return;
  }
  // The last line of a file may have no line end: the one before it is removed instead.
  const isLast = lineEnds === '' && lineStart > 0;
  const before = isLast ? lineStart - (text[lineStart - 2] === '\r' ? 2 : 1) : lineStart;
  rewrite.plan.edits.push({ start: before, end: end + blanks + lineEnds.length, text: '' });
}
