import { isUtf8 } from 'node:buffer';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { InvalidInput } from '../../errors.ts';
import type { ImportMap } from '../../registry/import-map.ts';
import type { Edit } from './edits.ts';
import type { MockFunction } from './mock-functions.ts';
import { createPlanner, type Planned, type PlannedFile, type PlanningContext } from './plan-files.ts';
import type { Change, CodemodResult, Left } from './result.ts';
import { rejectChains } from './targets.ts';
import { startThreads, type Threads } from './threads.ts';
import { findSources, type SkippedFile, type SourceTree } from './tree.ts';

/** Which files to rewrite, and how. */
export interface CodemodFilesOptions {
  /** The new place of each old import. */
  readonly map: ImportMap;
  /** Files and folders. Default: the current folder. */
  readonly paths?: readonly string[];
  /** The folder that paths are relative to. Default: the current folder. */
  readonly cwd?: string;
  /** Whether to change files. Default: false. */
  readonly write?: boolean;
  /** Folders with the service's own old modules, as `src` for `src/models/booking.ts`. */
  readonly legacyRoots?: readonly string[];
  /** Functions of test runners that take a module's path. Default: `mockFunctions`. */
  readonly mockFunctions?: readonly MockFunction[];
  /** Whether `.gitignore` files apply. Default: true. */
  readonly gitignore?: boolean;
  /** Patterns of files and folders to leave out, as lines of a `.gitignore` in `cwd`. */
  readonly exclude?: readonly string[];
  /** Stops the work after the file that is being replaced. */
  readonly signal?: AbortSignal;
  /** Called for each file in which an import was moved or left, in name order; `before` is empty if it was only looked through. */
  readonly onFile?: (file: CodemodFile, text: { readonly before: string; readonly edits: readonly Edit[] }) => void;
  /** Called at most every 50 ms. */
  readonly onProgress?: (progress: { readonly read: number; readonly of: number }) => void;
}

/** A file in which an import was moved or left. */
export interface CodemodFile {
  /** Relative to `cwd`, with forward slashes. */
  readonly path: string;
  /** Whether the file was changed, or would be with `write`. */
  readonly changed: boolean;
  readonly changes: readonly Change[];
  readonly left: readonly Left[];
}

/** The result for all files. */
export interface CodemodFilesResult {
  readonly files: readonly CodemodFile[];
  readonly skipped: readonly SkippedFile[];
  /** How many source files were read, without the skipped ones. */
  readonly read: number;
  /** Whether it was stopped before the last file. */
  readonly interrupted: boolean;
  /** Configuration files that could not be read, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Moves the old imports of all source files at and under some paths, and lists what other text files mention of old modules. With `write` each file is replaced atomically, or left with
 * the reason in `left`.
 *
 * @throws {InvalidInput} if a path does not exist, a legacy root is not a folder, or a move of the map leads to another old module.
 *
 * @example
 * const { files } = await codemodFiles({ map: buildImportMap(renames), paths: ['src'], write: true });
 */
export async function codemodFiles(options: CodemodFilesOptions): Promise<CodemodFilesResult> {
  rejectChains(options.map);
  const cwd = getFolder(resolve(options.cwd ?? '.'), {
    object: options.cwd ?? '.',
    expected: 'the folder that paths are relative to',
    next: 'name a folder as cwd',
  });
  const legacyRoots = (options.legacyRoots ?? []).map((root) =>
    getFolder(resolve(cwd, root), {
      object: root,
      expected: 'the folder with the old modules, as src for src/models/booking.ts',
      next: 'name that folder after --legacy-root',
    }),
  );
  let threads: Threads | undefined;
  try {
    const tree = findSources(options.paths?.length ? options.paths : ['.'], cwd, {
      gitignore: options.gitignore,
      exclude: options.exclude,
      onFile: (count) => {
        // They start while the remaining files are found.
        if (count === filesWorthThreads) threads = startThreads();
      },
    });
    return await moveAll(options, { cwd, legacyRoots, tree, threads });
  } finally {
    threads?.end();
  }
}

/** Plans and finishes the files of a tree, in name order. */
async function moveAll(
  options: CodemodFilesOptions,
  {
    cwd,
    legacyRoots,
    tree,
    threads,
  }: { cwd: string; legacyRoots: string[]; tree: SourceTree; threads?: Threads | undefined },
): Promise<CodemodFilesResult> {
  const { map, mockFunctions } = options;
  const context: PlanningContext = { map, legacyRoots, mockFunctions, jsonFiles: tree.jsonFiles, links: tree.links };
  const all = [...tree.files, ...tree.others].sort();
  threads?.begin(context);
  const planHere = createPlanner(context);
  const files: CodemodFile[] = [];
  const skipped: SkippedFile[] = [...tree.skipped];
  const warnings = new Set(tree.warnings);
  let read = 0;

  let interrupted = false;
  const finish = async (planned: Planned | undefined): Promise<void> => {
    for (const warning of planned?.warnings ?? []) warnings.add(warning);
    skipped.push(...(planned?.skipped ?? []));
    read += planned?.read ?? 0;
    for (const each of planned?.files ?? []) {
      interrupted ||= options.signal?.aborted === true;
      if (interrupted) return;
      const { changes, left, edits } = await writePlanned(each, options.write === true);
      const path = relative(cwd, each.path).split(sep).join('/');
      const file = { path, changed: edits.length > 0, changes, left };
      files.push(file);
      options.onFile?.(file, { before: each.bytes.toString('utf8'), edits });
    }
  };

  /** Batches that are being planned, in name order. */
  const begun: { readonly planning: Promise<Planned>; planned?: Planned }[] = [];
  let told = performance.now();
  for (let from = 0; from < all.length; from += filesPerBatch) {
    interrupted ||= options.signal?.aborted === true;
    if (interrupted) break;
    const paths = all.slice(from, from + filesPerBatch);
    const taken = threads?.take(paths);
    // If a thread ends early, its batch is planned here.
    const batch: (typeof begun)[number] = { planning: taken?.catch(() => planHere(paths)) ?? planHere(paths) };
    begun.push(batch);
    batch.planning.then(
      (planned) => {
        batch.planned = planned;
      },
      () => {},
    );
    if (!taken) await batch.planning;
    // Lets signals and messages of threads be handled.
    await new Promise(setImmediate);
    while (begun[0]?.planned) await finish(begun.shift()?.planned);
    if (performance.now() - told > millisecondsPerProgress) {
      options.onProgress?.({ read, of: all.length });
      told = performance.now();
    }
  }
  for (const { planning } of begun) if (!interrupted) await finish(await planning);
  return { files, skipped, read, interrupted, warnings: [...warnings] };
}

/** How many files a batch has: few, so that the threads finish at about the same time. */
const filesPerBatch = 24;
/** From how many files on threads are worth it: starting one takes as long as planning a hundred files. */
const filesWorthThreads = 200;
/** The time between two calls of `onProgress`. */
const millisecondsPerProgress = 50;

/** The real path of a folder. */
function getFolder(path: string, words: { object: string; expected: string; next: string }): string {
  if (existsSync(path) && statSync(path).isDirectory()) return realpathSync(path);
  throw new InvalidInput({ ...words, found: existsSync(path) ? 'a file' : 'nothing there' });
}

/** Writes the new text of a file if asked to, and returns the result; if the file cannot be replaced, every move becomes `left`. */
async function writePlanned({ path, bytes, moved }: PlannedFile, write: boolean): Promise<CodemodResult> {
  if (!isUtf8(bytes)) return leaveAll(moved, 'not-utf8', 'the file is not in UTF-8');
  if (!write || moved.edits.length === 0) return moved;
  const { replaceFile } = await import('./replace-file.ts');
  const failed = replaceFile(path, bytes, moved.text);
  return failed ? leaveAll(moved, failed.reason, failed.message) : moved;
}

/** Turns every move of a result into `left`, for one reason. */
function leaveAll(moved: CodemodResult, reason: Left['reason'], message: string): CodemodResult {
  const left = moved.changes.map(({ line, column, from }) => ({ line, column, from, reason, message }));
  return { ...moved, edits: [], changes: [], left: [...left, ...moved.left] };
}
