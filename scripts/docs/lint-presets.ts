import { importMap, type MovedModule } from '../../src/registry/import-map.ts';
import type { Rename } from '../../src/registry/renames.ts';

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
  const paths = Object.entries(importMap(renames).modules).map(([name, moved]) => ({ name, message: adviceOf(moved) }));
  return JSON.stringify({ rules: { 'no-restricted-imports': ['error', { paths }] } }, null, 2);
}

/** The rule `noRestrictedImports` of Biome, as the text of `biome.json`. */
export function biomePreset(renames: readonly Rename[]): string {
  const paths = Object.fromEntries(
    Object.entries(importMap(renames).modules).map(([name, moved]) => [name, adviceOf(moved)]),
  );
  return JSON.stringify(
    { linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { paths } } } } } },
    null,
    2,
  );
}

/** A document with its generated parts replaced: the text between `<!-- name -->` and `<!-- /name -->`. */
export function withGeneratedParts(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the document has no part between ${begin} and ${end}`);
    return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
  }, document);
}
