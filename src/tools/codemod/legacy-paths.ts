import { relative, sep } from 'node:path';
import type { ImportMap } from '../../registry/import-map.ts';
import { stripExtension } from './specifiers.ts';

/** The old modules that paths mean by where they are under a legacy root. */
export interface LegacyPaths {
  /** The old module that a path means; undefined if there is none, or if it may be several. */
  find(path: string): string | undefined;
  /** The old modules that a path may be, if there are several and nothing decides between them; otherwise none. */
  listCandidates(path: string): readonly string[];
}

/**
 * Finds the old module at a path under one of the legacy roots: the one whose key is that path, or whose
 * key without the package's name is. Of several such keys, the one of the package that the path belongs to counts.
 *
 * @param packageOf The name in the `package.json` that a path belongs to.
 */
export function createLegacyPaths(
  map: ImportMap,
  roots: readonly string[],
  packageOf: (path: string) => string | undefined,
  warnings: string[],
): LegacyPaths {
  const keys = new Set<string>();
  const packages = new Set<string>();
  const byPath = new Map<string, { readonly key: string; readonly packageName: string }[]>();
  for (const key of Object.keys(map.modules)) {
    const [, packageName = key, within] = /^((?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(key) ?? [];
    packages.add(packageName);
    // A key that is a package's name does not mean a path: a file of that name is another module.
    if (within === undefined) continue;
    keys.add(key);
    byPath.set(within, [...(byPath.get(within) ?? []), { key, packageName }]);
  }
  const warned = new Set<string>();

  /** The old modules that a path may be. */
  const listKeys = (path: string, within: string): readonly string[] => {
    if (keys.has(within)) return [within];
    const candidates = byPath.get(within) ?? [];
    const own = packages.size > 1 && candidates.length > 0 ? packageOf(path) : undefined;
    const isOwn = own !== undefined && packages.has(own);
    return (isOwn ? candidates.filter(({ packageName }) => packageName === own) : candidates).map(({ key }) => key);
  };
  /** The same under the roots: those of a root under which there is one, or else of the first under which there are several. */
  const listUnderRoots = (plain: string): readonly string[] => {
    const found = roots.map((root) => listKeys(plain, relative(root, plain).split(sep).join('/')));
    return found.find(({ length }) => length === 1) ?? found.find(({ length }) => length > 1) ?? [];
  };

  return {
    find(path) {
      const plain = stripExtension(path);
      const all = listUnderRoots(plain);
      if (all.length < 2) return all[0];
      if (!warned.has(plain)) {
        warned.add(plain);
        const names = all.join(' or ');
        warnings.push(
          `${plain} may be ${names}, so imports of it are left: the name in the nearest package.json decides`,
        );
      }
      return undefined;
    },
    listCandidates(path) {
      const all = listUnderRoots(stripExtension(path));
      return all.length > 1 ? all : [];
    },
  };
}
