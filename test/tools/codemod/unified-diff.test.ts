import { applyPatch } from 'diff';
import fc from 'fast-check';
import pc from 'picocolors';
import { expect, test } from 'vitest';
import { applyEdits, type Edit } from '../../../src/tools/codemod/edits.ts';
import { renderUnifiedDiff } from '../../../src/tools/codemod/unified-diff.ts';

const colours = pc.createColors(false);

/** Texts of few different lines, so that lines come again, with and without a line end at the end. */
const text = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '', 'c'), { maxLength: 40 }), fc.constantFrom('', '\n'))
  .map(([lines, end]) => lines.join('\n') + end);

/** Edits of a text, in its order and apart from each other. */
function editsOf(source: string, drawn: readonly (readonly [start: number, length: number, text: string])[]): Edit[] {
  const edits: Edit[] = [];
  for (const [start, length, replacement] of [...drawn].sort(([left], [right]) => left - right)) {
    const from = Math.max(start % (source.length + 1), (edits.at(-1)?.end ?? -1) + 1);
    if (from > source.length) break;
    edits.push({ start: from, end: Math.min(source.length, from + length), text: replacement });
  }
  return edits;
}

test('another tool applies the diff to the old text and gets the new one', () => {
  const drawn = fc.tuple(fc.nat(100), fc.nat(8), fc.constantFrom('', 'x', 'x\n', '\n', 'a', 'a\nb\n', 'q\nr'));
  fc.assert(
    fc.property(text, fc.array(drawn, { maxLength: 6 }), (before, some) => {
      const edits = editsOf(before, some);
      const after = applyEdits(before, edits);
      const diff = renderUnifiedDiff('src/a.ts', before, edits, colours);
      expect(diff).toMatch(/^--- a\/src\/a\.ts\n\+\+\+ b\/src\/a\.ts\n/);
      if (diff.includes('@@')) expect(applyPatch(before, diff)).toBe(after);
      else expect(after).toBe(before);
    }),
    { numRuns: 5000 },
  );
});

test('shows three lines around a change, and joins changes that are closer', () => {
  const before = `${Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n')}\n`;
  const at = (line: string): Edit => {
    const start = before.indexOf(`${line}\n`);
    return { start, end: start + line.length, text: 'new' };
  };
  const hunks = (...lines: string[]) => renderUnifiedDiff('a', before, lines.map(at), colours).match(/^@@.*@@$/gm);
  expect(hunks('line 5')).toEqual(['@@ -2,7 +2,7 @@']);
  expect(hunks('line 5', 'line 12')).toEqual(['@@ -2,14 +2,14 @@']);
  expect(hunks('line 5', 'line 13')).toEqual(['@@ -2,7 +2,7 @@', '@@ -10,7 +10,7 @@']);
  expect(hunks('line 20')).toEqual(['@@ -17,4 +17,4 @@']);
});
