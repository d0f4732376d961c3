import { type ChildProcess, execFile, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { inject } from 'vitest';
import shippedConfig from '../../src/drizzle.config.ts';
import { packageMigrationsFolder } from '../../src/tools/migrations/migrations-folder.ts';
import { record } from '../../src/tools/migrations/record-name.ts';
import type { HostedCommand } from './bin-host.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** How a command ended, and what it printed. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a Node script in a process of its own, without a terminal. */
export function runNode(
  parameters: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<CommandResult> {
  const { DATABASE_URL: _, ...environment } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      // As in vitest.config.ts.
      ['--liftoff-only', ...parameters],
      { cwd: options.cwd ?? root, env: { ...environment, ...options.env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const exitCode = error ? (typeof error.code === 'number' ? error.code : 255) : 0;
        resolve({ exitCode, stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}

/** Runs the bin `canonical-models` in a process of its own, as this run bundled it from the sources. */
export function canonicalModels(
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return runNode([inject('bin'), ...parameters], { env });
}

/**
 * Runs a command of the bin in the process that this test process keeps for that, after the commands before it. It takes a fraction of the
 * time. Each command has a test in a process of its own, too (`test/cli/answers.test.ts`); so has whatever ends, interrupts or blocks one.
 */
export function hostedCommand(
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd: string = root,
): Promise<CommandResult> {
  const command: HostedCommand = { parameters, env, cwd };
  const result = last.then(() => answerOf(command));
  last = result.catch(() => {});
  return result;
}

let host: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

function answerOf(command: HostedCommand): Promise<CommandResult> {
  host ??= startHost();
  const asked = host;
  return new Promise((resolve, reject) => {
    const onExit = (exitCode: number | null) => {
      host = undefined;
      const said = asked.stderr?.read()?.toString() ?? '';
      reject(new Error(`canonical-models ${command.parameters.join(' ')}: its host ended with ${exitCode}: ${said}`));
    };
    asked.once('exit', onExit);
    asked.once('message', (result) => {
      asked.off('exit', onExit);
      resolve(result as CommandResult);
    });
    asked.send(command);
  });
}

function startHost(): ChildProcess {
  const { DATABASE_URL: _, ...env } = process.env;
  const child = fork(inject('binHost'), [inject('bin')], {
    cwd: root,
    env,
    execArgv: ['--liftoff-only'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  // It goes with this process, and does not keep it.
  child.unref();
  child.channel?.unref();
  (child.stderr as Socket).unref();
  return child;
}

/** Runs the drizzle-kit binary on a database, with the package's configuration as this run bundled it from the sources. */
export function drizzleKit(
  url: string,
  parameters: readonly string[],
  config = inject('kitConfig'),
): Promise<CommandResult> {
  const bin = join(dirname(fileURLToPath(import.meta.resolve('drizzle-kit'))), 'bin.cjs');
  return runNode([bin, ...parameters, '--config', config], { env: { DATABASE_URL: url } });
}

/** Applies the package's migrations by the migrator that `drizzle-kit migrate` calls, without a process of its own. */
export async function migrateByDrizzle(client: pg.Client): Promise<void> {
  await migrate(drizzle({ client }), {
    migrationsFolder: packageMigrationsFolder(),
    migrationsSchema: record.schema,
    migrationsTable: record.table,
  });
}

/** Writes the part of a drizzle-kit configuration that `migrate` needs; the record is the package's own unless `migrations` says otherwise. */
export function writeMigrateConfig(
  file: string,
  out: string,
  migrations: { readonly schema?: string; readonly table?: string } = shippedConfig.migrations,
): string {
  const settings = JSON.stringify({ dialect: 'postgresql', out, migrations });
  writeFileSync(file, `export default { ...${settings}, dbCredentials: { url: process.env.DATABASE_URL } };`);
  return file;
}

/** The last line of what drizzle-kit printed, as JSON. */
export function kitAnswer({ stdout }: CommandResult): unknown {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
