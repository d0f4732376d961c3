import { isUtf8 } from 'node:buffer';
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { ImportMap } from '../../import-map.ts';
import { Failure } from '../failure.ts';
import { readAliases } from './aliases.ts';
import type { Change, CodemodResult, Left } from './codemod.ts';
import type { Edit } from './edits.ts';
import type { MockFunction } from './mocks.ts';
import { rejectChains } from './moved.ts';
import { needles } from './specifiers.ts';
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
  readonly onFile?: (file: CodemodFile, text: { readonly before: string; readonly edits: readonly Edit[] }) => void;
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
  /** How many files were read; those that were skipped are not among them. */
  readonly read: number;
  /** Whether it was stopped before all files were read. */
  readonly interrupted: boolean;
  /** What could not be read beside the files themselves, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Moves the old imports of the files under some paths. Nothing is written without `write`; with it each file is replaced
 * atomically, or left and said so. Throws a `Failure` for a path where nothing is, for a legacy root that is no folder, and for a map
 * whose moves are chained.
 *
 * @example
 * const { files } = await codemodFiles({ map: importMap(renames), paths: ['src'], write: true });
 */
export async function codemodFiles(options: CodemodFilesOptions): Promise<CodemodFilesResult> {
  rejectChains(options.map);
  const cwd = folderAt(resolve(options.cwd ?? '.'), {
    object: options.cwd ?? '.',
    expected: 'the folder that paths are relative to',
    next: 'name a folder as cwd',
  });
  const legacyRoots = (options.legacyRoots ?? []).map((root) =>
    folderAt(resolve(cwd, root), {
      object: root,
      expected: 'the folder in which the old modules stand, as src for src/models/booking.ts',
      next: 'name that folder after --legacy-root',
    }),
  );
  const tree = findSources(options.paths?.length ? options.paths : ['.'], cwd, options.gitignore);
  const { files } = tree;
  const aliases = readAliases(options.map, legacyRoots, tree.holds);
  const sought = needles(options.map).map((needle) => Buffer.from(needle));
  const outcome: { files: CodemodFile[]; skipped: SkippedFile[] } = { files: [], skipped: [...tree.skipped] };
  const common = { map: options.map, ...(options.mockFunctions && { mockFunctions: options.mockFunctions }) };
  let read = 0;
  let interrupted = false;
  let breath = performance.now();
  for (const [index, path] of files.entries()) {
    if (performance.now() - breath > millisecondsPerBreath) {
      options.onProgress?.({ read: index, of: files.length });
      await new Promise(setImmediate);
      breath = performance.now();
    }
    interrupted = options.signal?.aborted === true;
    if (interrupted) break;
    if (aliases.isOldModule(path)) {
      outcome.skipped.push({ path, reason: 'old-module' });
      continue;
    }
    const folder = dirname(path);
    const resolver = aliases.hasOthers(folder) ? aliases.resolverFor(folder) : undefined;
    const bytes = readSource(path, (all) => resolver !== undefined || sought.some((needle) => all.includes(needle)));
    if (typeof bytes === 'string') {
      outcome.skipped.push({ path, reason: bytes });
      continue;
    }
    read++;
    if (bytes === undefined) continue;

    // Loaded when the first file needs it: a tree without old imports is told so at once.
    const { codemod } = await import('./codemod.ts');
    const before = bytes.toString('utf8');
    const moved = codemod(before, { ...common, fileName: path, ...(resolver && { resolve: resolver }) });
    if (moved.changes.length === 0 && moved.left.length === 0) continue;
    const result = await finish(path, bytes, moved, options);
    const { changes, left, edits } = result;
    const file = { path: relative(cwd, path).split(sep).join('/'), changed: edits.length > 0, changes, left };
    outcome.files.push(file);
    options.onFile?.(file, { before, edits });
  }
  return { ...outcome, read, interrupted, warnings: [...tree.warnings, ...aliases.warnings] };
}

/** How long files are worked on before signals and progress get their turn. */
const millisecondsPerBreath = 50;
/** The size from which on a file is taken for one that no person wrote. */
const hugeBytes = 4 * 1024 * 1024;
/** How far into a file a zero byte says that it is no text. */
const binaryBytes = 8192;

/** The folder at a path, by its real name. */
function folderAt(path: string, words: { object: string; expected: string; next: string }): string {
  if (existsSync(path) && statSync(path).isDirectory()) return realpathSync(path);
  throw new Failure({ ...words, found: existsSync(path) ? 'no folder' : 'nothing there', exitCode: 2 });
}

/**
 * The bytes of a source file that may name an old module; nothing where it does not; or why it is none. Files are read one after
 * the other into one place: they are small, and reading them side by side takes longer.
 */
function readSource(path: string, mayName: (bytes: Buffer) => boolean): Buffer | SkippedFile['reason'] | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    let length = 0;
    for (let count = -1; count !== 0; length += count)
      count = readSync(file, place, length, place.length - length, null);
    if (length === place.length) return 'huge';
    const bytes = place.subarray(0, length);
    if (byteOrderMarks.some((mark) => bytes.subarray(0, 2).equals(mark))) return 'utf-16';
    if (!mayName(bytes)) return undefined;
    return bytes.subarray(0, binaryBytes).includes(0) ? 'binary' : Buffer.from(bytes);
  } catch {
    return 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** How a text in UTF-16 begins. */
const byteOrderMarks = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/** Room for one file, and for one byte more than any that a person wrote. */
const place = Buffer.allocUnsafeSlow(hugeBytes + 1);

/** Writes what became of a file, if it is to be written, and says what really became of it. */
async function finish(
  path: string,
  bytes: Buffer,
  moved: CodemodResult,
  options: CodemodFilesOptions,
): Promise<CodemodResult> {
  if (!isUtf8(bytes)) return leftWhole(moved, 'not-utf8', 'the file is not in UTF-8');
  if (!options.write || moved.edits.length === 0) return moved;
  const { replaceFile } = await import('./replace-file.ts');
  const failed = replaceFile(path, bytes, moved.text);
  return failed ? leftWhole(moved, failed.reason, failed.message) : moved;
}

/** A result of which nothing came: all that would have moved is left, for one reason. */
function leftWhole(moved: CodemodResult, reason: Left['reason'], message: string): CodemodResult {
  const left = moved.changes.map(({ line, column, from }) => ({ line, column, from, reason, message }));
  return { ...moved, edits: [], changes: [], left: [...left, ...moved.left] };
}
