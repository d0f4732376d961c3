import { describe, expect, test } from 'vitest';
import { codemod, type ImportMap } from '../../../src/tools/codemod/index.ts';
import { lines, testCases } from './cases.ts';

const map: ImportMap = {
  version: 1,
  modules: {
    '@acme/clock': { module: '@acme/time/clock' },
    '@acme/user': {
      symbols: {
        default: { module: '@acme/identity', name: 'Account' },
        User: { module: '@acme/identity', name: 'Account' },
        UserId: { module: '@acme/identity', typeOnly: true },
        constructor: { module: '@acme/identity', name: 'makeAccount' },
      },
    },
    '@acme/shapes': {
      module: '@acme/geometry',
      symbols: { Circle: { module: '@acme/geometry/round', name: 'Disc' } },
    },
    '#old/names': {
      symbols: { a: { module: '#new/names', name: 'default' }, b: { module: '#new/names', name: 'delete' } },
    },
  },
};

describe('a module that moved whole', () => {
  testCases(
    [
      {
        name: 'moves in every form',
        before: lines(
          `import clock, { now as time } from '@acme/clock';`,
          `import * as all from '@acme/clock/index.js';`,
          `export * from '@acme/clock';`,
          `export * as clocks from '@acme/clock';`,
          `declare module '@acme/clock' { interface Anything {} }`,
          `const lazy = () => import('@acme/clock');`,
          `let type: typeof import('@acme/clock');`,
          `vi.mock('@acme/clock', () => ({ anything: 1 }));`,
          'use(clock, time, all);',
        ),
        after: lines(
          `import clock, { now as time } from '@acme/time/clock';`,
          `import * as all from '@acme/time/clock';`,
          `export * from '@acme/time/clock';`,
          `export * as clocks from '@acme/time/clock';`,
          `declare module '@acme/time/clock' { interface Anything {} }`,
          `const lazy = () => import('@acme/time/clock');`,
          `let type: typeof import('@acme/time/clock');`,
          `vi.mock('@acme/time/clock', () => ({ anything: 1 }));`,
          'use(clock, time, all);',
        ),
      },
    ].map((each) => ({ ...each, map })),
  );
});

describe('symbols', () => {
  testCases(
    [
      {
        name: 'a default export that has a name now keeps its local name',
        before: lines(`import User, { type UserId } from '@acme/user';`, 'use(User as UserId);'),
        after: lines(`import { Account as User, type UserId } from '@acme/identity';`, 'use(User as UserId);'),
      },
      {
        name: 'a type is exported as a type',
        before: lines(`export * from '@acme/user';`),
        after: lines(
          'export {',
          '  Account as User,',
          '  type UserId,',
          '  makeAccount as constructor,',
          `} from '@acme/identity';`,
        ),
      },
      {
        name: 'names of Object.prototype are only names',
        before: lines(`import { constructor, toString } from '@acme/user';`),
        after: lines(
          `import { toString } from '@acme/user';`,
          `import { makeAccount as constructor } from '@acme/identity';`,
        ).replace('makeAccount as constructor', 'makeAccount'),
        left: ['unknown-symbol'] as const,
      },
      {
        name: 'a symbol that became a default export, or a reserved word, keeps its local name',
        before: lines(`import { a, b } from '#old/names';`, 'use(a, b);'),
        after: lines(`import { default as a, delete as b } from '#new/names';`, 'use(a, b);'),
      },
      {
        name: 'symbols that are not listed go to the new module',
        before: lines(`import { Circle, Square } from '@acme/shapes';`, 'use(Circle, Square);'),
        after: lines(
          `import { Disc } from '@acme/geometry/round';`,
          `import { Square } from '@acme/geometry';`,
          'use(Disc, Square);',
        ),
      },
      {
        name: 'export * of a module whose exports are not all listed is left',
        before: lines(`export * from '@acme/shapes';`),
        left: ['whole-module'] as const,
      },
    ].map((each) => ({ ...each, map })),
  );
});

test('a map with chained moves is refused, and the error names the module', () => {
  const chained: ImportMap = { version: 1, modules: { a: { module: 'b' }, b: { module: 'c' } } };
  expect(() => codemod(`import 'a';`, { fileName: 'case.ts', map: chained })).toThrow(/a: found a move to b/);
});

test('a resolver decides what a specifier means', () => {
  const { text } = codemod(lines(`import { User } from '../user';`, `import x from './other';`), {
    fileName: 'case.ts',
    map,
    resolve: (specifier) => (specifier === '../user' ? '@acme/user' : undefined),
  });
  expect(text).toBe(lines(`import { Account } from '@acme/identity';`, `import x from './other';`));
});
