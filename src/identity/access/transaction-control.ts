/** What PostgreSQL skips before a word: white space, empty statements, a comment to the end of the line, and the start of another. */
const skipped = /(?:[\s;]|--[^\n\r]*|\/\*)/y;
const word = /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy;

const controls = new Set(['begin', 'commit', 'end', 'abort', 'rollback', 'savepoint', 'release']);

/**
 * Whether a statement begins or ends a transaction or a savepoint. If the start of the statement cannot be read, such as a comment without
 * an end, PostgreSQL cannot read it either.
 */
export function controlsTransaction(statement: string): boolean {
  const [first = '', second] = firstWords(statement, 2);
  return controls.has(first) || ((first === 'start' || first === 'prepare') && second === 'transaction');
}

/** Whether a statement copies rows from or to the client, a file or a program. */
export function isCopy(statement: string): boolean {
  const [first] = firstWords(statement, 1);
  return first === 'copy';
}

const queries = new Set(['select', 'with', 'values', 'table', 'insert', 'update', 'delete', 'merge']);

/** Whether a statement reads or writes rows, and can't run a statement of another kind unless a function does. */
export function isQuery(statement: string): boolean {
  const [first = ''] = firstWords(statement, 1);
  return queries.has(first);
}

/** The first words of a statement in small letters, up to the first thing that is neither a word nor skipped. */
function firstWords(statement: string, count: number): string[] {
  const words: string[] = [];
  let at = 0;
  while (words.length < count) {
    at = afterSkipped(statement, at);
    word.lastIndex = at;
    const [found] = word.exec(statement) ?? [];
    if (found === undefined) break;
    words.push(found.toLowerCase());
    at += found.length;
  }
  return words;
}

/** The first place that is neither white space nor a semicolon nor in a comment. Comments of PostgreSQL can have others in them. */
function afterSkipped(statement: string, from: number): number {
  let at = from;
  for (;;) {
    skipped.lastIndex = at;
    const [found] = skipped.exec(statement) ?? [];
    if (found === undefined) return at;
    at = found === '/*' ? afterComment(statement, at) : at + found.length;
  }
}

function afterComment(statement: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 0;
  for (let found = edge.exec(statement); found; found = edge.exec(statement)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return statement.length;
}
