import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { domains } from '../../src/registry/domains.ts';
import type { Model } from '../../src/registry/models.ts';
import { faces } from '../../src/registry/models.ts';
import { fileOf, oldModules, sourceOf } from '../../src/registry/old-modules.ts';
import type { Rename } from '../../src/registry/renames.ts';
import { referenceDocuments } from '../docs/documents.ts';
import { entryPoints, packageExports } from '../package-exports.ts';
import { compatibilityViewsSource } from './compatibility-views.ts';
import { migratedViews } from './migrated-views.ts';

/**
 * Every file that is derived from the registry, by its path from the root, with its text before formatting: the compatibility
 * views, the labels of the enums, the old import paths, the schemas in JSON form, the reference pages of `docs/`, and the `exports` of package.json.
 *
 * @param out Where the migrations are: they determine the columns of the compatibility views.
 */
export function derivedFiles(
  root: string,
  renames: readonly Rename[],
  models: readonly Model[],
  out: string = join(root, 'drizzle'),
): Map<string, string> {
  const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  return new Map([
    ['src/generated/enum-labels.ts', enumLabelsSource()],
    ['src/generated/views.ts', compatibilityViewsSource(renames, models, migratedViews(out).present)],
    ...oldModules(renames).map((module): [string, string] => [
      `src/generated/old-paths/${fileOf(module)}.ts`,
      sourceOf(module),
    ]),
    ...domains.map((domain): [string, string] => [
      `src/generated/json/${domain}.ts`,
      jsonSchemasSource(
        domain,
        models.filter((model) => model.domain === domain).map(({ entity }) => entity),
      ),
    ]),
    ...referenceDocuments(root, renames),
    [
      'package.json',
      `${JSON.stringify({ ...packageJson, exports: packageExports(renames, entryPoints(root)) }, null, 2)}\n`,
    ],
  ]);
}

/** The labels of every enum that a domain exports: the import map is plain data and does not load the tables for them. */
function enumLabelsSource(): string {
  const lines = Object.entries(faces).flatMap(([domain, face]) =>
    Object.entries(face).flatMap(([name, value]) => {
      // A pgEnum is a function, a textEnum an object.
      const { enumValues } = (value ?? {}) as { readonly enumValues?: unknown };
      return Array.isArray(enumValues) ? [`  '${domain}#${name}': ${JSON.stringify(enumValues)},`] : [];
    }),
  );
  return [
    '// Generated from the domains by `npm run db:generate`. Do not edit.',
    '',
    '/** The labels of each enum, by its domain and name. */',
    'export const enumLabels: { readonly [symbol: string]: readonly string[] } = {',
    ...lines.sort(),
    '};',
    '',
  ].join('\n');
}

/** A domain's schemas in JSON form, under their names in its `zod.ts`. */
function jsonSchemasSource(domain: string, entities: readonly string[]): string {
  const sorted = [...entities].sort();
  const kinds = ['Select', 'Insert', 'Update'];
  return [
    `// Generated from src/${domain}/zod.ts by \`npm run db:generate\`. Do not edit.`,
    '',
    "import { jsonForm } from '../../json-form.ts';",
    `import type { ${kinds.map((kind) => `Json${kind}Schema`).join(', ')} } from '../../validation.ts';`,
    `import { ${sorted.join(', ')} } from '../../${domain}/index.ts';`,
    `import * as schemas from '../../${domain}/zod.ts';`,
    ...sorted.flatMap((entity) => [
      '',
      ...kinds.map(
        (kind) =>
          `export const ${entity}${kind}: Json${kind}Schema<typeof ${entity}> = jsonForm(${entity}, schemas.${entity}${kind});`,
      ),
    ]),
    '',
  ].join('\n');
}

/** The files under `src/generated/old-paths/` that no entry of the registry stands for any more, by their paths from the root. */
export function obsoleteFiles(root: string, renames: readonly Rename[]): string[] {
  const wanted = new Set(oldModules(renames).map((module) => `src/generated/old-paths/${fileOf(module)}.ts`));
  return readdirSync(join(root, 'src/generated/old-paths'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
    .filter((file) => !wanted.has(file));
}

/** The files, formatted by the repository's formatter. */
export function formattedFiles(root: string, files: ReadonlyMap<string, string>): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'canonical-models-format-'));
  try {
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    writeFiles(folder, files, []);
    const biome = fileURLToPath(import.meta.resolve('@biomejs/biome/bin/biome'));
    execFileSync(process.execPath, [biome, 'check', '--write', '--vcs-enabled=false', '.'], {
      cwd: folder,
      stdio: 'pipe',
    });
    return new Map([...files.keys()].map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes the files that differ from the given ones, and removes the obsolete ones: all of it, or nothing.
 *
 * @returns a function that undoes it.
 */
export function writeFiles(root: string, files: ReadonlyMap<string, string>, obsolete: readonly string[]): () => void {
  const before = [...files.keys(), ...obsolete].map((file) => {
    const path = join(root, file);
    return { path, text: existsSync(path) ? readFileSync(path, 'utf8') : undefined, wanted: files.get(file) };
  });
  const put = (path: string, text: string | undefined) => {
    if (text === undefined) return rmSync(path, { force: true });
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const changed = before.filter(({ text, wanted }) => text !== wanted);
  const takeBack = () => {
    for (const { path, text } of changed) put(path, text);
  };
  try {
    for (const { path, wanted } of changed) put(path, wanted);
  } catch (error) {
    takeBack();
    throw error;
  }
  return takeBack;
}
