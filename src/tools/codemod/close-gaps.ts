import { type Edit, sortEdits } from './edits.ts';

/**
 * Extends removals of whole lines, so that none leaves a blank line at the start or end of the text, or two blank lines where the
 * removed lines stood between two. Blank lines that the author wrote elsewhere stay.
 */
export function closeGaps(text: string, edits: readonly Edit[]): Edit[] {
  const closed: Edit[] = [];
  /** Where what is removed at the start of the text ends. */
  let top = 0;
  for (const edit of joinAdjacent(text, edits)) {
    if (!removesLines(text, edit)) {
      closed.push(edit);
      continue;
    }
    let { start, end } = edit;
    const taken = closed.at(-1)?.end ?? 0;
    const blankBefore = readBlankLine(text, text.lastIndexOf('\n', start - 2) + 1, start);
    const blankAfter = readBlankLine(text, end, text.indexOf('\n', end) + 1);
    if (start === top) end += blankAfter.length;
    else if ((end === text.length || blankAfter !== '') && start - blankBefore.length >= taken) {
      start -= blankBefore.length;
    }
    if (edit.start === top) top = end;
    closed.push({ start, end, text: '' });
  }
  return closed;
}

/** The line between two offsets, or an empty text if it is not blank. */
function readBlankLine(text: string, start: number, end: number): string {
  const line = text.slice(start, end);
  return /^[\t ]*\r?\n$/.test(line) ? line : '';
}

/** Sorts edits, and joins removals of lines that follow each other. */
function joinAdjacent(text: string, edits: readonly Edit[]): Edit[] {
  const joined: Edit[] = [];
  for (const edit of sortEdits(edits)) {
    const last = joined.at(-1);
    if (last?.end === edit.start && removesLines(text, last) && removesLines(text, edit)) {
      joined[joined.length - 1] = { start: last.start, end: edit.end, text: '' };
    } else joined.push(edit);
  }
  return joined;
}

/** Whether an edit removes whole lines with their ends. */
function removesLines(text: string, { start, end, text: written }: Edit): boolean {
  return written === '' && end > start && (start === 0 || text[start - 1] === '\n') && text[end - 1] === '\n';
}
