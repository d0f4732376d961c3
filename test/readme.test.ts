import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { renames } from '../src/renames.ts';
import { thorough } from './support/databases.ts';
import { runNode } from './support/kit.ts';
import { packedPackage } from './support/package.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** The cells of the rows of the table whose first column has this heading. */
function rowsOf(heading: string): string[][] {
  const lines = readme
    .slice(readme.search(new RegExp(`^\\| ${heading} +\\|`, 'm')))
    .split('\n')
    .slice(2);
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  // A bar in a cell has a backslash before it.
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

const firstCells = (heading: string): string[] => rowsOf(heading).map(([first = '']) => first);

test('the code in README.md type-checks as a service would write it, and has types that its declarations name', async () => {
  const installed = await packedPackage();
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-readme-'));
  try {
    const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
    expect(blocks.length).toBeGreaterThan(0);
    for (const [index, code] of blocks.entries()) writeFileSync(join(folder, `example-${index}.ts`), code);
    mkdirSync(join(folder, 'node_modules'));
    for (const name of ['drizzle-orm', 'zod', 'pg', '@types', 'undici-types', 'eslint']) {
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    symlinkSync(installed.folder, join(folder, 'node_modules/canonical-models'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = {
      strict: true,
      noEmit: true,
      declaration: true,
      skipLibCheck: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    for (const compiler of thorough ? ['typescript-5.9', 'typescript', 'typescript-7'] : ['typescript-7']) {
      const result = await runNode([join(root, 'node_modules', compiler, 'bin/tsc'), '-p', folder]);
      expect(result, compiler).toMatchObject({ exitCode: 0, stdout: '' });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);

test('every old table name of the registry stands in README.md, and no other', () => {
  const unqualified = (name: string) => name.replace(/^public\./, '');
  expect(firstCells('old table name')).toEqual(
    renames.filter(({ kind }) => kind === 'table').map(({ from }) => `\`${unqualified(from)}\``),
  );
});

test('every dependency is justified in README.md, and nothing else is', () => {
  const { peerDependencies, devDependencies } = packageJson;
  const named = [...firstCells('peer'), ...firstCells('development dependency')].flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  const all = Object.keys({ ...peerDependencies, ...devDependencies });
  expect([...new Set(named)].sort()).toEqual(all.sort());
});

test('README.md has the versions of package.json: of each peer, and of what it installs', () => {
  const { peerDependencies, devDependencies } = packageJson;
  const peers = Object.keys(peerDependencies).map((name) => [name, peerDependencies[name], devDependencies[name]]);
  const shown = rowsOf('peer').map(([peer = '', range, tested]) =>
    [peer.replace(' (optional)', ''), range, tested].map((cell) => cell?.replaceAll('`', '')),
  );
  expect(shown.sort()).toEqual(peers.sort());
  const installed = [...readme.matchAll(/(?<=\s)((?:@[\w-]+\/)?[\w-]+)@(\d\S*)/g)];
  expect(installed.length).toBeGreaterThan(4);
  for (const [, name = '', version] of installed) expect([name, version]).toEqual([name, devDependencies[name]]);
});

test('every npm script that README.md and CONTRIBUTING.md show is there', () => {
  const text = readme + readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  for (const [, script = ''] of text.matchAll(/npm run ([a-z:]+)/g))
    expect(Object.keys(packageJson.scripts)).toContain(script);
});
