import { existsSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { ImportMap } from '../../registry/import-map.ts';
import { createLegacyPaths } from './legacy-paths.ts';
import { findEntryTargets } from './package-entries.ts';
import { createPackageReader, type Package } from './packages.ts';
import type { Left } from './result.ts';
import { createPackageResolver, type Resolver, stripExtension } from './specifiers.ts';
import { mapOfKept } from './targets.ts';
import { noPaths, type PathAliases, readPaths } from './tsconfig-paths.ts';
import { createPackageFinder, isThere } from './unresolved.ts';
import { readWorkspaces } from './workspaces.ts';

/** How the files of a tree name old modules. */
export interface Aliases {
  /** The resolver for the files of a folder. It knows the kept paths, too. */
  resolverFor(folder: string): Resolver;
  /** Whether a file is itself an old module, by its path. */
  isOldModule(file: string): boolean;
  /** The old module that a file in a `__mocks__` folder stands in for, by its path. */
  findMockedModule(file: string): string | undefined;
  /** Whether files of a folder can name an old module in another way than by its package. */
  hasOthers(folder: string): boolean;
  /**
   * Says why nobody knows whether a specifier is an old module, or which one: it leads to a path that several keys have; or it leads
   * nowhere and has the last part of an old module, as an alias that is defined elsewhere or in a file that is not installed.
   *
   * @returns undefined if that is known.
   */
  explainUnresolved(folder: string, specifier: string): Unexplained | undefined;
  /** Configuration files that could not be read, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Finds how files name old modules: by package; by relative paths to an old module under one of the legacy roots; by `paths` and
 * `baseUrl` of the nearest `tsconfig.json` (or `jsconfig.json`) and the files that it extends and references; by `imports` of the
 * nearest `package.json`; and by the names of packages around and under the legacy roots. Legacy roots are absolute. Configuration is
 * read on the first request for a folder; `jsonFiles` has the known JSON files of folders.
 */
export function readAliases(
  map: ImportMap,
  legacyRoots: readonly string[],
  jsonFiles: ReadonlyMap<string, readonly string[]> = new Map(),
): Aliases {
  const named: ImportMap = { version: 1, modules: { ...mapOfKept(map).modules, ...map.modules } };
  const byPackage = createPackageResolver(named);
  const isOld = (module: string | undefined): boolean => module !== undefined && Object.hasOwn(map.modules, module);
  const warnings: string[] = [];
  const packages = createPackageReader(jsonFiles, warnings);
  const workspaces = readWorkspaces(packages, legacyRoots, jsonFiles);
  const legacyPaths = createLegacyPaths(named, legacyRoots, workspaces.packageOf, warnings);
  const configs = new Map<string, PathAliases>();
  const resolvers = new Map<string, Resolver>();

  const atPath = (path: string): string | undefined => {
    const oldModule = legacyPaths.find(path);
    if (oldModule !== undefined) return oldModule;
    const [, packagePath] = /.*\/node_modules\/(.+)$/.exec(path.split(sep).join('/')) ?? [];
    return packagePath === undefined ? undefined : byPackage(packagePath);
  };

  const atName = (specifier: string): string | undefined => {
    const named = byPackage(specifier);
    if (named !== undefined || legacyRoots.length === 0) return named;
    for (const path of workspaces.listPaths(specifier)) {
      const found = atPath(path);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  /** The aliases in the nearest file, from a folder upwards. */
  const configFor = (folder: string): PathAliases => {
    const known = configs.get(folder);
    if (known) return known;
    const name = ['tsconfig.json', 'jsconfig.json'].find(
      (each) => jsonFiles.get(folder)?.includes(each) ?? existsSync(join(folder, each)),
    );
    const above = dirname(folder);
    const found = name
      ? readPaths(join(folder, name), legacyRoots.length > 0, warnings)
      : above === folder
        ? noPaths
        : configFor(above);
    configs.set(folder, found);
    return found;
  };

  const lastParts = new Set(Object.keys(map.modules).map(readLastPart));
  const isPackage = createPackageFinder(packages);
  /** The targets of a `#specifier`, and the folder that they are relative to. */
  const listImports = (folder: string, specifier: string): { target: string; within: string }[] => {
    const nearest = packages.findNearest(folder);
    return nearest
      ? findEntryTargets(nearest.imports, specifier).map((target) => ({ target, within: nearest.folder }))
      : [];
  };
  const listTargets = (folder: string, specifier: string): string[] => {
    if (specifier.startsWith('#')) {
      return listImports(folder, specifier).map(({ target, within }) => resolve(within, target));
    }
    return configFor(folder).matchers.flatMap((matcher) => matcher(specifier));
  };
  /** The paths that a specifier may lead to. */
  const listPaths = (folder: string, specifier: string): string[] => {
    if (legacyRoots.length === 0) return [];
    if (/^\.{1,2}(?:\/|$)/.test(specifier)) return [resolve(folder, specifier)];
    return [...workspaces.listPaths(specifier), ...listTargets(folder, specifier)];
  };

  const resolveIn = (folder: string, specifier: string): string | undefined => {
    if (/^\.{1,2}(?:\/|$)/.test(specifier)) return atPath(resolve(folder, specifier));
    const named = atName(specifier);
    if (named !== undefined) return named;
    for (const { target, within } of specifier.startsWith('#') ? listImports(folder, specifier) : []) {
      const found = target.startsWith('.') ? atPath(resolve(within, target)) : atName(target);
      if (found !== undefined) return found;
    }
    for (const matcher of configFor(folder).matchers) {
      for (const path of matcher(specifier)) {
        const found = atPath(path);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };

  return {
    warnings,
    isOldModule: (file) => legacyRoots.length > 0 && !file.includes(`${sep}node_modules${sep}`) && isOld(atPath(file)),
    findMockedModule(file) {
      const [, beside = '', within] = /^(.*)[\\/]__mocks__[\\/](.+)$/.exec(file) ?? [];
      if (within === undefined) return undefined;
      const module = byPackage(within.split(sep).join('/')) ?? atPath(join(beside, within));
      return isOld(module) ? module : undefined;
    },
    hasOthers: (folder) =>
      importsPackages(packages.findNearest(folder)) ||
      legacyRoots.length > 0 ||
      configFor(folder).reachPackages ||
      !configFor(folder).isWhole,
    explainUnresolved(folder, specifier) {
      if (resolveIn(folder, specifier) !== undefined) return undefined;
      const candidates = listPaths(folder, specifier).map((path) => legacyPaths.listCandidates(path));
      const several = candidates.find((keys) => keys.some(isOld));
      if (several) {
        const message = `it may be ${several.join(' or ')}: the name in the package.json nearest to the file that it leads to decides`;
        return { reason: 'ambiguous-path', message };
      }
      if (!lastParts.has(readLastPart(specifier)) || /^(?:[./]|[a-z][a-z+.-]*:)/i.test(specifier)) return undefined;
      if (isPackage(folder, specifier) || listTargets(folder, specifier).some(isThere)) return undefined;
      const message = 'no file, alias or package of this name was found, and it may be an old module';
      return { reason: 'unresolved', message };
    },
    resolverFor(folder) {
      const known = resolvers.get(folder);
      if (known) return known;
      const answers = new Map<string, string | undefined>();
      const resolver: Resolver = (specifier) => {
        if (answers.has(specifier)) return answers.get(specifier);
        // Data files may hold any number of strings.
        if (answers.size === mostAnswers) answers.clear();
        const answer = resolveIn(folder, specifier);
        // A copy: a part of a text would keep the whole text in memory.
        answers.set(Buffer.from(specifier).toString(), answer);
        return answer;
      };
      resolvers.set(folder, resolver);
      return resolver;
    },
  };
}

/** Why nobody knows what a specifier means. */
export type Unexplained = Pick<Left, 'reason' | 'message'>;

/** The last part of a specifier, without what marks an alias. */
function readLastPart(specifier: string): string {
  return stripExtension(specifier)
    .replace(/^.*\//, '')
    .replace(/^[@~#$]/, '');
}

/** How many specifiers are remembered for a folder. */
const mostAnswers = 10_000;

/** Whether an entry of a package's `imports` leads into another package. */
function importsPackages(found: Package | undefined): boolean {
  return found?.imports.some(([, targets]) => targets.some((target) => !target.startsWith('.'))) ?? false;
}
