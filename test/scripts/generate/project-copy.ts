import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TableRename } from '../../../src/registry/renames.ts';
import { nodeBundle } from '../../support/bundle.ts';
import { type CommandResult, runNode } from '../../support/kit.ts';

const sources = ['--import', 'tsx', 'scripts/generate/main.ts'];
const bundled = ['dist/generate/main.js'];
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Where the copies are until they are removed, with one temporary folder for the commands that run in them. */
const home = mkdtempSync(join(tmpdir(), 'canonical-models-projects-'));
const temporary = join(home, 'temporary');

/** Removes every copy. Call it when the tests of the file are done. */
export function removeProjectCopies(): void {
  rmSync(home, { recursive: true, force: true });
}

/** A copy of the project that a test may change, and in which it runs `npm run db:generate`. */
export interface ProjectCopy {
  readonly folder: string;
  /** Replaces text in a file of the copy. Throws where the text is not there. */
  edit(path: string, ...replacements: readonly (readonly [text: string | RegExp, replacement: string])[]): void;
  /** Puts an entry into the registry. */
  addRename(entry: Pick<TableRename, 'from' | 'to' | 'migration'>): void;
  /**
   * Bundles the sources of the copy, as they are now, into its folder `dist`, laid out as the sources are: the scripts of
   * `npm run db:generate` and `npm run db:contract`, the configuration of drizzle-kit and the schema. They start in a fifth of the time of the
   * sources. What was bundled from the same sources before is copied.
   */
  bundle(): Promise<void>;
  /** Runs the script of `npm run db:generate`, bundled from the sources of the copy as they are now, without a terminal. */
  generate(...parameters: readonly string[]): Promise<CommandResult>;
  /** Runs the sources themselves, as `npm run db:generate` does. */
  generateFromSources(...parameters: readonly string[]): Promise<CommandResult>;
  /** Runs it, and sends SIGINT once drizzle-kit has written a migration. */
  interruptGenerate(...parameters: readonly string[]): Promise<CommandResult>;
  /** The migration folders that the copy has and the project has not, oldest first. */
  added(): string[];
  /** The SQL of the last migration, by the end of its folder's name. */
  migration(name: string): string;
  /** The content of every file of the copy but what was bundled, by path. */
  files(): Record<string, string>;
  /** What the command has left in the temporary folder. */
  left(): string[];
}

/** What the bundles of a copy are made of: copies with the same sources have the same bundles. */
function hashOfSources(folder: string): string {
  const hash = createHash('sha256');
  for (const sources of ['scripts', 'src']) {
    for (const path of readdirSync(join(folder, sources), { recursive: true, encoding: 'utf8' }).sort()) {
      const file = join(folder, sources, path);
      if (statSync(file).isFile()) hash.update(`${sources}/${path}\0`).update(readFileSync(file)).update('\0');
    }
  }
  return hash.update(readFileSync(join(folder, 'package.json'))).digest('hex');
}

/** Copies the sources, the documents, the migrations and the files at the root. Packages are those of the project. */
export function copyProject(): ProjectCopy {
  mkdirSync(temporary, { recursive: true });
  const folder = mkdtempSync(join(home, 'project-'));
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isFile() && !['docs', 'drizzle', 'scripts', 'src'].includes(entry.name)) continue;
    cpSync(join(root, entry.name), join(folder, entry.name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const project = new Set(readdirSync(join(folder, 'drizzle')));
  const folders = () => readdirSync(join(folder, 'drizzle')).sort();

  return {
    folder,
    edit(path, ...replacements) {
      let source = readFileSync(join(folder, path), 'utf8');
      for (const [text, replacement] of replacements) {
        const edited = source.replaceAll(
          typeof text === 'string' ? text : new RegExp(text, `${text.flags}g`),
          replacement,
        );
        if (edited === source) throw new Error(`${path} does not hold ${text}`);
        source = edited;
      }
      writeFileSync(join(folder, path), source);
    },
    addRename(entry) {
      const { from, to, migration } = entry;
      const lifetime = `since: '1.1.0', removedIn: '2.0.0', reason: 'A test.'`;
      this.edit('src/registry/renames.ts', [
        '  // Modules whose symbols kept their names\n',
        `  { kind: 'table', from: '${from}', to: '${to}', migration: '${migration}', ${lifetime} },\n$&`,
      ]);
    },
    async bundle() {
      const bundles = join(home, `bundles-${hashOfSources(folder)}`);
      if (!existsSync(bundles)) {
        await build({
          ...nodeBundle,
          absWorkingDir: folder,
          entryPoints: {
            'generate/main': 'scripts/generate/main.ts',
            'contract/main': 'scripts/contract/main.ts',
            'drizzle.config': 'src/drizzle.config.ts',
            schema: 'src/schema.ts',
          },
          outdir: bundles,
          // Beside their entry points, so that what finds the root from its own place finds that of the copy.
          chunkNames: 'generate/[name]-[hash]',
        });
      }
      rmSync(join(folder, 'dist'), { recursive: true, force: true });
      cpSync(bundles, join(folder, 'dist'), { recursive: true });
    },
    async generate(...parameters) {
      await this.bundle();
      return runNode([...bundled, ...parameters], { cwd: folder, env: { TMPDIR: temporary } });
    },
    generateFromSources: (...parameters) =>
      runNode([...sources, ...parameters], { cwd: folder, env: { TMPDIR: temporary } }),
    async interruptGenerate(...parameters) {
      await this.bundle();
      const child = spawn(process.execPath, [...bundled, ...parameters], {
        cwd: folder,
        env: { ...process.env, TMPDIR: temporary },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const printed = { stdout: '', stderr: '' };
      child.stdout.on('data', (text) => (printed.stdout += text));
      child.stderr.on('data', (text) => (printed.stderr += text));
      const closed = once(child, 'close');
      const hasWritten = () =>
        readdirSync(temporary)
          .flatMap((name) =>
            [join(temporary, name), join(temporary, name, 'drizzle')].filter((path) => existsSync(path)),
          )
          .flatMap((path) => readdirSync(path).map((name) => ({ path, name })))
          .some(({ path, name }) => !project.has(name) && existsSync(join(path, name, 'snapshot.json')));
      while (child.exitCode === null && !hasWritten()) await sleep(20);
      child.kill('SIGINT');
      const [exitCode, signal] = (await closed) as [number | null, string | null];
      return { exitCode: exitCode ?? (signal === 'SIGINT' ? 255 : 254), ...printed };
    },
    left: () => readdirSync(temporary).filter((name) => name.startsWith('canonical-models')),
    added: () => folders().filter((name) => !project.has(name)),
    migration(name) {
      const found = folders().findLast((path) => path.endsWith(`_${name}`));
      if (!found) throw new Error(`${name}: no migration of ${folders().join(', ')}`);
      return readFileSync(join(folder, 'drizzle', found, 'migration.sql'), 'utf8');
    },
    files() {
      const paths = readdirSync(folder, { withFileTypes: true })
        .filter((entry) => !entry.isSymbolicLink() && entry.name !== 'dist')
        .flatMap((entry) =>
          entry.isDirectory()
            ? readdirSync(join(folder, entry.name), { recursive: true, encoding: 'utf8' }).map((path) =>
                join(entry.name, path),
              )
            : [entry.name],
        )
        .filter((path) => statSync(join(folder, path)).isFile());
      return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
    },
  };
}
