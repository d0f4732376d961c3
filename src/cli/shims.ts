import { Command } from 'commander';
import { assertPeers } from '../tools/peers.ts';
import type { ShimsReport } from '../tools/shims/shims.ts';
import { printAnswer } from './answer.ts';
import { coloursFor, fitToScreen, table } from './terminal.ts';

/** `canonical-models shims`: retires a service's own old model files behind re-exports of the package. */
export function shimsCommand(): Command {
  return new Command('shims')
    .description("put re-exports of the package in place of a service's own old model files")
    .requiredOption('--legacy-root <folder>', 'the folder of the old modules, as src for src/models/booking.ts')
    .option('--write', 'move the files (without it, print what would be moved)')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Moves each old model file to DEPRECATED/ beside it, with git mv if git knows it, and leaves a
re-export of the package's old path: the same names, with a warning. A file that exports more than
that path has stays, and is listed with what is missing; so does one with a relative path that
can't be fixed.

Example:
  canonical-models shims --legacy-root src            shows what would be moved
  canonical-models shims --legacy-root src --write    moves it

Exit codes: 0 done; 1 files were refused; 2 wrong usage or environment.`,
    )
    .action(async ({ legacyRoot, write, json }: { legacyRoot: string; write?: boolean; json?: boolean }) => {
      assertPeers('oxc-parser');
      const { shims } = await import('../tools/shims/shims.ts');
      const report = await shims({ legacyRoot, write: write === true });
      printAnswer(
        json ? `${JSON.stringify({ version: 1, ...report })}\n` : fitToScreen(described(report), process.stdout),
      );
      if (report.files.some(({ status }) => status === 'refused')) process.exitCode = 1;
    });
}

function described({ legacyRoot, written, files }: ShimsReport): string {
  if (files.length === 0) return `No old model files under ${legacyRoot}. Nothing to do.\n`;
  const { bold, red } = coloursFor();
  const moved = files.filter(({ status }) => status === 'moved');
  const refused = files.filter(({ status }) => status === 'refused');
  const already = files.length - moved.length - refused.length;
  return [
    ...(moved.length > 0
      ? [
          bold(written ? 'Moved' : 'Would be moved'),
          table(
            ['file', 'to', 're-exports'],
            moved.map(({ file, movedTo = '', shim }) => [file, movedTo, shim]),
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
    ...(moved.length > 0 && !written ? [`Next: canonical-models shims --legacy-root ${legacyRoot} --write`] : []),
    '',
  ].join('\n');
}
