import { closeSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ImportMap } from '../../registry/import-map.ts';
import { readAliases } from './aliases.ts';
import type { MockFunction } from './mock-functions.ts';
import type { CodemodResult } from './result.ts';
import { listNeedles } from './specifiers.ts';
import type { SkippedFile } from './tree.ts';

/** What has to be known to plan the moves of files. Any thread can be told of it. */
export interface PlanningContext {
  readonly map: ImportMap;
  /** Absolute. */
  readonly legacyRoots: readonly string[];
  /** Functions of test runners that take a module's path; those that are known where not given. */
  readonly mockFunctions: readonly MockFunction[] | undefined;
  /** Of each folder that was walked, the JSON files in it, which may say how its source files name modules. */
  readonly jsonFiles: ReadonlyMap<string, readonly string[]>;
}

/** A file of which something is to move or is left for a person. */
export interface PlannedFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly moved: CodemodResult;
}

/** What came of some files. */
export interface Planned {
  /** How many were read; those that were skipped are not among them. */
  readonly read: number;
  readonly files: readonly PlannedFile[];
  readonly skipped: readonly SkippedFile[];
  /** What could not be read beside the files themselves, in sentences; said once. */
  readonly warnings: readonly string[];
}

/**
 * Reads files and plans the moves of those that name old modules. Files are read one after the other into one place: they are small,
 * and reading them side by side takes longer.
 */
export function createPlanner(context: PlanningContext): (paths: readonly string[]) => Promise<Planned> {
  const { map, legacyRoots, mockFunctions } = context;
  const aliases = readAliases(map, legacyRoots, context.jsonFiles);
  const sought = listNeedles(map).map((needle) => Buffer.from(needle));
  let warned = 0;
  return async (paths) => {
    const files: PlannedFile[] = [];
    const skipped: SkippedFile[] = [];
    for (const path of paths) {
      if (aliases.isOldModule(path)) {
        skipped.push({ path, reason: 'old-module' });
        continue;
      }
      const folder = dirname(path);
      const resolve = aliases.hasOthers(folder) ? aliases.resolverFor(folder) : undefined;
      const bytes = readSource(path, (all) => resolve !== undefined || sought.some((needle) => all.includes(needle)));
      if (typeof bytes === 'string') skipped.push({ path, reason: bytes });
      if (typeof bytes === 'string' || bytes === undefined) continue;

      // Loaded when the first file needs it: a tree without old imports is told so at once.
      const { codemod } = await import('./codemod.ts');
      const options = { map, fileName: path, ...(mockFunctions && { mockFunctions }), ...(resolve && { resolve }) };
      const moved = codemod(bytes.toString('utf8'), options);
      if (moved.changes.length > 0 || moved.left.length > 0) files.push({ path, bytes, moved });
    }
    const warnings = aliases.warnings.slice(warned);
    warned = aliases.warnings.length;
    return { files, skipped, warnings, read: paths.length - skipped.length };
  };
}

/** The size from which on a file is taken for one that no person wrote. */
const hugeBytes = 4 * 1024 * 1024;
/** How far into a file a zero byte says that it is no text. */
const binaryBytes = 8192;

/** The bytes of a source file that may name an old module; nothing where it does not; or why it is none. */
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
