import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { ImportMap } from '../../import-map.ts';
import { readAliases } from './aliases.ts';
import type { Change, CodemodResult, Left } from './codemod.ts';
import type { MockFunction } from './mocks.ts';
import { rejectChains } from './moved.ts';
import { findMentions, needles, possiblyIn, type Resolver } from './specifiers.ts';
import { type Job, openThreads } from './threads.ts';
import { findSources, type SkippedFile } from './tree.ts';

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
  const aliases = readAliases(
    options.map,
    (options.legacyRoots ?? []).map((root) => resolve(cwd, root)),
    holds,
  );
  const sought = needles(options.map).map((needle) => Buffer.from(needle));
  const outcome: { files: CodemodFile[]; skipped: SkippedFile[] } = { files: [], skipped: [...skipped] };
  const threads = openThreads({
    map: options.map,
    ...(options.mockFunctions && { mockFunctions: options.mockFunctions }),
  });
  let waiting: Source[] = [];
  let read = 0;
  let found = 0;
  const settle = async (): Promise<void> => {
    const sources = waiting;
    waiting = [];
    if (sources.length > 0) await finish(sources, await threads.work(sources), cwd, options, outcome.files);
  };
  try {
    for (const path of files) {
      if (options.signal?.aborted) break;
      if (++read % filesPerBreath === 0) {
        options.onProgress?.({ read, of: files.length });
        await new Promise(setImmediate);
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

      const text = bytes.toString('utf8');
      const resolved = resolver && resolvedIn(text, options.map, resolver);
      if (resolved?.size === 0) continue;
      waiting.push({ fileName: path, bytes, text, ...(resolved && { resolved }) });
      if (++found === filesForOneThread) threads.start();
      if (waiting.length === filesAtOnce) await settle();
    }
    await settle();
  } finally {
    await threads.close();
  }
  const interrupted = options.signal?.aborted === true;
  return { ...outcome, read, interrupted, warnings: aliases.warnings };
}

/** A file that may name old modules. */
interface Source extends Job {
  readonly bytes: Buffer;
}

/** How many files are worked on at a time. */
const filesAtOnce = 256;
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

/** The old modules that strings in a text mean, by the strings. */
function resolvedIn(text: string, map: ImportMap, resolver: Resolver): Map<string, string> {
  const resolved = new Map<string, string>();
  for (const { specifier, oldModule } of findMentions(text, map, resolver)) {
    for (const asked of oldModule === undefined ? possiblyIn(specifier, map) : [specifier]) {
      const answer = resolver(asked);
      if (answer !== undefined) resolved.set(asked, answer);
    }
  }
  return resolved;
}

/** Writes what became of files, if it is to be written, and tells it. */
async function finish(
  sources: readonly Source[],
  results: readonly CodemodResult[],
  cwd: string,
  options: CodemodFilesOptions,
  files: CodemodFile[],
): Promise<void> {
  for (const [index, source] of sources.entries()) {
    let result = results[index] as CodemodResult;
    const { fileName, bytes, text: before } = source;
    if (result.changes.length === 0 && result.left.length === 0) continue;
    if (!isUtf8(bytes)) result = leftWhole(result, before, 'not-utf8', 'the file is not in UTF-8');
    if (options.write && result.text !== before) {
      if (options.signal?.aborted) return;
      const { replaceFile } = await import('./replace-file.ts');
      const failed = await replaceFile(fileName, bytes, result.text);
      if (failed) result = leftWhole(result, before, failed.reason, failed.message);
    }
    const { text: after, changes, left } = result;
    const file = { path: relative(cwd, fileName).split(sep).join('/'), changed: after !== before, changes, left };
    files.push(file);
    options.onFile?.(file, { before, after });
  }
}

/** A result of which nothing came: all that would have moved is left, for one reason. */
function leftWhole(result: CodemodResult, text: string, reason: Left['reason'], message: string): CodemodResult {
  const left = result.changes.map(({ line, column, from }) => ({ line, column, from, reason, message }));
  return { text, changes: [], left: [...left, ...result.left] };
}
