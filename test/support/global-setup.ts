import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { guardedFolder } from './guarded-folder.ts';
import { legacySql } from './legacy.ts';
import { memoryFolder } from './memory-folder.ts';
import { asSuperuser, type Major, type Server, type ServerAddress, startServer, supportedMajors } from './servers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The servers of this run, one a PostgreSQL version, each with a template database `legacy`. */
    servers: readonly ServerAddress[];
    /** The bin, bundled from the sources: it starts in a fifth of the time that the sources themselves take. */
    bin: string;
    /** A folder for the PGlite databases of this run, which goes when the run ends. */
    pgliteFolder: string;
  }
}

/**
 * Once a run: starts one server for each PostgreSQL version that `CANONICAL_MODELS_TEST_MAJORS` lists (default `15,18`),
 * puts the legacy database on each as a template, and stops them all when the run ends. Temporary files are in memory where the
 * system has room for them, unless `TMPDIR` says where they are to be.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const memory = memoryFolder();
  if (memory !== undefined) process.env['TMPDIR'] ??= memory;
  const majors = majorsFrom(process.env['CANONICAL_MODELS_TEST_MAJORS'] ?? '15,18');
  const pgliteFolder = guardedFolder(tmpdir(), 'canonical-models-pglite-');
  const servers = await Promise.all(majors.map(startLegacyServer));

  const bin = await bundledBin();

  project.provide('servers', servers.map(addressOf));
  project.provide('bin', bin.file);
  project.provide('pgliteFolder', pgliteFolder.path);

  return async () => {
    await Promise.all([pgliteFolder, bin, ...servers].map((started) => started.remove()));
  };
}

/** Inside the project, so that it finds the package and what it depends on. */
async function bundledBin(): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const folder = `${root}node_modules/.cache/canonical-models-bin-${process.pid}`;
  await build({
    entryPoints: { cli: `${root}src/tools/cli.ts`, 'codemod-worker': `${root}src/tools/codemod/worker.ts` },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return { file: `${folder}/cli.mjs`, remove: () => rm(folder, { recursive: true, force: true }) };
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

async function startLegacyServer(major: Major): Promise<Server> {
  const server = await startServer({ major });
  await asSuperuser(server, (client) => client.query('CREATE DATABASE legacy TEMPLATE template0'));
  await asSuperuser(server, (client) => client.query(legacySql()), 'legacy');
  await asSuperuser(server, (client) =>
    client.query('ALTER DATABASE legacy WITH IS_TEMPLATE true ALLOW_CONNECTIONS false'),
  );
  return server;
}

/** Only what can be handed to another process. */
function addressOf({ major, host, port, user, password }: Server): ServerAddress {
  return { major, host, port, user, password };
}
