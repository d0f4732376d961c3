import type { Colors } from 'picocolors/types.js';
import { applyEdits, type Edit } from './edits.ts';

/**
 * Renders edits to a text as a unified diff. Only the lines that they touch, and the lines shown around them, are read.
 *
 * @example
 * process.stdout.write(renderUnifiedDiff('src/account.ts', before, codemod(before, options).edits, colours));
 */
export function renderUnifiedDiff(path: string, before: string, edits: readonly Edit[], colours: Colors): string {
  let diff = `${colours.bold(`--- a/${path}`)}\n${colours.bold(`+++ b/${path}`)}\n`;
  let shift = 0;
  for (const blocks of groupIntoHunks(findBlocks(before, edits))) {
    const [first, last] = [blocks[0], blocks.at(-1)];
    if (!first || !last) continue;
    const above = splitLines(before.slice(findLinesBack(before, first.start, context), first.start));
    const below = splitLines(before.slice(last.end, findLinesOn(before, last.end, context)));
    let body = renderLines(' ', above, String);
    let kept = above.length + below.length;
    let [taken, added] = [0, 0];
    for (const [index, block] of blocks.entries()) {
      const between = splitLines(before.slice(blocks[index - 1]?.end ?? block.start, block.start));
      body +=
        renderLines(' ', between, String) +
        renderLines('-', block.old, colours.red) +
        renderLines('+', block.new, colours.green);
      kept += between.length;
      taken += block.old.length;
      added += block.new.length;
    }
    body += renderLines(' ', below, String);
    const from = first.number - above.length;
    const ranges = `-${formatRange(from, kept + taken)} +${formatRange(from + shift, kept + added)}`;
    diff += `${colours.cyan(`@@ ${ranges} @@`)}\n${body}`;
    shift += added - taken;
  }
  return diff;
}

/** How many unchanged lines are shown around a change. */
const context = 3;

/** Whole lines of a text, and the lines that replace them. */
interface Block {
  /** Offsets of the lines in the text. */
  readonly start: number;
  readonly end: number;
  /** How many lines are before them. */
  readonly number: number;
  readonly old: readonly string[];
  readonly new: readonly string[];
}

/** The lines of a text, each with its end. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The start of the line that is some lines before an offset. */
function findLinesBack(text: string, offset: number, lines: number): number {
  let start = offset;
  for (let line = 0; line < lines && start > 0; line++) start = start < 2 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
  return start;
}

/** The end of some lines that start at an offset. */
function findLinesOn(text: string, offset: number, lines: number): number {
  let end = offset;
  for (let line = 0; line < lines && end < text.length; line++) {
    const next = text.indexOf('\n', end);
    end = next === -1 ? text.length : next + 1;
  }
  return end;
}

/** How many lines start between two offsets. */
function countLinesBetween(text: string, from: number, to: number): number {
  let count = 0;
  for (let next = text.indexOf('\n', from); next !== -1 && next < to; next = text.indexOf('\n', next + 1)) count++;
  return count;
}

/** Finds the lines that edits change; lines that they touch but do not change are left out. */
function findBlocks(text: string, edits: readonly Edit[]): Block[] {
  const blocks: Block[] = [];
  let [position, number] = [0, 0];
  for (const { start: lineStart, end: lineEnd, edits: group } of groupByLines(text, edits)) {
    number += countLinesBetween(text, position, lineStart);
    position = lineStart;
    const old = splitLines(text.slice(lineStart, lineEnd));
    const shifted = group.map((edit) => ({ ...edit, start: edit.start - lineStart, end: edit.end - lineStart }));
    const changed = splitLines(applyEdits(text.slice(lineStart, lineEnd), shifted));
    const above = countAlike(old, changed, Math.min(old.length, changed.length), (lines, index) => lines[index]);
    const rest = Math.min(old.length, changed.length) - above;
    const below = countAlike(old, changed, rest, (lines, index) => lines.at(-1 - index));
    const block: Block = {
      start: lineStart + measureLines(old.slice(0, above)),
      end: lineEnd - measureLines(old.slice(old.length - below)),
      number: number + above,
      old: old.slice(above, old.length - below),
      new: changed.slice(above, changed.length - below),
    };
    if (block.old.length === 0 && block.new.length === 0) continue;
    // Adjacent changes are shown as one.
    const previous = blocks.at(-1);
    if (previous?.end !== block.start) blocks.push(block);
    else {
      const { start, number: first } = previous;
      const together = { old: [...previous.old, ...block.old], new: [...previous.new, ...block.new] };
      blocks[blocks.length - 1] = { start, end: block.end, number: first, ...together };
    }
  }
  return blocks;
}

/** Groups edits by the whole lines that they touch. */
function groupByLines(text: string, edits: readonly Edit[]): { start: number; end: number; edits: Edit[] }[] {
  const groups: { start: number; end: number; edits: Edit[] }[] = [];
  for (const edit of edits) {
    const end = findLinesOn(text, edit.end, 1);
    const last = groups.at(-1);
    const isOpen = last && last.end === text.length && !text.endsWith('\n');
    if (last && (edit.start < last.end || isOpen)) {
      last.edits.push(edit);
      last.end = Math.max(last.end, end);
    } else {
      groups.push({ start: edit.start === 0 ? 0 : text.lastIndexOf('\n', edit.start - 1) + 1, end, edits: [edit] });
    }
  }
  return groups;
}

/** Counts the equal lines at the start of two lists, or wherever `at` begins. */
function countAlike(
  left: readonly string[],
  right: readonly string[],
  limit: number,
  at: (lines: readonly string[], index: number) => string | undefined,
): number {
  let count = 0;
  while (count < limit && at(left, count) === at(right, count)) count++;
  return count;
}

function measureLines(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}

/** Groups blocks whose shown surroundings would overlap. */
function groupIntoHunks(blocks: readonly Block[]): Block[][] {
  const hunks: Block[][] = [];
  for (const block of blocks) {
    const before = hunks.at(-1)?.at(-1);
    if (before && block.number - before.number - before.old.length <= 2 * context) hunks.at(-1)?.push(block);
    else hunks.push([block]);
  }
  return hunks;
}

/** The 1-based start and the count of lines, as a hunk header has them. */
function formatRange(start: number, count: number): string {
  return count === 1 ? `${start + 1}` : `${count === 0 ? start : start + 1},${count}`;
}

/** Renders lines with a sign before each. */
function renderLines(sign: string, lines: readonly string[], colour: (text: string) => string): string {
  let text = '';
  for (const line of lines) {
    const ended = line.endsWith('\n');
    text += `${colour(sign + (ended ? line.slice(0, -1) : line))}\n${ended ? '' : '\\ No newline at end of file\n'}`;
  }
  return text;
}
