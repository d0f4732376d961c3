import { buildImportMap, listPackageRenames, type MovedModule } from '../../src/registry/import-map.ts';
import type { Rename } from '../../src/registry/renames.ts';
import { codeBlock, generatedFrom, page } from './markdown.ts';

/** What to import instead of an old module, in one sentence for people. */
function adviceOf({ symbols = {} }: MovedModule): string {
  const targets = new Map<string, string[]>();
  for (const [name, { module, name: newName = name }] of Object.entries(symbols)) {
    const change = name === newName ? name : `${name} (now ${newName})`;
    targets.set(module, [...(targets.get(module) ?? []), change]);
  }
  const entries = [...targets];
  if (entries.length === 1) {
    const renamed = Object.entries(symbols).flatMap(([name, { name: newName = name }]) =>
      name === newName ? [] : [` ${name} is ${newName} there.`],
    );
    return `Import from '${entries[0]?.[0]}'.${renamed.join('')}`;
  }
  return `Import ${entries.map(([module, names]) => `${names.join(', ')} from '${module}'`).join('; ')}.`;
}

/** The rule `no-restricted-imports` of oxlint (and of ESLint), as the text of `.oxlintrc.json`. */
export function oxlintPreset(renames: readonly Rename[]): string {
  const { modules } = buildImportMap(listPackageRenames(renames));
  const paths = Object.entries(modules).map(([name, moved]) => ({ name, message: adviceOf(moved) }));
  return JSON.stringify({ rules: { 'no-restricted-imports': ['error', { paths }] } }, null, 2);
}

/** The rule `noRestrictedImports` of Biome, as the text of `biome.json`. */
export function biomePreset(renames: readonly Rename[]): string {
  const { modules } = buildImportMap(listPackageRenames(renames));
  const paths = Object.fromEntries(Object.entries(modules).map(([name, moved]) => [name, adviceOf(moved)]));
  return JSON.stringify(
    { linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { paths } } } } } },
    null,
    2,
  );
}

/** `docs/reference/lint-presets.md`: the rule of each linter that keeps old imports out. */
export function lintPresetsDocument(renames: readonly Rename[]): string {
  return page(
    generatedFrom('src/registry/renames.ts'),
    '# Lint presets',
    'Each reports every old import path, and says what to import instead.',
    '## ESLint',
    codeBlock(
      'js',
      "// eslint.config.js\nimport canonicalModels from 'canonical-models/eslint';\n\nexport default [canonicalModels];",
    ),
    '## oxlint',
    codeBlock('json', oxlintPreset(renames)),
    '## Biome',
    codeBlock('json', biomePreset(renames)),
  );
}
