import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { buildImportMap } from '../../../src/registry/import-map.ts';
import { renames } from '../../../src/registry/renames.ts';
import type { CodemodReport } from '../../../src/tools/codemod/report.ts';
import { thorough } from '../../support/databases.ts';
import { hostedCommand, runNode } from '../../support/kit.ts';
import { folderWith, moved, old, textsIn } from './source-folder.ts';

const command = [inject('bin'), 'codemod'];

/** Runs the command in a folder, without a terminal. */
const codemodIn = (cwd: string, ...parameters: string[]) => hostedCommand(['codemod', ...parameters], {}, cwd);

const computed = 'await import(`canonical-models/models/${name}`);\n';
const escapeCode = '\u001B';

describe('what it prints and how it ends', () => {
  test('prints a diff that git applies and writes nothing; --write writes the same; a second run changes nothing', async () => {
    const files = {
      'src/a.ts': old,
      'src/crlf.ts': old.replaceAll('\n', '\r\n'),
      'src/no newline.ts': old.trimEnd(),
      'src/same.ts': 'export const same = 1;\n',
    };
    const cwd = folderWith(files);
    const shown = await codemodIn(cwd, 'src');
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shown.stdout).toContain('4 files read, 3 would change: 3 symbols moved, 0 places left for a person.\n');
    expect(shown.stdout).not.toContain(escapeCode);
    expect(textsIn(cwd)).toEqual(files);

    const patched = folderWith(files);
    const diff = shown.stdout.slice(0, shown.stdout.indexOf('\n4 files read'));
    expect(spawnSync('git', ['apply', '-'], { cwd: patched, input: diff, encoding: 'utf8' })).toMatchObject({
      status: 0,
    });
    const written = await codemodIn(cwd, 'src', '--write');
    expect(written).toMatchObject({
      exitCode: 0,
      stdout: 'src/a.ts\nsrc/crlf.ts\nsrc/no newline.ts\n',
      stderr: '4 files read, 3 changed: 3 symbols moved, 0 places left for a person.\n',
    });
    expect(textsIn(cwd)).toEqual(textsIn(patched));
    expect(textsIn(cwd)['src/a.ts']).toBe(moved);

    const again = await codemodIn(cwd, 'src', '--write');
    expect(again).toMatchObject({
      stdout: '',
      stderr: '4 files read, 0 changed: 0 symbols moved, 0 places left for a person.\n',
    });
    expect(textsIn(cwd)).toEqual(textsIn(patched));
  });

  test('the next step is the same command with --write, as a shell reads it', async () => {
    const legacy = { 'my src/models/social.ts': 'export class SocialAccount {}\n' };
    const ignored = { '.gitignore': 'built\n', "built/it's.ts": `vi.mocked('x');\n${old}` };
    const cwd = folderWith({ ...legacy, ...ignored, 'a.ts': old });
    const next = (stdout: string) => /^Next: canonical-models codemod (.*)\n$/m.exec(stdout)?.[1] ?? '';
    expect(next((await codemodIn(cwd)).stdout)).toBe('--write');
    expect(next((await codemodIn(cwd, '--check', 'a.ts')).stdout)).toBe('a.ts --write');
    expect((await codemodIn(cwd, '--json')).stdout).not.toContain('Next:');

    const given = [
      "built/it's.ts",
      '--legacy-root',
      'my src',
      '--mock',
      'my.mock',
      '--mock',
      '$.mock',
      '--no-gitignore',
    ];
    const shown = next((await codemodIn(cwd, ...given)).stdout);
    expect(shown).toBe(
      `'built/it'\\''s.ts' --legacy-root 'my src' --mock my.mock --mock '$.mock' --no-gitignore --write`,
    );
    const line = [process.execPath, ...command].join(' ');
    expect(spawnSync('sh', ['-c', `${line} ${shown}`], { cwd, encoding: 'utf8' })).toMatchObject({ status: 0 });
    expect(textsIn(cwd)).toMatchObject({ "built/it's.ts": `vi.mocked('x');\n${moved}`, 'a.ts': old });
  });

  test('the next step keeps the map, and paths that begin like a flag', async () => {
    const symbols = { User: { module: '@acme/new', name: 'Account' } };
    const map = JSON.stringify({ version: 1, modules: { '@acme/old': { symbols } } });
    const cwd = folderWith({ '-a.ts': `import { User } from '@acme/old';\nuse(User);\n`, 'my map.json': map });
    const { stdout } = await codemodIn(cwd, '--map', 'my map.json', '--', '-a.ts');
    expect(stdout).toContain("\nNext: canonical-models codemod --map 'my map.json' --write -- -a.ts\n");
  });

  test('--check lists each old import with its position and exits with 1; without old imports it exits with 0', async () => {
    const cwd = folderWith({ 'a.ts': old, 'b.ts': `\n${computed}`, 'clean/c.ts': moved });
    const { exitCode, stdout } = await codemodIn(cwd, '--check');
    expect(exitCode).toBe(1);
    const [first, second, summary] = stdout.split('\n');
    expect(first).toBe(
      'a.ts:1:10 canonical-models/models/social#SocialAccount → canonical-models/lead#BusinessSocialAccount',
    );
    expect(second).toMatch(/^b\.ts:2:\d+ canonical-models\/models\/ → \S/);
    expect(summary).toBe('3 files read, 1 would change: 1 symbol moved, 1 place left for a person.');
    expect(await codemodIn(cwd, 'clean', '--check')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(textsIn(cwd)['a.ts']).toBe(old);
  });

  test.each([
    [[], 0, false],
    [['--check'], 1, false],
    [['--write'], 0, true],
  ] as const)('--json with %j prints one report and nothing else', async (flags, exitCode, written) => {
    const cwd = folderWith({ 'a.ts': old, 'b.ts': computed, 'c.ts': Buffer.from(`${old}\0`) });
    const result = await codemodIn(cwd, '--json', ...flags);
    expect(result).toMatchObject({ exitCode, stderr: '' });
    const report = JSON.parse(result.stdout) as CodemodReport;
    expect(report).toEqual({
      version: 1,
      written,
      summary: { filesRead: 2, filesChanged: 1, moved: 1, left: 1, filesSkipped: 1, interrupted: false },
      files: [
        {
          path: 'a.ts',
          changed: true,
          changes: [
            {
              line: 1,
              column: 10,
              from: 'canonical-models/models/social#SocialAccount',
              to: 'canonical-models/lead#BusinessSocialAccount',
            },
          ],
          left: [],
        },
        {
          path: 'b.ts',
          changed: false,
          changes: [],
          left: [
            {
              line: 1,
              column: expect.any(Number),
              from: 'canonical-models/models/',
              reason: 'computed-path',
              message: expect.any(String),
            },
          ],
        },
      ],
      skipped: [{ path: 'c.ts', reason: 'binary' }],
      warnings: [],
    });
    expect(textsIn(cwd)['a.ts']).toBe(written ? moved : old);
  });

  test('--map takes your own map, and refuses a file that is not a map', async () => {
    const map = {
      version: 1,
      modules: { '@acme/old': { symbols: { User: { module: '@acme/new', name: 'Account' } } } },
    };
    const cwd = folderWith({
      'a.ts': `import { User } from '@acme/old';\nuse(User);\n`,
      'b.ts': old,
      'map.json': JSON.stringify(map),
      'bad.json': '{ "version": 2, "modules": {} }',
    });
    expect((await codemodIn(cwd, '--map', 'map.json', '--write')).exitCode).toBe(0);
    expect(textsIn(cwd)).toMatchObject({
      'a.ts': `import { Account } from '@acme/new';\nuse(Account);\n`,
      'b.ts': old,
    });
    const bad = await codemodIn(cwd, '--map', 'bad.json', '--json');
    expect(bad).toMatchObject({ exitCode: 2 });
    expect(JSON.parse(bad.stdout)).toMatchObject({ version: 1, error: { object: 'bad.json at /version' } });
    expect(bad.stderr).toMatch(/^bad\.json at \/version: found 2; expected .*\nNext: /);
  });

  const review = { 'canonical-models/models/review': { symbols: { Review: { module: '@acme/reviews' } } } };
  const social = { 'canonical-models/models/social': { symbols: { SocialAccount: { module: '@acme/social' } } } };
  const reviewing = `import { Review } from 'canonical-models/models/review';\nuse(Review);\n`;

  test("--extend-map adds to the package's map or to --map, and its entries come first", async () => {
    const users = { '@acme/old': { symbols: { User: { module: '@acme/new' } } } };
    const files = {
      'a.ts': `${reviewing}${old}`,
      'b.ts': `import { SocialThread } from 'canonical-models/models/social';\n`,
      'c.ts': `import { User } from '@acme/old';\n`,
      'own map.json': JSON.stringify({ version: 1, modules: { ...review, ...social } }),
      'map.json': JSON.stringify({ version: 1, modules: users }),
    };
    const extended = {
      'a.ts': `import { Review } from '@acme/reviews';\nuse(Review);\nimport { SocialAccount } from '@acme/social';\nuse(SocialAccount);\n`,
      'b.ts': `import { LeadSocialThread } from 'canonical-models/lead';\n`,
    };
    const cwd = folderWith(files);
    const shown = await codemodIn(cwd, 'a.ts', '--extend-map', 'own map.json');
    expect(shown.stdout).toContain("\nNext: canonical-models codemod a.ts --extend-map 'own map.json' --write\n");
    expect((await codemodIn(cwd, '--extend-map', 'own map.json', '--write')).exitCode).toBe(0);
    expect(textsIn(cwd)).toEqual({ ...files, ...extended });

    const both = folderWith(files);
    expect((await codemodIn(both, '--map', 'map.json', '--extend-map', 'own map.json', '--write')).exitCode).toBe(0);
    expect(textsIn(both)).toEqual({
      ...files,
      'a.ts': extended['a.ts'],
      'c.ts': `import { User } from '@acme/new';\n`,
    });
  });

  test.each([
    ['a file that is not a map', '{ "version": 2, "modules": {} }', /^more\.json at \/version: found 2/],
    [
      'a move to an old module of the map that it extends',
      JSON.stringify({ version: 1, modules: { '@acme/old': { module: 'canonical-models/models/social' } } }),
      /^more\.json: @acme\/old: found a move to canonical-models\/models\/social/,
    ],
  ])('--extend-map refuses %s', async (_, text, message) => {
    const cwd = folderWith({ 'a.ts': old, 'more.json': text });
    const { exitCode, stdout, stderr } = await codemodIn(cwd, '--extend-map', 'more.json');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('--print-map prints the map that the command would use, and reads no sources', async () => {
    const cwd = folderWith({
      'a.ts': old,
      'more.json': JSON.stringify({ version: 1, modules: { ...review, ...social } }),
    });
    const own = await codemodIn(cwd, '--print-map');
    expect(own).toMatchObject({ exitCode: 0, stderr: '' });
    const map = buildImportMap(renames);
    expect(JSON.parse(own.stdout)).toEqual(map);
    const extended = await codemodIn(cwd, '--extend-map', 'more.json', '--print-map');
    const before = map.modules['canonical-models/models/social'];
    expect(JSON.parse(extended.stdout)).toEqual({
      version: 1,
      modules: {
        ...map.modules,
        ...review,
        'canonical-models/models/social': {
          symbols: { ...before?.symbols, ...social['canonical-models/models/social'].symbols },
        },
      },
      kept: map.kept,
    });
    // What is printed is a map that --map takes.
    writeFileSync(join(cwd, 'printed.json'), extended.stdout);
    expect((await codemodIn(cwd, '--map', 'printed.json', '--print-map')).stdout).toBe(extended.stdout);
  });

  test('a service whose models stand in db/models: --legacy-root moves the imports of what the domain has', async () => {
    const models = {
      'src/db/models/lead.ts': 'export class SocialIdentity {}\n',
      'src/models/enums.ts': 'export enum E {}\n',
    };
    const cwd = folderWith({
      ...models,
      'src/api/a.ts': `import { Lead, SocialIdentity, Widget } from '../db/models/lead.js';\nimport { BookingStatus } from '../models/enums';\nuse(Lead, SocialIdentity, Widget, BookingStatus.enumValues);\n`,
    });
    const { exitCode, stdout } = await codemodIn(cwd, '--legacy-root', 'src', '--json', '--write');
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as CodemodReport).files).toMatchObject([
      { left: [{ from: 'canonical-models/db/models/lead#Widget', reason: 'unknown-symbol' }] },
    ]);
    expect(textsIn(cwd)).toEqual({
      ...models,
      'src/api/a.ts': `import { Widget } from '../db/models/lead.js';\nimport { Lead, CustomerSocialIdentity } from 'canonical-models/lead';\nimport { BookingStatus } from 'canonical-models/core';\nuse(Lead, CustomerSocialIdentity, Widget, BookingStatus.enumValues);\n`,
    });
  });

  test('--write prints the changed files on standard output and nothing else, for a formatter to read', async () => {
    const files = { 'a b.ts': old, 'c.ts': `${old}${computed}`, 'd.ts': computed, 'same.ts': '' };
    const cwd = folderWith(files);
    const { exitCode, stdout, stderr } = await codemodIn(cwd, '--write');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'a b.ts\nc.ts\n' });
    expect(stderr).toMatch(/^Left for a person:\n {2}c\.ts:3:\d+ .*\n {2}d\.ts:1:\d+ .*\n\n4 files read, 2 changed: /);

    const piped = folderWith(files);
    const line = [process.execPath, ...command].join(' ');
    const touch = `${line} --write 2>/dev/null | xargs -d '\\n' sed -i 's/$/ /'`;
    expect(spawnSync('sh', ['-c', touch], { cwd: piped, encoding: 'utf8' })).toMatchObject({ status: 0 });
    expect(textsIn(piped)).toEqual({
      ...files,
      'a b.ts': moved.replaceAll('\n', ' \n'),
      'c.ts': `${moved}${computed}`.replaceAll('\n', ' \n'),
    });
  });

  test.each([
    [['--write', '--check'], /found both --write and --check/],
    [['--print-map', '--write'], /found both --print-map and --write/],
    [['--print-map', '--check'], /found both --print-map and --check/],
    [['--print-map', 'a.ts'], /found --print-map and a path/],
    [['none'], /^none: found nothing there; expected a file or a folder/],
    [['--legacy-root', 'none'], /^none: found nothing there; expected the folder with the old modules/],
  ])('%j is wrong usage', async (parameters, message) => {
    const cwd = folderWith({ 'a.ts': old });
    const result = await codemodIn(cwd, ...parameters);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(textsIn(cwd)).toEqual({ 'a.ts': old });
  });

  test.skipIf(!existsSync('/usr/bin/script'))('colours on a terminal, and none with NO_COLOR', () => {
    const cwd = folderWith({ 'a.ts': old });
    const line = [process.execPath, ...command].join(' ');
    const { NO_COLOR: _, ...environment } = process.env;
    const run = (env: object) =>
      spawnSync('script', ['-qec', line, '/dev/null'], {
        cwd,
        env: { ...environment, TERM: 'xterm', ...env },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }).stdout;
    const coloured = run({});
    expect(coloured).toContain(`${escapeCode}[32m+import`);
    const plain = run({ NO_COLOR: '1' });
    expect(plain).not.toContain(escapeCode);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });
});

describe('interruption', () => {
  // Lines of this length fill the pipe long before the last file, so the command waits for its reader in the middle.
  const path = (index: number): string => `${'d'.repeat(120)}/${'f'.repeat(120)}${index}.ts`;
  const indexes = [...Array(800).keys()];
  const textBefore = (index: number): string => `${old}use(${index});\n`;
  const textAfter = (index: number): string => `${moved}use(${index});\n`;
  const largeFolder = (): string =>
    folderWith(Object.fromEntries(indexes.map((index) => [path(index), textBefore(index)])));

  /** Starts to write, and sends a signal when the first files are done. */
  function stopped(cwd: string, signal: NodeJS.Signals) {
    return new Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>((resolve, reject) => {
      const child = spawn(process.execPath, [...command, '--write'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      let stdout = '';
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (stdout === '') child.kill(signal);
        stdout += text;
      });
      child.once('error', reject);
      child.once('close', (code, by) => resolve({ code, signal: by, stderr }));
    });
  }

  /** How many files are new; each is whole, old or new. */
  function newIn(cwd: string): number {
    const texts = textsIn(cwd);
    const torn = indexes.filter((index) => ![textBefore(index), textAfter(index)].includes(texts[path(index)] ?? ''));
    expect(torn).toEqual([]);
    return indexes.filter((index) => texts[path(index)] === textAfter(index)).length;
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('%s leaves each file whole, and reports what was done', async (signal) => {
    const cwd = largeFolder();
    const { code, stderr } = await stopped(cwd, signal);
    expect(code).toBe(130);
    const done = newIn(cwd);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(indexes.length);
    expect(stderr).toContain(`Interrupted. ${done} file${done === 1 ? '' : 's'} read, ${done} changed: `);
    expect(readdirSync(join(cwd, 'd'.repeat(120)))).toHaveLength(indexes.length);
  });

  test('kill -9, again and again: each file is whole, and the next run finishes the work', async () => {
    const cwd = largeFolder();
    let done = 0;
    for (const _ of thorough ? [1, 2] : [1]) {
      expect((await stopped(cwd, 'SIGKILL')).signal).toBe('SIGKILL');
      const now = newIn(cwd);
      expect(now).toBeGreaterThan(done);
      done = now;
    }
    expect(done).toBeLessThan(indexes.length);
    expect((await codemodIn(cwd, '--write')).exitCode).toBe(0);
    expect(newIn(cwd)).toBe(indexes.length);
    expect(readdirSync(join(cwd, 'd'.repeat(120)))).toHaveLength(indexes.length);
  });

  test('a reader that stops reading does not stop the work', async () => {
    const cwd = folderWith({ 'a.ts': old, 'b.ts': old });
    const child = spawn(process.execPath, [...command, '--write'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    const summary = '2 files read, 2 changed: 2 symbols moved, 0 places left for a person.\n';
    expect({ code, stderr }).toEqual({ code: 0, stderr: summary });
    expect(readFileSync(join(cwd, 'b.ts'), 'utf8')).toBe(moved);
  });
});

test.skipIf(process.getuid?.() !== 0)(
  'as another user: --check fails if files cannot be read, and read-only files are left',
  async () => {
    const cwd = folderWith({ 'theirs.ts': old, 'secret/a.ts': old });
    spawnSync('chmod', ['700', join(cwd, 'secret')]);
    spawnSync('chmod', ['777', cwd]);
    const run = (...parameters: string[]) =>
      spawnSync(process.execPath, [...command, ...parameters], {
        cwd,
        uid: 65534,
        gid: 65534,
        env: { ...process.env, TSX_DISABLE_CACHE: '1' },
        encoding: 'utf8',
      });
    const { status, stdout, stderr } = run('secret', '--check');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain('secret:1:1 → it cannot be read, and may hold old imports\n');
    expect(stdout).toContain('Skipped 1 file, which cannot be read: secret');
    const written = run('--write', '--json');
    expect((JSON.parse(written.stdout) as CodemodReport).files).toMatchObject([
      { path: 'theirs.ts', changed: false, left: [{ reason: 'not-writable', message: 'the file is read-only' }] },
    ]);
    expect(readFileSync(join(cwd, 'theirs.ts'), 'utf8')).toBe(old);
  },
);

describe('other threads', () => {
  /** Enough files for other threads, some of each kind, with an alias into the package. */
  const manyFiles = Object.fromEntries([
    [
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { paths: { '@old/*': ['./node_modules/canonical-models/*'] } } }),
    ],
    ...Array.from({ length: 300 }, (_, index) => {
      const name = `src/${String(index % 7)}/file-${String(index).padStart(3, '0')}.ts`;
      if (index % 5 === 0) return [name, old];
      if (index % 5 === 1) return [name, old.replace('canonical-models/', '@old/')];
      if (index % 5 === 2) return [name, computed];
      return [name, index % 2 === 0 ? 'export const same = 1;\n' : Buffer.from([0xff, 0xfe, index])];
    }),
  ]);
  const bin = inject('bin');
  /** The built command in a folder of its own, where its worker can be replaced. */
  function binWith(worker: string | undefined): string {
    const folder = `${dirname(bin)}-${process.pid}-${worker === undefined ? 'one' : 'broken'}`;
    cpSync(dirname(bin), folder, { recursive: true });
    rmSync(join(folder, 'codemod-worker.mjs'));
    if (worker !== undefined) writeFileSync(join(folder, 'codemod-worker.mjs'), worker);
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return join(folder, 'cli.mjs');
  }
  const outcome = async (file: string) => {
    const cwd = folderWith(manyFiles);
    const report = await runNode([file, 'codemod', '--json'], { cwd });
    const written = await runNode([file, 'codemod', '--write'], { cwd });
    return { report, written, texts: textsIn(cwd) };
  };

  test('do not change the result, even if one ends early', async () => {
    expect(existsSync(join(dirname(bin), 'codemod-worker.mjs'))).toBe(true);
    const together = await outcome(bin);
    expect(together.report).toMatchObject({ exitCode: 0, stderr: '' });
    const { summary } = JSON.parse(together.report.stdout) as CodemodReport;
    expect(summary).toMatchObject({ filesRead: 240, filesChanged: 120, moved: 120, left: 60, filesSkipped: 60 });
    expect(await outcome(binWith(undefined))).toEqual(together);
    for (const broken of ['process.exit(3);', 'throw new Error("broken");', diesAtTheThirdBatch]) {
      const file = binWith(broken);
      if (thorough) {
        expect(await outcome(file), broken).toEqual(together);
        continue;
      }
      const cwd = folderWith(manyFiles);
      expect(await runNode([file, 'codemod', '--write'], { cwd }), broken).toEqual(together.written);
      expect(textsIn(cwd), broken).toEqual(together.texts);
    }
  });

  test('are used if there are processors for them', async () => {
    const cwd = folderWith(manyFiles);
    expect(await runNode([binWith(leavesWord), 'codemod', '--json'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(cwd, 'word'))).toBe(availableParallelism() > 1);
  });
});

/** A worker that reports when it gets a batch, and exits. */
const leavesWord = `
import { writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
parentPort.on('message', () => { writeFileSync('word', ''); process.exit(1); });
`;
/** A worker that exits after a few batches. */
const diesAtTheThirdBatch = `
import { parentPort } from 'node:worker_threads';
let count = 0;
parentPort.on('message', () => { if (++count === 3) process.exit(1); });
`;
