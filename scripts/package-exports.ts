import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { domains } from '../src/registry/domains.ts';
import { fileOf, oldModules } from '../src/registry/old-modules.ts';
import type { Rename } from '../src/registry/renames.ts';

/** The entry points of the package besides its domains, found by its folders. Each list is sorted. */
export interface EntryPoints {
  /** What a domain offers besides tables, as in `identity/oauth`: a folder of its own with an `index.ts`. */
  readonly operations: readonly string[];
  /** As in `migrate`: a folder of `src/tools/` with an `index.ts`. */
  readonly tools: readonly string[];
}

/** Reads the entry points of the package from the folders under `root`. */
export function entryPoints(root: string): EntryPoints {
  const source = join(root, 'src');
  const withIndex = (folder: string): string[] =>
    existsSync(join(source, folder))
      ? readdirSync(join(source, folder))
          .filter((name) => existsSync(join(source, folder, name, 'index.ts')))
          .sort()
      : [];
  return {
    operations: [...domains].sort().flatMap((domain) => withIndex(domain).map((name) => `${domain}/${name}`)),
    tools: withIndex('tools'),
  };
}

/** What one subpath leads to in the `exports` of package.json: a file as it is, or a module. */
export type SubpathExport =
  | string
  | {
      /** The declarations: one file for both kinds of services, or a second one for services written as CommonJS. */
      readonly types: string | { readonly require: string; readonly default: string };
      /** The script. A subpath that exists only for its types has none. */
      readonly default?: string;
    };

/** The conditions of a subpath with types, as nodes of `exports` that TypeScript and Node read from top to bottom. */
function typesOf(file: string): SubpathExport {
  // A service written as CommonJS has declarations of its own, because it sees the CommonJS declarations of drizzle-orm, and
  // TypeScript takes the two for different types.
  return { types: { require: `./dist/${file}.d.cts`, default: `./dist/${file}.d.ts` } };
}

/** Both kinds of services load the same ESM file. */
function subpath(file: string): SubpathExport {
  return Object.assign(typesOf(file), { default: `./dist/${file}.js` });
}

/** A tool neither takes nor returns tables, so one declaration serves both kinds of services. */
function toolSubpath(tool: string): SubpathExport {
  return { types: `./dist/tools/${tool}/index.d.ts`, default: `./dist/tools/${tool}/index.js` };
}

/**
 * The files that declare types which inferred types of the public API mention. If a service exports such a type with `declaration: true`,
 * the compiler names the declaring file: `import("canonical-models/columns").JsonObject`. So they are subpaths, for types alone.
 */
const typesOnly = ['columns', 'validation'];

/** The `exports` of package.json: every entry point of the package, including each old import path of the registry. */
export function packageExports(
  renames: readonly Rename[],
  { operations, tools }: EntryPoints,
): Record<string, SubpathExport> {
  return {
    '.': subpath('index'),
    ...Object.fromEntries([
      ...[...domains].sort().flatMap((domain): [string, SubpathExport][] => [
        [`./${domain}`, subpath(`${domain}/index`)],
        [`./${domain}/zod`, subpath(`${domain}/zod`)],
        [`./${domain}/json`, subpath(`generated/json/${domain}`)],
      ]),
      ...operations.map((path) => [`./${path}`, subpath(`${path}/index`)]),
      ...['errors', 'keyset', 'schema', 'relations', 'drizzle.config', 'drizzle-kit'].map((name) => [
        `./${name}`,
        subpath(name),
      ]),
      ['./renames', subpath('registry/renames')],
      ...typesOnly.map((name) => [`./${name}`, typesOf(name)]),
      ...tools.map((tool) => [`./${tool}`, toolSubpath(tool)]),
      ...oldModules(renames).map((module) => [`./${module.path}`, subpath(`generated/old-paths/${fileOf(module)}`)]),
    ]),
    './accept.schema.json': './accept.schema.json',
    './import-map.schema.json': './import-map.schema.json',
    './package.json': './package.json',
  };
}

/** A module that services import, read from `exports`. Paths are from the root of the package. */
export interface PackageModule {
  /** As a service imports it: `canonical-models/core`. */
  readonly specifier: string;
  /** As in `src/core/index.ts`. */
  readonly source: string;
  /** As in `dist/core/index.d.ts`. */
  readonly declaration: string;
  /** Whether services written as CommonJS have a declaration of their own beside it, a `.d.cts`. */
  readonly hasCommonDeclaration: boolean;
  /** As in `dist/core/index.js`. Undefined if the module exists only for its types. */
  readonly script: string | undefined;
}

/** The modules that the `exports` of a package.json offer. */
export function packageModules(root: string): PackageModule[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, SubpathExport>>;
  };
  return Object.entries(exports).flatMap(([subpath, entry]) => {
    if (typeof entry === 'string') return [];
    const { types, default: script } = entry;
    const declaration = (typeof types === 'string' ? types : types.default).replace('./', '');
    return {
      specifier: `canonical-models${subpath.slice(1)}`,
      source: declaration.replace(/^dist\/(.*)\.d\.ts$/, 'src/$1.ts'),
      declaration,
      hasCommonDeclaration: typeof types !== 'string',
      script: script?.replace('./', ''),
    };
  });
}
