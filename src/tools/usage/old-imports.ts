import { relative, sep } from 'node:path';
import { assertPeers } from '../../peers.ts';
import { buildImportMap } from '../../registry/import-map.ts';
import { renames } from '../../registry/renames.ts';
import { codemodFiles } from '../codemod/files.ts';

/** A place where a source file imports from an old path, or another file mentions one. */
export interface OldImport {
  /** Relative to the current folder, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What it imports, as in `canonical-models/models/social#SocialAccount`. */
  readonly from: string;
  /** What it would become; undefined if that needs a person, and then `why` explains. */
  readonly to?: string;
  readonly why?: string;
}

/** The old imports under some paths, as `canonical-models codemod --check` lists them. */
export interface OldImports {
  readonly filesRead: number;
  readonly imports: readonly OldImport[];
  /** Files and folders that could not be read, so their imports are unknown. */
  readonly notRead: readonly { readonly file: string; readonly reason: 'unreadable' }[];
  readonly warnings: readonly string[];
}

/** Which files to look through. */
export interface OldImportsOptions {
  readonly paths: readonly string[];
  /** Folders that contain the service's own old modules, such as `src` for `src/models/booking.ts`. */
  readonly legacyRoots?: readonly string[];
  readonly onProgress?: (progress: { readonly read: number; readonly of: number }) => void;
}

/**
 * Lists the old imports that are left under some paths. Nothing is changed.
 *
 * @throws {InvalidInput} if a path does not exist.
 * @throws {NotSetUp} if the peer oxc-parser is missing.
 */
export async function oldImports({ paths, legacyRoots, onProgress }: OldImportsOptions): Promise<OldImports> {
  assertPeers('oxc-parser');
  const { files, read, skipped, warnings } = await codemodFiles({
    map: buildImportMap(renames),
    paths,
    ...(legacyRoots && { legacyRoots }),
    ...(onProgress && { onProgress }),
  });
  const imports = files.flatMap(({ path, changes, left }) =>
    [
      ...changes.map(({ line, column, from, to }): OldImport => ({ file: path, line, column, from, to })),
      ...left.map(({ line, column, from, message }): OldImport => ({ file: path, line, column, from, why: message })),
    ].sort((one, another) => one.line - another.line || one.column - another.column),
  );
  const notRead = skipped.flatMap(({ path, reason }) =>
    reason === 'unreadable' ? [{ file: relative('.', path).split(sep).join('/'), reason }] : [],
  );
  return { filesRead: read, imports, notRead, warnings };
}
