/**
 * Writes the declarations of the build: a `.d.ts` for each source file that a service can reach, and beside it a `.d.cts`, the same for services written as
 * CommonJS, which see the CommonJS declarations of drizzle-orm. The JavaScript is the same file for both; Node loads it with
 * `require`.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');

// What is checked is checked by `npm run typecheck`.
const options = ['--emitDeclarationOnly', '--declaration', '--noEmit', 'false', '--noCheck'];
const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
const parameters = ['-p', join(root, 'tsconfig.declarations.json'), '--outDir', dist, ...options];
execFileSync(process.execPath, [compiler, ...parameters], { stdio: ['ignore', 'ignore', 'inherit'] });

const relativeImport = /((?:from|import) ['"]|import\(['"])(\.[^'"]*)\.ts(['"])/g;

/** The declarations that a service can reach from what package.json exports. */
function reachable(): Set<string> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { import: { types: string } }>;
  };
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, , path = ''] of readFileSync(file, 'utf8').matchAll(relativeImport)) {
      visit(join(dirname(file), `${path}.d.ts`));
    }
  };
  for (const entry of Object.values(exports)) if (typeof entry !== 'string') visit(join(root, entry.import.types));
  return found;
}

const wanted = reachable();
for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const file = join(dist, name);
  if (!name.endsWith('.d.ts')) continue;
  if (wanted.has(file)) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(relativeImport, '$1$2.js$3'));
    writeFileSync(file.replace(/\.d\.ts$/, '.d.cts'), text.replace(relativeImport, '$1$2.cjs$3'));
  } else {
    rmSync(file);
  }
}
