import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { ImportMap } from '../../import-map.ts';
import { readAliases } from './aliases.ts';
import type { Change, CodemodResult, Left } from './codemod.ts';
import type { MockFunction } from './mocks.ts';
import { rejectChains } from './moved.ts';
import { replaceFile } from './replace-file.ts';
import { needles, type Resolver } from './specifiers.ts';
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
  const { files, skipped } = findSources(options.paths?.length ? options.paths : ['.'], cwd, options.gitignore);
  const aliases = await readAliases(
    options.map,
    (options.legacyRoots ?? []).map((root) => resolve(cwd, root)),
  );
  const sought = needles(options.map).map((needle) => Buffer.from(needle));
  const outcome: { files: CodemodFile[]; skipped: SkippedFile[] } = { files: [], skipped: [...skipped] };
  const pending: Promise<(() => void) | undefined>[] = [];
  const settleOldest = async (): Promise<void> => (await pending.shift())?.();

  let read = 0;
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
    const bytes = readSource(path);
    if (typeof bytes === 'string') {
      outcome.skipped.push({ path, reason: bytes });
      continue;
    }
    const folder = dirname(path);
    if (!aliases.hasOthers(folder) && !sought.some((needle) => bytes.includes(needle))) continue;
    const resolver = aliases.hasOthers(folder) ? aliases.resolverFor(folder) : undefined;
    pending.push(moveFile(path, bytes, resolver, cwd, options, outcome.files));
    if (pending.length >= filesAtOnce) await settleOldest();
  }
  while (pending.length > 0) await settleOldest();

  const interrupted = options.signal?.aborted === true;
  return { ...outcome, read, interrupted, warnings: aliases.warnings };
}

/** How many files are parsed or written at a time. */
const filesAtOnce = 16;
/** After how many files signals and progress get their turn. */
const filesPerBreath = 200;
/** The size from which on a file is taken for one that no person wrote. */
const hugeBytes = 4 * 1024 * 1024;
/** How far into a file a zero byte says that it is no text. */
const binaryBytes = 8192;

/** The bytes of a source file, or why it is not one. Reading at once is faster here than reading side by side: files are small. */
function readSource(path: string): Buffer | SkippedFile['reason'] {
  try {
    if (statSync(path).size > hugeBytes) return 'huge';
    const bytes = readFileSync(path);
    return bytes.subarray(0, binaryBytes).includes(0) ? 'binary' : bytes;
  } catch {
    return 'unreadable';
  }
}

/** Moves the imports of one file. What comes of it is noted when its turn comes. */
async function moveFile(
  path: string,
  bytes: Buffer,
  resolver: Resolver | undefined,
  cwd: string,
  options: CodemodFilesOptions,
  files: CodemodFile[],
): Promise<(() => void) | undefined> {
  const before = bytes.toString('utf8');
  let result = await movedText(path, before, resolver, options);
  if (result.changes.length === 0 && result.left.length === 0) return undefined;
  if (!isUtf8(bytes)) result = leftWhole(result, before, 'not-utf8', 'the file is not in UTF-8');
  if (options.write && result.text !== before) {
    const failed = options.signal?.aborted ? undefined : await replaceFile(path, bytes, result.text);
    if (options.signal?.aborted && failed === undefined) return undefined;
    if (failed) result = leftWhole(result, before, failed.reason, failed.message);
  }
  const { changes, left } = result;
  const file = {
    path: relative(cwd, path).split(sep).join('/'),
    changed: result.text !== before,
    changes,
    left,
  };
  return () => {
    files.push(file);
    options.onFile?.(file, { before, after: result.text });
  };
}

/** The codemod on one text, with the parsing done beside. */
async function movedText(
  path: string,
  text: string,
  resolver: Resolver | undefined,
  { map, mockFunctions }: CodemodFilesOptions,
): Promise<CodemodResult> {
  // Loaded when the first file needs it: a tree without old imports is told so at once.
  const [{ codemodSteps }, { parse }] = await Promise.all([import('./codemod.ts'), import('oxc-parser')]);
  const steps = codemodSteps(text, {
    fileName: path,
    map,
    ...(resolver && { resolve: resolver }),
    ...(mockFunctions && { mockFunctions }),
  });
  let step = steps.next();
  while (!step.done) {
    const reading = step.value;
    step = steps.next(await parse(reading.fileName, reading.text, reading.options));
  }
  return step.value;
}

/** A result of which nothing came: all that would have moved is left, for one reason. */
function leftWhole(result: CodemodResult, text: string, reason: Left['reason'], message: string): CodemodResult {
  const left = result.changes.map(({ line, column, from }) => ({ line, column, from, reason, message }));
  return { text, changes: [], left: [...left, ...result.left] };
}
