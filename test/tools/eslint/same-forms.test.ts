import parser from '@typescript-eslint/parser';
import { Linter } from 'eslint';
import { describe, expect, test } from 'vitest';
import { codemod } from '../../../src/tools/codemod/index.ts';
import config from '../../../src/tools/eslint/index.ts';
import { map } from '../codemod/models.ts';

const booking = 'canonical-models/models/booking';

/** The lines that ESLint reports with the preset. */
function linesOfPreset(code: string, file: string): number[] {
  const languageOptions = { parser, sourceType: file.endsWith('.cts') ? 'commonjs' : 'module' } as const;
  const configured = { ...config, files: ['**/*.ts', '**/*.cts'], languageOptions } as unknown as Linter.Config;
  const messages = new Linter().verify(code, [configured], { filename: file });
  // A message without a rule is one of the parser.
  for (const { ruleId, message } of messages) expect(ruleId, message).toBe('canonical-models/no-old-imports');
  return [...new Set(messages.map(({ line }) => line))];
}

/** The lines on which the codemod moves or leaves an import. A string that may be no import at all does not count. */
function linesOfCodemod(code: string, fileName: string): number[] {
  const { changes, left } = codemod(code, { fileName, map });
  const found = [...changes, ...left.filter(({ reason }) => reason !== 'text')];
  return [...new Set(found.map(({ line }) => line))].sort((one, other) => one - other);
}

describe('the codemod and the ESLint preset find the same', () => {
  /** Each form once; the old path is on the second line. */
  const forms: Readonly<Record<string, string>> = {
    'import { x }': `import { Booking } from '${booking}';\nuse(Booking);`,
    'import * as x': `import * as all from '${booking}'; use(all.Booking);`,
    'import x': `import Default from '${booking}';\nuse(Default);`,
    import: `import '${booking}';`,
    'import type': `import type { Booking } from '${booking}';\nlet x: Booking;`,
    'export { x } from': `export { Booking } from '${booking}';`,
    'export * from': `export * from '${booking}';`,
    'export * as x from': `export * as all from '${booking}';`,
    'import()': `const { Booking } = await import('${booking}');`,
    'import() of a template': `const { Booking } = await import(\`${booking}\`);`,
    'import() of a computed path': `await import(\`canonical-models/models/\${name}\`);`,
    'require()': `const { Booking } = require('${booking}');`,
    'require() of a template': `const { Booking } = require(\`${booking}\`);`,
    'require() of a computed path': `require('canonical-models/models/' + name);`,
    'require made by createRequire': `const require = createRequire(import.meta.url); const { Booking } = require('${booking}');`,
    'import = require()': `import booking = require('${booking}'); use(booking.Booking);`,
    'require.resolve': `require.resolve('${booking}');`,
    'import.meta.resolve': `import.meta.resolve('${booking}');`,
    "import('…').x in a type": `type Booking = import('${booking}').Booking;`,
    "typeof import('…')": `type All = typeof import('${booking}');`,
    'declare module': `declare module '${booking}' { interface Booking { more: string } }`,
    'vi.mock': `vi.mock('${booking}', () => ({ Booking: 1 }));`,
    "vi.mock(import('…'))": `vi.mock(import('${booking}'), () => ({ Booking: 1 }));`,
    'vi.mock of a template': `vi.mock(\`${booking}\`);`,
    'vi.importActual': `const { Booking } = await vi.importActual('${booking}');`,
    'jest.mock': `jest.mock('${booking}');`,
    'jest.mock in a chain': `jest.mock('a').mock('${booking}');`,
    'jest.requireActual': `const { Booking } = jest.requireActual('${booking}');`,
    'mock.module': `mock.module('${booking}', () => ({ Booking: 1 }));`,
    'reference types': `/// <reference types="${booking}" />`,
    "import('…') in JSDoc": `/** @type {import('${booking}').Booking} */\nlet x;`,
    '@import in JSDoc': `/** @import { Booking } from '${booking}' */`,
    'an unknown symbol of a kept path': `import { Review } from 'canonical-models/models/review';\nuse(Review);`,
    'the barrel': `import { Lead } from 'canonical-models/models/index.js';\nuse(Lead);`,
  };

  test.each(Object.entries(forms))('%s', (form, code) => {
    const file = form === 'import = require()' ? 'a.cts' : 'a.ts';
    const source = `\n${code}\n`;
    expect(linesOfCodemod(source, file)).toEqual([2]);
    expect(linesOfPreset(source, file)).toEqual([2]);
  });

  /** Sources without an old import. */
  const others: Readonly<Record<string, string>> = {
    'another module': `import { Booking } from 'canonical-models/core';\nimport { X } from './models/booking';`,
    'a string': `const path = '${booking}'; use('${booking}');`,
    'a template of a string': `const path = \`${booking}\`;`,
    'a require of its own': `function require(path) {}\nrequire('${booking}');`,
    'a method of that name': `a.require('${booking}'); a.vi.mock('${booking}');`,
    prose: `// Moved from '${booking}'.\n/* import '${booking}' */`,
    'a kept path': `import { CustomerReviewBlogPost } from 'canonical-models/models/review';\nimport * as all from 'canonical-models/models/review';\nuse(all);`,
    'a computed path elsewhere': `await import(\`canonical-models/\${name}\`); use(\`canonical-models/models/\${name}\`);`,
    'a scoped namesake': `import '@acme/${booking}';`,
  };

  test.each(Object.entries(others))('not: %s', (_what, code) => {
    expect(linesOfCodemod(code, 'a.ts')).toEqual([]);
    expect(linesOfPreset(code, 'a.ts')).toEqual([]);
  });
});
