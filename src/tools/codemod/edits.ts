/** A range of a source text, and its replacement. Ranges of one text do not overlap. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits to a source text; text outside of them stays the same to the byte. Throws a `RangeError` on an overlap. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  let text = '';
  let position = 0;
  for (const edit of sortEdits(edits)) {
    if (edit.start < position) throw new RangeError(`edits overlap at ${edit.start}`);
    text += source.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return text + source.slice(position);
}

/** Sorts edits in text order. */
export function sortEdits(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((left, right) => left.start - right.start || left.end - right.end);
}

/** Line and column of an offset, both 1-based, as compilers count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Creates a function that finds the line and column of offsets in a text, fastest if they are in ascending order. */
export function createLocator(text: string): (offset: number) => Position {
  let line = 1;
  let lineStart = 0;
  return (offset) => {
    if (offset < lineStart) [line, lineStart] = [1, 0];
    for (let next = text.indexOf('\n', lineStart); next !== -1 && next < offset; next = text.indexOf('\n', lineStart)) {
      line++;
      lineStart = next + 1;
    }
    return { line, column: offset - lineStart + 1 };
  };
}
