import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PackageEntries, readEntries } from './package-entries.ts';
import { describeUnreadable } from './tsconfig-paths.ts';

/** What a `package.json` says about how files name modules. */
export interface Package {
  readonly folder: string;
  readonly name: string | undefined;
  readonly imports: PackageEntries;
  /** Undefined if every file can be imported. */
  readonly exports: PackageEntries | undefined;
  /** The files that the package's name may mean without `exports`. */
  readonly main: readonly string[];
  /** The names of all packages that it depends on. */
  readonly dependencies: ReadonlySet<string>;
}

/** The packages of a tree; each `package.json` is read once. */
export interface Packages {
  /** The package whose `package.json` is in a folder. */
  findIn(folder: string): Package | undefined;
  /** The package of a folder: the nearest one upwards. */
  findNearest(folder: string): Package | undefined;
}

/**
 * Creates a reader of the packages of a tree. A `package.json` that is broken has neither a name nor entries, and is noted in `warnings`.
 *
 * @param jsonFiles The known JSON files of folders.
 */
export function createPackageReader(jsonFiles: ReadonlyMap<string, readonly string[]>, warnings: string[]): Packages {
  const inFolder = new Map<string, Package | undefined>();
  const nearest = new Map<string, Package | undefined>();
  const findIn = (folder: string): Package | undefined => {
    if (inFolder.has(folder)) return inFolder.get(folder);
    const isThere = jsonFiles.get(folder)?.includes('package.json') ?? existsSync(join(folder, 'package.json'));
    const found = isThere ? readPackage(folder, warnings) : undefined;
    inFolder.set(folder, found);
    return found;
  };
  const findNearest = (folder: string): Package | undefined => {
    if (nearest.has(folder)) return nearest.get(folder);
    const above = dirname(folder);
    const found = findIn(folder) ?? (above === folder ? undefined : findNearest(above));
    nearest.set(folder, found);
    return found;
  };
  return { findIn, findNearest };
}

const dependencyLists = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

function readPackage(folder: string, warnings: string[]): Package {
  const file = join(folder, 'package.json');
  let fields: { readonly [name: string]: unknown } = {};
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof read !== 'object' || read === null) throw new Error('it has no object');
    fields = read as typeof fields;
  } catch (error) {
    warnings.push(describeUnreadable(file, 'imports', error));
    return { folder, name: undefined, imports: [], exports: undefined, main: [], dependencies: new Set() };
  }
  const main = [fields['main'], fields['module'], fields['types']].filter((target) => typeof target === 'string');
  return {
    folder,
    name: typeof fields['name'] === 'string' ? fields['name'] : undefined,
    imports: readEntries(fields['imports']),
    exports: fields['exports'] === undefined ? undefined : readEntries(fields['exports']),
    main: main.length > 0 ? main : ['index'],
    dependencies: new Set(dependencyLists.flatMap((list) => Object.keys(fields[list] ?? {}))),
  };
}
