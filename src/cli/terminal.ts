import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';

/** Whether a stream is looked at by a person who wants colour: a terminal, and no `NO_COLOR`. */
export function wantsColour(stream: NodeJS.WriteStream | WriteStream = process.stdout): boolean {
  return stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

/** The colours for a stream: all of them where it wants colour, plain text where it does not. */
export function coloursFor(
  stream: NodeJS.WriteStream | WriteStream = process.stdout,
): ReturnType<typeof pc.createColors> {
  return pc.createColors(wantsColour(stream));
}

/** How wide a stream's screen is: nothing where it is no terminal. */
function screenOf(stream: NodeJS.WriteStream | WriteStream): number | undefined {
  return (stream.isTTY && stream.columns) || undefined;
}

/**
 * A text whose lines are no wider than the screen, broken between words and then indented by two. Longer words stay whole, and so does
 * a line that names the next step: whoever copies a command from the screen gets one line. Where there is no screen, as in a log, the
 * text stays as it is.
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
  if (line.length <= width) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = indent;
  let isEmpty = true;
  for (const word of line.slice(indent.length).split(' ')) {
    if (!isEmpty && current.length + 1 + word.length > width) {
      lines.push(current);
      current = `${indent}  ${word}`;
    } else {
      current += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  return [...lines, current];
}

/** Rows under a heading, in columns without borders, no wider than the screen where it has one. No line where there are no rows. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  stream: NodeJS.WriteStream | WriteStream = process.stdout,
): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => row.map(String));
  const widths = columnWidths([head, ...cells], screenOf(stream));
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
  return grid.toString().replace(/[ \t]+$/gm, '');
}

const betweenColumns = 2;
const narrowestColumn = 8;

const widthOf = (cell: string) =>
  Math.max(
    ...stripVTControlCharacters(cell)
      .split('\n')
      .map(({ length }) => length),
  );

/** The columns' own widths; on a screen that is too narrow the widest ones give way first. */
function columnWidths(rows: readonly (readonly string[])[], screen: number = Number.POSITIVE_INFINITY): number[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const total = () => widths.reduce((sum, width) => sum + width, betweenColumns * (widths.length - 1));
  while (total() > screen) {
    const widest = Math.max(...widths);
    if (widest <= narrowestColumn) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** A cell in lines of at most this width: broken between words, and within a word that is longer. */
function brokenTo(cell: string, width: number): string {
  // Colours go over whole cells, which are short.
  if (widthOf(cell) <= width || stripVTControlCharacters(cell) !== cell) return cell;
  const lines: string[] = [];
  for (const line of cell.split('\n')) {
    let current = '';
    for (const word of line.split(' ')) {
      if (current !== '' && current.length + 1 + word.length > width) {
        lines.push(current);
        current = '';
      }
      current += current === '' ? word : ` ${word}`;
      for (; current.length > width; current = current.slice(width)) lines.push(current.slice(0, width));
    }
    lines.push(current);
  }
  return lines.join('\n');
}

/** One line on a terminal's standard error that is written over as work goes on. Silent where nobody looks. */
export interface Progress {
  update(text: string): void;
  done(): void;
}

/** Progress on standard error: shown on a terminal only, from the first second on. */
export function progress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const started = performance.now();
  let shown = false;
  return {
    update(text) {
      if (!stream.isTTY || performance.now() - started < 1000) return;
      stream.write(`\r\u001B[2K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
      shown = true;
    },
    done() {
      if (shown) stream.write('\r\u001B[2K');
    },
  };
}
