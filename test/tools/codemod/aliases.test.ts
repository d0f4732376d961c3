import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CodemodFilesOptions, codemodFiles } from '../../../src/tools/codemod/files.ts';
import type { ImportMap } from '../../../src/tools/codemod/index.ts';
import { map } from './models.ts';
import { folderWith, textsIn } from './source-folder.ts';

/** A source file that imports from some modules. */
const importing = (...specifiers: readonly string[]): string =>
  specifiers.map((specifier, index) => `import { Booking as B${index} } from '${specifier}';\n`).join('');

/** The specifiers of a file that were moved. */
async function movedIn(
  files: Readonly<Record<string, string>>,
  file: string,
  specifiers: readonly string[],
  options: Partial<CodemodFilesOptions> = {},
): Promise<{ moved: readonly string[]; warnings: readonly string[] }> {
  const folder = folderWith(files);
  const moved: string[] = [];
  const warnings = new Set<string>();
  for (const specifier of specifiers) {
    const cwd = folderWith({ ...textsIn(folder), [file]: importing(specifier) });
    const result = await codemodFiles({ map, cwd, paths: [file], write: true, ...options });
    const text = textsIn(cwd)[file];
    if (text === importing('canonical-models/core')) moved.push(specifier);
    else expect(text).toBe(importing(specifier));
    for (const warning of result.warnings) warnings.add(warning.replace(`${cwd}/`, ''));
  }
  return { moved, warnings: [...warnings] };
}

const legacyRoots = ['src'];
const legacyModels = { 'src/models/booking.ts': 'export const Booking = 1;\n', 'src/models/index.ts': '' };

describe('packages', () => {
  test('by name, with and without an extension or /index', async () => {
    const specifiers = ['', '.js', '.ts', '.mjs', '/index', '/index.js', '/'].map(
      (ending) => `canonical-models/models/booking${ending}`,
    );
    const others = ['canonical-models/models/bookings', 'canonical-models/models/booking.json', 'other/models/booking'];
    expect((await movedIn({}, 'a.ts', [...specifiers, ...others])).moved).toEqual(specifiers);
  });
});

describe('--legacy-root', () => {
  test('relative paths from where the file stands, with and without an extension or /index', async () => {
    const specifiers = ['', '.js', '.ts', '/index', '/index.js'].map((ending) => `../models/booking${ending}`);
    specifiers.push('./../models/booking', '../services/../models/booking', '../../src/models/booking', '../models');
    const others = [
      './models/booking',
      '../models/bookings',
      '../../models/booking',
      'models/booking',
      '/src/models/booking',
    ];
    const { moved } = await movedIn(legacyModels, 'src/services/a.ts', [...specifiers, ...others], { legacyRoots });
    expect(moved).toEqual(specifiers);
  });

  test('files beside an old module, and at the root', async () => {
    const beside = await movedIn(legacyModels, 'src/models/totals.ts', ['./booking', '.', './', './index.js', '..'], {
      legacyRoots,
    });
    expect(beside.moved).toEqual(['./booking', '.', './', './index.js']);
    const atRoot = await movedIn(legacyModels, 'src/a.ts', ['./models/booking', './models', './models/'], {
      legacyRoots,
    });
    expect(atRoot.moved).toEqual(['./models/booking', './models', './models/']);
  });

  test('several roots; without one, relative paths are not old modules', async () => {
    const files = { 'services/x/src/models/booking.ts': '', 'services/y/lib/models/booking.ts': '' };
    const options = { legacyRoots: ['services/x/src', 'services/y/lib'] };
    const specifiers = ['../../x/src/models/booking', '../lib/models/booking', '../src/models/booking'];
    const { moved } = await movedIn(files, 'services/y/test/a.ts', specifiers, options);
    expect(moved).toEqual(specifiers.slice(0, 2));
    expect((await movedIn(files, 'services/y/test/a.ts', specifiers)).moved).toEqual([]);
  });

  test('old modules themselves are skipped and reported; files beside them are not', async () => {
    const cwd = folderWith({
      ...legacyModels,
      'src/models/booking.test.ts': importing('./booking'),
      'src/models/index.ts': `export * from './booking';\n`,
    });
    const { files, skipped } = await codemodFiles({ map, cwd, legacyRoots });
    expect(files.map(({ path }) => path)).toEqual(['src/models/booking.test.ts']);
    expect(skipped).toEqual(
      ['booking.ts', 'index.ts'].map((name) => ({ path: join(cwd, 'src/models', name), reason: 'old-module' })),
    );
  });
});

describe('tsconfig.json', () => {
  const paths = (targets: object, more: object = {}): string =>
    JSON.stringify({ compilerOptions: { paths: targets, ...more } });
  const file = 'src/services/a.ts';

  test('paths: patterns, exact names and several targets', async () => {
    const files = {
      ...legacyModels,
      'tsconfig.json': paths({
        '@/*': ['./src/*'],
        '@booking': ['./src/models/booking.ts'],
        '@either/*': ['./generated/*', './src/models/*'],
        '@other/*': ['./other/*'],
      }),
    };
    const specifiers = ['@/models/booking', '@/models/booking.js', '@/models', '@booking', '@either/booking'];
    const others = ['@other/models/booking', '@/services/booking', '@/models/bookings', '@booking/x', '@'];
    const { moved, warnings } = await movedIn(files, file, [...specifiers, ...others], { legacyRoots });
    expect(moved).toEqual(specifiers);
    expect(warnings).toEqual([]);
  });

  test('baseUrl, alone and under paths', async () => {
    const alone = { ...legacyModels, 'tsconfig.json': JSON.stringify({ compilerOptions: { baseUrl: './src' } }) };
    expect((await movedIn(alone, file, ['models/booking', 'src/models/booking'], { legacyRoots })).moved).toEqual([
      'models/booking',
    ]);
    const under = { ...legacyModels, 'tsconfig.json': paths({ '~/*': ['*'] }, { baseUrl: 'src' }) };
    expect((await movedIn(under, file, ['~/models/booking', 'models/booking'], { legacyRoots })).moved).toEqual([
      '~/models/booking',
      'models/booking',
    ]);
  });

  test('comments and trailing commas; a byte order mark', async () => {
    const text = `\uFEFF// Aliases\n{\n  /* of the "service" */\n  "compilerOptions": { "paths": { "@/*": ["./src/*",], }, },\n}\n`;
    const { moved, warnings } = await movedIn({ ...legacyModels, 'tsconfig.json': text }, file, ['@/models/booking'], {
      legacyRoots,
    });
    expect({ moved, warnings }).toEqual({ moved: ['@/models/booking'], warnings: [] });
  });

  test('extends: a file, several files of which the last counts, and a package', async () => {
    const extending = (what: unknown) => ({
      ...legacyModels,
      'config/one.json': paths({ '@one/*': ['../src/*'] }),
      'config/two.json': paths({ '@two/*': ['../src/*'] }),
      'node_modules/@acme/tsconfig/package.json': '{ "name": "@acme/tsconfig" }',
      'node_modules/@acme/tsconfig/tsconfig.json': paths({ '@three/*': ['../../../src/*'] }),
      'node_modules/@acme/tsconfig/strict.json': paths({ '@four/*': ['../../../src/*'] }),
      'tsconfig.json': JSON.stringify({ extends: what }),
    });
    const all = ['@one/models/booking', '@two/models/booking', '@three/models/booking', '@four/models/booking'];
    const moved = async (what: unknown) => (await movedIn(extending(what), file, all, { legacyRoots })).moved;
    expect(await moved('./config/one.json')).toEqual(['@one/models/booking']);
    expect(await moved(['./config/one.json', './config/two'])).toEqual(['@two/models/booking']);
    expect(await moved('@acme/tsconfig')).toEqual(['@three/models/booking']);
    expect(await moved(['./config/one.json', '@acme/tsconfig/strict.json'])).toEqual(['@four/models/booking']);
  });

  test('the nearest one counts, or else jsconfig.json, with the files that it references', async () => {
    const files = {
      ...legacyModels,
      'tsconfig.json': JSON.stringify({ files: [], references: [{ path: './src' }, { path: './tsconfig.test.json' }] }),
      'src/tsconfig.json': paths({ '@/*': ['./*'] }),
      'tsconfig.test.json': paths({ '@source/*': ['./src/*'] }),
      'web/jsconfig.json': paths({ '$/*': ['../src/*'] }),
    };
    const specifiers = ['@/models/booking', '@source/models/booking', '$/models/booking'];
    const moved = async (path: string) => (await movedIn(files, path, specifiers, { legacyRoots })).moved;
    expect(await moved(file)).toEqual(['@/models/booking']);
    expect(await moved('test/a.ts')).toEqual(['@/models/booking', '@source/models/booking']);
    expect(await moved('web/a.js')).toEqual(['$/models/booking']);
  });

  test('an alias into an installed package needs no legacy root', async () => {
    const direct = { 'tsconfig.json': paths({ '@models/*': ['./node_modules/canonical-models/models/*'] }) };
    expect((await movedIn(direct, file, ['@models/booking', '@models/none'])).moved).toEqual(['@models/booking']);
    const based = {
      'tsconfig.json': paths({ '@models/*': ['canonical-models/models/*'] }, { baseUrl: './node_modules' }),
    };
    expect((await movedIn(based, file, ['@models/booking'])).moved).toEqual(['@models/booking']);
    const inherited = {
      'base.json': direct['tsconfig.json'],
      'tsconfig.json': '{ "extends": "./base.json", "exclude": ["node_modules"] }',
    };
    expect((await movedIn(inherited, file, ['@models/booking'])).moved).toEqual(['@models/booking']);
  });

  test.each([
    ['no JSON', { 'tsconfig.json': '{ "compilerOptions": {' }, 'tsconfig.json'],
    ['no object', { 'tsconfig.json': '"extends"' }, 'tsconfig.json'],
  ])('%s is a warning, and package paths are moved all the same', async (_what, files, named) => {
    const specifiers = ['canonical-models/models/booking', '@/models/booking'];
    const { moved, warnings } = await movedIn({ ...legacyModels, ...files }, file, specifiers, { legacyRoots });
    expect(moved).toEqual(specifiers.slice(0, 1));
    expect(warnings).toEqual([expect.stringMatching(`^${named} could not be read, so its aliases are not known: .`)]);
  });

  test.each(['./none.json', './tsconfig.json'])('one that extends %s is a warning', async (base) => {
    const files = { ...legacyModels, 'tsconfig.json': JSON.stringify({ extends: base }) };
    const specifiers = ['canonical-models/models/booking', '@/models/booking'];
    const { moved, warnings } = await movedIn(files, file, specifiers, { legacyRoots });
    expect(moved).toEqual(specifiers.slice(0, 1));
    expect(warnings).toEqual([
      `tsconfig.json extends ${base}, which cannot be read, so the aliases of that file are not known`,
    ]);
  });

  test('a broken reference is a warning, and the others count', async () => {
    const files = {
      ...legacyModels,
      'tsconfig.json': JSON.stringify({
        compilerOptions: { paths: { '@/*': ['./src/*'] } },
        references: [{ path: './broken.json' }, { path: './none' }],
      }),
      'broken.json': '{',
    };
    const { moved, warnings } = await movedIn(files, file, ['@/models/booking'], { legacyRoots });
    expect(moved).toEqual(['@/models/booking']);
    expect(warnings).toEqual([expect.stringMatching(/^broken\.json could not be read/)]);
  });

  test('a folder of that name is ignored', async () => {
    const cwd = folderWith({ ...legacyModels, [file]: importing('../models/booking') });
    mkdirSync(join(cwd, 'src/services/tsconfig.json'));
    const { files } = await codemodFiles({ map, cwd, legacyRoots });
    expect(files).toMatchObject([{ path: file, changed: true }]);
  });
});

describe('imports of package.json', () => {
  const imports = (targets: object): string => JSON.stringify({ name: 'service', imports: targets });

  test('exact names, patterns, the longest prefix before a star, conditions, arrays and null', async () => {
    const files = {
      ...legacyModels,
      'package.json': imports({
        '#booking': './src/models/booking.js',
        '#models/*': './src/models/*.js',
        '#src/*/booking.js': './elsewhere/*/booking.js',
        '#src/models/*': './src/models/*',
        '#conditions/*': { types: './types/*.d.ts', node: { import: './src/models/*.ts', default: './lib/*.js' } },
        '#list': ['./none.js', { default: './src/models/booking.js' }],
        '#nothing': null,
      }),
    };
    const specifiers = ['#booking', '#models/booking', '#src/models/booking.js', '#conditions/booking', '#list'];
    const others = ['#source/models/booking', '#nothing', '#none', '#models/', 'booking'];
    const { moved } = await movedIn(files, 'src/services/a.ts', [...specifiers, ...others], { legacyRoots });
    expect(moved).toEqual(specifiers);
  });

  test('into an installed package, without a legacy root', async () => {
    const files = { 'package.json': imports({ '#old/*': 'canonical-models/models/*', '#own/*': './src/*' }) };
    expect((await movedIn(files, 'src/a.ts', ['#old/booking', '#own/models/booking'])).moved).toEqual(['#old/booking']);
  });

  test('the nearest package.json counts', async () => {
    const files = {
      'package.json': imports({ '#old/*': 'canonical-models/models/*' }),
      'packages/a/package.json': imports({ '#legacy/*': 'canonical-models/models/*' }),
    };
    const specifiers = ['#old/booking', '#legacy/booking'];
    expect((await movedIn(files, 'packages/a/src/a.ts', specifiers)).moved).toEqual(['#legacy/booking']);
    expect((await movedIn(files, 'packages/b/a.ts', specifiers)).moved).toEqual(['#old/booking']);
  });

  test.each([['{'], ['null'], ['{ "imports": { "#x": ']])('%s is a warning', async (text) => {
    const specifiers = ['canonical-models/models/booking', '#x'];
    const { moved, warnings } = await movedIn({ 'package.json': text }, 'src/a.ts', specifiers);
    expect(moved).toEqual(specifiers.slice(0, 1));
    expect(warnings).toEqual([
      expect.stringMatching(/^package\.json could not be read, so its imports are not known: ./),
    ]);
  });
});

describe('a relative import means the file that it leads to', () => {
  /** A map whose keys have the same path in several packages. */
  const ambiguous: ImportMap = {
    version: 1,
    modules: Object.fromEntries(
      ['@acme/users/models', '@acme/orders/models', 'clock', '@acme/orders/models/order'].map((key) => [
        key,
        { module: `new/${key}` },
      ]),
    ),
  };
  const packages = {
    'packages/users/package.json': '{ "name": "@acme/users" }',
    'packages/users/src/models.ts': '',
    'packages/orders/package.json': '{ "name": "@acme/orders" }',
    'packages/orders/src/models.ts': '',
    'packages/orders/src/models/order.ts': '',
    'packages/orders/src/clock.ts': '',
    'packages/mail/package.json': '{ "name": "@acme/mail" }',
    'packages/mail/src/models.ts': '',
    'packages/mail/src/models/order.ts': '',
  };

  /** What specifiers of a file become, as `specifier → new specifier`. */
  async function moves(
    files: Readonly<Record<string, string>>,
    file: string,
    specifiers: readonly string[],
    options: Partial<CodemodFilesOptions>,
  ): Promise<{ moved: string[]; warnings: readonly string[] }> {
    const before = specifiers.map((specifier) => `import '${specifier}';\n`).join('');
    const cwd = folderWith({ ...files, [file]: before });
    const { warnings } = await codemodFiles({ map: ambiguous, cwd, paths: [file], write: true, ...options });
    const after = [...(textsIn(cwd)[file] ?? '').matchAll(/'(.*)'/g)].map((match) => match[1] ?? '');
    return {
      moved: specifiers.flatMap((each, index) => (each === after[index] ? [] : [`${each} → ${after[index]}`])),
      warnings: warnings.map((warning) => warning.replaceAll(`${cwd}/`, '')),
    };
  }

  const roots = ['packages/users/src', 'packages/orders/src', 'packages/mail/src'];

  test('of several roots, that of its own package', async () => {
    const file = 'packages/orders/src/a.ts';
    const specifiers = ['./models', '../../users/src/models', './models/order'];
    expect((await moves(packages, file, specifiers, { legacyRoots: roots })).moved).toEqual([
      './models → new/@acme/orders/models',
      '../../users/src/models → new/@acme/users/models',
      './models/order → new/@acme/orders/models/order',
    ]);
  });

  test('in another package, a path that two keys have is neither, and a path that one has is that', async () => {
    const file = 'packages/mail/src/a.ts';
    const { moved, warnings } = await moves(packages, file, ['./models', './models/order'], { legacyRoots: roots });
    expect(moved).toEqual(['./models/order → new/@acme/orders/models/order']);
    expect(warnings).toEqual([
      'packages/mail/src/models may be @acme/users/models or @acme/orders/models, so imports of it are left: the name in the nearest package.json decides',
    ]);
  });

  test('an import of a path that two keys have is left in every form, so that --check fails', async () => {
    const cwd = folderWith({
      ...packages,
      'packages/mail/tsconfig.json': '{ "compilerOptions": { "paths": { "$db": ["./src/models"] } } }',
      'packages/mail/src/a.ts': `import { Order } from './models.js';\nexport * from '$db';\nconst all = require("@acme/mail/src/models");\nvi.mock('./models');\n// import './models'\nimport './models/order';\n`,
      'packages/mail/src/b.vue': `<script>import { Order } from './models';</script>\n`,
    });
    const { files } = await codemodFiles({ map: ambiguous, cwd, legacyRoots: roots, paths: ['packages/mail/src'] });
    expect(files.flatMap(({ path, left }) => left.map(({ line, from, reason }) => [path, line, from, reason]))).toEqual(
      [
        ['packages/mail/src/a.ts', 1, './models.js', 'ambiguous-path'],
        ['packages/mail/src/a.ts', 2, '$db', 'ambiguous-path'],
        ['packages/mail/src/a.ts', 3, '@acme/mail/src/models', 'ambiguous-path'],
        ['packages/mail/src/a.ts', 4, './models', 'ambiguous-path'],
        ['packages/mail/src/b.vue', 1, './models', 'not-source'],
      ],
    );
    expect(files[0]?.left[0]?.message).toBe(
      'it may be @acme/users/models or @acme/orders/models: the name in the package.json nearest to the file that it leads to decides',
    );
  });

  test('a key that is the name of a package is not a file of that name under a root', async () => {
    const file = 'packages/orders/src/a.ts';
    const specifiers = ['./clock', '../src/clock.js', 'clock'];
    expect((await moves(packages, file, specifiers, { legacyRoots: roots })).moved).toEqual(['clock → new/clock']);
  });
});

describe('packages of a workspace', () => {
  const workspace = {
    'package.json': '{ "name": "root", "workspaces": ["packages/*"] }',
    'packages/legacy/package.json': JSON.stringify({
      name: '@acme/legacy',
      exports: {
        '.': './src/models/index.ts',
        './booking': { types: './src/models/booking.ts', default: './dist/models/booking.js' },
        './db/*': './src/models/*.ts',
        './internal/*': null,
        './other': './src/other.ts',
      },
    }),
    'packages/legacy/src/models/booking.ts': 'export const Booking = 1;\n',
    'packages/legacy/src/models/index.ts': '',
  };
  const file = 'packages/service/src/a.ts';

  test('a name that leads to a file under a root through exports is that file', async () => {
    const specifiers = ['@acme/legacy', '@acme/legacy/booking', '@acme/legacy/db/booking'];
    const others = [
      '@acme/legacy/other',
      '@acme/legacy/internal/booking',
      '@acme/legacy/src/models/booking',
      '@acme/legacy2/booking',
      '@acme/none/booking',
    ];
    const options = { legacyRoots: ['packages/legacy/src'] };
    expect((await movedIn(workspace, file, [...specifiers, ...others], options)).moved).toEqual(specifiers);
    expect((await movedIn(workspace, file, specifiers)).moved).toEqual([]);
  });

  test('without exports, a path into the package is a file of it, and its name is the main file', async () => {
    const files = {
      ...workspace,
      'packages/legacy/package.json': '{ "name": "@acme/legacy", "main": "./src/models/booking.ts" }',
    };
    const specifiers = ['@acme/legacy', '@acme/legacy/src/models/booking', '@acme/legacy/src/models'];
    const options = { legacyRoots: ['packages/legacy/src'] };
    expect((await movedIn(files, file, [...specifiers, '@acme/legacy/lib/models'], options)).moved).toEqual(specifiers);
  });

  test('a root that contains several packages', async () => {
    const files = {
      'packages/models/package.json': '{ "name": "@acme/models", "exports": { "./*": "./*.ts" } }',
      'packages/models/booking.ts': '',
    };
    const specifiers = ['@acme/models/booking'];
    const options = { legacyRoots: ['packages'], paths: ['.'] };
    expect((await movedIn(files, file, specifiers, options)).moved).toEqual(specifiers);
  });
});
