import { type OldModule, oldModules } from '../../src/registry/old-modules.ts';
import type { Rename } from '../../src/registry/renames.ts';
import { generatedFrom, page, tableLines } from './markdown.ts';

/** `docs/reference/import-map.md`: every old import and table name, with its new one, the reason, and the versions in which it came and goes. */
export function importMapDocument(renames: readonly Rename[]): string {
  const modules = oldModules(renames);
  const imported = (name: string, path: string) => `\`${name}\` from \`canonical-models/${path}\``;
  const symbolRows = ({ symbols }: OldModule, old: (name: string) => string) =>
    symbols.map(({ name, domain, canonicalName, reason }) => [old(name), imported(canonicalName, domain), reason]);
  const kept = modules.filter(({ removedIn }) => !removedIn);
  return page(
    generatedFrom('src/registry/renames.ts'),
    '# Import map',
    'Old imports and where they went. `npx canonical-models codemod --write` moves them all: [Leave the old names](../guides/leave-old-names.md).',
    ...modules
      .filter(({ removedIn }) => removedIn)
      .flatMap((module) => [
        `## \`canonical-models/${module.path}\``,
        `Deprecated since ${module.since}, removed in ${module.removedIn}.`,
        tableLines(
          ['imported', 'new import', 'why'],
          symbolRows(module, (name) => `\`${name}\``),
        ).join('\n'),
      ]),
    '## Kept',
    'These paths stay, and do not warn.',
    tableLines(
      ['import', 'the same as', 'why'],
      kept.flatMap((module) => symbolRows(module, (name) => imported(name, module.path))),
    ).join('\n'),
    '## Modules that only services had',
    'Files that services had of their own. They are no paths of this package, so nothing warns; `codemod --legacy-root src` moves their imports.',
    tableLines(
      ['old symbol', 'new import', 'why'],
      renames.flatMap((entry) =>
        entry.kind === 'service-module'
          ? [...entry.symbols.map((name) => [name, name] as const), ...Object.entries(entry.renamed ?? {})].map(
              ([name, newName]) => [`\`${entry.from}#${name}\``, imported(newName, entry.to), entry.reason],
            )
          : [],
      ),
    ).join('\n'),
    '## Tables',
    tableLines(
      ['old table', 'canonical table', 'since', 'view removed in', 'why'],
      renames.flatMap((entry) =>
        entry.kind === 'table'
          ? [[`\`${entry.from}\``, `\`${entry.to}\``, entry.since, entry.removedIn ?? 'never', entry.reason]]
          : [],
      ),
    ).join('\n'),
  );
}
