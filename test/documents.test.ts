import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { checkBlock, checkOwnCommand } from './support/code-blocks.ts';
import { type Compiler, compilers, runCompiler } from './support/compilers.ts';
import { majors, thorough, withDatabase } from './support/databases.ts';
import {
  anchorsOf,
  type Block,
  blocksOf,
  contributing,
  guides,
  type Page,
  proseOf,
  readme,
  reference,
  relativeLinksOf,
} from './support/documents.ts';
import { runNode } from './support/kit.ts';
import { packedPackage } from './support/package.ts';
import type { Major } from './support/servers.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

const written: readonly Page[] = [readme, ...guides];
const documents: readonly Page[] = [...written, ...reference];
/** `api.md` is for maintainers, and lists signatures, not code that runs: a test of its own compares them with the sources. */
const readByServices = ({ path }: Page) => path !== 'docs/reference/api.md';
const blocks: readonly Block[] = documents.filter(readByServices).flatMap(blocksOf);

test('README.md has at most 200 lines', () => {
  expect(readme.text.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
});

test('each block of the documents is of a kind that is checked, and right', async () => {
  expect(blocks.length).toBeGreaterThan(50);
  for (const block of blocks) {
    try {
      await checkBlock(block);
    } catch (error) {
      throw new Error(`${block.at}: ${(error as Error).message}`, { cause: error });
    }
  }
});

test('each command of this package that the prose names is there, with its options', () => {
  const named = [...documents, contributing].flatMap((page) =>
    [...proseOf(page).matchAll(/`(?:npx )?canonical-models ([a-z][^`]*)`/g)].map(([, line = '']) => line),
  );
  expect(named.length).toBeGreaterThan(15);
  for (const line of named) checkOwnCommand(line);
});

test('the code of the documents type-checks as a service would write it, and has types that its declarations name', async () => {
  const installed = await packedPackage();
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-documents-'));
  try {
    const code = blocks.filter(({ language }) => ['ts', 'js'].includes(language));
    expect(code.length).toBeGreaterThan(20);
    for (const [index, block] of code.entries()) {
      const extension = block.code.includes('module.exports') ? 'cjs' : block.language;
      const file = `${block.at.replaceAll(/[^\w.-]/g, '-')}-${index}.${extension}`;
      // A file without an import shares its names with all others.
      writeFileSync(join(folder, file), extension === 'cjs' ? block.code : `${block.code}export {};\n`);
    }
    writeFileSync(join(folder, 'jest.d.ts'), jestDeclarations);
    mkdirSync(join(folder, 'node_modules/@electric-sql'), { recursive: true });
    const packages = ['drizzle-kit', 'drizzle-orm', 'zod', 'pg', 'postgres', 'vitest', '@electric-sql/pglite'];
    for (const name of [...packages, '@types', 'undici-types', 'eslint']) {
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    symlinkSync(installed.folder, join(folder, 'node_modules/canonical-models'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = {
      strict: true,
      noEmit: true,
      declaration: true,
      allowJs: true,
      checkJs: true,
      skipLibCheck: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*'] }));
    for (const compiler of thorough ? (Object.keys(compilers) as Compiler[]) : (['7.0'] as const)) {
      const result = await runCompiler(compiler, ['-p', '.'], folder);
      expect(result, compiler).toMatchObject({ exitCode: 0, stdout: '' });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);

/** What the documents call of Jest, which is not installed here. */
const jestDeclarations = `
  declare const jest: {
    mock(path: string, factory: () => object): void;
    requireActual(path: string): object;
    fn<Implementation>(implementation: Implementation): Implementation;
  };
`;

test('each relative link leads to a file that is in the package, each anchor to a heading', async () => {
  const { files } = await packedPackage();
  const pages = [...documents, contributing];
  const links = pages.flatMap((page) => relativeLinksOf(page).map((link) => ({ from: page.path, ...link })));
  expect(links.length).toBeGreaterThan(50);
  for (const { from, target, file, anchor } of links) {
    expect(files, `${from}: ${target}`).toContain(file);
    if (anchor === undefined) continue;
    const page = pages.find(({ path }) => path === file);
    expect(page && anchorsOf(page), `${from}: ${target}`).toContain(anchor);
  }
});

test('each page of docs/ is linked from README.md', () => {
  const linked = relativeLinksOf(readme).map(({ file }) => file);
  for (const { path } of [...guides, ...reference].filter(readByServices)) expect(linked).toContain(path);
});

test('each page of docs/reference says in its first line what generates it', () => {
  for (const { path, text } of reference) {
    const [, source = '', script = ''] =
      /^<!-- Generated from (\S+|the sources) by `npm run ([a-z:]+)`\. Do not edit\. -->\n/.exec(text) ?? [];
    expect(source === 'the sources' || existsSync(join(root, source || 'nothing')), path).toBe(true);
    expect(Object.keys(packageJson.scripts), path).toContain(script);
  }
});

test('the code of the documents for JSON runs as printed, behind an HTTP server', async () => {
  const { service } = await packedPackage();
  const folder = mkdtempSync(join(service, 'documents-'));
  try {
    const code = blocksOf(
      guides.find(({ path }) => path.endsWith('/json-and-openapi.md')) ?? expect.fail('no such guide'),
    );
    expect(code.map(({ language }) => language)).toEqual(['ts', 'ts']);
    for (const [index, block] of code.entries()) {
      writeFileSync(join(folder, `example-${index}.mjs`), (await transform(block.code, { loader: 'ts' })).code);
    }
    writeFileSync(join(folder, 'server.mjs'), httpService);
    const [major] = majors.slice(-1) as [Major];
    await withDatabase(major, 'migrated', async ({ query, url }) => {
      const { rows } = await query('SELECT id FROM customers LIMIT 1');
      const body = JSON.stringify({
        customerId: rows[0]?.['id'],
        eventDate: '2031-05-01T18:00:00+02:00',
        eventStartTime: '18:00',
        guestCount: 12,
        locationAddress: '1 Main Street',
        locationCity: 'Boston',
        locationState: 'MA',
        locationZip: '02101',
        totalAmount: 100_00,
        depositAmount: 20_00,
        remainingAmount: 80_00,
      });
      const ran = await runNode([join(folder, 'server.mjs'), body], { cwd: service, env: { DATABASE_URL: url } });
      expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(ran.stdout)).toMatchObject({
        refused: ['guestCount'],
        answer: { items: [{ eventDate: '2031-05-01T16:00:00.000Z', status: 'pending', confirmedAt: null }] },
        components: { schemas: { NewBooking: { properties: { eventDate: { type: 'string', format: 'date-time' } } } } },
      });
      const stored = await query(`SELECT guest_count FROM bookings WHERE event_date = '2031-05-01 16:00+00'`);
      expect(stored.rows).toEqual([{ guest_count: 12 }]);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);

/** A service that answers a POST with what the guide shows. It asks itself twice, and prints the answers. */
const httpService = `
  import { createServer } from 'node:http';
  import { json } from 'node:stream/consumers';
  import { book } from './example-0.mjs';
  import { components, listBody } from './example-1.mjs';

  const server = createServer(async (request, response) => {
    try {
      response.end(listBody([await book(await json(request))]));
    } catch (error) {
      response.writeHead(400).end(JSON.stringify(error.issues.flatMap(({ path }) => path)));
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const post = async (body) =>
    (await fetch('http://127.0.0.1:' + server.address().port, { method: 'POST', body })).json();
  const refused = await post(JSON.stringify({ ...JSON.parse(process.argv[2]), guestCount: 0 }));
  const answer = await post(process.argv[2]);
  process.stdout.write(JSON.stringify({ refused, answer, components }), () => process.exit(0));
`;

/** The cells of the rows of the table whose first column has this heading. */
function rowsOf({ text }: Page, heading: string): string[][] {
  const lines = text
    .slice(text.search(new RegExp(`^\\| ${heading} +\\|`, 'm')))
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

const adopt = guides.find(({ path }) => path.endsWith('/adopt.md')) ?? expect.fail('no guide adopt.md');
const peerRows = rowsOf(adopt, 'peer');

test('each dependency is justified in adopt.md or CONTRIBUTING.md, and nothing else is', () => {
  const { peerDependencies, devDependencies } = packageJson;
  const named = [...peerRows, ...rowsOf(contributing, 'development dependency')].flatMap(([first = '']) =>
    [...first.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  const all = Object.keys({ ...peerDependencies, ...devDependencies });
  expect([...new Set(named)].sort()).toEqual(all.sort());
});

test('adopt.md has the versions of package.json of each peer', () => {
  const { peerDependencies, devDependencies } = packageJson;
  const peers = Object.keys(peerDependencies).map((name) => [name, peerDependencies[name], devDependencies[name]]);
  const shown = peerRows.map(([peer = '', range, tested]) =>
    [peer.replace(' (optional)', ''), range, tested].map((cell) => cell?.replaceAll('`', '')),
  );
  expect(shown.sort()).toEqual(peers.sort());
});

test('each npm script that the documents show is there', () => {
  const text = [...documents, contributing].map((page) => page.text).join('\n');
  for (const [, script = ''] of text.matchAll(/npm run ([a-z:]+)/g))
    expect(Object.keys(packageJson.scripts)).toContain(script);
});
