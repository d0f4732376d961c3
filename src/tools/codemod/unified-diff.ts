import type { Colors } from 'picocolors/types.js';
import { applyEdits, type Edit } from './edits.ts';

/**
 * Edits to a text as a unified diff. Which lines they touch is known, so nothing is compared but those lines with what becomes of
 * them.
 *
 * @example
 * process.stdout.write(unifiedDiff('src/account.ts', before, codemod(before, options).edits, colours));
 */
export function unifiedDiff(path: string, before: string, edits: readonly Edit[], colours: Colors): string {
  const lines = linesOf(before);
  let diff = `${colours.bold(`--- a/${path}`)}\n${colours.bold(`+++ b/${path}`)}\n`;
  let shift = 0;
  for (const blocks of inHunks(blocksOf(before, lines, edits))) {
    const from = Math.max(0, (blocks[0]?.start ?? 0) - context);
    const until = Math.min(lines.length, (blocks.at(-1)?.end ?? 0) + context);
    let body = '';
    let growth = 0;
    let position = from;
    const keep = (end: number): void => {
      for (; position < end; position++) body += marked(' ', lines[position] ?? '', String);
    };
    for (const block of blocks) {
      keep(block.start);
      for (; position < block.end; position++) body += marked('-', lines[position] ?? '', colours.red);
      for (const line of block.lines) body += marked('+', line, colours.green);
      growth += block.lines.length - (block.end - block.start);
    }
    keep(until);
    const ranges = `-${range(from, until - from)} +${range(from + shift, until - from + growth)}`;
    diff += `${colours.cyan(`@@ ${ranges} @@`)}\n${body}`;
    shift += growth;
  }
  return diff;
}

/** How many lines around a change are shown. */
const context = 3;

/** Lines from one number up to another, without it, and the lines that stand there instead. */
interface Block {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** The lines of a text, each with its end. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Where each line begins, and at the end one more: where a line after a text would begin that ends with a line end. */
function startsOf(lines: readonly string[]): number[] {
  const starts = [0];
  let start = 0;
  for (const line of lines) {
    start += line.length;
    starts.push(start);
  }
  if (lines.at(-1)?.endsWith('\n') === false) starts.pop();
  return starts;
}

/** The line in which an offset is: the last one that does not begin after it. */
function lineIn(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What edits in the order of their text change, line by line; lines that they touch and leave as they were are not in it. */
function blocksOf(text: string, lines: readonly string[], edits: readonly Edit[]): Block[] {
  const starts = startsOf(lines);
  const blocks: Block[] = [];
  const lineAt = (offset: number): number => lineIn(starts, offset);
  for (let index = 0; index < edits.length; ) {
    const first = lineAt(edits[index]?.start ?? 0);
    const group: Edit[] = [];
    let last = first;
    for (let edit = edits[index]; edit && (group.length === 0 || lineAt(edit.start) <= last); edit = edits[++index]) {
      group.push(edit);
      last = Math.max(last, lineAt(edit.end));
    }
    const offset = starts[first] ?? 0;
    const shifted = group.map((edit) => ({ ...edit, start: edit.start - offset, end: edit.end - offset }));
    const newLines = linesOf(applyEdits(text.slice(offset, starts[last + 1] ?? text.length), shifted));
    const oldLines = lines.slice(first, last + 1);
    let above = 0;
    while (above < Math.min(oldLines.length, newLines.length) && oldLines[above] === newLines[above]) above++;
    let below = 0;
    const limit = Math.min(oldLines.length, newLines.length) - above;
    while (below < limit && oldLines.at(-1 - below) === newLines.at(-1 - below)) below++;
    const [start, end] = [first + above, first + oldLines.length - below];
    const added = newLines.slice(above, newLines.length - below);
    if (start === end && added.length === 0) continue;
    // Lines that follow each other are shown as one change.
    const previous = blocks.at(-1);
    if (previous?.end === start)
      blocks[blocks.length - 1] = { start: previous.start, end, lines: [...previous.lines, ...added] };
    else blocks.push({ start, end, lines: added });
  }
  return blocks;
}

/** Blocks that are so near each other that what is shown around them would meet. */
function inHunks(blocks: readonly Block[]): Block[][] {
  const hunks: Block[][] = [];
  for (const block of blocks) {
    const before = hunks.at(-1)?.at(-1);
    if (before && block.start - before.end <= 2 * context) hunks.at(-1)?.push(block);
    else hunks.push([block]);
  }
  return hunks;
}

/** Where lines begin, from 1 on, and how many they are. */
function range(start: number, count: number): string {
  return count === 1 ? `${start + 1}` : `${count === 0 ? start : start + 1},${count}`;
}

function marked(sign: string, line: string, colour: (text: string) => string): string {
  const ended = line.endsWith('\n');
  const written = `${colour(sign + (ended ? line.slice(0, -1) : line))}\n`;
  return ended ? written : `${written}\\ No newline at end of file\n`;
}
