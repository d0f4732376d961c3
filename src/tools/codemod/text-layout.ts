import type { Rewrite } from './plan.ts';
import type { Node } from './syntax.ts';

/** The text with which the lines of the file end. */
export function readLineEnd(text: string): string {
  const first = text.indexOf('\n');
  return first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n';
}

/** What stands before the first thing on the line of an offset. */
export function readIndent(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[\t ]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

/** One step of indentation as the file has it: a tab, or the spaces of its first indented line, or two. */
export function readIndentStep(text: string): string {
  const first = /^(\t|[ ]{2,8})(?=[^\s*])/m.exec(text)?.[1] ?? '  ';
  return first;
}

/** The widths of lines that formatters are set to, the usual one first. */
const lineWidths = [80, 100, 120] as const;

/** How wide lines of a file may be at the least, whatever the file has. */
const leastLineWidth = lineWidths[0];

/**
 * How wide lines of the file may be: the least of 80, 100 and 120 columns that holds every line that a formatter would have
 * broken. Formatters break no comments and no strings, so what a line is long by these does not count; lines of more than 120
 * columns are taken for slips.
 */
export function readLineWidth(text: string): number {
  let longest = 0;
  for (const [line] of text.matchAll(/^.{81,400}$/gm)) {
    const length = measureBreakable(line.trimEnd());
    if (length > longest && length <= 120) longest = length;
  }
  return lineWidths.find((width) => width >= longest) ?? leastLineWidth;
}

/** Whether a line of some length is as wide as lines of the file may be, or less. */
export function fitsLine(text: string, length: number): boolean {
  return length <= leastLineWidth || length <= readLineWidth(text);
}

/** How long a line is that a formatter could have broken, as far as one line shows. */
function measureBreakable(line: string): number {
  if (/^\s*(?:\/\/|\/\*|\*)/.test(line)) return 0;
  // Lists of one name are not broken, longer ones are, whatever the module is called.
  const imported = /^\s*(?:(?:import|export)\b(.*)|\})\s*\bfrom\s*["'][^"']*["']\s*;?$/.exec(line);
  if (imported) return /,\s*\S/.test(imported[1] ?? '') ? line.length : 0;
  const code = line.replace(/(["'`])(?:\\.|(?!\1)[^\\])*\1/g, '$1$1').replace(/\s*\/[/*].*$/, '');
  return /(?<!`)`(?!`)/.test(code) ? 0 : code.length;
}

/** Where a statement ends, not counting a semicolon that stands before the next statement on a line below. */
export function findStatementEnd(text: string, node: Node): number {
  const strayed = /\s*\n\s*;$/.exec(text.slice(node.start, node.end));
  return strayed ? node.start + strayed.index : node.end;
}

/** Takes a range out of the text, with its line where it has one to itself. */
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
  // The last line of a file has no line end of its own: the one before it goes.
  const isLast = lineEnds === '' && lineStart > 0;
  const before = isLast ? lineStart - (text[lineStart - 2] === '\r' ? 2 : 1) : lineStart;
  rewrite.plan.edits.push({ start: before, end: end + blanks + lineEnds.length, text: '' });
}
