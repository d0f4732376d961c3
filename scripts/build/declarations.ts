/**
 * Writes the declarations of the build: a `.d.ts` for each source file that a service can reach, and, if tables are in reach, a
 * `.d.cts` beside it: the same for services written as CommonJS, which see the CommonJS declarations of drizzle-orm. Both share the same
 * JavaScript file; Node loads it with `require`. Each has a map, so that an editor goes from a declaration to its source in `src`.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(relativeImport, '$1$2.js$3'));
  if (!inBothKinds.has(file)) continue;
  const [common, commonMap] = [file, map].map((path) => path.replace(/\.d\.ts(?=$|\.map$)/, '.d.cts')) as [
    string,
    string,
  ];
  const inCommon = text.replace(relativeImport, '$1$2.cjs$3');
  writeFileSync(common, inCommon.replace(/(?<=^\/\/# sourceMappingURL=.*)\.d\.ts\.map$/m, '.d.cts.map'));
  writeFileSync(commonMap, JSON.stringify({ ...JSON.parse(readFileSync(map, 'utf8')), file: basename(common) }));
}
