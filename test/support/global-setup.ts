import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import packageJson from '../../package.json' with { type: 'json' };
import { builtinsAsImports, withoutTypeScriptLibraries } from '../../scripts/build/esbuild-plugins.ts';
import { queryOf } from '../../src/tools/database/query.ts';
import { packageMigrationsFolder } from '../../src/tools/migrations/migrations-folder.ts';
import { bundleInProject } from './bundle.ts';
import { guardedFolder } from './guarded-folder.ts';
import { legacySql } from './legacy.ts';
import { memoryFolder } from './memory-folder.ts';
import { applyMigrations, baselineMigration, migrationsAfterBaseline, recordMigrations } from './migrate.ts';
import {
  asSuperuser,
  keptDataVariable,
  type Major,
  type Server,
  type ServerAddress,
  startServer,
  supportedMajors,
} from './servers.ts';
import { startTranslatingProxy } from './translating-proxy.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The servers of this run, one a PostgreSQL version, each with a template database for every content but `empty`. */
    servers: readonly ServerAddress[];
    /** The bin, bundled from the sources: it starts in a fifth of the time that the sources themselves take. */
    bin: string;
    /** What runs commands of that bin one after the other in one process. */
    binHost: string;
    /** The package's configuration of drizzle-kit with its schema, bundled too: drizzle-kit reads it in a fifth of the time. */
    kitConfig: string;
    /** A folder for the PGlite databases of this run, which goes when the run ends. */
    pgliteFolder: string;
  }
}

/**
 * Once a run: starts one server for each PostgreSQL version that `CANONICAL_MODELS_TEST_MAJORS` lists (default `15,18`),
 * puts a template database on each for every content but `empty`, and stops them all when the run ends. Temporary files are in
 * memory if the system has room for them, unless `TMPDIR` says where they are to be. With `CANONICAL_MODELS_TEST_TRANSLATED=1` the
 * servers speak another language than English.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const memory = memoryFolder();
  if (memory !== undefined) process.env['TMPDIR'] ??= memory;
  const majors = majorsFrom(process.env['CANONICAL_MODELS_TEST_MAJORS'] ?? '15,18');
  const pgliteFolder = guardedFolder(tmpdir(), 'canonical-models-pglite-');
  process.env[keptDataVariable] = pgliteFolder.path;
  const servers = await Promise.all(majors.map(startServerWithTemplates));
  const isTranslated = process.env['CANONICAL_MODELS_TEST_TRANSLATED'] === '1';
  const proxies = isTranslated ? await Promise.all(servers.map(startTranslatingProxy)) : [];

  const bin = await bundleInProject(
    'bin',
    {
      cli: 'src/cli/main.ts',
      'bin-host': 'test/support/bin-host.ts',
      'codemod-worker': 'src/tools/codemod/worker.ts',
      'kit-config': 'src/drizzle.config.ts',
      'kit-schema': 'src/schema.ts',
    },
    // As in tsup.config.ts: the peers stay imports.
    {
      packages: 'bundle',
      external: Object.keys(packageJson.peerDependencies),
      plugins: [builtinsAsImports, withoutTypeScriptLibraries],
    },
  );

  project.provide(
    'servers',
    servers.map((server, index) => ({ ...addressOf(server), ...(proxies[index] && { port: proxies[index].port }) })),
  );
  project.provide('bin', `${bin.folder}/cli.mjs`);
  project.provide('binHost', `${bin.folder}/bin-host.mjs`);
  project.provide('kitConfig', writeKitConfig(bin.folder));
  project.provide('pgliteFolder', pgliteFolder.path);

  return async () => {
    await Promise.all([pgliteFolder, bin, ...proxies, ...servers].map((started) => started.remove()));
  };
}

function majorsFrom(list: string): Major[] {
  return [...new Set(list.split(','))].map((text) => {
    const major = supportedMajors.find((supported) => String(supported) === text.trim());
    if (!major) {
      throw new Error(
        `CANONICAL_MODELS_TEST_MAJORS: found "${text}"; expected versions of ${supportedMajors.join(', ')}, as in 15,18.`,
      );
    }
    return major;
  });
}

async function startServerWithTemplates(major: Major): Promise<Server> {
  // Room for the statements of all tests: what one test makes the server drop, `usage` in another one would report.
  // And nothing vacuums or analyzes a database beside its test.
  const settings = { 'pg_stat_statements.max': 50_000, autovacuum: false };
  const server = await startServer({ major, settings });
  const template = async (name: string, from: string, fill: (client: Client) => Promise<unknown>) => {
    await asSuperuser(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${from}`));
    await asSuperuser(server, fill, name);
    await asSuperuser(server, (client) =>
      client.query(`ALTER DATABASE ${name} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`),
    );
  };
  await template('legacy', 'template0', (client) => client.query(legacySql()));
  await template('migrated', 'legacy', (client) => applyMigrations(queryOf(client)));
  await template('deployed', 'migrated', (client) => recordMigrations(queryOf(client)));
  await template('canonical', 'template0', (client) =>
    applyMigrations(queryOf(client), [baselineMigration, ...migrationsAfterBaseline]),
  );
  return server;
}

/** The bundled configuration finds schema and migrations from its own place, which is not that of the sources here. */
function writeKitConfig(folder: string): string {
  const file = `${folder}/drizzle.config.mjs`;
  const places = { schema: `${folder}/kit-schema.mjs`, out: packageMigrationsFolder() };
  const lines = [
    "import config from './kit-config.mjs';",
    `export default { ...config, ...${JSON.stringify(places)} };`,
    '',
  ];
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** Only data that can be handed to another process. */
function addressOf({ major, host, port, user, password }: Server): ServerAddress {
  return { major, host, port, user, password };
}
