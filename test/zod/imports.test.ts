import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { schemaFaces } from './schemas.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const domains = Object.keys(schemaFaces);

describe.each(domains)('%s', (domain) => {
  test('its tables load neither zod nor schemas', () => {
    const { files, packages } = loadedBy(join(source, domain, 'index.ts'));
    expect([...packages].filter((name) => name.includes('zod'))).toEqual([]);
    expect([...files].filter((file) => /\/(zod|validation|json-form)\.ts$|\/json\//.test(file))).toEqual([]);
  });

  const zodFace = join(source, domain, 'zod.ts');
  const jsonFace = join(source, 'generated/json', `${domain}.ts`);

  test.each([
    ['zod.ts', [zodFace]],
    ['schemas in JSON form', [jsonFace, zodFace]],
  ])('its %s load zod and no schemas of another domain', (_, faces) => {
    const { files, packages } = loadedBy(faces[0] as string);
    expect([...packages].sort()).toEqual(['drizzle-orm', 'drizzle-orm/pg-core', 'drizzle-orm/zod', 'zod']);
    expect(new Set([...files].filter((file) => /\/zod\.ts$|\/json\//.test(file)))).toEqual(new Set(faces));
  });
});

/** The files and packages that a module loads, itself among them. Types are not loaded. */
function loadedBy(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    for (const name of importsOf(file)) {
      if (name.startsWith('.')) files.add(join(dirname(file), name));
      else packages.add(name);
    }
  }
  return { files, packages };
}

const known = new Map<string, readonly string[]>();

/** What a file imports as JavaScript. Most files are loaded by several entries. */
function importsOf(file: string): readonly string[] {
  const imports = known.get(file) ?? readImports(file);
  known.set(file, imports);
  return imports;
}

function readImports(file: string): string[] {
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext, verbatimModuleSyntax: true },
  });
  return ts.preProcessFile(outputText).importedFiles.map(({ fileName }) => fileName);
}
