import { Command } from 'commander';
import { assertPeers } from '../peers.ts';
import { counted } from '../tools/counted.ts';
import { connect, driverOf } from '../tools/database/connect.ts';
import { renameNotes } from '../tools/migrations/outside-readers.ts';
import type { RevertReport } from '../tools/revert/revert.ts';
import { Interruption, printAnswer, StoppedCommand } from './answer.ts';
import { interruptible } from './interruption.ts';
import { stepsTable } from './migrate-text.ts';
import { lockTimeoutOption, maxWaitOption } from './patience-options.ts';
import { runProgress } from './run-progress.ts';
import { fitToScreen } from './terminal.ts';

interface Flags {
  readonly to: string;
  readonly url?: string;
  readonly lockTimeout: number;
  readonly maxWait: number;
  readonly folder?: string;
  readonly json?: boolean;
}

/** `canonical-models revert`: undoes rename migrations, newest first, and keeps all others. */
export function revertCommand(): Command {
  return new Command('revert')
    .description('undo rename migrations, newest first, and keep every row')
    .requiredOption('--to <migration>', 'the migration to go back to: it stays, later renames are undone')
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .addOption(lockTimeoutOption())
    .addOption(maxWaitOption())
    .option('--folder <folder>', "a copy of the package's migrations")
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Tables get their old names back; the views under them go. Later migrations that rename nothing
stay. If a rename does more than rename, or a function names a canonical table in its text, nothing
is undone. Roll back services on canonical names first.

Example:
  canonical-models revert --to baseline --url postgres://deploy@db.example/catering

Exit codes: 0 undone; 1 it can't be undone, or no lock in time; 2 wrong usage or environment;
130 interrupted, between two migrations.`,
    )
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const url = flags.url ?? process.env['DATABASE_URL'];
  assertPeers('drizzle-orm', driverOf(url));
  const connection = await connect(url, { create: false });
  try {
    const { RevertFailure, revert } = await import('../tools/revert/revert.ts');
    const shown = runProgress();
    const report = await interruptible((signal) =>
      revert(connection, {
        ...flags,
        signal,
        ...(!url?.startsWith('pglite:') && { observe: () => connect(url) }),
        onStep: ({ migration }) => shown.step(`undoing ${migration}`),
        onOutsideReaders: (readers) => renameNotes(readers).forEach(shown.note),
        onWait: shown.wait,
      }),
    )
      .finally(shown.done)
      .catch((error: unknown) => {
        if (error instanceof RevertFailure && !flags.json && error.report.steps.length > 0) {
          process.stdout.write(reportText(error.report));
        }
        throw error;
      });
    if (report.interrupted) {
      if (!flags.json) printAnswer(reportText(report));
      throw new StoppedCommand(new Interruption(report.stoppedAt ?? report.database), report);
    }
    printAnswer(flags.json ? `${JSON.stringify(report)}\n` : reportText(report));
  } finally {
    await connection.close().catch(() => {});
  }
}

function reportText({ database, steps, kept, last, stoppedAt, interrupted }: RevertReport): string {
  const undone = stepsTable(steps.map((step) => ({ ...step, action: 'undone' })));
  const outcome =
    stoppedAt === null && !interrupted
      ? `${steps.length === 0 ? 'already' : 'back'} at ${last ?? 'none'}`
      : `${interrupted ? 'interrupted' : 'stopped'} at ${stoppedAt ?? 'the newest rename'}`;
  const lines = [undone, keptText(kept), `${database}: ${outcome}.`].filter((part) => part !== '');
  return `${fitToScreen(lines.join('\n\n'), process.stdout)}\n`;
}

/** As many names as fit on a few lines; the first and the last of more. */
function keptText(kept: readonly string[]): string {
  if (kept.length === 0) return '';
  const names = kept.length <= 3 ? kept : [kept[0], '…', kept.at(-1)];
  const heading = `${counted(kept.length, 'later migration stays', 'later migrations stay')}:`;
  return [heading, ...names.map((name) => `  ${name}`)].join('\n');
}
