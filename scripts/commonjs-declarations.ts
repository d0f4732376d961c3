/**
 * Writes a `.d.cts` beside each `.d.ts` of the build: the same declarations for services written as CommonJS, which see the
 * CommonJS declarations of drizzle-orm. The JavaScript is the same file for both; Node loads it with `require`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

const declarations = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts'));
for (const file of declarations) {
  const text = readFileSync(join(dist, file), 'utf8');
  const commonJs = text.replace(/((?:from|import) ['"]|import\(['"])(\.[^'"]*)\.js(['"])/g, '$1$2.cjs$3');
  writeFileSync(join(dist, file.replace(/\.d\.ts$/, '.d.cts')), commonJs);
}
