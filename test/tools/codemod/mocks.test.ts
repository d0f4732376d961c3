import { describe, expect, test } from 'vitest';
import { codemod, mockFunctions } from '../../../src/tools/codemod/index.ts';
import { lines, testCases } from './cases.ts';
import { map } from './models.ts';

describe('mocks', () => {
  testCases([
    {
      name: 'keys are renamed, and the other exports of the new module are kept',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        `import { link } from './link.js';`,
        `vi.mock('canonical-models/models/social', () => ({`,
        '  SocialAccount: { id: 1 },',
        `  'SocialThread': {},`,
        '  SocialIdentity() {},',
        '}));',
        'vi.mocked(SocialAccount);',
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        `import { link } from './link.js';`,
        `vi.mock('canonical-models/lead', async (importOriginal) => ({`,
        `  ...(await importOriginal<typeof import('canonical-models/lead')>()),`,
        '  BusinessSocialAccount: { id: 1 },',
        `  'LeadSocialThread': {},`,
        '  CustomerSocialIdentity() {},',
        '}));',
        'vi.mocked(BusinessSocialAccount);',
      ),
    },
    {
      name: 'in JavaScript, without type arguments',
      file: 'case.js',
      before: lines(`vi.mock('canonical-models/models/booking', () => ({ Booking: 1 }));`),
      after: lines(
        `vi.mock('canonical-models/core', async (importOriginal) => ({`,
        '  ...(await importOriginal()),',
        '  Booking: 1,',
        '}));',
      ),
    },
    {
      name: 'a replacement that spreads the original spreads it as before',
      before: lines(
        `vi.mock('canonical-models/models/social', async (importOriginal) => {`,
        `  const actual = await importOriginal<typeof import('canonical-models/models/social')>();`,
        '  return { ...actual, SocialAccount: { ...actual.SocialAccount, id: 1 } };',
        '});',
        `vi.doMock('canonical-models/models/booking', async () => ({`,
        `  ...(await vi.importActual<typeof import('canonical-models/models/booking')>('canonical-models/models/booking')),`,
        '  Booking: 1,',
        '}));',
      ),
      after: lines(
        `vi.mock('canonical-models/lead', async (importOriginal) => {`,
        `  const actual = await importOriginal<typeof import('canonical-models/lead')>();`,
        '  return { ...actual, BusinessSocialAccount: { ...actual.BusinessSocialAccount, id: 1 } };',
        '});',
        `vi.doMock('canonical-models/core', async () => ({`,
        `  ...(await vi.importActual<typeof import('canonical-models/core')>('canonical-models/core')),`,
        '  Booking: 1,',
        '}));',
      ),
    },
    {
      name: 'with Jest, whose original is required',
      before: lines(
        `jest.mock('canonical-models/models/booking', () => ({ Booking: 1 }));`,
        `jest.mock('canonical-models/models/social', () => ({`,
        `  ...jest.requireActual<typeof import('canonical-models/models/social')>('canonical-models/models/social'),`,
        '  __esModule: true,',
        '  SocialAccount: 1,',
        '}));',
        `const { Lead } = jest.requireActual('canonical-models/models/lead') as typeof import('canonical-models/models/lead');`,
      ),
      after: lines(
        `jest.mock('canonical-models/core', () => ({`,
        `  ...jest.requireActual('canonical-models/core'),`,
        '  Booking: 1,',
        '}));',
        `jest.mock('canonical-models/lead', () => ({`,
        `  ...jest.requireActual<typeof import('canonical-models/lead')>('canonical-models/lead'),`,
        '  __esModule: true,',
        '  BusinessSocialAccount: 1,',
        '}));',
        `const { Lead } = jest.requireActual('canonical-models/lead') as typeof import('canonical-models/lead');`,
      ),
    },
    {
      name: 'a module given as import()',
      before: lines(
        `vi.mock(import('canonical-models/models/booking'), async (importOriginal) => ({ ...(await importOriginal()), Booking: 1 }));`,
      ),
      after: lines(
        `vi.mock(import('canonical-models/core'), async (importOriginal) => ({ ...(await importOriginal()), Booking: 1 }));`,
      ),
    },
    {
      name: 'without a replacement',
      before: lines(
        `vi.mock('canonical-models/models/booking');`,
        `vi.mock('canonical-models/models/customer');`,
        `vi.mock('canonical-models/models/social', { spy: true });`,
        `vi.unmock('canonical-models/models/role');`,
      ),
      after: lines(
        `vi.mock('canonical-models/core');`,
        `vi.mock('canonical-models/lead', { spy: true });`,
        `vi.mock('canonical-models/feedback_marketing', { spy: true });`,
        `vi.unmock('canonical-models/identity');`,
      ),
    },
    {
      name: 'mocks of modules that became one are joined, because only the last would count',
      before: lines(
        `vi.mock('canonical-models/models/booking', () => ({`,
        '  Booking: { id: 1 },',
        '}));',
        `vi.mock('canonical-models/models/customer', () => ({ Customer: { id: 2 } }));`,
      ),
      after: lines(
        `vi.mock('canonical-models/core', async (importOriginal) => ({`,
        `  ...(await importOriginal<typeof import('canonical-models/core')>()),`,
        '  Booking: { id: 1 },',
        '  Customer: { id: 2 },',
        '}));',
      ),
    },
    {
      name: 'if they cannot be joined, they and all uses of the module are left',
      before: lines(
        `import { Customer } from 'canonical-models/models/customer';`,
        `vi.mock('canonical-models/core', () => ({ Chef: 1 }));`,
        `vi.mock('canonical-models/models/customer', () => ({ Customer: 1 }));`,
      ),
      left: ['kept-together', 'mock'],
    },
    {
      name: 'a replacement whose names went to several modules is left, with all uses of the module',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        `vi.mock('canonical-models/models/social', () => ({ SocialAccount: 1, CustomerReview: 2 }));`,
      ),
      left: ['kept-together', 'mock'],
    },
    {
      name: 'so is one with an unknown name, and one that cannot be read',
      before: lines(
        `vi.mock('canonical-models/models/booking', () => ({ Booking: 1, Draft: 2 }));`,
        `vi.mock('canonical-models/models/social', makeSocial);`,
        `vi.mock('canonical-models/models/lead', () => (flag ? { Lead: 1 } : { Lead: 2 }));`,
        `vi.mock('canonical-models/models', async (importOriginal) => ({ ...wrap(await importOriginal()), Booking: 1 }));`,
      ),
      after: lines(
        `vi.mock('canonical-models/models/booking', () => ({ Booking: 1, Draft: 2 }));`,
        `vi.mock('canonical-models/models/social', makeSocial);`,
        `vi.mock('canonical-models/lead', () => (flag ? { Lead: 1 } : { Lead: 2 }));`,
        `vi.mock('canonical-models/models', async (importOriginal) => ({ ...wrap(await importOriginal()), Booking: 1 }));`,
      ),
      left: ['mock', 'mock', 'mock'],
    },
    {
      name: 'an import that cannot move keeps the mock of its module',
      before: lines(
        `import * as booking from 'canonical-models/models/booking';`,
        `vi.mock('canonical-models/models/booking', () => ({ Booking: 1 }));`,
        'use(booking);',
      ),
      left: ['kept-together', 'whole-module'],
    },
    {
      name: 'the mock of another runner is left again by a second run',
      before: lines(
        `vi.mock('canonical-models/core', () => ({ Customer: 1 }));`,
        `jest.mock('canonical-models/models/booking', () => ({ Booking: 1 }));`,
        `import { Booking } from 'canonical-models/models/booking';`,
        'use(Booking);',
      ),
      left: ['mock', 'kept-together'],
    },
    {
      name: 'the mocks of node:test',
      before: lines(`mock.module('canonical-models/models/social', { namedExports: { SocialAccount: 1 } });`),
      after: lines(`mock.module('canonical-models/lead', { namedExports: { BusinessSocialAccount: 1 } });`),
    },
  ]);

  test('functions of other runners can be named', () => {
    const before = lines(`double.replace('canonical-models/models/social', () => ({ SocialAccount: 1 }));`);
    expect(codemod(before, { fileName: 'case.ts', map }).left).toMatchObject([{ reason: 'text' }]);
    const own = [...mockFunctions, { name: 'double.replace', does: 'replace' as const }];
    const { text, changes } = codemod(before, { fileName: 'case.ts', map, mockFunctions: own });
    expect(text).toBe(lines(`double.replace('canonical-models/lead', () => ({ BusinessSocialAccount: 1 }));`));
    expect(changes.map(({ note }) => note)).toContain('it now covers all of canonical-models/lead');
  });
});

describe('the original in a factory', () => {
  const social = `import { SocialAccount, SocialThread } from 'canonical-models/models/social';`;
  const movedSocial = `import { BusinessSocialAccount, LeadSocialThread } from 'canonical-models/lead';`;
  const mock = `vi.mock('canonical-models/models/social', () => ({ SocialAccount: 1, SocialThread: 2 }));`;
  const plain = `vi.mock('canonical-models/lead', () => ({ BusinessSocialAccount: 1, LeadSocialThread: 2 }));`;
  const spread = (...names: string[]) => [
    `vi.mock('canonical-models/lead', async (importOriginal) => ({`,
    `  ...(await importOriginal<typeof import('canonical-models/lead')>()),`,
    ...names.map((name) => `  ${name},`),
    '}));',
  ];
  const both = spread('BusinessSocialAccount: 1', 'LeadSocialThread: 2');

  testCases([
    {
      name: 'is not asked for if the factory names all that the file uses',
      before: lines(`import { vi } from 'vitest';`, social, mock),
      after: lines(`import { vi } from 'vitest';`, movedSocial, plain),
    },
    {
      name: 'nor if mocks that are joined name it together',
      before: lines(
        `import { Booking as Made } from 'canonical-models/models/booking';`,
        `import { Customer as Guest } from 'canonical-models/models/customer';`,
        `vi.mock('canonical-models/models/booking', () => ({ Booking: 1 }));`,
        `vi.mock('canonical-models/models/customer', () => ({ Customer: 2 }));`,
      ),
      after: lines(
        `import { Booking as Made, Customer as Guest } from 'canonical-models/core';`,
        `vi.mock('canonical-models/core', () => ({ Booking: 1, Customer: 2 }));`,
      ),
    },
    {
      name: 'is asked for if the file uses more, of the old module or of the new one',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        `import { Lead } from 'canonical-models/lead';`,
        mock,
      ),
      after: lines(`import { Lead, BusinessSocialAccount } from 'canonical-models/lead';`, ...both),
    },
    {
      name: 'or all of it',
      before: lines(social, mock, `const all = import('canonical-models/lead');`),
      after: lines(movedSocial, ...both, `const all = import('canonical-models/lead');`),
    },
    {
      name: 'or loads code that may use more of it',
      before: lines(`import { link } from './link.js';`, social, mock),
      after: lines(`import { link } from './link.js';`, movedSocial, ...both),
    },
  ]);

  test('is noted in the report, as is what a mock without it covers', () => {
    const notesOf = (text: string) =>
      codemod(text, { fileName: 'a.ts', map }).changes.flatMap(({ to, note }) => (note ? [`${to}: ${note}`] : []));
    expect(notesOf(`${social}\n${mock}\nimport './link.js';\n`)).toEqual([
      'canonical-models/lead: its factory now gets the original, for the other exports of canonical-models/lead',
    ]);
    expect(notesOf(`${social}\n${mock}\n`)).toEqual([
      'canonical-models/lead: it now covers all of canonical-models/lead',
    ]);
  });
});
