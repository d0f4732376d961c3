import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, type Format } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { baselineHash, readMigrations } from '../../../src/tools/migrations/migrations-folder.ts';
import { majors, thorough, withDatabase } from '../../support/databases.ts';
import { runNode } from '../../support/kit.ts';
import { type PackedPackage, packedPackage } from '../../support/package.ts';

const newest = readMigrations().at(-1)?.name;

/** The source of a service that migrates when it starts, and its output. */
const service = `
import { CanonicalModelsError } from 'canonical-models/errors';
import { connect, migrate } from 'canonical-models/migrate';

async function main() {
  const [folder] = process.argv.slice(2);
  const connection = await connect(process.env.DATABASE_URL);
  try {
    const { last } = await migrate(connection, folder === undefined ? {} : { folder });
    console.log(JSON.stringify({ last }));
  } catch (error) {
    if (!(error instanceof CanonicalModelsError)) throw error;
    console.log(JSON.stringify({ object: error.object, found: error.found, next: error.next }));
  } finally {
    await connection.close();
  }
}
main();
`;

const home = mkdtempSync(join(tmpdir(), 'canonical-models-bundled-'));
let packed: PackedPackage;
beforeAll(async () => {
  packed = await packedPackage();
}, 300_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/**
 * Bundles the service into one file, in an image of its own: there the service has a package.json and migrations of its own above the
 * bundle, and no package but those that stay outside of it.
 *
 * @param from The folder of the service, with its node_modules.
 */
async function imageWith(
  format: Format,
  external: readonly string[],
  from = packed.service,
): Promise<{ readonly folder: string; readonly bundle: string }> {
  const folder = mkdtempSync(join(home, `${format}-`));
  const bundle = join(folder, 'dist', format === 'esm' ? 'service.mjs' : 'service.cjs');
  const { errors } = await build({
    stdin: { contents: service, resolveDir: from },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format,
    external: [...external],
    preserveSymlinks: from !== packed.service,
    logLevel: 'silent',
  });
  expect(errors).toEqual([]);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'service', version: '1.0.0' }));
  mkdirSync(join(folder, 'drizzle/20200101000000_own'), { recursive: true });
  writeFileSync(join(folder, 'drizzle/20200101000000_own/migration.sql'), 'CREATE TABLE own_things (id integer);');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of external) {
    symlinkSync(join(packed.service, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return { folder, bundle };
}

test('a service in one file reports where it looked and what to pass; with a copy of the folder it migrates', () =>
  withDatabase(majors.at(-1) ?? 18, 'empty', async ({ url, query }) => {
    const run = async (bundle: string, ...parameters: string[]) => {
      const { exitCode, stdout, stderr } = await runNode([bundle, ...parameters], {
        cwd: home,
        env: { DATABASE_URL: url },
      });
      expect(exitCode, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const [commonJs, esm] = await Promise.all([imageWith('cjs', []), imageWith('esm', ['pg'])]);
    for (const { folder, bundle } of [commonJs, esm]) {
      expect(await run(bundle)).toEqual({
        object: 'the migrations of canonical-models',
        found: expect.stringContaining(join(folder, 'dist')),
        next: expect.stringMatching(/copy node_modules\/canonical-models\/drizzle .*\{ folder \} or --folder/),
      });
      if (!thorough && bundle !== esm.bundle) continue;
      // The service's own migrations are not mistaken for them, even if they are named explicitly.
      expect(await run(bundle, join(folder, 'drizzle'))).toMatchObject({
        object: join(folder, 'drizzle'),
        found: 'migrations that begin with 20200101000000_own',
      });
      expect(await run(bundle, 'no-such-folder')).toMatchObject({
        object: join(home, 'no-such-folder'),
        found: 'no such folder',
      });
    }
    expect((await query(`SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'`)).rows).toEqual([
      { tables: 0 },
    ]);

    const copy = join(commonJs.folder, 'dist/migrations');
    cpSync(join(packed.folder, 'drizzle'), copy, { recursive: true });
    expect(await run(commonJs.bundle, copy)).toEqual({ last: newest });
    // If the package is still beside the bundle, it is found there.
    symlinkSync(packed.folder, join(esm.folder, 'node_modules/canonical-models'));
    expect(await run(esm.bundle)).toEqual({ last: newest });
  }));

test('a service that has no PGlite can be bundled, and is told what to install when it asks for PGlite', async () => {
  const from = mkdtempSync(join(home, 'without-pglite-'));
  mkdirSync(join(from, 'node_modules'));
  symlinkSync(packed.folder, join(from, 'node_modules/canonical-models'));
  symlinkSync(join(packed.service, 'node_modules/drizzle-orm'), join(from, 'node_modules/drizzle-orm'));
  const { bundle } = await imageWith('esm', ['pg'], from);
  // npx has put this project's own bins on the PATH, and with them its PGlite.
  const env = { DATABASE_URL: 'pglite:memory://', PATH: dirname(process.execPath) };
  const { exitCode, stderr } = await runNode([bundle], { cwd: home, env });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('npm install @electric-sql/pglite');
});

test('the hash that tells our migrations from others is that of the baseline', () => {
  expect(readMigrations()[0]?.hash).toBe(baselineHash);
});
