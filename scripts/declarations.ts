/**
 * Writes the declarations of the build: a `.d.ts` for each source file that a service can reach, and, where tables are in reach, a
 * `.d.cts` beside it: the same for services written as CommonJS, which see the CommonJS declarations of drizzle-orm. The JavaScript is the
 * same file for both; Node loads it with `require`.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');

// What is checked is checked by `npm run typecheck`. What is marked `@internal` has no declaration: entries that are there for their types
// alone declare nothing that could not be loaded.
const options = ['--emitDeclarationOnly', '--declaration', '--noEmit', 'false', '--noCheck', '--stripInternal'];
const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
const parameters = ['-p', join(root, 'tsconfig.declarations.json'), '--outDir', dist, ...options];
execFileSync(process.execPath, [compiler, ...parameters], { stdio: ['ignore', 'ignore', 'inherit'] });

const relativeImport = /((?:from|import) ['"]|import\(['"])(\.[^'"]*)\.ts(['"])/g;

type Export =
  | string
  | { readonly types: string }
  | { readonly import: { readonly types: string }; readonly require: object };

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

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, Export> };
const entries = Object.values(exports).filter((entry) => typeof entry !== 'string');
const inBothKinds = reachable(entries.flatMap((entry) => ('require' in entry ? [entry.import.types] : [])));
const wanted = reachable(entries.map((entry) => ('require' in entry ? entry.import.types : entry.types)));
for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const file = join(dist, name);
  if (!name.endsWith('.d.ts')) continue;
  if (!wanted.has(file)) {
    rmSync(file);
    continue;
  }
  // Types of columns are nested deep, and their indentation takes room.
  const text = readFileSync(file, 'utf8').replace(/^ +(?=[^ *])/gm, '');
  writeFileSync(file, text.replace(relativeImport, '$1$2.js$3'));
  if (inBothKinds.has(file))
    writeFileSync(file.replace(/\.d\.ts$/, '.d.cts'), text.replace(relativeImport, '$1$2.cjs$3'));
}
