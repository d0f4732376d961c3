import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';

/** Whether to write colours to a stream: it is a terminal that has them, and `NO_COLOR` is not set. */
export function wantsColour(stream: NodeJS.WriteStream | WriteStream = process.stdout): boolean {
  return stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

/**
 * The colours for a stream, or plain text if it takes none. Texts use bold, dim, underline, red, green and cyan: yellow and white can't be
 * read on a light background.
 */
export function coloursFor(
  stream: NodeJS.WriteStream | WriteStream = process.stdout,
): ReturnType<typeof pc.createColors> {
  return pc.createColors(wantsColour(stream));
}

/** Whether a report lists its rows: with `--verbose`, and always off a terminal, where a log keeps them. */
export function wantsRows({ verbose }: { readonly verbose?: boolean }): boolean {
  return verbose === true || !process.stdout.isTTY;
}

/** How wide a stream's screen is; `undefined` if it is not a terminal. */
function screenOf(stream: NodeJS.WriteStream | WriteStream): number | undefined {
  return (stream.isTTY && stream.columns) || undefined;
}

/**
 * A text whose lines are no wider than the screen, broken between words. What is broken goes on under the text of a line that begins with a
 * label and two blanks, as in `found     a view`, and is indented by two in all others. Longer words stay whole, and so does a line that
 * names the next step: a command that is copied from the screen is one line. Off a terminal the text stays as it is.
 */
export function fitToScreen(text: string, stream: NodeJS.WriteStream | WriteStream): string {
  const screen = screenOf(stream);
  if (screen === undefined) return text;
  return text
    .split('\n')
    .map((line) => (line.startsWith('Next: ') ? line : brokenBetweenWords(line, screen).join('\n')))
    .join('\n');
}

function brokenBetweenWords(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line];
  const [head = '', label] = /^ *(\S+ {2,})?/.exec(line) ?? [];
  const under = ' '.repeat(label === undefined || head.length > width / 2 ? head.length + 2 : head.length);
  const [first = '', ...rest] = filledLines(
    line.slice(head.length).split(' '),
    width - head.length,
    width - under.length,
  );
  return [`${head}${first}`, ...rest.map((text) => `${under}${text}`)];
}

/** Words in lines: as many as fit on each, and at least one. */
function filledLines(words: readonly string[], width: number, laterWidth = width): string[] {
  const lines: string[] = [];
  let current: string | undefined;
  for (const word of words) {
    const longer: string = current === undefined ? word : `${current} ${word}`;
    if (current !== undefined && widthOf(longer) > (lines.length === 0 ? width : laterWidth)) {
      lines.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  return current === undefined ? lines : [...lines, current];
}

/**
 * Statements and comments of SQL behind a head, in lines no wider than the screen. What is copied from the screen runs as the statement
 * does: lines are broken outside of quotes only, so that a longer literal stays whole, and a comment goes on as a comment.
 */
export function fitSqlToScreen(
  head: string,
  statements: readonly string[],
  paint: (line: string) => string,
  stream: NodeJS.WriteStream | WriteStream = process.stdout,
): string[] {
  const width = (screenOf(stream) ?? Number.POSITIVE_INFINITY) - head.length;
  const lines = statements.flatMap((statement) => {
    const hasLiteralOfLines = statement.match(/'(?:[^']|'')*'/g)?.some((literal) => literal.includes('\n'));
    return statement.split('\n').flatMap((line) => {
      if (widthOf(line) <= width || hasLiteralOfLines) return [line];
      const comment = /^\s*-- /.exec(line)?.[0];
      if (comment === undefined) return filledLines(line.match(sqlWords) ?? [line], width);
      const text = line.slice(comment.length).split(' ');
      return filledLines(text, width - comment.length).map((part) => `${comment}${part}`);
    });
  });
  return lines.map((line, index) => `${index === 0 ? head : ' '.repeat(head.length)}${paint(line)}`);
}

/** What stands between blanks outside of quotes. */
const sqlWords = /^ +|(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\s])+/g;

/** Rows under a heading, in columns without borders, no wider than the screen. A table without rows is empty. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  stream: NodeJS.WriteStream | WriteStream = process.stdout,
  indent = '',
): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => row.map(String));
  const widths = columnWidths([head, ...cells], (screenOf(stream) ?? Number.POSITIVE_INFINITY) - indent.length);
  const grid = new Table({
    head: [...head],
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => (rows.every((row) => typeof row[column] === 'number') ? 'right' : 'left')),
  });
  for (const row of cells) grid.push(row.map((cell, column) => brokenTo(cell, widths[column] ?? cell.length)));
  return grid
    .toString()
    .replace(/[ \t]+$/gm, '')
    .replace(/^(?=.)/gm, indent);
}

const betweenColumns = 2;
const narrowestColumn = 8;

/** How many columns a text takes: its longest line, without colours. */
function widthOf(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map(({ length }) => length),
  );
}

/** The columns' own widths; on a screen that is too narrow the widest ones give way first. */
function columnWidths(rows: readonly (readonly string[])[], screen: number): number[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const total = () => widths.reduce((sum, width) => sum + width, betweenColumns * (widths.length - 1));
  while (total() > screen) {
    const widest = Math.max(...widths);
    if (widest <= narrowestColumn) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** A cell in lines of at most this width: broken between words, and a longer word after a mark within a name, as in `public.`. */
function brokenTo(cell: string, width: number): string {
  // Colours go over whole cells, which are short.
  if (widthOf(cell) <= width || stripVTControlCharacters(cell) !== cell) return cell;
  return cell
    .split('\n')
    .flatMap((line) =>
      filledLines(
        line.split(' ').flatMap((word) => brokenWord(word, width)),
        width,
      ),
    )
    .join('\n');
}

function brokenWord(word: string, width: number): string[] {
  const parts: string[] = [];
  let rest = word;
  while (rest.length > width) {
    const part = /^.+[_./:-]/.exec(rest.slice(0, width))?.[0] ?? rest.slice(0, width);
    parts.push(part);
    rest = rest.slice(part.length);
  }
  return rest === '' ? parts : [...parts, rest];
}

/** One line on a terminal's standard error that is written over as work goes on. Off a terminal it is silent. */
export interface Progress {
  update(text: string): void;
  done(): void;
}

/** Progress on standard error: shown on a terminal only, from the first second on or after another time in milliseconds. */
export function progress(stream: NodeJS.WriteStream = process.stderr, after = 1000): Progress {
  const started = performance.now();
  let shown = false;
  return {
    update(text) {
      if (!stream.isTTY || performance.now() - started < after) return;
      stream.write(`\r\u001B[2K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
      shown = true;
    },
    done() {
      if (shown) stream.write('\r\u001B[2K');
      shown = false;
    },
  };
}
