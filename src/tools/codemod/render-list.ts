import { endsListsWithComma, fitsLine, readIndentStep, readLineEnd } from './text-layout.ts';

/** The style of a list in braces. */
export interface ListStyle {
  /** Between a brace and its neighbour on one line: a space or nothing. */
  readonly padding: string;
  /** Whether the last of several lines ends with a comma. */
  readonly trailingComma: boolean;
  /** Whether each item has its own line even if one line would be enough. */
  readonly spread: boolean;
}

/** The style of a new list in a file. */
export function readCommonStyle(text: string): ListStyle {
  return { padding: ' ', trailingComma: endsListsWithComma(text), spread: false };
}

/**
 * Renders a list in braces: on one line if it has one item or fits the file's line width, else with a line per item. `besides` is
 * the number of columns that the rest of the statement takes.
 */
export function renderList(
  text: string,
  items: readonly string[],
  indent: string,
  besides: number,
  style: ListStyle = readCommonStyle(text),
): string {
  const oneLine = items.length === 0 ? '{}' : `{${style.padding}${items.join(', ')}${style.padding}}`;
  if (items.length < 2) return oneLine;
  if (!style.spread && fitsLine(text, indent.length + besides + oneLine.length)) return oneLine;
  const end = readLineEnd(text);
  const step = readIndentStep(text);
  const lines = items.map((item, index) => {
    const comma = index < items.length - 1 || style.trailingComma ? ',' : '';
    return `${indent}${step}${item}${comma}${end}`;
  });
  return `{${end}${lines.join('')}${indent}}`;
}
