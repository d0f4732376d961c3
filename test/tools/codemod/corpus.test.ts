import { expect, test } from 'vitest';
import { codemodFiles } from '../../../src/tools/codemod/files.ts';
import { thorough } from '../../support/databases.ts';
import { seed } from '../../support/seed.ts';
import { generateCorpus, legacyRoot } from './corpus.ts';
import { map } from './models.ts';
import { folderWith, textsIn } from './source-folder.ts';
import { listDifferences } from './verifier.ts';

const count = thorough ? 3_000 : 300;

test(`${count} files with the habits of services say the same before and after, and nothing old is left in silence`, {
  timeout: 600_000,
}, async () => {
  const { files: before, resolve } = generateCorpus(count, seed);
  const cwd = folderWith(before);
  const { files } = await codemodFiles({ map, cwd, legacyRoots: [legacyRoot], write: true });
  const left = new Map(files.map((file) => [file.path, file.left.map(({ from }) => from.replace(/#.*/, ''))]));
  const after = textsIn(cwd);

  expect(files.flatMap((file) => file.left.filter(({ reason }) => reason === 'unexpected'))).toEqual([]);
  const differences = listDifferences({ before, after, resolve, leftIn: (path) => left.get(path) ?? [] });
  expect(differences, `SEED=${seed}`).toEqual([]);
  // Unless most files change, the comparison proves little.
  expect(files.filter(({ changed }) => changed).length).toBeGreaterThan(count * 0.8);

  const again = await codemodFiles({ map, cwd, legacyRoots: [legacyRoot], write: true });
  expect(again.files.filter(({ changed }) => changed)).toEqual([]);
});

const before = `import { SocialAccount } from 'canonical-models/models/social';\nuse(SocialAccount);\n`;

test.each([
  [
    'a use that keeps its old name',
    `import { BusinessSocialAccount } from 'canonical-models/lead';\nuse(SocialAccount);\n`,
  ],
  ['a use of another symbol', `import { LeadSocialThread } from 'canonical-models/lead';\nuse(LeadSocialThread);\n`],
  [
    'a token that is gone',
    `import { BusinessSocialAccount } from 'canonical-models/lead';\nuse(BusinessSocialAccount)\n`,
  ],
  ['an old module that is left in silence', before],
])('the comparison notices %s', (_what, after) => {
  const { resolve } = generateCorpus(0, 1);
  const differences = listDifferences({
    before: { 'a.ts': before },
    after: { 'a.ts': after },
    resolve,
    leftIn: () => [],
  });
  expect(differences).not.toEqual([]);
});

test('the comparison accepts a move', () => {
  const { resolve } = generateCorpus(0, 1);
  const after = `import { BusinessSocialAccount } from 'canonical-models/lead';\nuse(BusinessSocialAccount);\n`;
  expect(listDifferences({ before: { 'a.ts': before }, after: { 'a.ts': after }, resolve, leftIn: () => [] })).toEqual(
    [],
  );
});
