import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { check } from 'recheck';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { decimalOf } from '../src/column-limits.ts';
import { tokenPrefix } from '../src/identity/token-prefix.ts';
import { storedMoment } from '../src/stored-dates.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What reads only what its own user gives it: a repository, a command line, a database that its owner migrates. */
const withoutOutside = /^(?:cli|tools|generated)[\\/]/;

interface Expression {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** The regular expressions of a file: literals, and the places where one is made of a text. */
function expressionsIn(file: string, code: string): { literals: Expression[]; made: number } {
  const literals: Expression[] = [];
  let made = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      literals.push({ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    const isRegExp = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp';
    if (isRegExp) made++;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true));
  return { literals, made };
}

const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !withoutOutside.test(file))
  .sort();
const found = files.map((file) => ({ file, ...expressionsIn(file, readFileSync(`${root}src/${file}`, 'utf8')) }));

/** Proves, by the automaton of the expression, that it takes linear time; `undefined` if so, or why not. */
async function refute({ source, flags }: Expression): Promise<string | undefined> {
  const result = await check(source, flags, { checker: 'automaton', timeout: 60_000 });
  if (result.status === 'safe') return undefined;
  return result.status === 'vulnerable' ? result.complexity.summary : `not proved: ${result.error.kind}`;
}

test('each regular expression on input from outside takes linear time, by proof', async () => {
  const literals = found.flatMap((each) => each.literals);
  expect(literals.length).toBeGreaterThan(15);
  const refuted = await Promise.all(
    literals.map(async (each) => {
      const why = await refute(each);
      return why === undefined ? [] : [`${each.file}: /${each.source}/${each.flags}: ${why}`];
    }),
  );
  expect(refuted.flat()).toEqual([]);
}, 240_000);

test('expressions that are made of texts are known, and proved as they are made', async () => {
  const made: Record<string, readonly RegExp[]> = {
    'column-limits.ts': [
      decimalOf({ precision: undefined, scale: 0 } as Parameters<typeof decimalOf>[0]),
      decimalOf({ precision: 10, scale: 2 } as Parameters<typeof decimalOf>[0]),
    ],
    'identity/audit/redaction.ts': [new RegExp(`${tokenPrefix}[0-9A-Za-z]+`, 'g')],
    // The one of a day is the first part of the one of a moment.
    'stored-dates.ts': [storedMoment],
  };
  expect(found.filter((each) => each.made > 0).map(({ file }) => file)).toEqual(Object.keys(made));
  for (const [file, expressions] of Object.entries(made))
    for (const { source, flags } of expressions) expect(await refute({ file, source, flags }), source).toBeUndefined();
}, 240_000);

test('the proof finds what backtracks: what the audit trail once used', async () => {
  for (const [source, flags] of [
    ['eyJ[\\w-]+\\.[\\w-]+(?:\\.[\\w-]*)*', 'g'],
    ['(?<=\\w:\\/\\/[^\\s:/@]*:)[^\\s@/]+(?=@)', 'g'],
    ['%.*$', ''],
    ['(a+)+$', ''],
  ] as const) {
    expect(await refute({ file: '', source, flags }), source).toBeDefined();
  }
});
