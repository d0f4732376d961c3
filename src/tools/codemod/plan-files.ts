import { closeSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ImportMap } from '../../registry/import-map.ts';
import { readAliases } from './aliases.ts';
import type { MockFunction } from './mock-functions.ts';
import type { CodemodResult } from './result.ts';
import { listNeedles } from './specifiers.ts';
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
}

/** A file in which an import will move or is left for a person. */
export interface PlannedFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly moved: CodemodResult;
}

/** The plan for some files. */
export interface Planned {
  /** How many were read, without the skipped ones. */
  readonly read: number;
  readonly files: readonly PlannedFile[];
  readonly skipped: readonly SkippedFile[];
  /** Configuration files that could not be read, one sentence each; each is reported once. */
  readonly warnings: readonly string[];
}

/**
 * Creates a function that reads files and plans the moves of those that name old modules. Files are read one after the other into
 * one buffer: they are small, and reading them concurrently takes longer.
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

      // Loaded for the first file that needs it, so that a tree without old imports is done at once.
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

/** Files from this size on count as generated. */
const hugeBytes = 4 * 1024 * 1024;
/** A zero byte within this many first bytes means that a file is binary. */
const binaryBytes = 8192;

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
    if (byteOrderMarks.some((mark) => bytes.subarray(0, 2).equals(mark))) return 'utf-16';
    if (!mayName(bytes)) return undefined;
    return bytes.subarray(0, binaryBytes).includes(0) ? 'binary' : Buffer.from(bytes);
  } catch {
    return 'unreadable';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The byte order marks of UTF-16. */
const byteOrderMarks = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/** Room for the largest file that is read, and one byte more. */
const place = Buffer.allocUnsafeSlow(hugeBytes + 1);
