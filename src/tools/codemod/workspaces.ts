import { dirname, resolve, sep } from 'node:path';
import { findEntryTargets } from './package-entries.ts';
import type { Package, Packages } from './packages.ts';

/** The packages that contain a legacy root or lie under one: other packages of a workspace import their files by name. */
export interface Workspaces {
  /** The paths that a specifier leads to if it names one of the packages. */
  listPaths(specifier: string): string[];
  /** The name in the nearest `package.json` of a path. */
  packageOf(path: string): string | undefined;
}

/** Finds the packages around and under the legacy roots. `jsonFiles` has the known JSON files of folders. */
export function readWorkspaces(
  packages: Packages,
  legacyRoots: readonly string[],
  jsonFiles: ReadonlyMap<string, readonly string[]>,
): Workspaces {
  let byName: Map<string, Package> | undefined;
  const readNames = (): Map<string, Package> => {
    const visited = [...jsonFiles]
      .filter(([folder, names]) => names.includes('package.json') && isWithinRoot(folder, legacyRoots))
      .map(([folder]) => folder);
    const found = [...legacyRoots, ...visited].flatMap((folder) => packages.findNearest(folder) ?? []);
    return new Map(found.flatMap((each) => (each.name === undefined ? [] : [[each.name, each] as const])));
  };
  return {
    packageOf: (path) => packages.findNearest(dirname(path))?.name,
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
