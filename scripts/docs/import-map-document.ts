import { oldModules } from '../../src/registry/old-modules.ts';
import type { Rename } from '../../src/registry/renames.ts';

/** Renders `IMPORT_MAP.md`: every old import and table name, with its new one, the reason, and the versions of deprecation and removal. */
export function importMapDocument(renames: readonly Rename[]): string {
  const modules = oldModules(renames);
  const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const imported = (name: string, path: string) => `\`import { ${name} } from 'canonical-models/${path}'\``;
  const lines = [
    '<!-- Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit. -->',
    '# Import map',
    '',
    'Old imports and where they went. `npx canonical-models codemod --write` moves them all.',
  ];
  for (const { path, symbols, since, removedIn } of modules.filter(({ removedIn }) => removedIn)) {
    lines.push('', `## \`canonical-models/${path}\``, '', `Deprecated since ${since}, goes in ${removedIn}.`, '');
    lines.push(row('old import', 'new import', 'why'), row('---', '---', '---'));
    for (const { name, domain, canonicalName, reason } of symbols) {
      lines.push(row(imported(name, path), imported(canonicalName, domain), reason));
    }
  }
  lines.push('', '## Kept', '', 'These paths stay, and do not warn.', '');
  lines.push(row('import', 'the same as', 'why'), row('---', '---', '---'));
  for (const { path, symbols } of modules.filter(({ removedIn }) => !removedIn)) {
    for (const { name, domain, canonicalName, reason } of symbols) {
      lines.push(row(imported(name, path), imported(canonicalName, domain), reason));
    }
  }
  lines.push('', '## Tables', '', row('old table', 'canonical table', 'since', 'view goes in', 'why'));
  lines.push(row('---', '---', '---', '---', '---'));
  for (const entry of renames) {
    if (entry.kind !== 'table') continue;
    lines.push(row(`\`${entry.from}\``, `\`${entry.to}\``, entry.since, entry.removedIn ?? 'never', entry.reason));
  }
  return `${lines.join('\n')}\n`;
}
