/**
 * Writes the declarations of the build: a `.d.ts` for each source file that a service can reach, and, if tables are in reach, a
 * `.d.cts` beside it: the same for services written as CommonJS, which see the CommonJS declarations of drizzle-orm. Both share the same
 * JavaScript file; Node loads it with `require`. They share a map, so that an editor goes from a declaration to its source in `src`.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { type PackageModule, packageModules } from '../package-exports.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = join(root, 'dist');

// TypeScript 7 writes the same as 6, except for the order of members in a union or an object type, in a sixth of the time.
// `npm run typecheck` does the checking. Declarations marked `@internal` are omitted: entries that exist only for their types
// declare nothing that could not be loaded.
const options = [
  '--emitDeclarationOnly',
  '--declaration',
  '--declarationMap',
  '--noEmit',
  'false',
  '--noCheck',
  '--stripInternal',
];
const compiler = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript-7/package.json')));
const parameters = ['-p', join(root, 'tsconfig.declarations.json'), '--outDir', dist, ...options];
execFileSync(process.execPath, [compiler, ...parameters], { stdio: ['ignore', 'ignore', 'inherit'] });

const relativeImport = /((?:from|import) ['"]|import\(['"])(\.[^'"]*)\.ts(['"])/g;

/**
 * Imports `drizzle-orm/pg-core` once, where the compiler writes it before each of its types: thousands of times. At the end of the file, so
 * that no line moves away from its place in the map, whose name has to stay last.
 */
function withPgCoreOnce(text: string): string {
  const inline = 'import("drizzle-orm/pg-core").';
  if (!text.includes(inline)) return text;
  return text
    .replaceAll(inline, 'PgCore.')
    .replace(/^(?=\/\/# sourceMappingURL=)/m, 'import type * as PgCore from "drizzle-orm/pg-core";\n');
}

/** The last argument of a column's type, over several lines: it is the default, which drizzle-orm derives from the others. */
const derivedColumn = /^( *)(\w+: PgCore\.PgBuildColumn<.*), \{\n(?:\1 .*\n)*\1\}>;$/gm;

/** Leaves out what the compiler derives of each column again: most of what it writes, and nothing that a person reads. */
function withoutDerivedColumns(text: string): string {
  return text.replace(derivedColumn, '$1$2>;');
}

/** The map of a declaration, given as it was before {@link withoutDerivedColumns}. */
function mapWithoutDerivedColumns(map: string, text: string): string {
  const json = JSON.parse(map) as { mappings: string };
  const lines = decode(json.mappings);
  // From the last to the first, so that the places of those before stay as they are.
  for (const { index, 0: column } of [...text.matchAll(derivedColumn)].reverse()) {
    lines.splice(text.slice(0, index).split('\n').length, column.split('\n').length - 1);
  }
  return JSON.stringify({ ...json, mappings: encode(lines) });
}

/** The declarations that a service can reach from some of the entries of package.json. */
function reachable(entries: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, , path = ''] of readFileSync(file, 'utf8').matchAll(relativeImport)) {
      visit(join(dirname(file), `${path}.d.ts`));
    }
  };
  for (const entry of entries) visit(join(root, entry));
  return found;
}

const modules = packageModules(root);
const declarations = (some: readonly PackageModule[]) => reachable(some.map(({ declaration }) => declaration));
const inBothKinds = declarations(modules.filter(({ hasCommonDeclaration }) => hasCommonDeclaration));
const wanted = declarations(modules);
for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.d.ts')) continue;
  const file = join(dist, name);
  const map = `${file}.map`;
  if (!wanted.has(file)) {
    rmSync(file);
    rmSync(map);
    continue;
  }
  const written = withPgCoreOnce(readFileSync(file, 'utf8'));
  writeFileSync(map, mapWithoutDerivedColumns(readFileSync(map, 'utf8'), written));
  const text = withoutDerivedColumns(written);
  writeFileSync(file, text.replace(relativeImport, '$1$2.js$3'));
  if (!inBothKinds.has(file)) continue;
  writeFileSync(file.replace(/\.d\.ts$/, '.d.cts'), text.replace(relativeImport, '$1$2.cjs$3'));
}
