import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImportMap, listPackageRenames } from '../../src/registry/import-map.ts';
import { renames } from '../../src/registry/renames.ts';
import { constant, type Figure, measurement } from '../figure.ts';
import { installInService } from '../installed.ts';
import { findAstGrep, renderAstGrepRules } from './peers/ast-grep.ts';
import { serviceTree, writeTree } from './tree.ts';

const rounds = 5;
const fileCount = 2000;
/** The tree whose peak memory has a limit. */
const largeFileCount = 13_000;
const peers = fileURLToPath(new URL('./peers/', import.meta.url));
const require = createRequire(import.meta.url);

/** Old specifier to new one, for peers that change only the path: of a module whose symbols moved to several places, the first. */
const paths = Object.fromEntries(
  Object.entries(buildImportMap(listPackageRenames(renames)).modules).map(([from, { symbols = {} }]) => [
    from,
    Object.values(symbols)[0]?.module,
  ]),
);

interface Sample {
  /** From the start of the process to its end, in milliseconds. */
  readonly time: number;
  /** The peak memory of the process, in megabytes. Zero if it is not a process of Node. */
  readonly memory: number;
}

/**
 * The codemod as a whole process, in a dry run on trees of 2,000, of twice as many and of 13,000 files, compared with tools that change
 * only the path, and with the minimum that any tool has to do. The subjects take turns; a first round fills the file cache and does
 * not count.
 */
export async function benchCodemod(): Promise<Figure[]> {
  const service = await installInService();
  const folder = await mkdtemp(join(tmpdir(), 'canonical-models-bench-tree-'));
  try {
    const [tree, twice] = [serviceTree(fileCount), serviceTree(2 * fileCount)];
    await writeTree(join(folder, 'tree'), tree);
    await writeTree(join(folder, 'twice'), twice);
    await writeTree(join(folder, 'large'), serviceTree(largeFileCount));
    await writeFile(join(folder, 'rules.yml'), renderAstGrepRules(paths));
    const cli = join(service.folder, 'node_modules/canonical-models/dist/cli.js');
    const astGrep = [findAstGrep(), 'scan', '--rule', join(folder, 'rules.yml'), '--json=stream'];
    const subjects: Readonly<Record<string, readonly string[]>> = {
      ours: [cli, 'codemod', join(folder, 'tree')],
      twice: [cli, 'codemod', join(folder, 'twice')],
      large: [cli, 'codemod', join(folder, 'large')],
      'ast-grep': [...astGrep, join(folder, 'tree/src')],
      parse: [join(peers, 'read-and-parse.mjs'), join(folder, 'tree')],
      'ts-morph': [join(peers, 'ts-morph.mjs'), join(folder, 'tree')],
      'ts-morph, told to resolve nothing': [join(peers, 'ts-morph.mjs'), join(folder, 'tree'), '--resolve-nothing'],
      jscodeshift: [
        join(dirname(require.resolve('jscodeshift/package.json')), 'bin/jscodeshift.js'),
        '--dry',
        '--silent',
        '--extensions=ts',
        `--transform=${join(peers, 'jscodeshift.cjs')}`,
        join(folder, 'tree/src'),
      ],
    };
    const samples = new Map<string, Sample[]>(Object.keys(subjects).map((name) => [name, []]));
    for (let round = -1; round < rounds; round++) {
      for (const [name, command] of Object.entries(subjects)) {
        const sample = await run(command, folder);
        if (round >= 0) samples.get(name)?.push(sample);
      }
    }
    const time = (name: string) => measurement((samples.get(name) ?? []).map((sample) => sample.time));
    const memory = (name: string) => measurement((samples.get(name) ?? []).map((sample) => sample.memory));
    const what = `codemod, ${tree.files.size} files, ${Math.floor(tree.lines / 1000)} thousand lines`;
    return [
      {
        name: what,
        unit: 'ms',
        ours: time('ours'),
        peer: { name: 'jscodeshift', value: time('jscodeshift') },
        limit: 1 / 10,
      },
      { name: what, unit: 'ms', ours: time('ours'), peer: { name: 'ts-morph', value: time('ts-morph') }, limit: 1 / 4 },
      {
        name: what,
        unit: 'ms',
        ours: time('ours'),
        peer: { name: 'ts-morph, told to resolve nothing', value: time('ts-morph, told to resolve nothing') },
      },
      {
        name: what,
        unit: 'ms',
        ours: time('ours'),
        peer: { name: 'ast-grep, the path alone', value: time('ast-grep') },
        limit: 0.8,
      },
      {
        name: what,
        unit: 'ms',
        ours: time('ours'),
        peer: { name: 'reading all, parsing those that mention an old module', value: time('parse') },
        limit: 1.6,
      },
      {
        name: `codemod, ${largeFileCount} files, peak memory`,
        unit: 'MB',
        ours: memory('large'),
        peer: { name: 'limit', value: constant(300) },
        limit: 1,
      },
      {
        name: 'codemod, twice the tree',
        unit: 'ms',
        ours: time('twice'),
        peer: { name: 'the tree', value: time('ours') },
        limit: 2.2,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
    await service.remove();
  }
}

async function run(command: readonly string[], folder: string): Promise<Sample> {
  const memoryFile = join(folder, 'memory');
  await writeFile(memoryFile, '');
  const started = performance.now();
  const [script = '', ...parameters] = command;
  const isNode = /\.[cm]?js$/.test(script);
  await new Promise<void>((resolve, reject) => {
    execFile(
      isNode ? process.execPath : script,
      isNode ? ['--require', join(peers, 'report-memory.cjs'), ...command] : parameters,
      {
        env: { ...process.env, BENCH_PATHS: JSON.stringify(paths), BENCH_MEMORY_FILE: memoryFile },
        maxBuffer: 1024 ** 3,
      },
      (error, _, stderr) => (error ? reject(new Error(stderr || error.message)) : resolve()),
    );
  });
  const time = performance.now() - started;
  if (!isNode) return { time, memory: 0 };
  const memory = Math.max(...(await readFile(memoryFile, 'utf8')).trim().split('\n').map(Number)) / 1024;
  return { time, memory };
}
