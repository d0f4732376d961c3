import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codemod } from '../../../src/tools/codemod/index.ts';
import { bind } from './bindings.ts';
import { execute } from './execution.ts';
import { map } from './models.ts';
import { programs } from './programs.ts';

const runs = process.env['CANONICAL_MODELS_DEEP'] ? 50_000 : 150;

test(`${runs} generated programs do the same and bind the same before and after`, { timeout: 3_600_000 }, async () => {
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(programs, async (before) => {
      const result = codemod(before, { fileName: 'program.ts', map });
      expect(result.left.filter(({ reason }) => reason === 'unexpected' || reason === 'unparsed')).toEqual([]);
      if (result.text === before) return;
      moved++;
      expect(codemod(result.text, { fileName: 'program.ts', map }).text).toBe(result.text);
      const did = await execute(before);
      const does = await execute(result.text);
      expect(does.logged).toEqual(did.logged);
      expect(Object.keys(does.exported).sort()).toEqual(Object.keys(did.exported).sort());
      for (const [name, value] of Object.entries(did.exported)) {
        // A module that is exported whole may have more than it had: the new module has all of the old one, and others.
        if (name.startsWith('ns')) expect(does.exported[name]).toMatchObject(value as object);
        else expect(does.exported[name]).toEqual(value);
      }
      const boundBefore = bind(before);
      const boundAfter = bind(result.text);
      expect(boundAfter.bound).toEqual(boundBefore.bound);
      if (boundBefore.diagnostics.length === 0) expect(boundAfter.diagnostics).toEqual([]);
    }),
    {
      numRuns: runs,
      endOnFailure: !!process.env['NOSHRINK'],
    },
  );
  // A program without a move proves nothing.
  expect(moved).toBeGreaterThan(runs * 0.8);
});
