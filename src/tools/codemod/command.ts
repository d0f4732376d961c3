import { relative, sep } from 'node:path';
import { Command } from 'commander';
import { InvalidInput } from '../../errors.ts';
import { assertPeers } from '../peers.ts';
import { shellWord } from '../shell-word.ts';
import { coloursFor, progress } from '../terminal.ts';
import type { MockFunction } from './mock-functions.ts';
import type { CodemodReport, CodemodSummary } from './report.ts';
import type { SkippedFile } from './tree.ts';

interface Flags {
  readonly write?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly map?: string;
  readonly legacyRoot?: string[];
  readonly mock?: string[];
  readonly gitignore: boolean;
}

/** `canonical-models codemod`: moves old imports to their canonical modules. */
export function codemodCommand(): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  return new Command('codemod')
    .description('move old imports to the canonical modules')
    .argument('[paths...]', 'files and folders (the current folder where not given)')
    .option('--write', 'change the files (without it, print what would change)')
    .option('--check', 'list the old imports that are left, and exit with 1 if there are any')
    .option('--json', 'print the report as JSON')
    .option('--map <file>', "an import map of your own, instead of the package's")
    .option('--legacy-root <folder>', 'where old modules of your own stand, as src', collect)
    .option('--mock <call>', 'a test function that mocks a module by its path', collect)
    .option('--no-gitignore', 'look into what .gitignore rules out, too')
    .addHelpText(
      'after',
      `
Understands package paths, relative paths, and aliases of tsconfig.json and package.json. What it
cannot decide it leaves and lists. Running it twice changes nothing the second time.

Example:
  canonical-models codemod src --check

Exit codes: 0 done; 1 --check found old imports; 2 wrong usage or environment; 130 interrupted.`,
    )
    .action(async (paths: string[], flags: Flags) => {
      if (flags.write && flags.check) {
        throw new InvalidInput({
          object: 'codemod',
          found: 'both --write and --check',
          expected: 'one of them',
          next: 'run canonical-models codemod --write, then canonical-models codemod --check',
        });
      }
      assertPeers('oxc-parser');
      await run(paths, flags);
    });
}

async function run(paths: readonly string[], flags: Flags): Promise<void> {
  const [{ codemodFiles }, report, { unifiedDiff }] = await Promise.all([
    import('./files.ts'),
    import('./report.ts'),
    import('./unified-diff.ts'),
  ]);
  const colours = coloursFor(process.stdout);
  const shown = progress();
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(interruptedExitCode);
    interruption.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const result = await codemodFiles({
      map: await mapFor(flags),
      paths,
      write: flags.write === true,
      legacyRoots: flags.legacyRoot ?? [],
      gitignore: flags.gitignore,
      signal: interruption.signal,
      ...(flags.mock && { mockFunctions: await withMocks(flags.mock) }),
      onProgress: ({ read, of }) => shown.update(`${read} of ${of} files read`),
      onFile: (file, { before, edits }) => {
        if (flags.json) return;
        shown.done();
        if (flags.check) process.stdout.write(report.checkLines(file, colours));
        else if (flags.write && file.changed) process.stdout.write(`${file.path}\n`);
        else if (file.changed) process.stdout.write(unifiedDiff(file.path, before, edits, colours));
      },
    });
    shown.done();
    const skipped = result.skipped.map((file) => ({ ...file, path: relative('.', file.path).split(sep).join('/') }));
    const summary = report.summarise(result);
    for (const warning of result.warnings) process.stderr.write(`${warning}\n`);
    if (flags.json) {
      const { files, warnings } = result;
      const written = flags.write === true;
      const data: CodemodReport = { version: 1, written, summary, files, skipped, warnings };
      process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    } else {
      if (!flags.check)
        process.stdout.write(`${result.files.length > 0 ? '\n' : ''}${report.remarks(result.files, colours)}`);
      process.stdout.write(report.summaryText(summary, skipped, flags.write === true));
      if (summary.filesChanged > 0 && !flags.write) process.stdout.write(`Next: ${writing(paths, flags)}\n`);
    }
    if (flags.check) process.exitCode = answer(summary, skipped);
    if (summary.interrupted) process.exitCode = interruptedExitCode;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

const interruptedExitCode = 130;

/** The command that writes what this one has shown: the same paths and flags, as a shell reads them. */
function writing(paths: readonly string[], { map, legacyRoot = [], mock = [], gitignore }: Flags): string {
  const flags = [
    ...(map === undefined ? [] : ['--map', map]),
    ...legacyRoot.flatMap((folder) => ['--legacy-root', folder]),
    ...mock.flatMap((call) => ['--mock', call]),
    ...(gitignore ? [] : ['--no-gitignore']),
    '--write',
  ];
  // After -- a path may begin like a flag.
  const parameters = paths.some((path) => path.startsWith('-')) ? [...flags, '--', ...paths] : [...paths, ...flags];
  return ['canonical-models', 'codemod', ...parameters].map(shellWord).join(' ');
}

/** The exit code of `--check`: whether old imports are left, or whether that is not known. */
function answer({ moved, left }: CodemodSummary, skipped: readonly SkippedFile[]): number {
  if (moved + left > 0) return 1;
  const unreadable = skipped.filter(({ reason }) => reason === 'unreadable').length;
  if (unreadable === 0) return 0;
  process.stderr.write('What cannot be read may hold old imports. Next: make it readable, or name other paths\n');
  return 2;
}

async function mapFor({ map }: Flags) {
  if (map !== undefined) return (await import('./map-file.ts')).readImportMap(map);
  const [{ importMap }, { renames }] = await Promise.all([import('../../import-map.ts'), import('../../renames.ts')]);
  return importMap(renames);
}

async function withMocks(calls: readonly string[]): Promise<MockFunction[]> {
  const { mockFunctions } = await import('./mock-functions.ts');
  return [...mockFunctions, ...calls.map((name) => ({ name, does: 'replace' as const }))];
}
