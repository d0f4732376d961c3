import { Command } from 'commander';
import { assertPeers } from '../peers.ts';
import type { ShimsReport } from '../tools/shims/shims.ts';
import { printAnswer } from './answer.ts';
import { coloursFor, fitToScreen, table } from './terminal.ts';

interface Flags {
  readonly legacyRoot: string;
  readonly write?: boolean;
  readonly partial?: boolean;
  readonly json?: boolean;
}

/** `canonical-models shims`: retires a service's own old model files behind re-exports of the package. */
export function shimsCommand(): Command {
  return new Command('shims')
    .description("put re-exports of the package in place of a service's own old model files")
    .requiredOption('--legacy-root <folder>', 'the folder of the old modules: src for src/models/booking.ts')
    .option('--write', 'move the files (without it, print what would be moved)')
    .option('--partial', 'let a file that exports more than the package keep the rest')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Moves each old model file to DEPRECATED/ beside it, with git mv if git knows it, and leaves a
re-export of the package's old path: the same names, with a warning. A file that exports more than
that path has stays, and is listed with what is missing; with --partial it keeps that and
re-exports the rest, and a copy of the old file goes to DEPRECATED/. A file also stays if loading
it does more than declare, or if it has \`export =\` or a relative path that can't be fixed.

Example:
  canonical-models shims --legacy-root src            shows what would be moved
  canonical-models shims --legacy-root src --write    moves it

Exit codes: 0 done; 1 files were refused; 2 wrong usage or environment.`,
    )
    .action(async ({ legacyRoot, write, partial, json }: Flags) => {
      assertPeers('oxc-parser');
      const { shims } = await import('../tools/shims/shims.ts');
      const report = await shims({ legacyRoot, write: write === true, partial: partial === true });
      printAnswer(
        json
          ? `${JSON.stringify({ version: 1, ...report })}\n`
          : fitToScreen(described(report, partial === true), process.stdout),
      );
      if (report.files.some(({ status }) => status === 'refused')) process.exitCode = 1;
    });
}

function described({ legacyRoot, written, files }: ShimsReport, partial: boolean): string {
  if (files.length === 0) return `No old model files under ${legacyRoot}. Nothing to do.\n`;
  const { bold, red } = coloursFor();
  const moved = files.filter(({ status }) => status === 'moved' || status === 'partial');
  const refused = files.filter(({ status }) => status === 'refused');
  const already = files.length - moved.length - refused.length;
  return [
    ...(moved.length > 0
      ? [
          bold(written ? 'Moved' : 'Would be moved'),
          table(
            ['file', 'to', 're-exports', 'keeps'],
            moved.map(({ file, movedTo = '', shim, missing = [] }) => [file, movedTo, shim, missing.join(', ')]),
          ),
          '',
        ]
      : []),
    ...(refused.length > 0
      ? [
          red('Refused'),
          table(
            ['file', 'why'],
            refused.map(({ file, reason = '' }) => [file, reason]),
          ),
          '',
        ]
      : []),
    `${moved.length} ${written ? 'moved' : 'to move'}, ${refused.length} refused, ${already} moved before.`,
    ...(moved.length > 0 && !written
      ? [`Next: canonical-models shims --legacy-root ${legacyRoot}${partial ? ' --partial' : ''} --write`]
      : []),
    '',
  ].join('\n');
}
