import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { renames } from '../src/registry/renames.ts';
import { type Compiler, compilers, runCompiler } from './support/compilers.ts';
import { majors, thorough, withDatabase } from './support/databases.ts';
import { runNode } from './support/kit.ts';
import { applyMigrations } from './support/migrate.ts';
import { packedPackage } from './support/package.ts';
import type { Major } from './support/servers.ts';

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
    for (const name of ['drizzle-kit', 'drizzle-orm', 'zod', 'pg', '@types', 'undici-types', 'eslint']) {
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
    for (const compiler of thorough ? (Object.keys(compilers) as Compiler[]) : (['7.0'] as const)) {
      const result = await runCompiler(compiler, ['-p', '.'], folder);
      expect(result, compiler).toMatchObject({ exitCode: 0, stdout: '' });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);

test('the code in README.md for JSON runs as printed, behind an HTTP server', async () => {
  const { service } = await packedPackage();
  const folder = mkdtempSync(join(service, 'readme-'));
  try {
    const code = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    const blocks = code.filter((block) => block.includes("/json'"));
    expect(blocks).toHaveLength(2);
    for (const [index, block] of blocks.entries()) {
      writeFileSync(join(folder, `example-${index}.mjs`), (await transform(block, { loader: 'ts' })).code);
    }
    writeFileSync(join(folder, 'server.mjs'), httpService);
    const [major] = majors.slice(-1) as [Major];
    await withDatabase(major, 'legacy', async ({ query, url }) => {
      await applyMigrations(query);
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

/** A service that answers a POST with what README.md shows. It asks itself twice, and prints the answers. */
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
