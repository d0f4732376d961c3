/**
 * The definition of a view as every PostgreSQL version would write it.
 *
 * If the outermost SELECT reads from one table alone, PostgreSQL 15 writes `messages.id` and later versions `id`. So this removes that
 * table's name before its columns; with more tables, all versions write it and it stays.
 *
 * @param definition The result of `pg_get_viewdef`.
 */
export function withoutNeedlessQualifiers(definition: string): string {
  const tokens = tokensOf(definition);
  const from = outermost(tokens, (text) => text === 'FROM');
  const only = from.length === 1 ? from[0] : undefined;
  if (only === undefined || outermost(tokens, (text) => text === 'SELECT').length !== 1) return definition;

  const afterwards = outermost(tokens, (text) =>
    /^(;|WHERE|GROUP|HAVING|WINDOW|ORDER|LIMIT|OFFSET|FETCH|FOR)$/.test(text),
  );
  const end = afterwards.find((position) => position > only) ?? tokens.length;
  const source = tokens.slice(only + 1, end).filter(({ depth }) => depth === 0);
  if (source.some(({ text }) => text === ',' || text === 'JOIN')) return definition;
  const table = source.findLast(({ text }) => isName(text))?.text;

  const isNeedless = (position: number) =>
    tokens[position]?.text === table &&
    tokens[position + 1]?.text === '.' &&
    isName(tokens[position + 2]?.text) &&
    // Not a function or type of a schema with the table's name, and not the table itself.
    tokens[position + 3]?.text !== '(' &&
    !['.', ':'].includes(tokens[position - 1]?.text ?? '') &&
    !(tokens[position]?.depth === 0 && position > only && position < end);
  return tokens
    .filter((_, position) => !isNeedless(position) && !isNeedless(position - 1))
    .map(({ text }) => text)
    .join('');
}

interface Token {
  readonly text: string;
  /** How deep it is nested in parentheses. */
  readonly depth: number;
}

/** The pieces of a statement: quoted texts and names, words, and every other character by itself. */
function tokensOf(sql: string): Token[] {
  let depth = 0;
  return (sql.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\W/g) ?? []).map((text) => {
    if (text === ')') depth -= 1;
    const token = { text, depth };
    if (text === '(') depth += 1;
    return token;
  });
}

function outermost(tokens: readonly Token[], matches: (text: string) => boolean): number[] {
  return tokens.flatMap(({ text, depth }, position) => (depth === 0 && matches(text) ? [position] : []));
}

function isName(text: string | undefined): boolean {
  return text !== undefined && /^("|[A-Za-z_])/.test(text);
}
