import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The members of the type `LeftReason`, as it is declared. */
function declaredReasons(): string[] {
  const path = 'src/tools/codemod/result.ts';
  const { statements } = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest);
  const declared = statements.filter(ts.isTypeAliasDeclaration).find(({ name }) => name.text === 'LeftReason')?.type;
  if (!declared || !ts.isUnionTypeNode(declared)) throw new Error(`${path} declares no union LeftReason`);
  return declared.types.map((type) => {
    if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) return type.literal.text;
    throw new Error('LeftReason has a member that is not a string');
  });
}

test('the guide says of each reason what it means and what to do, and of no other', () => {
  const guide = read('docs/guides/leave-old-names.md');
  const [, section = ''] = /^## What is left, and why\n(.*?)^## /ms.exec(guide) ?? [];
  const rows = Array.from(section.matchAll(/^\| `([a-z\d-]+)` +\| (.*?) +\| (.*?) +\|$/gm));
  for (const [, reason, meaning, remedy] of rows) {
    expect(meaning, reason).toMatch(/^[A-Z].*\.$/);
    expect(remedy, reason).toMatch(/^[A-Z].*\.$/);
  }
  expect(rows.map(([, reason]) => reason).sort()).toEqual(declaredReasons().sort());
});

test('the type says of each reason what it means', () => {
  const [documented = ''] = /\/\*\*[^/]*?\*\/\s*export type LeftReason/.exec(read('src/tools/codemod/result.ts')) ?? [];
  for (const reason of declaredReasons()) expect(documented).toContain(`\`${reason}\``);
});
