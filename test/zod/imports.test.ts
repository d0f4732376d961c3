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
    expect([...files].filter((file) => /\/(zod|json|validation|json-form)\.ts$/.test(file))).toEqual([]);
  });

  test.each(['zod.ts', 'json.ts'])('its %s loads zod and no schemas of another domain', (face) => {
    const { files, packages } = loadedBy(join(source, domain, face));
    expect([...packages].sort()).toEqual(['drizzle-orm', 'drizzle-orm/pg-core', 'drizzle-orm/zod', 'zod']);
    const faces = new Set([face, 'zod.ts'].map((name) => join(source, domain, name)));
    expect(new Set([...files].filter((file) => /\/(zod|json)\.ts$/.test(file)))).toEqual(faces);
  });
});

/** The files and packages that a module loads, itself among them. Types are not loaded. */
function loadedBy(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext, verbatimModuleSyntax: true },
    });
    for (const { fileName } of ts.preProcessFile(outputText).importedFiles) {
      if (fileName.startsWith('.')) files.add(join(dirname(file), fileName));
      else packages.add(fileName);
    }
  }
  return { files, packages };
}
