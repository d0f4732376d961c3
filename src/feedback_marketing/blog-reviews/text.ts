/** A text as XML, JSON and HTML may hold it: whole characters, and of the control characters tabs and line ends only. */
export function cleanText(text: string): string {
  // Most texts are clean, and a page has many.
  if (/^[ -~\n]*$/.test(text)) return text;
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/[^\P{Cc}\t\n]|[\uFFFE\uFFFF]/gu, '');
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** The characters of a text as a reader counts them. */
export function graphemesOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/**
 * A text on one line, of at most so many graphemes. A longer one is cut after a word, in scripts without blanks, too, and ends in an
 * ellipsis, which counts.
 */
export function cutAtWord(text: string, most: number): string {
  // Enough of it for any text that people write: what comes after is not looked at.
  const line = cleanText(
    text
      .slice(0, 100 * most)
      .replace(/\s+/g, ' ')
      .trim(),
  );
  if (graphemesOf(line).length <= most) return line;
  let end = 0;
  let length = 0;
  for (const { index, segment, isWordLike } of words.segment(line)) {
    length += graphemesOf(segment).length;
    if (length > most - 1) break;
    // What stands between the last word and the ellipsis is left out.
    if (isWordLike) end = index + segment.length;
  }
  const start =
    end > 0
      ? line.slice(0, end)
      : graphemesOf(line)
          .slice(0, most - 1)
          .join('');
  return `${start}…`;
}
