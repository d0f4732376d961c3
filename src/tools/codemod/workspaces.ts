import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { findEntryTargets, type PackageEntries, readEntries } from './package-entries.ts';

/** The packages that contain a legacy root or lie under one: other packages of a workspace import their files by name. */
export interface Workspaces {
  /** The paths that a specifier leads to if it names one of the packages. */
  listPaths(specifier: string): string[];
  /** The name in the nearest `package.json` of a path. */
  packageOf(path: string): string | undefined;
}

interface WorkspacePackage {
  readonly name?: string;
  readonly folder: string;
  /** Undefined if every file can be imported. */
  readonly exports?: PackageEntries;
  /** The files that the package's name may mean without `exports`. */
  readonly main: readonly string[];
}

/** Finds the packages around and under the legacy roots. `jsonFiles` has the known JSON files of folders. */
export function readWorkspaces(
  legacyRoots: readonly string[],
  jsonFiles: ReadonlyMap<string, readonly string[]>,
): Workspaces {
  const known = new Map<string, WorkspacePackage | undefined>();
  const nearest = (folder: string): WorkspacePackage | undefined => {
    if (known.has(folder)) return known.get(folder);
    const file = join(folder, 'package.json');
    const above = dirname(folder);
    const found = existsSync(file) ? readPackage(file) : above === folder ? undefined : nearest(above);
    known.set(folder, found);
    return found;
  };
  let byName: Map<string, WorkspacePackage> | undefined;
  const readNames = (): Map<string, WorkspacePackage> => {
    const visited = [...jsonFiles]
      .filter(([folder, names]) => names.includes('package.json') && isWithinRoot(folder, legacyRoots))
      .map(([folder]) => folder);
    const packages = [...legacyRoots, ...visited].flatMap((folder) => nearest(folder) ?? []);
    return new Map(packages.flatMap((each) => (each.name === undefined ? [] : [[each.name, each] as const])));
  };
  return {
    packageOf: (path) => nearest(dirname(path))?.name,
    listPaths(specifier) {
      const [, name = '', within] = /^((?:@[^/]+\/)?[^/.#@][^/]*)(?:\/(.+))?$/.exec(specifier) ?? [];
      byName ??= readNames();
      const found = byName.get(name);
      if (!found) return [];
      const { folder, exports, main } = found;
      const targets = exports
        ? findEntryTargets(exports, within === undefined ? '.' : `./${within}`)
        : within === undefined
          ? main
          : [within];
      return targets.map((target) => resolve(folder, target));
    },
  };
}

function isWithinRoot(folder: string, roots: readonly string[]): boolean {
  return roots.some((root) => folder.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** Reads a `package.json`; one that is broken has no name, and is reported where its `imports` are read. */
function readPackage(file: string): WorkspacePackage {
  const folder = dirname(file);
  try {
    const fields = (JSON.parse(readFileSync(file, 'utf8')) ?? {}) as { readonly [name: string]: unknown };
    const main = ['main', 'module', 'types'].flatMap((field) => {
      const target = fields[field];
      return typeof target === 'string' ? [target] : [];
    });
    return {
      folder,
      main: main.length > 0 ? main : ['index'],
      ...(typeof fields['name'] === 'string' && { name: fields['name'] }),
      ...(fields['exports'] !== undefined && { exports: readEntries(fields['exports']) }),
    };
  } catch {
    return { folder, main: [] };
  }
}
