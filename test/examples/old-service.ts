import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const oldServiceExample: string = fileURLToPath(new URL('../../examples/old-service/', import.meta.url));

/** Copies the example of an old service into a folder of its own in a service that has the package, and returns that folder. */
export function copyOldService(service: string): string {
  const folder = join(service, `old-service-${randomUUID()}`);
  cpSync(oldServiceExample, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  return folder;
}

/** How a service ended, and what it had written to its log. */
export interface Stopped {
  readonly exitCode: number | null;
  readonly stderr: string;
}

export interface OldService {
  readonly url: string;
  /** Ends it as a deployment does. */
  stop(): Promise<Stopped>;
}

/**
 * Starts an old service.
 *
 * @param url Of its database, as a role whose password is `old`.
 * @param flags Of Node.
 */
export async function startOldService(
  folder: string,
  { url, role }: { readonly url: string; readonly role: string },
  ...flags: readonly string[]
): Promise<OldService> {
  const databaseUrl = new URL(url);
  databaseUrl.username = role;
  databaseUrl.password = 'old';
  const child = spawn(process.execPath, [...flags, 'src/main.js'], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: databaseUrl.href, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const firstLine = once(child.stdout.setEncoding('utf8'), 'data') as Promise<[string]>;
  const [line] = await Promise.race([firstLine, ended.then(() => Promise.reject(new Error(stderr)))]);
  return {
    url: line.slice(line.indexOf('http')).trim(),
    async stop() {
      child.kill('SIGTERM');
      const [exitCode] = await ended;
      return { exitCode, stderr };
    },
  };
}
