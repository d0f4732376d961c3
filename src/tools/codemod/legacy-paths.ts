import { relative, sep } from 'node:path';
import type { ImportMap } from '../../registry/import-map.ts';
import { stripExtension } from './specifiers.ts';

/** Finds the old module that a path means, by where it is under a legacy root. */
export type LegacyPaths = (path: string) => string | undefined;

/**
 * Creates a function that finds the old module at a path under one of the legacy roots: the one whose key is that path, or whose
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

  const choose = (path: string, within: string): string | undefined => {
    if (keys.has(within)) return within;
    const candidates = byPath.get(within) ?? [];
    const [first, ...others] = candidates;
    if (!first || packages.size === 1) return first?.key;
    const own = packageOf(path);
    if (own !== undefined && packages.has(own)) return candidates.find(({ packageName }) => packageName === own)?.key;
    if (others.length === 0) return first.key;
    if (!warned.has(path)) {
      const names = candidates.map(({ key }) => key).join(' or ');
      warned.add(path);
      warnings.push(`${path} may be ${names}, so imports of it are left: the name in the nearest package.json decides`);
    }
    return undefined;
  };

  return (path) => {
    const plain = stripExtension(path);
    for (const root of roots) {
      const found = choose(plain, relative(root, plain).split(sep).join('/'));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
