import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyPatch, parsePatch } from 'diff';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildImportMap, listPackageRenames } from '../src/registry/import-map.ts';
import { renames } from '../src/registry/renames.ts';
import { type Compiler, runCompiler } from './support/compilers.ts';
import { thorough } from './support/databases.ts';
import { type GuardedFolder, guardedFolder } from './support/guarded-folder.ts';
import { type CommandResult, runNode } from './support/kit.ts';
import { packedPackage } from './support/package.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const fixture = join(root, 'test/fixtures/service');

/** The texts of a folder's files by their paths, without what is installed there. */
type Tree = Readonly<Record<string, string>>;

/** The service as it is kept: on the old import paths, in every form. */
const onOldPaths = treeOf(fixture);
/**
 * The service as moved by a person who did not look at what the codemod does. To change the fixture, move a copy of it by hand
 * and write what `diff -ru service copy` says to `service.diff`.
 */
const movedByHand = patched(onOldPaths, readFileSync(join(root, 'test/fixtures/service.diff'), 'utf8'));
/** Files with aliases of old modules, which a person removes in the end. */
const configurations = ['package.json', 'tsconfig.base.json'];
/** The files that have to change. */
const toMove = Object.keys(onOldPaths)
  .filter((path) => onOldPaths[path] !== movedByHand[path])
  .sort();

let temporary: GuardedFolder;
let service: string;

beforeAll(async () => {
  temporary = guardedFolder(tmpdir(), 'canonical-models-service-');
  service = join(temporary.path, 'service');
  cpSync(fixture, service, { recursive: true });
  await install();
}, 600_000);

afterAll(() => temporary.remove());

/** Installs the package as npm would, and beside it what the service and the package need. */
async function install(): Promise<void> {
  const packed = await packedPackage();
  const modules = join(service, 'node_modules');
  // A copy and not a link: tools tell a package from the service's own files by its path.
  cpSync(packed.folder, join(modules, 'canonical-models'), { recursive: true });
  for (const name of ['oxc-parser', 'drizzle-orm', 'zod', 'vitest', 'typescript', '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}

/** Runs a Node script in the service, free of what the tests around it run with. */
function run(script: string, parameters: readonly string[], nodeOptions = ''): Promise<CommandResult> {
  return runNode([script, ...parameters], { cwd: service, env: { NODE_OPTIONS: nodeOptions, NO_COLOR: '1' } });
}

const codemod = (...parameters: readonly string[]) =>
  run(join(service, 'node_modules/canonical-models/dist/cli.js'), ['codemod', '--legacy-root', 'src', ...parameters]);

/**
 * Runs the service's own tests, in an order that chance decides and the output names. Those that mock modules have a process each: their
 * mocks would be seen by the files after them, and not by what the files before them loaded. The others share one, which takes less time.
 */
function runTests(nodeOptions?: string): Promise<CommandResult> {
  const specs = Object.entries(treeOf(service)).filter(([path]) => /\.spec\.\w+$/.test(path));
  const mocking = specs.flatMap(([path, text]) => (/\bvi\.(do)?mock\(/i.test(text) ? [path] : []));
  const others = specs.flatMap(([path]) => (mocking.includes(path) ? [] : [path]));
  const projects = [
    { test: { name: 'mocking', isolate: true, exclude: others } },
    { test: { name: 'others', isolate: false, exclude: mocking } },
  ].map((project) => ({ ...project, root: service, extends: join(service, 'vitest.config.ts') }));
  const config = join(temporary.path, 'vitest.config.mjs');
  writeFileSync(config, `export default ${JSON.stringify({ test: { projects } })};\n`);
  return run(
    join(service, 'node_modules/vitest/vitest.mjs'),
    ['run', '--no-color', '--config', config, '--root', service, '--maxWorkers=1', '--sequence.shuffle.files'],
    nodeOptions,
  );
}

/** They report the same; TypeScript 7 takes a tenth of the time. */
const compilersOfRun = thorough ? (['6.0', '7.0'] as const) : (['7.0'] as const);

/** Type-checks the service: its own code as Node runs it, the console as a bundler does. */
async function typeCheck(compiler: Compiler): Promise<string> {
  const results = [];
  for (const project of ['.', 'admin']) results.push(await runCompiler(compiler, ['-p', project], service));
  return results.map(({ stdout, stderr }) => stdout + stderr).join('');
}

describe.sequential('a service that imports from the old paths in every form', () => {
  test('has at least 60 files, of which nearly all have to change', () => {
    const sources = Object.keys(onOldPaths).filter((path) => /\.[cm]?[jt]sx?$/.test(path));
    expect(sources.length).toBeGreaterThanOrEqual(60);
    expect(toMove.length).toBeGreaterThanOrEqual(60);
    expect(new Set(toMove.map((path) => path.replace(/^.*?((\.d)?\.\w+)$/, '$1')))).toEqual(
      new Set(['.ts', '.tsx', '.mts', '.cts', '.d.ts', '.js', '.jsx', '.mjs', '.cjs']),
    );
  });

  test.each(compilersOfRun)(
    'type-checks with TypeScript %s',
    async (compiler) => {
      expect(await typeCheck(compiler)).toBe('');
    },
    300_000,
  );

  /** Whether an output has the warning of every old path. */
  const expectEveryWarning = (output: string) => {
    for (const oldPath of Object.keys(buildImportMap(listPackageRenames(renames)).modules)) {
      expect(output).toContain(`DeprecationWarning: '${oldPath}' is removed in version`);
    }
  };

  test('passes its tests, which load every old path', async () => {
    const { exitCode, stdout, stderr } = await runTests();
    expect(exitCode, stdout + stderr).toBe(0);
    expectEveryWarning(stdout + stderr);
  }, 300_000);

  // Node.js throws what it would warn of: legacy.test.ts shows that of one path.
  if (thorough) {
    test('fails them if deprecated paths are errors, for every old path', async () => {
      const { exitCode, stdout, stderr } = await runTests('--throw-deprecation');
      expect(exitCode).toBe(1);
      expectEveryWarning(stdout + stderr);
    }, 300_000);
  }

  test('is told which files have to change, and nothing is written', async () => {
    const { exitCode, stdout, stderr } = await codemod('--check');
    expect(exitCode, stderr).toBe(1);
    const named = Array.from(stdout.matchAll(/^(\S+?):\d+:\d+ /gm), ([, path = '']) => path);
    expect([...new Set(named)].sort()).toEqual([...toMove, ...configurations].sort());
    expect(treeOf(service)).toEqual(onOldPaths);
  }, 120_000);
});

describe.sequential('the service after codemod --write', () => {
  let moved: Tree;
  beforeAll(async () => {
    const { exitCode, stdout, stderr } = await codemod('--write');
    moved = treeOf(service);
    expect(exitCode, stdout + stderr).toBe(0);
  }, 120_000);
  // In a shuffled run, the tests above may come after these.
  afterAll(() => cpSync(fixture, service, { recursive: true }));

  test('has the same files as before', () => {
    expect(Object.keys(moved)).toEqual(Object.keys(onOldPaths));
  });

  for (const path of Object.keys(onOldPaths)) {
    test(`has ${path} as a person would have it`, () => {
      expect(moved[path]).toBe(movedByHand[path]);
    });
  }

  test.each(compilersOfRun)(
    'type-checks with TypeScript %s',
    async (compiler) => {
      expect(await typeCheck(compiler)).toBe('');
    },
    300_000,
  );

  test('passes its tests if deprecated paths are errors', async () => {
    const { exitCode, stdout, stderr } = await runTests('--throw-deprecation');
    expect(exitCode, stdout + stderr).toBe(0);
  }, 300_000);

  test('has nothing left to move, except for the aliases in configuration', async () => {
    const left = await codemod('--check');
    const named = Array.from(left.stdout.matchAll(/^(\S+?):\d+:\d+ /gm), ([, path = '']) => path);
    expect([left.exitCode, [...new Set(named)]]).toEqual([1, configurations]);
    const { exitCode, stdout, stderr } = await codemod(
      '--check',
      ...configurations.flatMap((path) => ['--exclude', path]),
    );
    expect(exitCode, stdout + stderr).toBe(0);
  }, 120_000);

  test('stays as it is when the codemod runs again', async () => {
    const { exitCode, stdout, stderr } = await codemod('--write');
    expect(exitCode, stdout + stderr).toBe(0);
    expect(treeOf(service)).toEqual(moved);
  }, 120_000);
});

function treeOf(folder: string): Tree {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('node_modules/'))
    .sort();
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** A tree with a unified diff applied to it, to the byte. */
function patched(tree: Tree, diff: string): Tree {
  const result: Record<string, string> = { ...tree };
  for (const patch of parsePatch(diff)) {
    const path = patch.newFileName?.replace(/^[^/]+\//, '') ?? '';
    const text = applyPatch(tree[path] ?? '', patch, { autoConvertLineEndings: false, fuzzFactor: 0 });
    if (text === false) throw new Error(`service.diff: what it changes in ${path} is not there`);
    result[path] = text;
  }
  return result;
}
