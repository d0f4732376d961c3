import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageModules } from '../scripts/package-exports.ts';
import { type Compiler, compilers, runCompiler } from './support/compilers.ts';
import { thorough } from './support/databases.ts';
import type { CommandResult } from './support/kit.ts';
import { type PackedPackage, packedPackage } from './support/package.ts';

// A service with `declaration: true` has the compiler write its inferred types into `.d.ts` files, where each type of the package has to be
// named by a specifier that the service may import. The fixtures are the modules of such a service.

const modules = fileURLToPath(new URL('../node_modules/', import.meta.url));
const fixtures = fileURLToPath(new URL('fixtures/consumer/declarations/', import.meta.url));

/** The modules of the service. */
const files = readdirSync(fixtures);
/** The module that says the types of its exports itself, as `isolatedDeclarations` asks for. */
const annotated = 'annotated.ts';
/** The module that imports nothing but the handle of `database.ts`, and the package through it. */
const throughHandle = 'relational-queries.ts';

const resolutions = { nodenext: 'nodenext', bundler: 'preserve' } as const;
type Resolution = keyof typeof resolutions;

let packed: PackedPackage;
/** Where the services of this file are: beside the one that has the package installed, whose `node_modules` they find. */
let home: string;
beforeAll(async () => {
  packed = await packedPackage();
  home = mkdtempSync(join(packed.service, 'declarations-'));
}, 300_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A project of a service, as `tsc -b` builds it. */
interface Project {
  readonly name: string;
  /** By their paths from the service's folder. */
  readonly files: readonly string[];
  /** The names of other projects that it imports from. */
  readonly references?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

interface BuildOptions {
  readonly compiler?: Compiler;
  readonly resolution?: Resolution;
}

/** Builds projects of a service with `tsc -b`, each a composite one: a compiler that sees the files of that project alone. */
async function build(
  folder: string,
  projects: readonly Project[],
  { compiler = '7.0', resolution = 'nodenext' }: BuildOptions = {},
): Promise<CommandResult> {
  const name = `${compiler}-${resolution}`;
  mkdirSync(join(folder, name));
  const write = (file: string, content: unknown) => writeFileSync(join(folder, name, file), JSON.stringify(content));
  for (const project of projects) {
    const compilerOptions = {
      module: resolutions[resolution],
      moduleResolution: resolution,
      target: 'es2023',
      lib: ['es2023'],
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      composite: true,
      emitDeclarationOnly: true,
      rootDir: '..',
      outDir: `out/${project.name}`,
      ...project.options,
    };
    write(`${project.name}.json`, {
      compilerOptions,
      files: project.files.map((file) => `../${file}`),
      references: (project.references ?? []).map((other) => ({ path: `${other}.json` })),
    });
  }
  write('tsconfig.json', { files: [], references: projects.map((project) => ({ path: `${project.name}.json` })) });
  return runCompiler(compiler, ['-b', name, '--pretty', 'false'], folder);
}

/** The modules of the service as one project, with one that builds on it, and one that says its types itself. */
const service: readonly Project[] = [
  { name: 'all', files: files.filter((file) => file !== annotated && file !== throughHandle) },
  { name: 'through-handle', files: [throughHandle], references: ['all'] },
  { name: 'annotated', files: [annotated], options: { isolatedDeclarations: true } },
];

/** Each module as a project of its own, so that what it does not import is not there to name a type by. */
const apart: readonly Project[] = files.map((file) => ({
  name: `apart-${file}`,
  files: file === throughHandle ? [file, 'database.ts'] : [file],
}));

function newService(name: string, sources: Readonly<Record<string, string>>): string {
  const folder = join(home, name);
  for (const [file, source] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  return folder;
}

const fixtureSources = () =>
  Object.fromEntries(files.map((file) => [file, readFileSync(join(fixtures, file), 'utf8')]));

/** The declarations of each entry, by the entry. */
const entries = (): ReadonlyMap<string, string> =>
  new Map(
    packageModules(packed.folder).map(({ specifier, declaration }) => [
      specifier.replace('canonical-models', '.'),
      join(packed.folder, declaration),
    ]),
  );

/** What an entry exports. */
interface Exported {
  readonly name: string;
  readonly isValue: boolean;
  readonly isFunction: boolean;
  /** A type without parameters: what can be named as it is. */
  readonly isType: boolean;
}

/** What each entry exports, told by the declarations of the package alone. */
let exportedNames: ReadonlyMap<string, readonly Exported[]>;
beforeAll(() => {
  exportedNames = readExportedNames();
});

function readExportedNames(): ReadonlyMap<string, readonly Exported[]> {
  const roots = packed.files.filter((file) => file.endsWith('.d.ts')).map((file) => join(packed.folder, file));
  const program = ts.createProgram(roots, { module: ts.ModuleKind.NodeNext, noResolve: true, noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const hasParameters = (symbol: ts.Symbol) =>
    symbol.declarations?.some((node) => 'typeParameters' in node && node.typeParameters !== undefined) ?? false;
  return new Map(
    [...entries()].map(([entry, file]) => {
      const source = program.getSourceFile(file);
      const module = source && checker.getSymbolAtLocation(source);
      if (!module) throw new Error(`${entry}: found no module in ${file}`);
      const names = checker.getExportsOfModule(module).map((symbol) => {
        const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        const is = (flags: ts.SymbolFlags) => (target.flags & flags) !== 0;
        return {
          name: symbol.name,
          isValue: is(ts.SymbolFlags.Value),
          isFunction: is(ts.SymbolFlags.Function),
          isType: is(ts.SymbolFlags.Type) && !hasParameters(target),
        };
      });
      return [entry, names];
    }),
  );
}

/**
 * A module of a service that has the compiler write what stands behind each name that an entry exports: the types of its values, what its
 * functions take and give, and the fields of its types.
 */
function expandedModule(entry: string, exported: readonly Exported[]): string {
  const expand = (name: string, type: string) => `export const ${name} = (given: ${type}) => expand(given);`;
  return [
    `import type * as entry from 'canonical-models${entry.slice(1)}';`,
    'declare const entryValues: typeof entry;',
    'export const values = { ...entryValues };',
    'export const expand = <T>(given: T) => given as { [Key in keyof T]: T[Key] };',
    ...exported.flatMap(({ name, isFunction, isType }) => [
      ...(isType ? [expand(`type_${name}`, `entry.${name}`)] : []),
      ...(isFunction
        ? [
            expand(`parameters_${name}`, `Parameters<typeof entry.${name}>`),
            expand(`result_${name}`, `Awaited<ReturnType<typeof entry.${name}>>`),
          ]
        : []),
    ]),
    '',
  ].join('\n');
}

/** The file in which an entry is expanded: `core/zod` for `./core/zod`, `index` for `.`. */
const fileOfEntry = (entry: string) => `${entry === '.' ? 'index' : entry.slice('./'.length).replaceAll('/', '-')}.ts`;

/** Whether the types of an entry are like those of another one, which the short form expands: tables, their schemas, old paths. */
const isLikeAnother = (entry: string) =>
  /^\.\/(?:models|core\/auth)(?:\/|$)/.test(entry) ||
  /^\.\/(?!core\/)\w+\/(?:json|zod)$/.test(entry) ||
  (entries().has(`${entry}/zod`) && entry !== './identity');

describe('the types of a service with declarations of its own', () => {
  test('are named, in projects that build on one another and with isolatedDeclarations', async () => {
    const folder = newService('service', fixtureSources());
    const result = await build(folder, service);
    expect(result).toMatchObject({ exitCode: 0, stdout: '' });

    const written = readFileSync(join(folder, '7.0-nodenext/out/through-handle/relational-queries.d.ts'), 'utf8');
    expect(written).toContain('bookingMetadata: import("canonical-models/columns").JsonObject');
    const database = readFileSync(join(folder, '7.0-nodenext/out/all/database.d.ts'), 'utf8');
    expect(database).toContain('typeof import("canonical-models")');
    const schemas = readFileSync(join(folder, '7.0-nodenext/out/all/schemas.d.ts'), 'utf8');
    expect(schemas).toMatch(
      /page: z\.ZodObject<\{\s+items: z\.ZodArray<import\("canonical-models\/validation"\)\.SelectSchema</,
    );
  }, 180_000);

  test('are named for every export of an entry, from a file that imports only that entry', async () => {
    const names = new Map([...exportedNames].filter(([entry]) => thorough || !isLikeAnother(entry)));
    expect([...names.keys()]).toEqual(
      expect.arrayContaining([
        '.',
        './relations',
        './core/zod',
        './identity/tokens',
        './migrate',
        './columns',
        './validation',
      ]),
    );
    expect(names.get('./identity/tokens')?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['verifyStationToken', 'StationTokenDenied', 'StationTokenRequest']),
    );
    const sources = [...names].map(([entry, exported]) => [fileOfEntry(entry), expandedModule(entry, exported)]);
    const folder = newService('entries', Object.fromEntries(sources));
    const projects = [...names.keys()].map((entry) => ({ name: fileOfEntry(entry), files: [fileOfEntry(entry)] }));
    expect(await build(folder, projects)).toMatchObject({ exitCode: 0, stdout: '' });
  }, 180_000);

  test('can’t be named without the entries and the re-exports that exist for that', async () => {
    const withoutEntry = (entry: string) => (packageFolder: string) => {
      const file = join(packageFolder, 'package.json');
      const packageJson = JSON.parse(readFileSync(file, 'utf8')) as { exports: Record<string, unknown> };
      expect(Object.keys(packageJson.exports)).toContain(entry);
      delete packageJson.exports[entry];
      writeFileSync(file, JSON.stringify(packageJson));
    };
    const withoutLine = (path: string, line: RegExp) => (packageFolder: string) => {
      const file = join(packageFolder, path);
      const text = readFileSync(file, 'utf8');
      expect(text).toMatch(line);
      writeFileSync(file, text.replace(line, ''));
    };
    const removals = [
      { file: 'old-path.ts', missing: 'JsonObject', remove: withoutEntry('./columns') },
      { file: 'schemas.ts', missing: 'SelectSchema', remove: withoutEntry('./validation') },
      { file: 'database.ts', missing: 'dist/index"', remove: withoutEntry('.') },
      {
        file: 'tokens.ts',
        missing: 'AuditEvent',
        remove: withoutLine('dist/identity/tokens/index.d.ts', /^export type \{ AuditEvent \}.*$/m),
      },
    ];
    const sources = fixtureSources();
    const broken = removals.map(({ file }) => [`without-${file}/${file}`, sources[file] ?? '']);
    const folder = newService('removals', Object.fromEntries(broken));
    for (const { file, remove } of removals) {
      const packageFolder = join(folder, `without-${file}/node_modules/canonical-models`);
      await copyDeclarations(packed.folder, packageFolder);
      remove(packageFolder);
    }
    const projects = broken.map(([path = '']) => ({ name: path.replace('/', '-'), files: [path] }));
    const { exitCode, stdout } = await build(folder, projects);
    expect(exitCode).not.toBe(0);
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
    for (const { file, missing } of removals) {
      const ofFile = errors.filter((line) => line.startsWith(`without-${file}/${file}`));
      expect(ofFile.join('\n'), file).toMatch(new RegExp(`error TS2883: .*reference to '[^ ]*${missing}'`));
    }
  }, 180_000);

  test('of entries that exist only for their types: they declare nothing that could be loaded', () => {
    const withoutCode = packageModules(packed.folder).flatMap(({ specifier, script }) =>
      script === undefined ? [specifier.replace('canonical-models', '.')] : [],
    );
    expect(withoutCode).toEqual(['./columns', './validation']);
    const names = exportedNames;
    for (const entry of withoutCode) {
      expect(names.get(entry)?.length).toBeGreaterThan(0);
      expect(names.get(entry)?.filter(({ isValue }) => isValue)).toEqual([]);
    }
  });
});

/** Copies what a compiler reads of a package. */
async function copyDeclarations(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) =>
      /\.d\.[cm]?ts$|package\.json$/.test(path) || (!/\.\w+$/.test(basename(path)) && !/\/src$/.test(path)),
  });
}

/** What the service installs, and what that needs in turn: the packages beside each. */
const installed: Readonly<Record<string, readonly string[]>> = {
  'canonical-models': ['drizzle-orm', 'zod', '@types/pg'],
  'drizzle-orm': ['zod', '@types/pg'],
  zod: [],
  '@types/pg': ['@types/node', 'pg-protocol', 'pg-types'],
  '@types/node': ['undici-types'],
  'undici-types': [],
  'pg-protocol': [],
  'pg-types': [],
};
const ofService = ['canonical-models', 'drizzle-orm', 'zod', '@types/pg', '@types/node'];

const layouts = {
  /** Every package in one folder. */
  async npm(folder: string) {
    for (const name of Object.keys(installed)) {
      const from = name === 'canonical-models' ? packed.folder : join(modules, name);
      await copyDeclarations(from, join(folder, 'node_modules', name));
    }
  },
  /** Every package in a folder of its own with links to what it needs, and links in the service to what it asked for. */
  async pnpm(folder: string) {
    const storeOf = (name: string) =>
      join(folder, 'node_modules/.pnpm', `${name.replace('/', '+')}@0.0.0`, 'node_modules');
    const link = async (name: string, at: string) => {
      await mkdir(dirname(join(at, name)), { recursive: true });
      await symlink(relative(dirname(join(at, name)), join(storeOf(name), name)), join(at, name));
    };
    for (const [name, needed] of Object.entries(installed)) {
      const from = name === 'canonical-models' ? packed.folder : join(modules, name);
      await copyDeclarations(from, join(storeOf(name), name));
      for (const other of needed) await link(other, storeOf(name));
    }
    for (const name of ofService) await link(name, join(folder, 'node_modules'));
  },
} as const;

describe.each(thorough ? (['npm', 'pnpm'] as const) : [])('as %s installs it', (layout) => {
  let folder: string;
  beforeAll(async () => {
    const dependencies = Object.fromEntries(ofService.map((name) => [name, '*']));
    folder = newService(layout, {
      'package.json': JSON.stringify({ type: 'module', dependencies }),
      ...fixtureSources(),
    });
    await layouts[layout](folder);
  }, 120_000);

  const all = (Object.keys(compilers) as Compiler[]).flatMap((compiler) =>
    (Object.keys(resolutions) as Resolution[]).map((resolution) => ({ compiler, resolution })),
  );

  test.each(all)(
    'every type is named under TypeScript $compiler with moduleResolution $resolution, together and from each file alone',
    async (options) => {
      expect(await build(folder, [...service, ...apart], options)).toMatchObject({ exitCode: 0, stdout: '' });
    },
    600_000,
  );
});
