import { identifier } from '../database/query.ts';
import { identifiersOf, loadedParser, type RelationReference } from './relation-references.ts';

/** The parts of a function's body that concern relations. */
export interface FunctionStatements {
  /** SQL statements, and expressions in the form of the statements that PL/pgSQL makes of them. */
  readonly statements: readonly string[];
  /** Relations that declarations name as types, as in `messages%ROWTYPE`. */
  readonly types: readonly RelationReference[];
  /** `EXECUTE` expressions that do not consist of constants alone. */
  readonly dynamic: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Finds the statements in the body of a function in SQL or PL/pgSQL, with PostgreSQL's own grammars.
 *
 * @throws Error if the body does not parse, or is in another language.
 */
export function functionStatements(code: {
  readonly definition: string;
  readonly language: string;
  readonly body: string;
}): FunctionStatements {
  const { definition, language, body } = code;
  if (language === 'sql') return { statements: [body], types: [], dynamic: [] };
  if (language !== 'plpgsql') throw new Error(`it is written in ${language}`);
  const found = { statements: [] as string[], dynamic: [] as string[] };
  collect(loadedParser().parsePlPgSQLSync(definition), found);
  return { ...found, types: declaredTypes(body) };
}

function collect(value: unknown, found: { statements: string[]; dynamic: string[] }): void {
  if (Array.isArray(value)) for (const item of value) collect(item, found);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [key, inner] of Object.entries(value as Fields)) {
    if (key === 'PLpgSQL_expr') found.statements.push(statementOf(inner as Fields));
    // EXECUTE in RETURN QUERY and OPEN; as a statement and in FOR.
    else if (key === 'dynquery') addDynamic(inner, found);
    else if (key === 'PLpgSQL_stmt_dynexecute' || key === 'PLpgSQL_stmt_dynfors') {
      const { query, ...others } = inner as Fields;
      addDynamic(query, found);
      collect(others, found);
    } else collect(inner, found);
  }
}

/** How PL/pgSQL passes a text to the SQL parser: as a statement, an expression, or an assignment. */
function statementOf({ query, parseMode }: Fields): string {
  const text = String(query);
  if (parseMode === 0 || parseMode === undefined) return text;
  return `SELECT ${parseMode === 2 ? text : assigned(text)}`;
}

/** Both sides of an assignment as expressions: the left one may have a query in a subscript. */
function assigned(text: string): string {
  let depth = 0;
  for (const { text: token, start, end } of loadedParser().scanSync(text).tokens) {
    if (token === '[' || token === '(') depth++;
    if (token === ']' || token === ')') depth--;
    if (depth > 0 || (token !== ':=' && token !== '=')) continue;
    const bytes = Buffer.from(text);
    return `${bytes.subarray(0, start)}, ${bytes.subarray(end)}`;
  }
  return text;
}

function addDynamic(expression: unknown, found: { statements: string[]; dynamic: string[] }): void {
  const source = String(((expression as Fields | undefined)?.['PLpgSQL_expr'] as Fields | undefined)?.['query'] ?? '');
  const [statement] = (loadedParser().parseSync(`SELECT ${source}`) as { stmts: readonly { stmt: Fields }[] }).stmts;
  const query = statement?.stmt['SelectStmt'] as Fields | undefined;
  const [target] = (query?.['targetList'] ?? []) as readonly Fields[];
  const constant = textOf((target?.['ResTarget'] as Fields | undefined)?.['val'] as Fields | undefined);
  if (constant === undefined) found.dynamic.push(source);
  else if (!parses(constant)) found.dynamic.push(source);
  else found.statements.push(constant);
}

function parses(sql: string): boolean {
  try {
    loadedParser().parseSync(sql);
    return true;
  } catch {
    return false;
  }
}

/**
 * The text that an expression evaluates to, with `$1` for each value. Undefined if more than values are inserted: a name, or part
 * of a statement.
 */
function textOf(node: Fields | undefined): string | undefined {
  const constant = constantOf(node);
  if (constant !== undefined) return constant;
  const operation = node?.['A_Expr'] as Fields | undefined;
  if (operation) {
    const [operator] = (operation['name'] ?? []) as readonly Fields[];
    if ((operator?.['String'] as Fields | undefined)?.['sval'] !== '||') return undefined;
    const [left, right] = ['lexpr', 'rexpr'].map((side) => textOf(operation[side] as Fields | undefined));
    return left === undefined || right === undefined ? undefined : left + right;
  }
  const call = node?.['FuncCall'] as Fields | undefined;
  const names = ((call?.['funcname'] ?? []) as readonly Fields[]).map((name) => (name['String'] as Fields)['sval']);
  const values = (call?.['args'] ?? []) as readonly Fields[];
  if (names.at(-1) === 'quote_ident') {
    const name = textOf(values[0]);
    return name === undefined ? undefined : identifier(name);
  }
  if (names.at(-1) === 'quote_literal' || names.at(-1) === 'quote_nullable') return '$1';
  return names.at(-1) === 'format' ? formatted(values) : undefined;
}

/** What `format` returns for its pattern and values, as far as both are constants. */
function formatted([pattern, ...values]: readonly Fields[]): string | undefined {
  const text = constantOf(pattern);
  if (text === undefined) return undefined;
  let next = 0;
  let known = true;
  const made = text.replace(/%(?:(\d+)\$)?(?:-?\d+)?([sIL%])/g, (_, position: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    if (position !== undefined) next = Number(position) - 1;
    const value = textOf(values[next++]);
    if (kind === 'L') return '$1';
    if (value === undefined) known = false;
    return value === undefined ? '' : kind === 'I' ? identifier(value) : value;
  });
  return known ? made : undefined;
}

function constantOf(node: Fields | undefined): string | undefined {
  const cast = node?.['TypeCast'] as Fields | undefined;
  const constant = ((cast ? cast['arg'] : node) as Fields | undefined)?.['A_Const'] as Fields | undefined;
  const text = (constant?.['sval'] as Fields | undefined)?.['sval'];
  return typeof text === 'string' ? text : undefined;
}

/**
 * The relations whose rows a variable takes, as in `messages%ROWTYPE`, `messages.id%TYPE` or a plain `messages`. The parser of
 * PL/pgSQL does not keep them, as it knows no relations.
 */
function declaredTypes(body: string): RelationReference[] {
  const tokens = loadedParser()
    .scanSync(body)
    .tokens.filter(({ tokenName }) => !tokenName.endsWith('COMMENT'));
  const types: RelationReference[] = [];
  const isName = (text = '') => /^("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)$/u.test(text);
  const nameAt = (start: number): { parts: string[]; end: number } => {
    const parts: string[] = [];
    let at = start;
    while (isName(tokens[at]?.text)) {
      parts.push(...identifiersOf(tokens[at]?.text ?? ''));
      if (tokens[at + 1]?.text !== '.') return { parts, end: at + 1 };
      at += 2;
    }
    return { parts, end: at };
  };
  const add = (parts: readonly string[]) => {
    const [name, schema] = [parts.at(-1), parts.at(-2)];
    if (name !== undefined) types.push({ ...(schema !== undefined && { schema }), name, action: 'read' });
  };
  let declaring = false;
  for (let at = 0; at < tokens.length; at++) {
    const word = tokens[at]?.text.toLowerCase();
    if (word === 'declare') declaring = true;
    if (word === 'begin') declaring = false;
    if (!declaring || (tokens[at - 1]?.text !== ';' && tokens[at - 1]?.text.toLowerCase() !== 'declare')) continue;
    const first = tokens[at + 1]?.text.toLowerCase() === 'constant' ? at + 2 : at + 1;
    const { parts, end } = nameAt(first);
    const suffix = tokens[end]?.text === '%' ? tokens[end + 1]?.text.toLowerCase() : undefined;
    add(suffix === 'type' ? parts.slice(0, -1) : parts);
  }
  return types;
}
