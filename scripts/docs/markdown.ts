/** The first line of a generated page. */
export function generatedFrom(source: string): string {
  return `<!-- Generated from ${source} by \`npm run db:generate\`. Do not edit. -->`;
}

/** A row of a table. A bar in a cell gets a backslash. */
function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The lines of a table; `alignment` is that of each column, such as `---` or `:-:`. */
export function tableLines(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  alignment: readonly string[] = heading.map(() => '---'),
): string[] {
  return [tableRow(heading), tableRow(alignment), ...rows.map(tableRow)];
}

export function codeBlock(language: string, code: string): string {
  return `\`\`\`${language}\n${code.trimEnd()}\n\`\`\``;
}

/** A page: its parts with an empty line between them. */
export function page(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
