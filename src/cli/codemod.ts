import { relative, sep } from 'node:path';
import { Command } from 'commander';
import { InvalidInput } from '../errors.ts';
import type { MockFunction } from '../tools/codemod/mock-functions.ts';
import type { CodemodReport } from '../tools/codemod/report.ts';
import { assertPeers } from '../tools/peers.ts';
import { shellWord } from '../tools/shell-word.ts';
import { Interruption, printAnswer, StoppedCommand } from './answer.ts';
import { interruptible } from './interruption.ts';
import { coloursFor, progress } from './terminal.ts';

interface Flags {
  readonly write?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly map?: string;
  readonly legacyRoot?: string[];
  readonly mock?: string[];
  readonly exclude?: string[];
  readonly gitignore: boolean;
}

/** `canonical-models codemod`: moves old imports to their canonical modules. */
export function codemodCommand(): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  return new Command('codemod')
    .description('move old imports to the canonical modules')
    .argument('[paths...]', 'files and folders (default: the current folder)')
    .option('--write', 'change the files (without it, print what would change)')
    .option('--check', 'list the old imports that are left, and exit with 1 if there are any')
    .option('--json', 'print the report as JSON')
    .option('--map <file>', "an import map of your own, instead of the package's")
    .option('--legacy-root <folder>', 'where old modules of your own stand, as src', collect)
    .option('--mock <call>', 'a test function that mocks a module by its path', collect)
    .option('--exclude <pattern>', 'leave out files and folders, as a line of .gitignore does', collect)
    .option('--no-gitignore', 'look into what .gitignore rules out, too')
    .addHelpText(
      'after',
      `
Understands package paths, relative paths, and aliases of tsconfig.json and package.json. What it
cannot decide it leaves and lists, as it lists what other text files mention of old modules. Running
it twice changes nothing the second time.

Example:
  canonical-models codemod src --check

Exit codes: 0 done; 1 --check found old imports, or what it cannot read; 2 wrong usage or environment; 130 interrupted.`,
    )
    .action(async (paths: string[], flags: Flags) => {
      if (flags.write && flags.check) {
        throw new InvalidInput({
          object: 'codemod',
          code: 'wrong-usage',
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
  const [{ codemodFiles }, report, { renderUnifiedDiff }] = await Promise.all([
    import('../tools/codemod/files.ts'),
    import('../tools/codemod/report.ts'),
    import('../tools/codemod/unified-diff.ts'),
  ]);
  const colours = coloursFor(process.stdout);
  const shown = progress();
  const map = await mapFor(flags);
  const mocks = flags.mock && (await withMocks(flags.mock));
  const result = await interruptible((signal) =>
    codemodFiles({
      map,
      paths,
      write: flags.write === true,
      legacyRoots: flags.legacyRoot ?? [],
      exclude: [...(flags.exclude ?? []), ...(flags.map === undefined ? [] : [excludeFile(flags.map)])],
      gitignore: flags.gitignore,
      signal,
      ...(mocks && { mockFunctions: mocks }),
      onProgress: ({ read, of }) => shown.update(`${read} of ${of} files read`),
      onFile: (file, { before, edits }) => {
        if (flags.json) return;
        shown.done();
        if (flags.check) process.stdout.write(report.renderCheckLines(file, colours));
        else if (flags.write && file.changed) process.stdout.write(`${file.path}\n`);
        else if (file.changed) process.stdout.write(renderUnifiedDiff(file.path, before, edits, colours));
      },
    }),
  ).finally(() => shown.done());
  const skipped = result.skipped.map((file) => ({ ...file, path: relative('.', file.path).split(sep).join('/') }));
  const summary = report.summarise(result);
  for (const warning of result.warnings) process.stderr.write(`${warning}\n`);
  const { files, warnings } = result;
  const data: CodemodReport = { version: 1, written: flags.write === true, summary, files, skipped, warnings };
  if (!flags.json) {
    if (flags.check) process.stdout.write(report.renderUnread(skipped, colours));
    else process.stdout.write(`${files.length > 0 ? '\n' : ''}${report.renderRemarks(files, colours)}`);
    process.stdout.write(report.renderSummary(summary, skipped, flags.write === true));
    if (summary.filesChanged > 0 && !flags.write) process.stdout.write(`Next: ${writing(paths, flags)}\n`);
  }
  if (summary.interrupted) throw new StoppedCommand(new Interruption('canonical-models codemod'), data);
  if (flags.json) printAnswer(`${JSON.stringify(data, null, 2)}\n`);
  const isUnknown = skipped.some(({ reason }) => reason === 'unreadable');
  if (flags.check && (summary.moved + summary.left > 0 || isUnknown)) process.exitCode = 1;
}

/** The command that writes what this one has shown: the same paths and flags, as a shell reads them. */
function writing(
  paths: readonly string[],
  { map, legacyRoot = [], mock = [], exclude = [], gitignore }: Flags,
): string {
  const flags = [
    ...(map === undefined ? [] : ['--map', map]),
    ...legacyRoot.flatMap((folder) => ['--legacy-root', folder]),
    ...mock.flatMap((call) => ['--mock', call]),
    ...exclude.flatMap((pattern) => ['--exclude', pattern]),
    ...(gitignore ? [] : ['--no-gitignore']),
    '--write',
  ];
  // After -- a path may begin like a flag.
  const parameters = paths.some((path) => path.startsWith('-')) ? [...flags, '--', ...paths] : [...paths, ...flags];
  return ['canonical-models', 'codemod', ...parameters].map(shellWord).join(' ');
}

/** The pattern that leaves out one file. The map itself names old modules. */
function excludeFile(path: string): string {
  const within = relative('.', path).split(sep).join('/');
  return `/${within.replaceAll(/[\\*?[\]!# ]/g, '\\$&')}`;
}

async function mapFor({ map }: Flags) {
  if (map !== undefined) return (await import('../tools/codemod/map-file.ts')).readImportMap(map);
  const [{ importMap }, { renames }] = await Promise.all([
    import('../registry/import-map.ts'),
    import('../registry/renames.ts'),
  ]);
  return importMap(renames);
}

async function withMocks(calls: readonly string[]): Promise<MockFunction[]> {
  const { mockFunctions } = await import('../tools/codemod/mock-functions.ts');
  return [...mockFunctions, ...calls.map((name) => ({ name, does: 'replace' as const }))];
}
