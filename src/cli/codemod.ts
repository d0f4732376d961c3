import { relative, sep } from 'node:path';
import { Command } from 'commander';
import { InvalidInput } from '../errors.ts';
import { assertPeers } from '../peers.ts';
import type { ImportMap } from '../registry/import-map.ts';
import { shellWord } from '../shell-word.ts';
import type { MockFunction } from '../tools/codemod/mock-functions.ts';
import type { CodemodReport } from '../tools/codemod/report.ts';
import { Interruption, printAnswer, StoppedCommand } from './answer.ts';
import { interruptible } from './interruption.ts';
import { coloursFor, fitToScreen, progress } from './terminal.ts';

interface Flags {
  readonly write?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly map?: string;
  readonly extendMap?: string;
  readonly printMap?: boolean;
  readonly legacyRoot?: string[];
  readonly mock?: string[];
  readonly exclude?: string[];
  readonly gitignore: boolean;
}

/** `canonical-models codemod`: moves old imports to their canonical modules. */
export function codemodCommand(): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  return new Command('codemod')
    .description("move old imports to the canonical modules, and list those that it can't decide")
    .argument('[paths...]', 'files and folders (default: the current folder)')
    .option('--write', 'change the files and list them (without it, print what would change)')
    .option('--check', "list old imports and what can't be read, and exit with 1 if there are any")
    .option('--json', 'print the report as JSON')
    .option('--map <file>', "an import map of your own, instead of the package's")
    .option('--extend-map <file>', 'entries that are added to the map, or replace those in it')
    .option('--print-map', 'print the map that would be used as JSON, and read no files')
    .option('--legacy-root <folder>', 'where old modules of your own are, such as src', collect)
    .option('--mock <call>', 'a function of your own that mocks a module by its path', collect)
    .option('--exclude <pattern>', 'leave out files and folders, like a line of .gitignore', collect)
    .option('--no-gitignore', 'do not leave out what .gitignore names')
    .addHelpText(
      'after',
      `
Example:
  canonical-models codemod src --check

Exit codes: 0 done; 1 --check listed something; 2 wrong usage or environment; 130 interrupted.`,
    )
    .action(async (paths: string[], flags: Flags) => {
      rejectContradictions(paths, flags);
      if (flags.printMap) {
        printAnswer(`${JSON.stringify(await mapFor(flags), null, 2)}\n`);
        return;
      }
      assertPeers('oxc-parser');
      await run(paths, flags);
    });
}

/** @throws {InvalidInput} if flags ask for things that do not go together. */
function rejectContradictions(paths: readonly string[], { write, check, printMap }: Flags): void {
  const refuse = (found: string, next: string): never => {
    throw new InvalidInput({ object: 'codemod', code: 'wrong-usage', found, expected: 'one of them', next });
  };
  if (write && check) {
    refuse('both --write and --check', 'run canonical-models codemod --write, then canonical-models codemod --check');
  }
  const beside = write ? '--write' : check ? '--check' : undefined;
  if (printMap && beside) refuse(`both --print-map and ${beside}`, 'run canonical-models codemod --print-map alone');
  if (printMap && paths.length > 0) {
    refuse('--print-map and a path', 'run canonical-models codemod --print-map without paths');
  }
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
      exclude: [
        ...(flags.exclude ?? []),
        ...[flags.map, flags.extendMap].flatMap((map) => (map === undefined ? [] : [excludeFile(map)])),
      ],
      gitignore: flags.gitignore,
      signal,
      ...(mocks && { mockFunctions: mocks }),
      onProgress: ({ read, of }) => shown.update(`${read} of ${of} files read`),
      onFile: (file, { before, edits }) => {
        if (flags.json) return;
        shown.done();
        if (flags.check) process.stdout.write(fitToScreen(report.renderCheckLines(file, colours), process.stdout));
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
    // With --write, standard output has only the paths of changed files: a formatter reads them through a pipe.
    const out = flags.write ? process.stderr : process.stdout;
    const gap = files.length > 0 && !flags.write ? '\n' : '';
    if (flags.check) out.write(fitToScreen(report.renderUnread(skipped, coloursFor(out)), out));
    else out.write(`${gap}${fitToScreen(report.renderRemarks(files, coloursFor(out)), out)}`);
    out.write(fitToScreen(report.renderSummary(summary, skipped, flags.write === true), out));
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
  { map, extendMap, legacyRoot = [], mock = [], exclude = [], gitignore }: Flags,
): string {
  const flags = [
    ...(map === undefined ? [] : ['--map', map]),
    ...(extendMap === undefined ? [] : ['--extend-map', extendMap]),
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

async function mapFor({ map, extendMap }: Flags): Promise<ImportMap> {
  const base = map === undefined ? await getPackageMap() : await readMap(map);
  if (extendMap === undefined) return base;
  const { extendImportMap } = await import('../tools/codemod/map-file.ts');
  return extendImportMap(base, await readMap(extendMap), extendMap);
}

async function readMap(path: string): Promise<ImportMap> {
  return (await import('../tools/codemod/map-file.ts')).readImportMap(path);
}

async function getPackageMap(): Promise<ImportMap> {
  const [{ buildImportMap }, { renames }] = await Promise.all([
    import('../registry/import-map.ts'),
    import('../registry/renames.ts'),
  ]);
  return buildImportMap(renames);
}

async function withMocks(calls: readonly string[]): Promise<MockFunction[]> {
  const { mockFunctions } = await import('../tools/codemod/mock-functions.ts');
  return [...mockFunctions, ...calls.map((name) => ({ name, does: 'replace' as const }))];
}
