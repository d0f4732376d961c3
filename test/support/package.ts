import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** The package as npm packs it, and a service's folder that has it installed. */
export interface PackedPackage {
  /** Bytes that it takes where it is installed. */
  readonly unpackedSize: number;
  /** The files of the archive, from the root of the package. */
  readonly files: readonly string[];
  /** The service's folder: a package.json, and `node_modules` with the package and what it and the service need. */
  readonly service: string;
  /** Where the package is installed in it. */
  readonly folder: string;
}

/**
 * Builds the package from the sources, packs it and installs the archive in a service's folder. The first test of a run that
 * needs it does so, in a copy of the project, so that nothing touches `dist`; tests in other processes wait for it.
 */
export async function packedPackage(): Promise<PackedPackage> {
  const home = join(inject('pgliteFolder'), 'package');
  const making = `${home}-in-the-making`;
  while (!existsSync(home)) {
    const ours = await mkdir(making).then(
      () => true,
      () => false,
    );
    if (ours) await make(home, making);
    else await sleep(100);
  }
  const { unpackedSize, files } = JSON.parse(await readFile(join(home, 'pack.json'), 'utf8'));
  const service = join(home, 'service');
  return { unpackedSize, files, service, folder: join(service, 'node_modules/canonical-models') };
}

async function make(home: string, making: string): Promise<void> {
  try {
    if (existsSync(home)) return;
    const project = join(making, 'project');
    await copyProject(project);
    await run('npm', ['run', 'build', '--silent'], { cwd: project });
    const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', making], { cwd: project });
    const [pack] = JSON.parse(stdout) as { filename: string; unpackedSize: number; files: { path: string }[] }[];
    if (!pack) throw new Error('npm pack: no package in its answer');
    await install(join(making, pack.filename), join(making, 'service'));
    const files = pack.files.map(({ path }) => path);
    await writeFile(join(making, 'pack.json'), JSON.stringify({ unpackedSize: pack.unpackedSize, files }));
    await rename(making, home);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** Everything of the project but what is made from it: what is not to be packed is there to be left out. */
async function copyProject(project: string): Promise<void> {
  await mkdir(project);
  for (const name of await readdir(root)) {
    if (['node_modules', 'dist', '.git', 'coverage'].includes(name)) continue;
    cpSync(join(root, name), join(project, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
}

async function install(archive: string, service: string): Promise<void> {
  const modules = join(service, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await run('tar', ['-xzf', archive, '-C', modules]);
  const folder = join(modules, 'canonical-models');
  await rename(join(modules, 'package'), folder);

  const { bin, peerDependencies } = createRequire(import.meta.url)(join(folder, 'package.json')) as {
    bin: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(peerDependencies), '@types']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  for (const [name, path] of Object.entries(bin)) {
    await symlink(join('..', 'canonical-models', path), join(modules, '.bin', name));
  }
  await writeFile(join(service, 'package.json'), JSON.stringify({ name: 'service', private: true, type: 'module' }));
}

/** The version of the checkout, what the checkout has by another name, or a package that has nothing but a version. */
type Peer = 'installed' | { readonly installedAs: string } | { readonly version: string };

/** A service of a test's own that has the package, and of its peers what the test puts beside it. */
export interface PeersService {
  readonly folder: string;
  /** The bin of the package. */
  readonly bin: string;
  /** Installs exactly these packages beside the package. */
  setPeers(peers: Readonly<Record<string, Peer>>): void;
}

/**
 * A service with the package in it as npm installs it, or as pnpm does: behind a link, in a folder with links to its peers. It is in a
 * temporary folder of this run, so that no other `node_modules` is in sight.
 */
export async function serviceWithPeers(layout: 'npm' | 'pnpm' = 'npm'): Promise<PeersService> {
  const { folder: packed } = await packedPackage();
  const folder = await mkdtemp(join(inject('pgliteFolder'), `${layout}-service-`));
  const top = join(folder, 'node_modules');
  const modules = layout === 'npm' ? top : join(top, '.pnpm/canonical-models@1.0.0/node_modules');
  cpSync(packed, join(modules, 'canonical-models'), { recursive: true });
  if (layout === 'pnpm') await symlink(join(modules, 'canonical-models'), join(top, 'canonical-models'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'service', private: true, type: 'module' }));

  let present: string[] = [];
  const add = (modulesFolder: string, name: string, peer: Peer) => {
    const path = join(modulesFolder, name);
    present.push(path);
    mkdirSync(dirname(path), { recursive: true });
    if (peer === 'installed' || 'installedAs' in peer) {
      symlinkSync(join(root, 'node_modules', peer === 'installed' ? name : peer.installedAs), path);
      return;
    }
    mkdirSync(path);
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name, ...peer, exports: { '.': './index.js' } }));
    writeFileSync(join(path, 'index.js'), '');
  };
  return {
    folder,
    bin: join(top, 'canonical-models/dist/cli.js'),
    setPeers(peers) {
      for (const path of present) rmSync(path, { recursive: true });
      present = [];
      for (const [name, peer] of Object.entries(peers)) {
        add(modules, name, peer);
        // The service's own dependency is the same package.
        if (layout === 'pnpm' && name === 'drizzle-orm') add(top, name, peer);
      }
    },
  };
}
