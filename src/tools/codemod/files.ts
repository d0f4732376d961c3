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
 * atomically, or left and said so. Throws `InvalidInput` for a path where nothing is, for a legacy root that is no folder, and for a map
 * whose moves are chained.
 *
 * @example
 * const { files } = await codemodFiles({ map: importMap(renames), paths: ['src'], write: true });
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
      expected: 'the folder in which the old modules stand, as src for src/models/booking.ts',
      next: 'name that folder after --legacy-root',
    }),
  );
  let threads: Threads | undefined;
  try {
    const tree = findSources(options.paths?.length ? options.paths : ['.'], cwd, options.gitignore, (count) => {
      // They start while the rest of the files are found.
      if (count === filesWorthThreads) threads = startThreads();
    });
    return await moveAll(options, { cwd, legacyRoots, tree, threads });
  } finally {
    threads?.end();
  }
}

/** Plans and finishes the files of a tree, in the order of their names. */
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
  const context: PlanningContext = { map, legacyRoots, mockFunctions, jsonFiles: tree.jsonFiles };
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

  /** Batches that are being planned, in the order of their names. */
  const begun: { readonly planning: Promise<Planned>; planned?: Planned }[] = [];
  let told = performance.now();
  for (let from = 0; from < tree.files.length; from += filesPerBatch) {
    interrupted ||= options.signal?.aborted === true;
    if (interrupted) break;
    const paths = tree.files.slice(from, from + filesPerBatch);
    const taken = threads?.take(paths);
    // What a thread leaves behind that ends before its time is done here.
    const batch: (typeof begun)[number] = { planning: taken?.catch(() => planHere(paths)) ?? planHere(paths) };
    begun.push(batch);
    batch.planning.then(
      (planned) => {
        batch.planned = planned;
      },
      () => {},
    );
    if (!taken) await batch.planning;
    // Signals and the answers of threads get their turn.
    await new Promise(setImmediate);
    while (begun[0]?.planned) await finish(begun.shift()?.planned);
    if (performance.now() - told > millisecondsPerProgress) {
      options.onProgress?.({ read, of: tree.files.length });
      told = performance.now();
    }
  }
  for (const { planning } of begun) if (!interrupted) await finish(await planning);
  return { files, skipped, read, interrupted, warnings: [...warnings] };
}

/** How many files are planned at a stretch: few, so that no thread is left with many at the end. */
const filesPerBatch = 24;
/** For how many files other threads are of use: to start one takes as long as to plan a hundred. */
const filesWorthThreads = 200;
/** How long it is between two words of progress. */
const millisecondsPerProgress = 50;

/** The folder at a path, by its real name. */
function getFolder(path: string, words: { object: string; expected: string; next: string }): string {
  if (existsSync(path) && statSync(path).isDirectory()) return realpathSync(path);
  throw new InvalidInput({ ...words, found: existsSync(path) ? 'no folder' : 'nothing there' });
}

/** Writes what became of a file, if it is to be written, and says what really became of it. */
async function writePlanned({ path, bytes, moved }: PlannedFile, write: boolean): Promise<CodemodResult> {
  if (!isUtf8(bytes)) return leaveAll(moved, 'not-utf8', 'the file is not in UTF-8');
  if (!write || moved.edits.length === 0) return moved;
  const { replaceFile } = await import('./replace-file.ts');
  const failed = replaceFile(path, bytes, moved.text);
  return failed ? leaveAll(moved, failed.reason, failed.message) : moved;
}

/** A result of which nothing came: all that would have moved is left, for one reason. */
function leaveAll(moved: CodemodResult, reason: Left['reason'], message: string): CodemodResult {
  const left = moved.changes.map(({ line, column, from }) => ({ line, column, from, reason, message }));
  return { ...moved, edits: [], changes: [], left: [...left, ...moved.left] };
}
