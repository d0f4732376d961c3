import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { type CodemodFilesOptions, codemodFiles } from '../../../src/tools/codemod/files.ts';
import { hostedCommand } from '../../support/kit.ts';
import { map } from './models.ts';
import { folderWith, moved, old, textsIn } from './source-folder.ts';

/** What the codemod leaves in a folder, as `path:line:column module reason`, and the paths that it skipped. */
async function leftIn(cwd: string, options: Partial<CodemodFilesOptions> = {}) {
  const before = textsIn(cwd);
  const { files, skipped } = await codemodFiles({ map, cwd, write: true, ...options });
  expect(textsIn(cwd)).toEqual(before);
  const left = files.flatMap(({ path, left }) =>
    left.map(({ line, column, from, reason }) => `${path}:${line}:${column} ${from} ${reason}`),
  );
  return { left, skipped: skipped.map(({ path, reason }) => `${path.slice(cwd.length + 1)}: ${reason}`) };
}

const booking = 'canonical-models/models/booking';
const statement = `import { Booking } from '${booking}';`;

describe('files that are not source', () => {
  test.each([
    ['App.vue', `<script setup lang="ts">\n${statement}\n</script>\n<template />\n`, '2:26'],
    ['App.svelte', `<script lang="ts">\n  ${statement}\n</script>\n`, '2:28'],
    ['page.astro', `---\n${statement}\n---\n<p />\n`, '2:26'],
    ['page.mdx', `${statement}\n\n# Title\n`, '1:26'],
    ['notes.md', `Import from \`${booking}\`.\n`, '1:14'],
    ['prose.txt', `The path is ${booking}.\n`, '1:13'],
    ['deno.json', `{\n  "imports": { "booking": "npm:${booking}.js" }\n}\n`, '2:32'],
    ['jest.config.json', `{ "moduleNameMapper": { "^${booking}$": "<rootDir>/x.ts" } }`, '1:27'],
    ['.swcrc', `{ "paths": { "x": ["./node_modules/${booking}"] } }`, '1:36'],
    ['ci.yml', `run: node -r ${booking} a.js\n`, '1:14'],
    ['Dockerfile', `RUN node --import=${booking}\n`, '1:19'],
    ['index.html', `<script type="module" src="/node_modules/${booking}.js"></script>`, '1:42'],
    ['page.ejs', `<% const b = require("${booking}") %>\r\n<% require('${booking}') %>\r\n`, '1:23', '2:13'],
    ['component.ts.snap', `x\n\n${booking} ${booking}\n`, '3:1'],
    ['latin.html', Buffer.from(`caf\xe9 ${booking}`, 'latin1'), '1:6'],
    ['utf16.vue', Buffer.from(`\uFEFF<script>\n${statement}`, 'utf16le'), '2:26'],
  ])('%s is listed with line and reason', async (name, content, ...positions) => {
    const cwd = folderWith({ [name]: content, 'b.ts': moved });
    const { left, skipped } = await leftIn(cwd);
    expect(left).toEqual(positions.map((position) => `${name}:${position} ${booking} not-source`));
    expect(skipped).toEqual([]);
  });

  test('a path that goes on with a pattern is listed as it stands', async () => {
    const auth = 'canonical-models/core/auth/';
    const cwd = folderWith({
      'package.json': `{ "imports": { "#auth/*": "${auth}*" } }`,
      'tsconfig.json': `{ "compilerOptions": { "paths": { "@auth/*": ["./node_modules/${auth}*"] } } }`,
      'jest.json': `{ "^@b/(.*)$": "canonical-models/models/b$1" }`,
    });
    expect((await leftIn(cwd)).left).toEqual([
      'jest.json:1:17 canonical-models/models/b not-source',
      `package.json:1:28 ${auth} not-source`,
      `tsconfig.json:1:63 ${auth} not-source`,
    ]);
  });

  test('what only looks like an old module is not listed', async () => {
    const alike = ['bookings', 'booking-x', 'booking/more', 'review'].map((name) => `canonical-models/models/${name}`);
    const others = ['@acme', 'my-'].map((before) => `${before}${before.startsWith('@') ? '/' : ''}${booking}`);
    const cwd = folderWith({
      'a.vue': [...alike, ...others, 'canonical-models/core', 'models/booking'].map((each) => `'${each}'\n`).join(''),
      'picture.png': Buffer.from(`\x89PNG\0${booking}`, 'latin1'),
      'node_modules/a/a.vue': statement,
      '.git/a.vue': statement,
      '.gitignore': 'dist\n',
      'dist/a.vue': statement,
    });
    expect((await leftIn(cwd)).left).toEqual([]);
  });

  test('relative paths and aliases count with a legacy root, at the place of the file', async () => {
    const cwd = folderWith({
      'src/models/booking.ts': '',
      'src/views/a.vue': `<script>\nimport { Booking } from '../models/booking';\nimport x from './models/booking';\nimport y from '@/models/booking';\n</script>`,
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
      'src/data.json': '{ "text": "../models/booking", "model": "./models/booking" }',
    });
    expect((await leftIn(cwd, { legacyRoots: ['src'] })).left).toEqual([
      `src/data.json:1:42 ${booking} not-source`,
      `src/views/a.vue:2:26 ${booking} not-source`,
      `src/views/a.vue:4:16 ${booking} not-source`,
    ]);
  });

  test('a module whose name has no slash counts within quotes alone', async () => {
    const cwd = folderWith({ 'package.json': '{ "dependencies": { "moment": "2" } }', 'a.md': 'At the moment\n' });
    const own = { version: 1, modules: { moment: { module: '@acme/time' } } } as const;
    expect((await leftIn(cwd, { map: own })).left).toEqual(['package.json:1:22 moment not-source']);
  });

  test('one of any size is looked through to its end', async () => {
    const mebibyte = 1024 * 1024;
    // Across the border of two blocks, on a line that begins in an earlier one.
    const before = `${'x'.repeat(99)}\n`.repeat(15_000) + ' '.repeat(4 * mebibyte - 1_500_000 - 20);
    const cwd = folderWith({ 'dump.sql': `${before}${booking}\n${' '.repeat(3 * mebibyte)}\n${booking}` });
    const column = 4 * mebibyte - 1_500_000 - 20 + 1;
    expect((await leftIn(cwd)).left).toEqual([
      `dump.sql:15001:${column} ${booking} not-source`,
      `dump.sql:15003:1 ${booking} not-source`,
    ]);
  });
});

describe('source files that are not moved', () => {
  test('too large and in UTF-16: each mention is listed', async () => {
    const utf16 = Buffer.from(`\uFEFF\n${statement}`, 'utf16le');
    const cwd = folderWith({
      'huge.js': `${' '.repeat(5 * 1024 * 1024)}\n${statement}`,
      'huge-and-clean.js': ' '.repeat(5 * 1024 * 1024),
      'little.ts': utf16,
      'big.ts': Buffer.from(utf16).swap16(),
      'clean.ts': Buffer.from(`\uFEFF${moved}`, 'utf16le'),
    });
    const { left, skipped } = await leftIn(cwd);
    expect(left).toEqual([
      `big.ts:2:26 ${booking} not-utf8`,
      `huge.js:2:26 ${booking} huge`,
      `little.ts:2:26 ${booking} not-utf8`,
    ]);
    expect(skipped).toEqual(expect.arrayContaining(['huge-and-clean.js: huge', 'clean.ts: utf-16']));
  });

  test('a manual mock of an old module is listed by its place', async () => {
    const cwd = folderWith({
      [`__mocks__/${booking}.ts`]: 'export const Booking = 1;\n',
      'src/models/__mocks__/booking.ts': 'export const Booking = 1;\n',
      'src/models/__mocks__/other.ts': '',
      'src/models/booking.ts': '',
      'src/services/__mocks__/booking.ts': '',
    });
    expect((await leftIn(cwd)).left).toEqual([`__mocks__/${booking}.ts:1:1 ${booking} manual-mock`]);
    expect((await leftIn(cwd, { legacyRoots: ['src'] })).left).toEqual([
      `__mocks__/${booking}.ts:1:1 ${booking} manual-mock`,
      `src/models/__mocks__/booking.ts:1:1 ${booking} manual-mock`,
    ]);
  });
});

describe('symbolic links', () => {
  test('what they lead to outside of the paths is listed, at any depth, once', async () => {
    const outside = folderWith({ 'a.ts': old, 'folder/deep/b.vue': statement, 'folder/node_modules/x.vue': statement });
    symlinkSync('..', join(outside, 'folder/up'));
    const cwd = folderWith({ 'clean.ts': moved });
    const links = { 'a.ts': 'a.ts', 'again.ts': 'a.ts', folder: 'folder', 'once more': 'folder/deep' };
    for (const [name, target] of Object.entries(links)) symlinkSync(join(outside, target), join(cwd, name));
    const { left } = await leftIn(cwd);
    const up = `../${outside.slice(outside.lastIndexOf('/') + 1)}`;
    expect(left).toEqual([
      `${up}/a.ts:1:32 canonical-models/models/social symbolic-link`,
      `${up}/folder/deep/b.vue:1:26 ${booking} symbolic-link`,
    ]);
  });

  test('within the paths, around them, to what is left out and to nothing: nothing more is listed', async () => {
    const cwd = folderWith({
      'project/a.ts': moved,
      'project/node_modules/m/b.ts': old,
      'project/dist/c.ts': old,
      'project/.git/HEAD': '',
      'project/.gitignore': 'dist\n',
      'beside.ts': old,
    });
    const links = { 'a2.ts': 'a.ts', here: '.', above: '..', m: 'node_modules/m', d: 'dist', 'c.ts': 'dist/c.ts' };
    for (const [name, target] of Object.entries({ ...links, 'broken.ts': 'none', 'loop.ts': 'loop.ts' })) {
      symlinkSync(target, join(cwd, 'project', name));
    }
    expect((await leftIn(cwd, { paths: ['project'] })).left).toEqual([]);
  });
});

describe('exclude', () => {
  const files = { 'a.ts': old, 'docs/a.md': booking, 'docs/b.vue': statement, 'sub/c.mdx': statement };

  test('takes patterns as .gitignore does, for sources and for all others, named or found', async () => {
    const cwd = folderWith(files);
    const paths = async (exclude: string[], more: Partial<CodemodFilesOptions> = {}) =>
      (await codemodFiles({ map, cwd, exclude, ...more })).files.map(({ path }) => path);
    expect(await paths([])).toEqual(['a.ts', 'docs/a.md', 'docs/b.vue', 'sub/c.mdx']);
    expect(await paths(['*.md', '*.mdx'])).toEqual(['a.ts', 'docs/b.vue']);
    expect(await paths(['/docs', '!b.vue'])).toEqual(['a.ts', 'sub/c.mdx']);
    expect(await paths(['docs/*', '!b.vue'])).toEqual(['a.ts', 'docs/b.vue', 'sub/c.mdx']);
    expect(await paths(['a.ts', '*.md'], { paths: ['a.ts', 'docs/a.md', 'docs'] })).toEqual(['docs/b.vue']);
    expect(await paths(['a.md'], { cwd: join(cwd, 'sub'), paths: ['../docs'] })).toEqual(['../docs/b.vue']);
    expect(await paths(['*.ts'], { gitignore: false })).toEqual(['docs/a.md', 'docs/b.vue', 'sub/c.mdx']);
  });

  test('a link that is excluded is not followed', async () => {
    const outside = folderWith(files);
    const cwd = folderWith({});
    symlinkSync(outside, join(cwd, 'link'));
    expect((await leftIn(cwd)).left).toHaveLength(4);
    expect((await leftIn(cwd, { exclude: ['link'] })).left).toEqual([]);
  });
});

describe('the command', () => {
  const codemodIn = (cwd: string, ...parameters: string[]) => hostedCommand(['codemod', ...parameters], {}, cwd);

  test('--check exits with 1 until they are excluded; the map itself does not count', async () => {
    const own = JSON.stringify({ version: 1, modules: { '@acme/old': { module: '@acme/new' } } });
    const cwd = folderWith({ 'a.vue': `import '@acme/old';\n`, 'b.md': '`@acme/old`\n', '[my] map!.json': own });
    const map = ['--check', '--map', '[my] map!.json'];
    const found = await codemodIn(cwd, ...map);
    expect(found).toMatchObject({ exitCode: 1, stderr: '' });
    expect(found.stdout).toBe(
      'a.vue:1:9 @acme/old → the file is neither JavaScript nor TypeScript\n' +
        'b.md:1:2 @acme/old → the file is neither JavaScript nor TypeScript\n' +
        '0 files read, 0 would change: 0 symbols moved, 2 places left for a person.\n',
    );
    expect(await codemodIn(cwd, ...map, '--exclude', '*.md')).toMatchObject({ exitCode: 1 });
    const clean = await codemodIn(cwd, ...map, '--exclude', '*.md', '--exclude', '*.vue');
    expect(clean).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await codemodIn(folderWith({ 'a.ts': old }), '--exclude', '*.md')).stdout).toContain(
      "\nNext: canonical-models codemod --exclude '*.md' --write\n",
    );
  });

  test.skipIf(process.getuid?.() !== 0)('as another user: what cannot be read is listed, until excluded', () => {
    const cwd = folderWith({ 'a.ts': moved, 'b.ts': moved, 'c.vue': '' });
    mkdirSync(join(cwd, 'secret'));
    for (const name of ['b.ts', 'c.vue', 'secret']) spawnSync('chmod', ['000', join(cwd, name)]);
    const run = (...parameters: string[]) =>
      spawnSync(process.execPath, [inject('bin'), 'codemod', '--check', ...parameters], {
        cwd,
        uid: 65534,
        gid: 65534,
        encoding: 'utf8',
      });
    const { status, stdout } = run();
    expect(stdout.split('\n').slice(0, 3)).toEqual(
      ['b.ts', 'c.vue', 'secret'].map((path) => `${path}:1:1 → it cannot be read, and may hold old imports`),
    );
    expect(status).toBe(1);
    expect(run('--exclude', 'secret', '--exclude', 'c.vue', '--exclude', 'b.ts').status).toBe(0);
  });
});
