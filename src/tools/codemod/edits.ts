/** A range of a source text and what stands there instead. Ranges of one text do not overlap. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A source text with edits made; what no edit covers stays as it was, to the byte. Throws a `RangeError` on an overlap. */
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

/** Edits in the order of the text that they are made in. */
export function sortEdits(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((left, right) => left.start - right.start || left.end - right.end);
}

/** Line and column of an offset, both from 1 on, as compilers count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Tells the line and column of offsets in a text, fastest when they are asked for in order. */
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
