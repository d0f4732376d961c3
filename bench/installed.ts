import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const packageRoot = fileURLToPath(new URL('../', import.meta.url));

/** What `npm pack` would include in the package. */
export interface Pack {
  /** Bytes of the compressed archive: what a service downloads. */
  readonly size: number;
  /** Bytes on the disk after the installation. */
  readonly unpackedSize: number;
  /** Paths from the root of the package, with forward slashes. */
  readonly files: readonly string[];
}

/**
 * Asks npm what it would pack.
 *
 * @throws {Error} if `dist` is missing or older than the source: its figures would be those of another package.
 */
export function packPackage(): Pack {
  const built = join(packageRoot, 'dist/index.js');
  const newest = newestFile(join(packageRoot, 'src'));
  if (!existsSync(built)) throw new Error('dist: found nothing; expected the built package. Next: npm run build');
  if (statSync(built).mtimeMs < newest.modified) {
    throw new Error(`dist: found a build older than ${newest.path}; expected a current one. Next: npm run build`);
  }
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--silent'], {
    cwd: packageRoot,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [pack] = JSON.parse(output) as { size: number; unpackedSize: number; files: { path: string }[] }[];
  if (!pack) throw new Error('npm pack: found no package in its answer; expected one. Next: npm pack --dry-run');
  return { ...pack, files: pack.files.map(({ path }) => path) };
}

/** A service's folder in which the package is installed. */
export interface Service {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Installs the contents of `npm pack` into a temporary folder, beside the peers that the checkout has installed. A
 * service there finds it as any service does: by its name, through its `exports`.
 */
export async function installInService(): Promise<Service> {
  const { files } = packPackage();
  const folder = await mkdtemp(join(tmpdir(), 'canonical-models-bench-'));
  const modules = join(folder, 'node_modules');
  for (const file of files) {
    await mkdir(dirname(join(modules, 'canonical-models', file)), { recursive: true });
    await cp(join(packageRoot, file), join(modules, 'canonical-models', file));
  }
  const { peerDependencies } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  for (const dependency of [...Object.keys(peerDependencies), '@types']) {
    await mkdir(dirname(join(modules, dependency)), { recursive: true });
    await symlink(join(packageRoot, 'node_modules', dependency), join(modules, dependency), 'junction');
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'service', private: true, type: 'module' }));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

function newestFile(folder: string): { readonly path: string; readonly modified: number } {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(packageRoot.length), modified: statSync(path).mtimeMs }))
    .reduce((newest, file) => (file.modified > newest.modified ? file : newest));
}
