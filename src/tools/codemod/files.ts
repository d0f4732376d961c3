import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { ImportMap } from '../../import-map.ts';
import { readAliases } from './aliases.ts';
import type { Change, CodemodResult, Left } from './codemod.ts';
import type { MockFunction } from './mocks.ts';
import { rejectChains } from './moved.ts';
import { replaceFile } from './replace-file.ts';
import { findMentions, type Mention, needles, possiblyIn, type Resolver } from './specifiers.ts';
import { findSources, type SkippedFile } from './tree.ts';
import { type Job, type Settings, startWorkers, type Workers, work } from './workers.ts';

/** Which files to move the imports of, and how. */
export interface CodemodFilesOptions {
  /** Where old imports went. */
  readonly map: ImportMap;
  /** Files and folders; the current folder where there are none. */
  readonly paths?: readonly string[];
  /** The folder that paths are relative to; the current one where not given. */
  readonly cwd?: string;
  /** Whether to change files. Without it nothing is written. */
  readonly write?: boolean;
  /** Folders under which the service keeps old modules of its own, as `src` for `src/models/booking.ts`. */
  readonly legacyRoots?: readonly string[];
  /** Functions of test runners that take a module's path; those that are known where not given. */
  readonly mockFunctions?: readonly MockFunction[];
  /** Whether `.gitignore` files are heeded; they are where not given. */
  readonly gitignore?: boolean;
  /** Stops the work: the file that is being replaced is replaced, and no other. */
  readonly signal?: AbortSignal;
  /** Called for each file of which something was moved or left, in the order of their names. */
  readonly onFile?: (file: CodemodFile, texts: { readonly before: string; readonly after: string }) => void;
  /** Called every now and then. */
  readonly onProgress?: (progress: { readonly read: number; readonly of: number }) => void;
}

/** A file of which something was moved or left. */
export interface CodemodFile {
  /** Relative to the current folder, with forward slashes. */
  readonly path: string;
  /** Whether its text is another now, or would be without `write`. */
  readonly changed: boolean;
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
}

/** What became of the files. */
export interface CodemodFilesResult {
  readonly files: readonly CodemodFile[];
  readonly skipped: readonly SkippedFile[];
  /** How many files were read. */
  readonly read: number;
  /** Whether it was stopped before all files were read. */
  readonly interrupted: boolean;
  /** What could not be read beside the files themselves, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Moves the old imports of the files under some paths. Nothing is written without `write`; with it each file is replaced
 * atomically, or left and said so. Throws a `Failure` for a path where nothing is, and for a map whose moves are chained.
 *
 * @example
 * const { files } = await codemodFiles({ map: importMap(renames), paths: ['src'], write: true });
 */
export async function codemodFiles(options: CodemodFilesOptions): Promise<CodemodFilesResult> {
  rejectChains(options.map);
  const cwd = resolve(options.cwd ?? '.');
  const { files, skipped, holds } = findSources(options.paths?.length ? options.paths : ['.'], cwd, options.gitignore);
  const aliases = await readAliases(
    options.map,
    (options.legacyRoots ?? []).map((root) => resolve(cwd, root)),
    holds,
  );
  const sought = needles(options.map).map((needle) => Buffer.from(needle));
  const settings: Settings = {
    map: options.map,
    ...(options.mockFunctions && { mockFunctions: options.mockFunctions }),
  };
  const outcome: { files: CodemodFile[]; skipped: SkippedFile[] } = { files: [], skipped: [...skipped] };
  const pending: Promise<(() => void) | undefined>[] = [];
  let workers: Workers | undefined;
  let read = 0;
  let found = 0;
  try {
    for (const path of files) {
      if (options.signal?.aborted) break;
      if (++read % filesPerBreath === 0) {
        options.onProgress?.({ read, of: files.length });
        await breath();
      }
      if (aliases.isOldModule(path)) {
        outcome.skipped.push({ path, reason: 'old-module' });
        continue;
      }
      const folder = dirname(path);
      const resolver = aliases.hasOthers(folder) ? aliases.resolverFor(folder) : undefined;
      const bytes = readSource(path, (all) => resolver !== undefined || sought.some((needle) => all.includes(needle)));
      if (typeof bytes === 'string') outcome.skipped.push({ path, reason: bytes });
      if (typeof bytes === 'string' || bytes === undefined) continue;

      const job = jobFor(path, bytes, options.map, resolver);
      if (!job) continue;
      if (++found === filesForOneThread) workers = startWorkers(settings);
      const taken = workers?.take(job);
      pending.push(finishFile(job, bytes, taken ?? work(job, settings), cwd, options, outcome.files));
      // What threads have done is heard of only between two files.
      if (workers && !taken) await breath();
      if (pending.length >= filesAtOnce) (await pending.shift())?.();
    }
    while (pending.length > 0) (await pending.shift())?.();
  } finally {
    await workers?.close();
  }
  const interrupted = options.signal?.aborted === true;
  return { ...outcome, read, interrupted, warnings: aliases.warnings };
}

/** How many files are worked on or written at a time. */
const filesAtOnce = 48;
/** How many files with old imports one thread does in the time that it takes to start others. */
const filesForOneThread = 48;
/** After how many files signals and progress get their turn. */
const filesPerBreath = 200;
/** The size from which on a file is taken for one that no person wrote. */
const hugeBytes = 4 * 1024 * 1024;
/** How far into a file a zero byte says that it is no text. */
const binaryBytes = 8192;

/**
 * The bytes of a source file that may name an old module; nothing where it does not; or why it is none. Files are read one after
 * the other into one place: they are small, and reading them side by side takes longer.
 */
function readSource(path: string, mayName: (bytes: Buffer) => boolean): Buffer | SkippedFile['reason'] | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    if (size > hugeBytes) return 'huge';
    let length = 0;
    for (let read = 1; read > 0 && length < size; length += read)
      read = readSync(file, place, length, size - length, null);
    const bytes = place.subarray(0, length);
    if (!mayName(bytes)) return undefined;
    return bytes.subarray(0, binaryBytes).includes(0) ? 'binary' : Buffer.from(bytes);
  } catch {
    return 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const place = Buffer.allocUnsafeSlow(hugeBytes);

/** Lets signals, progress and other threads have their turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What is to be done about a file; nothing where no string in it names an old module. */
function jobFor(path: string, bytes: Buffer, map: ImportMap, resolver: Resolver | undefined): Job | undefined {
  const text = bytes.toString('utf8');
  if (!resolver) return { fileName: path, text };
  const mentions = findMentions(text, map, resolver);
  if (mentions.length === 0) return undefined;
  return { fileName: path, text, resolved: resolvedIn(mentions, map, resolver) };
}

/** The answers of a resolver to all that may be asked of it about a text. */
function resolvedIn(mentions: readonly Mention[], map: ImportMap, resolver: Resolver): [string, string][] {
  const asked = mentions.flatMap(({ specifier, oldModule }) =>
    oldModule === undefined ? possiblyIn(specifier, map) : [specifier],
  );
  return asked.flatMap((specifier) => {
    const oldModule = resolver(specifier);
    return oldModule === undefined ? [] : [[specifier, oldModule] as [string, string]];
  });
}

/** Writes what became of a file, if it is to be written. What came of it is told when its turn comes. */
async function finishFile(
  { fileName, text: before }: Job,
  bytes: Buffer,
  working: Promise<CodemodResult>,
  cwd: string,
  options: CodemodFilesOptions,
  files: CodemodFile[],
): Promise<(() => void) | undefined> {
  let result = await working;
  if (result.changes.length === 0 && result.left.length === 0) return undefined;
  if (!isUtf8(bytes)) result = leftWhole(result, before, 'not-utf8', 'the file is not in UTF-8');
  if (options.write && result.text !== before) {
    if (options.signal?.aborted) return undefined;
    const failed = await replaceFile(fileName, bytes, result.text);
    if (failed) result = leftWhole(result, before, failed.reason, failed.message);
  }
  const path = relative(cwd, fileName).split(sep).join('/');
  const file = { path, changed: result.text !== before, changes: result.changes, left: result.left };
  return () => {
    files.push(file);
    options.onFile?.(file, { before, after: result.text });
  };
}

/** A result of which nothing came: all that would have moved is left, for one reason. */
function leftWhole(result: CodemodResult, text: string, reason: Left['reason'], message: string): CodemodResult {
  const left = result.changes.map(({ line, column, from }) => ({ line, column, from, reason, message }));
  return { text, changes: [], left: [...left, ...result.left] };
}
