import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** How sources are bundled for tests that start them as processes: they start in a fraction of the time. */
export const nodeBundle = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** A folder of bundles. */
export interface Bundles {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Bundles sources of the project into a folder inside it, where they find the package and its dependencies. They end in `.mjs`.
 *
 * @param name What the folder is for; each process has its own.
 * @param entryPoints Sources by the names of their bundles, by paths from the root.
 * @param options On top of `nodeBundle`.
 */
export async function bundleInProject(
  name: string,
  entryPoints: Readonly<Record<string, string>>,
  options: BuildOptions = {},
): Promise<Bundles> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const folder = `${root}node_modules/.cache/canonical-models-${name}-${process.pid}`;
  await build({
    ...nodeBundle,
    absWorkingDir: root,
    entryPoints,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    ...options,
  });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
