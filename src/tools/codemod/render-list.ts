import { fitsLine, readIndentStep, readLineEnd } from './text-layout.ts';

/** How a list in braces is written. */
export interface ListStyle {
  /** What stands between a brace and its neighbour on one line: a space or nothing. */
  readonly padding: string;
  /** Whether the last of several lines ends with a comma. */
  readonly trailingComma: boolean;
  /** Whether it takes a line an item even where one line would do. */
  readonly spread: boolean;
}

/** How a list is written where nothing in the file says otherwise. */
export const commonStyle: ListStyle = { padding: ' ', trailingComma: true, spread: false };

/**
 * A list in braces, on one line if it fits the file's width there or has one item, else on a line an item. `besides` is how many columns of the
 * line the rest of the statement takes.
 */
export function renderList(
  text: string,
  items: readonly string[],
  indent: string,
  besides: number,
  style: ListStyle = commonStyle,
): string {
  const oneLine = items.length === 0 ? '{}' : `{${style.padding}${items.join(', ')}${style.padding}}`;
  if (!style.spread && (items.length < 2 || fitsLine(text, indent.length + besides + oneLine.length))) return oneLine;
  const end = readLineEnd(text);
  const step = readIndentStep(text);
  const lines = items.map((item, index) => {
    const comma = index < items.length - 1 || style.trailingComma ? ',' : '';
    return `${indent}${step}${item}${comma}${end}`;
  });
  return `{${end}${lines.join('')}${indent}}`;
}
