import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { renames } from '../src/renames.ts';
import { runNode } from './support/kit.ts';
import { packedPackage } from './support/package.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** The first cells of the rows of the table whose first column has this heading. */
function firstCells(heading: string): string[] {
  const lines = readme
    .slice(readme.search(new RegExp(`^\\| ${heading} +\\|`, 'm')))
    .split('\n')
    .slice(2);
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) => row.split('|')[1]?.trim() ?? '');
}

test('the code in README.md type-checks as a service would write it', async () => {
  const installed = await packedPackage();
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-readme-'));
  try {
    const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
    expect(blocks.length).toBeGreaterThan(0);
    for (const [index, code] of blocks.entries()) writeFileSync(join(folder, `example-${index}.ts`), code);
    mkdirSync(join(folder, 'node_modules'));
    for (const name of ['drizzle-kit', 'drizzle-orm', 'zod', 'pg', '@types', 'undici-types', 'eslint']) {
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    symlinkSync(installed.folder, join(folder, 'node_modules/canonical-models'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const result = await runNode([join(root, 'node_modules/typescript-7/bin/tsc'), '-p', folder]);
    expect(result).toMatchObject({ exitCode: 0, stdout: '' });
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
  const { dependencies, peerDependencies, devDependencies } = packageJson;
  const named = [...firstCells('dependency'), ...firstCells('development dependency')].flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  const all = Object.keys({ ...dependencies, ...peerDependencies, ...devDependencies });
  expect([...new Set(named)].sort()).toEqual(all.sort());
});

test('every npm script that README.md and CONTRIBUTING.md show is there', () => {
  const text = readme + readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  for (const [, script = ''] of text.matchAll(/npm run ([a-z:]+)/g))
    expect(Object.keys(packageJson.scripts)).toContain(script);
});
