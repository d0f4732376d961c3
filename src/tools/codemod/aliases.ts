import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { ImportMap } from '../../registry/import-map.ts';
import { packageResolver, type Resolver, stripExtension } from './specifiers.ts';
import { getOwn, mapOfKept } from './targets.ts';
import { describeUnreadable, noPaths, type PathAliases, readPaths } from './tsconfig-paths.ts';
import { createPackageFinder, isThere } from './unresolved.ts';

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
   * Whether a specifier leads nowhere, and may be an old module by its last part: an alias that is defined elsewhere, or in a
   * configuration file that is not installed.
   */
  isUnresolved(folder: string, specifier: string): boolean;
  /** Configuration files that could not be read, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Finds how files name old modules: by package; by relative paths to an old module under one of the legacy roots; by `paths` and
 * `baseUrl` of the nearest `tsconfig.json` (or `jsconfig.json`) and the files that it extends and references; and by `imports` of
 * the nearest `package.json`. Legacy roots are absolute. Configuration is read on the first request for a folder; `jsonFiles` has
 * the known JSON files of folders.
 */
export function readAliases(
  map: ImportMap,
  legacyRoots: readonly string[],
  jsonFiles: ReadonlyMap<string, readonly string[]> = new Map(),
): Aliases {
  const named: ImportMap = { version: 1, modules: { ...mapOfKept(map).modules, ...map.modules } };
  const byPackage = packageResolver(named);
  const byPath = indexByPath(named);
  const isOld = (module: string | undefined): boolean => module !== undefined && Object.hasOwn(map.modules, module);
  const warnings: string[] = [];
  const configs = new Map<string, PathAliases>();
  const packages = new Map<string, PackageImports>();
  const resolvers = new Map<string, Resolver>();

  const atPath = (path: string): string | undefined => {
    for (const root of legacyRoots) {
      const within = relative(root, path).split(sep).join('/');
      const oldModule = getOwn(byPath, stripExtension(within));
      if (oldModule !== undefined) return oldModule;
    }
    const [, packagePath] = /.*\/node_modules\/(.+)$/.exec(path.split(sep).join('/')) ?? [];
    return packagePath === undefined ? undefined : byPackage(packagePath);
  };

  /** Reads the nearest file with one of some names, from a folder upwards. */
  const nearest = <T>(
    folder: string,
    names: string[],
    known: Map<string, T>,
    read: (file: string) => T,
    none: T,
  ): T => {
    const before = known.get(folder);
    if (before !== undefined) return before;
    const name = names.find((each) => jsonFiles.get(folder)?.includes(each) ?? existsSync(join(folder, each)));
    const above = dirname(folder);
    const found = name ? read(join(folder, name)) : above === folder ? none : nearest(above, names, known, read, none);
    known.set(folder, found);
    return found;
  };
  const configFor = (folder: string): PathAliases =>
    nearest(
      folder,
      ['tsconfig.json', 'jsconfig.json'],
      configs,
      (file) => readPaths(file, legacyRoots.length > 0, warnings),
      noPaths,
    );
  const importsFor = (folder: string): PackageImports =>
    nearest(folder, ['package.json'], packages, (file) => readPackageImports(file, warnings), noImports);

  const lastParts = new Set(Object.keys(map.modules).map(readLastPart));
  const isPackage = createPackageFinder();
  const listTargets = (folder: string, specifier: string): string[] => {
    const imports = importsFor(folder);
    if (specifier.startsWith('#')) {
      return findImportTargets(imports, specifier).map((target) => resolve(imports.folder, target));
    }
    return configFor(folder).matchers.flatMap((matcher) => matcher(specifier));
  };

  const resolveIn = (folder: string, specifier: string): string | undefined => {
    if (/^\.{1,2}(?:\/|$)/.test(specifier)) return atPath(resolve(folder, specifier));
    const named = byPackage(specifier);
    if (named !== undefined) return named;
    const imports = importsFor(folder);
    for (const target of specifier.startsWith('#') ? findImportTargets(imports, specifier) : []) {
      const found = target.startsWith('.') ? atPath(resolve(imports.folder, target)) : byPackage(target);
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
      legacyRoots.length > 0 ||
      configFor(folder).reachPackages ||
      !configFor(folder).isWhole ||
      importsFor(folder).reachPackages,
    isUnresolved(folder, specifier) {
      if (!lastParts.has(readLastPart(specifier)) || /^(?:[./]|[a-z][a-z+.-]*:)/i.test(specifier)) return false;
      if (resolveIn(folder, specifier) !== undefined || isPackage(folder, specifier)) return false;
      return !listTargets(folder, specifier).some(isThere);
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

/** The last part of a specifier, without what marks an alias. */
function readLastPart(specifier: string): string {
  return stripExtension(specifier)
    .replace(/^.*\//, '')
    .replace(/^[@~#$]/, '');
}

/** How many specifiers are remembered for a folder. */
const mostAnswers = 10_000;

/** Old modules by their path under a legacy root: the map's key, and the key without the package's name. */
function indexByPath(map: ImportMap): Record<string, string> {
  const byPath: Record<string, string> = Object.create(null);
  for (const key of Object.keys(map.modules)) {
    const within = /^(?:@[^/]+\/)?[^/]+\/(.+)$/.exec(key)?.[1];
    if (within !== undefined) byPath[within] ??= key;
  }
  for (const key of Object.keys(map.modules)) byPath[key] = key;
  return byPath;
}

/** The `imports` of a `package.json`. */
interface PackageImports {
  readonly folder: string;
  readonly entries: readonly (readonly [pattern: string, targets: readonly string[]])[];
  /** Whether an entry leads into an installed package. */
  readonly reachPackages: boolean;
}

const noImports: PackageImports = { folder: '', entries: [], reachPackages: false };

function readPackageImports(file: string, warnings: string[]): PackageImports {
  try {
    const { imports } = JSON.parse(readFileSync(file, 'utf8')) as { imports?: Record<string, unknown> };
    const entries = Object.entries(imports ?? {}).map(([pattern, target]) => [pattern, listStrings(target)] as const);
    const reachPackages = entries.some(([, targets]) => targets.some((target) => !target.startsWith('.')));
    return { folder: dirname(file), entries, reachPackages };
  } catch (error) {
    warnings.push(describeUnreadable(file, 'imports', error));
    return noImports;
  }
}

/** Every string in a target, under any condition. */
function listStrings(target: unknown): string[] {
  if (typeof target === 'string') return [target];
  return typeof target === 'object' && target !== null ? Object.values(target).flatMap(listStrings) : [];
}

/**
 * The targets of a `#…` specifier: of its exact entry, or else of the pattern that Node.js chooses, which is the one with the
 * longest text before its star.
 */
function findImportTargets({ entries }: PackageImports, specifier: string): string[] {
  const exact = entries.find(([pattern]) => pattern === specifier);
  if (exact) return [...exact[1]];
  let best: { before: number; length: number; targets: string[] } | undefined;
  for (const [pattern, targets] of entries) {
    const [before = '', after] = pattern.split('*');
    if (after === undefined || !specifier.startsWith(before) || !specifier.endsWith(after)) continue;
    if (specifier.length < pattern.length) continue;
    if (best && (best.before - before.length || best.length - pattern.length) >= 0) continue;
    const star = specifier.slice(before.length, specifier.length - after.length);
    const resolved = targets.map((target) => target.replaceAll('*', () => star));
    best = { before: before.length, length: pattern.length, targets: resolved };
  }
  return best?.targets ?? [];
}
