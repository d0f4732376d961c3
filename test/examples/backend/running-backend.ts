import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { packedPackage } from '../../support/package.ts';
import { freePort } from '../../support/servers.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The example backend as a process of its own. */
export interface RunningBackend {
  readonly url: string;
  readonly process: ChildProcess;
  /** The lines that it has logged so far. */
  log(): Record<string, unknown>[];
  /** Sends SIGTERM, and waits for the end. */
  stop(): Promise<{ readonly exitCode: number | null }>;
}

let folder: string | undefined;

/**
 * A copy of the example in the folder of a service that has the packed package installed, as a team would have it. The packages that are
 * not there are those of the checkout.
 */
async function installedBackend(): Promise<string> {
  if (folder !== undefined) return folder;
  const { service } = await packedPackage();
  const copy = mkdtempSync(join(service, 'backend-'));
  cpSync(join(root, 'examples/backend'), copy, {
    recursive: true,
    filter: (path) => !/node_modules/.test(path.slice(root.length)),
  });
  const { dependencies } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies)) {
    if (name === 'canonical-models') continue;
    const link = join(copy, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  build(join(copy, 'src'), join(copy, 'app'));
  folder = copy;
  return copy;
}

/** Builds the service as JavaScript, a file for each: to have tsx do it takes a second for each process. */
function build(source: string, target: string): void {
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    const { code } = transformSync(readFileSync(join(source, path), 'utf8'), { loader: 'ts' });
    const file = join(target, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code.replace(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

/** Adds a folder of routes to the installed backend, and nothing else. Remove it when done. */
export async function addRoutes(name: string, code: string): Promise<{ remove(): void }> {
  const added = join(await installedBackend(), 'app/routes', name);
  mkdirSync(added);
  writeFileSync(join(added, 'index.js'), code);
  return { remove: () => rmSync(added, { recursive: true }) };
}

/** How a backend ended that did not come to listen. */
export interface EndedBackend {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** Starts the backend; answers how it ended if it did not come to listen. */
export async function tryToStartBackend(
  environment: Readonly<Record<string, string>>,
  port?: number,
): Promise<RunningBackend | EndedBackend> {
  const cwd = await installedBackend();
  const listened = port ?? (await freePort());
  const child = spawn(process.execPath, ['app/main.js'], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      LINK_KEY: randomBytes(32).toString('hex'),
      REQUESTS_PER_SECOND: '100000',
      PORT: String(listened),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const ended = once(child, 'close');
  const log = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  while (child.exitCode === null && !stdout.includes('listening on')) await sleep(20);
  if (child.exitCode !== null) {
    await ended;
    return { exitCode: child.exitCode, stderr };
  }
  return {
    url: `http://127.0.0.1:${listened}`,
    process: child,
    log,
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
      return { exitCode: child.exitCode };
    },
  };
}

/** Starts the backend. Stop it when done. */
export async function startBackend(environment: Readonly<Record<string, string>>): Promise<RunningBackend> {
  const started = await tryToStartBackend(environment);
  if ('url' in started) return started;
  throw new Error(`the backend ended with ${started.exitCode}: ${started.stderr}`);
}
