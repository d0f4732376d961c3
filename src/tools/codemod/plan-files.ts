import { closeSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ImportMap } from '../../registry/import-map.ts';
import { type Aliases, readAliases, type Unexplained } from './aliases.ts';
import { binaryBytes, detectUtf16, lookThrough } from './look-through.ts';
import type { MockFunction } from './mock-functions.ts';
import type { CodemodResult, Left, LeftReason } from './result.ts';
import { listNeedles, listPackages } from './specifiers.ts';
import { isSource } from './syntax.ts';
import { mapOfKept } from './targets.ts';
import type { SkippedFile } from './tree.ts';

/** What planning needs, in a form that can be sent to another thread. */
export interface PlanningContext {
  readonly map: ImportMap;
  /** Absolute. */
  readonly legacyRoots: readonly string[];
  /** Functions of test runners that take a module's path. Default: `mockFunctions`. */
  readonly mockFunctions: readonly MockFunction[] | undefined;
  /** The JSON files of each visited folder, which may define aliases for its source files. */
  readonly jsonFiles: ReadonlyMap<string, readonly string[]>;
  /** The symbolic link that leads to a file outside of the paths, by the file. */
  readonly links: ReadonlyMap<string, string>;
}

/** A file in which an import will move or is left for a person. */
export interface PlannedFile {
  /** Absolute. */
  readonly path: string;
  /** Empty if the file was only looked through. */
  readonly bytes: Buffer;
  readonly moved: CodemodResult;
}

/** The plan for some files. */
export interface Planned {
  /** How many were read as source. */
  readonly read: number;
  readonly files: readonly PlannedFile[];
  readonly skipped: readonly SkippedFile[];
  /** Configuration files that could not be read, one sentence each; each is reported once. */
  readonly warnings: readonly string[];
}

/**
 * Creates a function that reads files and plans the moves of those that name old modules. Files are read one after the other into
 * one buffer: they are small, and reading them concurrently takes longer. Files that are not sources are looked through for what
 * they leave.
 */
export function createPlanner(context: PlanningContext): (paths: readonly string[]) => Promise<Planned> {
  const { map, legacyRoots, mockFunctions, links } = context;
  const aliases = readAliases(map, legacyRoots, context.jsonFiles);
  // A version stands between the package and its path.
  const needles = [...listNeedles(map), ...listNeedles(mapOfKept(map)), ...listPackages(map).map((name) => `${name}@`)];
  const sought = needles.map((needle) => Buffer.from(needle));
  let warned = 0;
  return async (paths) => {
    const files: PlannedFile[] = [];
    const skipped: SkippedFile[] = [];
    let read = 0;
    for (const path of paths) {
      if (aliases.isOldModule(path)) {
        skipped.push({ path, reason: 'old-module' });
        continue;
      }
      const folder = dirname(path);
      const resolve = aliases.hasOthers(folder) ? aliases.resolverFor(folder) : undefined;
      const explain = (specifier: string): Unexplained | undefined => aliases.explainUnresolved(folder, specifier);
      const isUnresolved = resolve && ((specifier: string): boolean => explain(specifier) !== undefined);
      const byPlace = listManualMock(aliases, path);
      const leaveAll = (reason: LeftReason, message: string): void => {
        const lines = lookThrough(path, map, resolve, isUnresolved);
        if (!lines) skipped.push({ path, reason: 'unreadable' });
        const left = [...byPlace, ...(lines ?? []).map((line): Left => ({ ...line, reason, message }))];
        if (left.length > 0) files.push(buildUnmoved(path, left));
      };

      const link = links.get(path);
      if (link !== undefined) {
        leaveAll('symbolic-link', `it is outside of the paths, and the symbolic link ${link} leads to it`);
        continue;
      }
      if (!isSource(path)) {
        leaveAll('not-source', 'the file is neither JavaScript nor TypeScript');
        continue;
      }
      const bytes = readSource(path, (all) => resolve !== undefined || sought.some((needle) => all.includes(needle)));
      if (typeof bytes === 'string') {
        skipped.push({ path, reason: bytes });
        if (bytes === 'huge') leaveAll('huge', 'the file is too large to be written by hand');
        if (bytes === 'utf-16') leaveAll('not-utf8', 'the file is in UTF-16');
        continue;
      }
      read++;
      if (bytes === undefined) {
        if (byPlace.length > 0) files.push(buildUnmoved(path, byPlace));
        continue;
      }

      // Loaded for the first file that needs it, so that a tree without old imports is done at once.
      const { codemod, listUnresolved } = await import('./codemod.ts');
      const options = { map, fileName: path, ...(mockFunctions && { mockFunctions }), ...(resolve && { resolve }) };
      const text = bytes.toString('utf8');
      const moved = codemod(text, options);
      const isListed = ({ line, column }: Left): boolean =>
        moved.left.some((each) => each.line === line && each.column === column);
      const nowhere = resolve ? listUnresolved(text, options, explain).filter((each) => !isListed(each)) : [];
      const left = [...byPlace, ...moved.left, ...nowhere].sort(
        (one, other) => one.line - other.line || one.column - other.column,
      );
      if (moved.changes.length > 0 || left.length > 0) files.push({ path, bytes, moved: { ...moved, left } });
    }
    const warnings = aliases.warnings.slice(warned);
    warned = aliases.warnings.length;
    return { files, skipped, warnings, read };
  };
}

/** A file that is not moved, with what it leaves. */
function buildUnmoved(path: string, left: readonly Left[]): PlannedFile {
  return { path, bytes: Buffer.alloc(0), moved: { text: '', edits: [], changes: [], left } };
}

/** Leaves a file that stands in for an old module in tests by its place: moved imports no longer find it. */
function listManualMock(aliases: Aliases, path: string): Left[] {
  const from = aliases.findMockedModule(path);
  if (from === undefined) return [];
  const message = 'the file is a manual mock of the module by its place';
  return [{ line: 1, column: 1, from, reason: 'manual-mock', message }];
}

/** Files from this size on count as generated. */
const hugeBytes = 4 * 1024 * 1024;

/** Reads a source file: its bytes, `undefined` if it names no old module, or the reason why it is skipped. */
function readSource(path: string, mayName: (bytes: Buffer) => boolean): Buffer | SkippedFile['reason'] | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    let length = 0;
    for (let count = -1; count !== 0; length += count)
      count = readSync(file, place, length, place.length - length, null);
    if (length === place.length) return 'huge';
    const bytes = place.subarray(0, length);
    if (detectUtf16(bytes)) return 'utf-16';
    if (!mayName(bytes)) return undefined;
    return bytes.subarray(0, binaryBytes).includes(0) ? 'binary' : Buffer.from(bytes);
  } catch {
    return 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Room for the largest file that is read, and one byte more. */
const place = Buffer.allocUnsafeSlow(hugeBytes + 1);
