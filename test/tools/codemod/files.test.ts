import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CodemodFilesOptions, codemodFiles } from '../../../src/tools/codemod/files.ts';
import { replaceFile } from '../../../src/tools/codemod/replace-file.ts';
import { findSources } from '../../../src/tools/codemod/tree.ts';
import { map } from './models.ts';
import { folderWith, moved, old, textsIn } from './source-folder.ts';

/** Runs the codemod on a folder, and returns the files that it changed, left and skipped, relative to the folder. */
async function run(cwd: string, options: Partial<CodemodFilesOptions> = {}) {
  const result = await codemodFiles({ map, cwd, write: true, ...options });
  return {
    ...result,
    changed: result.files.filter((file) => file.changed).map(({ path }) => path),
    left: result.files.flatMap(({ path, left }) => left.map(({ reason }) => `${path}: ${reason}`)),
    skipped: result.skipped.map(({ path, reason }) => `${path.slice(cwd.length + 1)}: ${reason}`).sort(),
  };
}

describe('which files', () => {
  test('JavaScript and TypeScript with every extension, including declarations, and nothing else', async () => {
    const modules = ['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'].map((extension) => `a.${extension}`);
    const declarations = ['a.d.ts', 'a.d.mts', 'a.d.cts'];
    const others = ['json', 'md', 'tsv', 'ts.bak', 'vue'].map((extension) => `a.${extension}`);
    const declaration = `export type { Booking } from 'canonical-models/models/booking';\n`;
    const cwd = folderWith({
      ...Object.fromEntries([...modules, ...others].map((name) => [name, old])),
      ...Object.fromEntries(declarations.map((name) => [name, declaration])),
    });
    const { changed, left, read, skipped } = await run(cwd);
    expect(changed).toEqual([...modules, ...declarations].sort());
    expect(read).toBe(changed.length);
    expect(skipped).toEqual([]);
    expect(left).toEqual([...others].sort().map((name) => `${name}: not-source`));
    for (const name of others) expect(readFileSync(join(cwd, name), 'utf8')).toBe(old);
  });

  test('nothing is written without write', async () => {
    const cwd = folderWith({ 'a.ts': old, 'b/c.ts': old });
    const { changed } = await run(cwd, { write: false });
    expect(changed).toEqual(['a.ts', 'b/c.ts']);
    expect(textsIn(cwd)).toEqual({ 'a.ts': old, 'b/c.ts': old });
  });

  test('a second run changes nothing', async () => {
    const cwd = folderWith({ 'a.ts': old, 'b.ts': 'export const b = 1;\n' });
    await run(cwd);
    const stats = () =>
      ['a.ts', 'b.ts'].map((name) => {
        const { ino, mtimeNs } = statSync(join(cwd, name), { bigint: true });
        return { ino, mtimeNs };
      });
    const before = stats();
    expect(await run(cwd)).toMatchObject({ files: [], read: 2 });
    expect(stats()).toEqual(before);
  });

  test('node_modules and folders of version control are not entered, at any depth', async () => {
    const hidden = ['node_modules', '.git', '.hg', '.svn'].flatMap((name) => [`${name}/a.ts`, `b/${name}/a.ts`]);
    const cwd = folderWith({ 'c.ts': old, ...Object.fromEntries(hidden.map((path) => [path, old])) });
    expect(await run(cwd, { gitignore: false })).toMatchObject({ changed: ['c.ts'], read: 1, skipped: [] });
  });

  test('a file that is named is read once, ignored or not', async () => {
    const cwd = folderWith({
      '.gitignore': '*.ts\n',
      'a.ts': old,
      'b.ts': old,
      'c.json': old,
      'node_modules/d.ts': old,
    });
    const paths = ['a.ts', './a.ts', '.', 'c.json', './c.json', 'node_modules/d.ts', join(cwd, 'a.ts')];
    const { changed, read, skipped } = await run(cwd, { paths });
    expect(changed).toEqual(['a.ts', 'node_modules/d.ts']);
    expect(read).toBe(2);
    expect(skipped).toEqual(['c.json: not-source']);
  });

  test('a path that does not exist stops the work before it begins', async () => {
    const cwd = folderWith({ 'a.ts': old });
    await expect(run(cwd, { paths: ['a.ts', 'b.ts'] })).rejects.toMatchObject({
      name: 'InvalidInput',
      object: 'b.ts',
      found: 'nothing there',
    });
    await expect(run(cwd, { legacyRoots: ['a.ts'] })).rejects.toMatchObject({ object: 'a.ts', name: 'InvalidInput' });
    await expect(run(cwd, { legacyRoots: ['src'] })).rejects.toMatchObject({ object: 'src', name: 'InvalidInput' });
    expect(textsIn(cwd)).toEqual({ 'a.ts': old });
  });

  test('binary, UTF-16 and huge files are skipped and reported', async () => {
    const binary = Buffer.concat([Buffer.from(old), Buffer.from([0, 1, 2])]);
    const utf16 = Buffer.from(`\uFEFF${old}`, 'utf16le');
    const cwd = folderWith({
      'binary.js': binary,
      'empty.ts': '',
      'huge.js': old + ' '.repeat(4 * 1024 * 1024),
      'large.js': old + ' '.repeat(4 * 1024 * 1024 - old.length),
      'utf-16.ts': utf16,
      'utf-16-big-endian.ts': Buffer.from(utf16).swap16(),
    });
    const { changed, skipped, read } = await run(cwd);
    expect(changed).toEqual(['large.js']);
    expect(skipped).toEqual([
      'binary.js: binary',
      'huge.js: huge',
      'utf-16-big-endian.ts: utf-16',
      'utf-16.ts: utf-16',
    ]);
    expect(read).toBe(2);
    expect(readFileSync(join(cwd, 'binary.js'))).toEqual(binary);
    expect(readFileSync(join(cwd, 'utf-16.ts'))).toEqual(utf16);
  });

  test('a file in another encoding stays the same to the byte, and each of its old imports is reported', async () => {
    const latin = Buffer.from(`// Café\n${old}`, 'latin1');
    const cwd = folderWith({ 'a.ts': latin });
    const { files } = await run(cwd);
    expect(files).toMatchObject([
      { path: 'a.ts', changed: false, changes: [], left: [{ line: 2, column: 10, reason: 'not-utf8' }] },
    ]);
    expect(readFileSync(join(cwd, 'a.ts'))).toEqual(latin);
  });

  test('a named pipe does not block', async () => {
    const cwd = folderWith({ 'a.ts': old });
    expect(spawnSync('mkfifo', [join(cwd, 'b.ts')]).status).toBe(0);
    expect(await run(cwd, { paths: ['.', 'b.ts'] })).toMatchObject({
      changed: ['a.ts'],
      skipped: ['b.ts: not-source'],
    });
  });

  test('odd names of files and folders', async () => {
    const names = [
      'a b.ts',
      'ä.ts',
      '[x].ts',
      '!a.ts',
      '#a.ts',
      "it's.ts",
      'a\nb.ts',
      '(group)/[id]/page.tsx',
      '-a.ts',
    ];
    const cwd = folderWith({ '.gitignore': 'none\n', ...Object.fromEntries(names.map((name) => [name, old])) });
    expect((await run(cwd)).changed).toEqual([...names].sort());
    for (const name of names) expect(readFileSync(join(cwd, name), 'utf8')).toBe(moved);
  });
});

describe('.gitignore', () => {
  const files = Object.fromEntries(
    ['a.ts', 'dist/a.ts', 'src/a.ts', 'src/a.gen.ts', 'src/keep.gen.ts', 'src/b/own.ts', 'src/b/c/own.ts'].map(
      (path) => [path, old],
    ),
  );

  test('applies at every depth, the nearest first, with exceptions', async () => {
    const cwd = folderWith({
      ...files,
      '.gitignore': '\uFEFFdist/\r\n*.gen.ts\r\n# src/a.ts\r\n',
      'src/.gitignore': '!keep.gen.ts\n',
      'src/b/.gitignore': '/own.ts\n',
    });
    expect((await run(cwd)).changed).toEqual(['a.ts', 'src/a.ts', 'src/b/c/own.ts', 'src/keep.gen.ts']);
  });

  test('does not apply with gitignore: false', async () => {
    const cwd = folderWith({ ...files, '.gitignore': '*\n' });
    expect((await run(cwd)).changed).toEqual([]);
    expect((await run(cwd, { gitignore: false })).changed).toEqual(Object.keys(files).sort());
  });

  test('applies from the folders above, up to the root of the repository', async () => {
    const cwd = folderWith({
      '.gitignore': 'a.ts\n',
      'repository/.gitignore': 'b.ts\n',
      'repository/.git/info/exclude': 'c.ts\n',
      ...Object.fromEntries(['a.ts', 'b.ts', 'c.ts', 'd.ts'].map((name) => [`repository/src/${name}`, old])),
    });
    expect((await run(cwd, { paths: ['repository/src'] })).changed).toEqual([
      'repository/src/a.ts',
      'repository/src/d.ts',
    ]);
  });

  test('does not exclude a folder that is named, only ignored files in it', async () => {
    const cwd = folderWith({
      '.git/HEAD': '',
      '.gitignore': 'generated/\n',
      'generated/a.ts': old,
      'generated/.gitignore': 'b.ts\n',
      'generated/b.ts': old,
    });
    expect((await run(cwd)).changed).toEqual([]);
    expect((await run(cwd, { paths: ['generated'] })).changed).toEqual(['generated/a.ts']);
  });

  test.skipIf(['darwin', 'win32'].includes(process.platform))('tells capital from small letters', async () => {
    const cwd = folderWith({ '.gitignore': 'Build/\n', 'build/a.ts': old, 'Build/b.ts': old });
    expect((await run(cwd)).changed).toEqual(['build/a.ts']);
  });

  test('one that cannot be read is a warning, and excludes nothing', async () => {
    const cwd = folderWith({ 'src/a.ts': old });
    symlinkSync('nowhere', join(cwd, 'src/.gitignore'));
    const { changed, warnings } = await run(cwd);
    expect(changed).toEqual(['src/a.ts']);
    expect(warnings).toEqual([expect.stringContaining(`${join(cwd, 'src/.gitignore')} could not be read`)]);
  });

  test('agrees with git', async () => {
    const rules = [
      '*.gen.ts',
      '!keep.gen.ts',
      '/dist',
      'build/',
      '**/cache',
      'a/**/z.ts',
      'lib/*',
      '!lib/own',
      'x\\ y.ts',
    ];
    const paths = ['p.ts', 'p.gen.ts', 'keep.gen.ts', 'dist', 'build', 'cache', 'z.ts', 'lib', 'own', 'x y.ts', 'a'];
    const all = paths.flatMap((one) =>
      paths.map((other) => `${one.replace('.ts', '')}/${other.replace(/\.ts$/, '')}.ts`),
    );
    const deep = paths.flatMap((one) => all.map((other) => `${one.replace('.ts', '')}/${other}`));
    const cwd = folderWith({
      '.gitignore': `${rules.join('\n')}\n`,
      'a/.gitignore': '!p.gen.ts\nlib\n',
      ...Object.fromEntries([...all, ...deep].map((path) => [path, ''])),
    });
    const git = (...parameters: string[]) => spawnSync('git', parameters, { cwd, encoding: 'utf8' });
    expect(git('init', '--quiet').status).toBe(0);
    const { stdout } = git('-c', 'core.excludesFile=/dev/null', 'ls-files', '-z', '--others', '--exclude-standard');
    const expected = stdout.split('\0').filter((path) => path.endsWith('.ts'));
    expect(expected.length).toBeGreaterThan(100);
    expect(findSources(['.'], cwd).files.map((path) => path.slice(cwd.length + 1))).toEqual(expected.sort());
  });
});

describe('links', () => {
  test('symbolic links are followed only if they are named', async () => {
    const outside = folderWith({ 'a.ts': old, 'folder/b.ts': old });
    const cwd = folderWith({ 'target.ts': old });
    const links = {
      'broken.ts': 'nowhere.ts',
      cycle: '.',
      'cycle.ts': 'cycle.ts',
      folder: join(outside, 'folder'),
      'inside.ts': 'target.ts',
      'note.md': 'target.ts',
      'outside.ts': join(outside, 'a.ts'),
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(cwd, name));
    const { changed, skipped } = await run(cwd);
    expect(changed).toEqual(['target.ts']);
    expect(skipped).toEqual(
      ['broken.ts', 'cycle.ts', 'cycle', 'folder', 'inside.ts', 'outside.ts'].map((name) => `${name}: symbolic-link`),
    );
    expect(textsIn(outside)).toEqual({ 'a.ts': old, 'folder/b.ts': old });

    const named = await run(cwd, { paths: ['outside.ts', 'folder'] });
    expect(named.changed).toHaveLength(2);
    expect(textsIn(outside)).toEqual({ 'a.ts': moved, 'folder/b.ts': moved });
    // The links are still links.
    expect(readdirSync(cwd, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink())).toHaveLength(7);

    for (const path of ['broken.ts', 'cycle.ts']) {
      await expect(run(cwd, { paths: [path] })).rejects.toMatchObject({ found: 'a broken symbolic link' });
    }
  });

  test('a working folder and a legacy root behind a symbolic link', async () => {
    const real = folderWith({ 'src/a.ts': `import { Booking } from './models/booking';\n` });
    const link = `${real}-link`;
    symlinkSync(real, link);
    symlinkSync('src', join(real, 'source'));
    const { files } = await codemodFiles({ map, cwd: link, paths: ['src'], legacyRoots: ['source'], write: true });
    expect(files).toMatchObject([{ path: 'src/a.ts', changed: true }]);
  });

  test('another hard link keeps the old text, unless it is one of the files', async () => {
    const outside = folderWith({});
    const cwd = folderWith({ 'a.ts': old });
    linkSync(join(cwd, 'a.ts'), join(outside, 'copy.ts'));
    linkSync(join(cwd, 'a.ts'), join(cwd, 'b.ts'));
    expect((await run(cwd)).changed).toEqual(['a.ts', 'b.ts']);
    expect(textsIn(cwd)).toEqual({ 'a.ts': moved, 'b.ts': moved });
    expect(textsIn(outside)).toEqual({ 'copy.ts': old });
  });
});

describe('replacing', () => {
  test.each([0o644, 0o600, 0o755, 0o664])('the mode %o stays', async (mode) => {
    const cwd = folderWith({ 'a.ts': old });
    chmodSync(join(cwd, 'a.ts'), mode);
    expect((await run(cwd)).changed).toEqual(['a.ts']);
    expect(statSync(join(cwd, 'a.ts')).mode & 0o7777).toBe(mode);
  });

  test('a read-only file is left, even as root', async () => {
    const cwd = folderWith({ 'a.ts': old, 'b.ts': old });
    chmodSync(join(cwd, 'a.ts'), 0o444);
    const { changed, left, files } = await run(cwd);
    expect(changed).toEqual(['b.ts']);
    expect(left).toEqual(['a.ts: not-writable']);
    expect(files[0]).toMatchObject({ changed: false, changes: [], left: [{ message: 'the file is read-only' }] });
    expect(textsIn(cwd)).toEqual({ 'a.ts': old, 'b.ts': moved });
  });

  test('a file in a read-only folder is left, even as root', async () => {
    const cwd = folderWith({ 'fixed/a.ts': old, 'b.ts': old });
    chmodSync(join(cwd, 'fixed'), 0o555);
    try {
      const { changed, left } = await run(cwd);
      expect(changed).toEqual(['b.ts']);
      expect(left).toEqual(['fixed/a.ts: not-writable']);
      expect(textsIn(cwd)).toEqual({ 'fixed/a.ts': old, 'b.ts': moved });
    } finally {
      chmodSync(join(cwd, 'fixed'), 0o755);
    }
  });

  test.each([
    ['changed', (path: string) => writeFileSync(path, `${old}more();\n`), { 'a.ts': `${old}more();\n`, 'b.ts': moved }],
    ['removed', (path: string) => unlinkSync(path), { 'b.ts': moved }],
  ])('a file that is %s after it was read is left as it is', async (_what, change, texts) => {
    const cwd = folderWith({ 'a.ts': old, 'b.ts': old });
    // The work runs up to where it waits for the codemod to load: the first file is read by then.
    const running = run(cwd);
    change(join(cwd, 'a.ts'));
    const { changed, left } = await running;
    expect(changed).toEqual(['b.ts']);
    expect(left).toEqual(['a.ts: changed-meanwhile']);
    expect(textsIn(cwd)).toEqual(texts);
  });

  test('temporary files of a killed process are removed, those of a running one are not', () => {
    const { pid: ended } = spawnSync('true');
    const leftover = `.canonical-models-${ended}-0123abcd.tmp`;
    const others = [`.canonical-models-${process.ppid}-0123abcd.tmp`, '.canonical-models-notes.tmp', 'b.tmp'];
    const cwd = folderWith({ 'a.ts': old, [leftover]: 'half' });
    for (const name of others) writeFileSync(join(cwd, name), '');
    expect(replaceFile(join(cwd, 'a.ts'), Buffer.from(old), moved)).toBeUndefined();
    expect(readdirSync(cwd).sort()).toEqual([...others, 'a.ts'].sort());
  });

  test('no temporary file is left if the system refuses', () => {
    const cwd = folderWith({ 'a.ts/b.ts': old });
    expect(replaceFile(join(cwd, 'a.ts'), Buffer.from(old), moved)).toMatchObject({ reason: 'not-writable' });
    rmSync(join(cwd, 'a.ts/b.ts'));
    expect(readdirSync(cwd)).toEqual(['a.ts']);
    expect(replaceFile(join(cwd, 'c.ts'), Buffer.from(old), moved)).toMatchObject({ reason: 'changed-meanwhile' });
    expect(readdirSync(cwd)).toEqual(['a.ts']);
  });
});

describe('stopping', () => {
  test('a signal that is already aborted stops before the first file', async () => {
    const cwd = folderWith({ 'a.ts': old });
    const result = await run(cwd, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ interrupted: true, files: [], read: 0 });
    expect(textsIn(cwd)).toEqual({ 'a.ts': old });
  });

  test('a signal between two files stops there; one after the last file does not count', async () => {
    const cwd = folderWith({ 'a.ts': old, 'b.ts': old });
    const stop = async () => {
      const controller = new AbortController();
      return run(cwd, { signal: controller.signal, onFile: () => controller.abort() });
    };
    expect(await stop()).toMatchObject({ interrupted: true, changed: ['a.ts'] });
    expect(textsIn(cwd)).toEqual({ 'a.ts': moved, 'b.ts': old });
    expect(await stop()).toMatchObject({ interrupted: false, changed: ['b.ts'], read: 2 });
  });
});
