import { expect, test } from 'vitest';
import { codemod, type ImportMap, type LeftReason } from '../../../src/tools/codemod/index.ts';
import { map as packageMap } from './models.ts';

/** A source text, the text after the codemod, and the reasons why imports are left. */
export interface Case {
  /** The name of its test. */
  readonly name: string;
  /** Default: `case.ts`. */
  readonly file?: string;
  readonly before: string;
  /** Default: the old text. */
  readonly after?: string;
  readonly left?: readonly LeftReason[];
  readonly map?: ImportMap;
}

/** Lines of a source text, each with its end. */
export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

/** Tests cases: the text that comes out, what is left, and that a second run changes nothing. */
export function testCases(cases: readonly Case[]): void {
  test.each(cases.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    const options = { fileName: each.file ?? 'case.ts', map: each.map ?? packageMap };
    const result = codemod(each.before, options);
    expect(result.text).toBe(each.after ?? each.before);
    expect(result.left.map(({ reason }) => reason)).toEqual(each.left ?? []);
    const again = codemod(result.text, options);
    expect(again.text).toBe(result.text);
    expect(again.changes).toEqual([]);
  });
}
