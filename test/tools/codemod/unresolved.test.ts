import { describe, expect, test } from 'vitest';
import { type CodemodFilesOptions, codemodFiles } from '../../../src/tools/codemod/files.ts';
import { map } from './models.ts';
import { folderWith } from './source-folder.ts';

const booking = 'canonical-models/models/booking';
const models = { 'src/models/booking.ts': 'export const Booking = 1;\n' };
const importing = (specifier: string) => `import { Booking } from '${specifier}';\n`;

/** The changed files, what is left as `path:line:column specifier reason`, and the warnings, with paths relative to the folder. */
async function run(files: Readonly<Record<string, string>>, options: Partial<CodemodFilesOptions> = {}) {
  const cwd = folderWith(files);
  const result = await codemodFiles({ map, cwd, legacyRoots: ['src'], ...options });
  return {
    changed: result.files.filter(({ changed }) => changed).map(({ path }) => path),
    left: result.files.flatMap(({ path, left }) =>
      left.map(({ line, column, from, reason }) => `${path}:${line}:${column} ${from} ${reason}`),
    ),
    warnings: result.warnings.map((warning) => warning.replaceAll(`${cwd}/`, '')),
  };
}

describe('a tsconfig.json whose extends is not installed', () => {
  const paths = { '@/*': ['./src/*'] };

  test.each([
    ['a package', '@tsconfig/node20/tsconfig.json'],
    ['a file', './none.json'],
    ['one of several', ['@tsconfig/strictest', './base.json', '@tsconfig/node20']],
  ])('keeps its own paths: %s', async (_what, missing) => {
    const { changed, warnings } = await run({
      ...models,
      'base.json': '{ "compilerOptions": { "paths": { "~/*": ["./src/*"] } } }',
      'tsconfig.json': `// Own\n${JSON.stringify({ extends: missing, compilerOptions: { paths } })}`,
      'src/a.ts': importing('@/models/booking'),
    });
    expect(changed).toEqual(['src/a.ts']);
    const names = [missing].flat().filter((name) => name !== './base.json');
    expect(warnings).toEqual(
      names.map(
        (name) => `tsconfig.json extends ${name}, which cannot be read, so the aliases of that file are not known`,
      ),
    );
  });

  test('takes the paths of what it extends, and of what that extends', async () => {
    const { changed, warnings } = await run({
      ...models,
      'config/base.json': JSON.stringify({
        extends: '@tsconfig/node20',
        compilerOptions: { baseUrl: '..', paths: { '@/*': ['src/*'] } },
      }),
      'tsconfig.json': '{ "extends": ["./config/base"], "compilerOptions": { "strict": true, }, }',
      'web/tsconfig.json': '{ "extends": "../config/base.json", "compilerOptions": { "paths": { "$/*": ["src/*"] } } }',
      'src/a.ts': importing('@/models/booking'),
      'web/a.ts': importing('$/models/booking'),
      'web/b.ts': importing('@/services/booking-list'),
    });
    expect(changed).toEqual(['src/a.ts', 'web/a.ts']);
    expect([...new Set(warnings)]).toEqual([
      'config/base.json extends @tsconfig/node20, which cannot be read, so the aliases of that file are not known',
    ]);
  });

  test('may have aliases into the package: what is not resolved is listed without a legacy root, too', async () => {
    const { left } = await run(
      {
        'tsconfig.json': '{ "extends": "@acme/tsconfig" }',
        'a.ts': importing('@models/booking') + importing(booking),
        'b.vue': `<script>\n${importing('@models/booking')}</script>`,
      },
      { legacyRoots: [] },
    );
    expect(left).toEqual(['a.ts:1:26 @models/booking unresolved', 'b.vue:2:26 @models/booking not-source']);
  });

  test('a base that two files extend, and one that extends itself', async () => {
    const { changed } = await run({
      ...models,
      'tsconfig.json': JSON.stringify({ extends: ['./tsconfig.json', './none'], compilerOptions: { paths } }),
      'src/a.ts': importing('@/models/booking'),
    });
    expect(changed).toEqual(['src/a.ts']);
  });
});

describe('specifiers that could not be resolved', () => {
  const unresolved = async (specifiers: readonly string[], files: Readonly<Record<string, string>> = {}) => {
    const { left } = await run({ ...models, ...files, 'src/a.ts': specifiers.map(importing).join('') });
    return left.map((each) => /^src\/a\.ts:\d+:26 (.*) unresolved$/.exec(each)?.[1] ?? each);
  };

  test('are listed if their last part is that of an old module', async () => {
    const old = [
      '@/models/booking',
      '~/models/booking.js',
      '#models/booking',
      '@app/booking/index.ts',
      'src/models/booking',
      '@booking',
    ];
    const others = [
      '@/services/prices',
      '@/models/bookings',
      './models/none/booking',
      'https://x.org/booking',
      'node:booking',
    ];
    expect(await unresolved([...old, ...others])).toEqual(old);
  });

  test('are not listed if they are packages that are installed or named in a package.json, or other files', async () => {
    const specifiers = ['@acme/booking', 'pg/booking', 'lib/lead', 'service/booking', '@lib/booking', '#lib/booking'];
    const files = {
      'package.json': JSON.stringify({
        name: 'service',
        dependencies: { '@acme/booking': '1' },
      }),
      'node_modules/pg/package.json': '{}',
      'packages/x/package.json': '{}',
      'src/package.json': '{ "devDependencies": { "lib": "1" }, "imports": { "#lib/*": "./lib/*.js" } }',
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }',
      'lib/booking.js': '',
      'src/lib/booking.js': '',
    };
    expect(await unresolved(specifiers, files)).toEqual([]);
    expect(await unresolved(['@lib/lead'], files)).toEqual(['@lib/lead']);
  });

  test('count where they load a module, and nowhere else', async () => {
    const { left } = await run({
      ...models,
      'src/a.ts': [
        `export * from '@/models/booking';`,
        `await import('@/models/booking');`,
        `require("@/models/booking");`,
        `vi.mock('@/models/booking');`,
        `type B = import('@/models/booking').B;`,
        `import '@/models/booking';`,
        `navigate('@/models/booking');`,
        `const text = '@/models/booking';`,
        `// import '@/models/booking';`,
        `/* from '@/models/booking' */`,
        '',
      ].join('\n'),
    });
    expect(left.map((each) => each.split(':')[1])).toEqual(['1', '2', '3', '4', '5', '6']);
  });
});

describe('an old module in a form that the codemod does not write is listed', () => {
  test.each([
    `import { Booking } from 'npm:${booking}';`,
    `import { Booking } from 'npm:/canonical-models@1.2.0/models/booking';`,
    `import { Booking } from 'npm:canonical-models@^1/models/booking.ts';`,
    `import { Booking } from 'https://esm.sh/canonical-models@1.2.0/models/booking?dev';`,
    `export * from 'jsr:${booking}';`,
    `const { Booking } = await import('npm:${booking}');`,
    `const { Booking } = require('canonical-models@1/models/booking');`,
    `import text from '${booking}?raw';`,
    `import text from '!!raw-loader!${booking}';`,
    `vi.mock('npm:${booking}');`,
    `const models = import.meta.glob('canonical-models/models/*.ts');`,
    `const models = import.meta.glob(['canonical-models/models/{booking,lead}.ts']);`,
  ])('%s', async (line) => {
    for (const legacyRoots of [[], ['src']]) {
      const { changed, left } = await run({ ...models, 'a.ts': `// ${line}\n${line}\n` }, { legacyRoots });
      expect(changed).toEqual([]);
      expect(left).toEqual([expect.stringMatching(/^a\.ts:2:\d+ .*unresolved$/)]);
    }
  });

  test('so is a relative path with a query, under a legacy root', async () => {
    const line = `import text from './models/booking?raw';`;
    const files = { ...models, 'src/a.ts': `// ${line}\n${line}\nimport other from './other?raw';\n` };
    const { changed, left } = await run(files, { legacyRoots: ['src'] });
    expect(changed).toEqual([]);
    expect(left).toEqual([expect.stringMatching(/^src\/a\.ts:2:\d+ .*unresolved$/)]);
  });

  test.each([
    `import { Booking } from 'npm:canonical-models/core';`,
    `import { Booking } from 'npm:canonical-models@1/core';`,
    `import { booking } from 'npm:@acme/canonical-models-models/booking';`,
    `import text from 'canonical-models/core?raw';`,
    `const models = import.meta.glob('./models/*.ts');`,
    `const rule = { patterns: ['canonical-models/models/*'], docs: 'https://example.com/canonical-models/models/booking' };`,
  ])('but not %s', async (line) => {
    expect(await run({ 'a.ts': `${line}\n` }, { legacyRoots: [] })).toEqual({ changed: [], left: [], warnings: [] });
  });
});
