/**
 * The definition of a view as every PostgreSQL version would write it.
 *
 * Where the outermost SELECT reads from one table alone, PostgreSQL 15 writes `messages.id` and later versions `id`. So the name
 * of that table is taken away before its columns; where there are more tables, all versions write it and it stays.
 *
 * @param definition What `pg_get_viewdef` answers.
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
    // Not a function or type of a schema that has the table's name, and not the table itself.
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
  /** In how many parentheses it stands. */
  readonly depth: number;
}

/** The pieces of a statement: texts and names in quotes, words, and every other character by itself. */
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
