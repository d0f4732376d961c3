import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The executable of ast-grep for this machine, from the package that its own install script would take it from. */
export function findAstGrep(): string {
  const { platform, arch } = process;
  const suffix = platform === 'linux' ? '-gnu' : platform === 'win32' ? '-msvc' : '';
  const own = createRequire(require.resolve('@ast-grep/cli/package.json'));
  const folder = dirname(own.resolve(`@ast-grep/cli-${platform}-${arch}${suffix}/package.json`));
  return join(folder, platform === 'win32' ? 'ast-grep.exe' : 'ast-grep');
}

/** The path change alone as rules of ast-grep: one a path, as its documentation writes them, in one file. */
export function renderAstGrepRules(paths: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(paths)
    .map(([from, to], index) =>
      [
        `id: path-${index}`,
        'language: TypeScript',
        'severity: hint',
        'rule:',
        '  kind: string_fragment',
        `  regex: ^${from}$`,
        '  inside:',
        '    kind: string',
        '    inside: { any: [{ kind: import_statement }, { kind: export_statement }] }',
        `fix: ${to}`,
        '',
      ].join('\n'),
    )
    .join('---\n');
}
