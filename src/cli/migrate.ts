import { Command, Option } from 'commander';
import { InvalidInput } from '../errors.ts';
import { assertPeers } from '../peers.ts';
import { type Connection, connect, driverOf } from '../tools/database/connect.ts';
import type { MigrateOptions, MigrateReport } from '../tools/migrate/migrate.ts';
import { firedTriggerNotes } from '../tools/migrations/fired-triggers.ts';
import { obstaclesFailure } from '../tools/migrations/obstacle.ts';
import { renameNotes } from '../tools/migrations/outside-readers.ts';
import { acceptOption, readAccepted } from './accept-option.ts';
import { Interruption, printAnswer, StoppedCommand } from './answer.ts';
import { exitCodeOf } from './exit-code.ts';
import { interruptible } from './interruption.ts';
import { planText, type SeenRun, summaryText } from './migrate-text.ts';
import { lockTimeoutOption, maxWaitOption } from './patience-options.ts';
import { runProgress } from './run-progress.ts';
import { coloursFor, progress, wantsRows } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly dryRun?: boolean;
  readonly sql?: boolean;
  readonly lockTimeout: number;
  readonly maxWait: number;
  readonly folder?: string;
  readonly accept?: string;
  readonly check: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** `canonical-models migrate`: brings a database up to date, one table a transaction, one deploy at a time. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring a database up to date while it is in use')
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .option('--dry-run', 'print each statement, the locks that it takes, and who is in the way')
    .addOption(new Option('--sql', 'with --dry-run: print what would run as a script for psql').conflicts('json'))
    .addOption(lockTimeoutOption())
    .addOption(maxWaitOption())
    .option('--folder <folder>', "a copy of the package's migrations")
    .addOption(acceptOption())
    .option('--no-check', 'leave out the check at the end')
    .option('--verbose', 'list each migration; off a terminal they are always listed')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Finds out how far the database is, and checks for obstacles first. Keeps drizzle-kit's record, too.

Example:
  canonical-models migrate --url postgres://deploy@db.example/catering --max-wait 2m

Exit codes: 0 up to date; 1 something is in the way, no lock in time, a record that does not fit,
or a database that differs; 2 wrong usage or environment; 130 interrupted, between two migrations.`,
    )
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  if (flags.sql && !flags.dryRun) {
    throw new InvalidInput({
      code: 'wrong-usage',
      object: 'canonical-models migrate',
      found: '--sql without --dry-run',
      expected: 'both: --sql prints and runs nothing',
      next: 'canonical-models migrate --dry-run --sql, or canonical-models migrate',
    });
  }
  const url = flags.url ?? process.env['DATABASE_URL'];
  assertPeers('drizzle-orm', driverOf(url));
  const accept = await readAccepted(flags.accept);
  const connection = await connect(url, { create: flags.dryRun !== true });
  try {
    if (flags.dryRun) {
      const { ended, planMigrations, renderScript } = await import('../tools/migrate/plan.ts');
      const plan = await planMigrations(connection, { ...flags, accept, locks: !flags.sql });
      if (flags.json) printAnswer(`${JSON.stringify(plan)}\n`);
      else if (flags.sql) printAnswer(renderScript(plan, flags));
      else printAnswer(planText(plan, ended));
      // As `migrate` itself would end.
      const [first, ...more] = plan.obstacles;
      if (first) process.exitCode = exitCodeOf(obstaclesFailure(plan.database, [first, ...more]));
      return;
    }
    const { report, seen } = await migrateOrReport(connection, { ...flags, accept }, url);
    const summary = summaryText(report, seen, wantsRows(flags));
    if (report.interrupted) {
      if (!flags.json) printAnswer(summary);
      throw new StoppedCommand(new Interruption(report.stoppedAt ?? report.database), { ...report, check: null });
    }
    if (!flags.check) {
      printAnswer(
        flags.json ? `${JSON.stringify({ ...report, check: null })}\n` : `${summary}Next: canonical-models check\n`,
      );
      return;
    }
    if (!flags.json) process.stdout.write(summary);
    const [{ check }, { checkAfterMigrateText }] = await Promise.all([
      import('../tools/check/check.ts'),
      import('./check-text.ts'),
    ]);
    const shown = progress();
    const checked = await check(connection, { accept, onStep: (step) => shown.update(step) })
      .catch((error) => {
        // What was migrated is said even if the check fails.
        throw new StoppedCommand(error, { ...report, check: null });
      })
      .finally(() => shown.done());
    printAnswer(
      flags.json
        ? `${JSON.stringify({ ...report, check: checked })}\n`
        : `\n${checkAfterMigrateText(checked, { label: connection.label, hasMigrated: report.steps.length > 0 }, coloursFor())}`,
    );
    if (checked.status !== 'agrees') process.exitCode = 1;
  } finally {
    await connection.close().catch(() => {});
  }
}

/** Migrates, and says what was done before it failed, if it fails. */
async function migrateOrReport(
  connection: Connection,
  flags: Omit<Flags, 'accept'> & Pick<MigrateOptions, 'accept'>,
  url: string | undefined,
): Promise<{ readonly report: MigrateReport; readonly seen: SeenRun }> {
  const { MigrateFailure, migrate } = await import('../tools/migrate/migrate.ts');
  const shown = runProgress();
  const began = performance.now();
  let left: SeenRun['left'];
  const seen = (): SeenRun => ({ milliseconds: performance.now() - began, ...(left && { left }) });
  try {
    const report = await interruptible((signal) =>
      migrate(connection, {
        ...flags,
        ...(!url?.startsWith('pglite:') && { observe: () => connect(url) }),
        onStep: ({ migration, number, of }) => {
          left = { count: of - number + 1, of };
          shown.step(`${number} of ${of}: ${migration}`);
        },
        onOutsideReaders: (readers) => renameNotes(readers).forEach(shown.note),
        onFiredTriggers: (triggers) => firedTriggerNotes(triggers).forEach(shown.note),
        onWait: shown.wait,
        signal,
      }),
    ).finally(shown.done);
    return { report, seen: seen() };
  } catch (error) {
    if (!(error instanceof MigrateFailure)) throw error;
    const { report } = error;
    if (!flags.json && report.steps.length > 0) {
      process.stdout.write(summaryText(report, seen(), wantsRows(flags)));
    }
    throw new StoppedCommand(error, { ...report, check: null });
  }
}
