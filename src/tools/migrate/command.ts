import { Command } from 'commander';
import { type Connection, connect, driverOf } from '../database/connect.ts';
import { durationText } from '../duration.ts';
import { interruptible } from '../interruption.ts';
import { blockerText } from '../migrations/blockers.ts';
import type { Wait } from '../migrations/patience.ts';
import { lockTimeoutOption, maxWaitOption } from '../migrations/patience-options.ts';
import { assertPeers } from '../peers.ts';
import { coloursFor, progress, table } from '../terminal.ts';
import type { MigrateOptions, MigrateReport, MigrateStep } from './migrate.ts';
import type { MigratePlan } from './plan.ts';

interface Flags {
  readonly url?: string;
  readonly dryRun?: boolean;
  readonly lockTimeout: number;
  readonly maxWait: number;
  readonly folder?: string;
  readonly check: boolean;
  readonly json?: boolean;
}

/** `canonical-models migrate`: brings a database up to date, one table a transaction, one deploy at a time. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring a database up to date while it is in use')
    .option('--url <url>', 'postgres://… or pglite:<folder> (DATABASE_URL where not given)')
    .option('--dry-run', 'print each statement, the locks that it takes, and who is in the way')
    .addOption(lockTimeoutOption())
    .addOption(maxWaitOption())
    .option('--folder <folder>', "a copy of the package's migrations")
    .option('--no-check', 'leave out the check at the end')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Takes the same migrations and keeps the same record as drizzle-kit migrate. Finds out by itself
whether the database is empty, legacy or partly migrated. Runs check at the end.

Example:
  canonical-models migrate --url postgres://deploy@db.example/catering --max-wait 2m

Exit codes: 0 up to date; 1 no lock in time, a record that does not fit, or a database that
differs; 2 wrong usage or environment; 130 interrupted, between two migrations.`,
    )
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const url = flags.url ?? process.env['DATABASE_URL'];
  assertPeers('drizzle-orm', driverOf(url));
  const connection = await connect(url, { create: flags.dryRun !== true });
  try {
    if (flags.dryRun) {
      const { planMigrations } = await import('./plan.ts');
      const plan = await planMigrations(connection, flags);
      process.stdout.write(flags.json ? `${JSON.stringify(plan)}\n` : planText(plan));
      return;
    }
    const report = await migrateOrReport(connection, flags, {
      ...(!url?.startsWith('pglite:') && { observe: () => connect(url) }),
      onStep: ({ migration, number, of }) => process.stderr.write(`${number} of ${of}: ${migration}\n`),
      onWait: (wait) => process.stderr.write(`${waitText(wait)}\n`),
    });
    if (report.interrupted || !flags.check) {
      process.stdout.write(flags.json ? `${JSON.stringify({ ...report, check: null })}\n` : reportText(report));
      if (report.interrupted) process.exitCode = 130;
      return;
    }
    if (!flags.json) process.stdout.write(reportText(report));
    const [{ check }, { reportText: checkText }] = await Promise.all([
      import('../check/check.ts'),
      import('../check/report-text.ts'),
    ]);
    const shown = progress();
    const checked = await check(connection, { onStep: (step) => shown.update(step) })
      .catch((error) => {
        // What was migrated is said, also where it could not be checked.
        if (flags.json) process.stdout.write(`${JSON.stringify({ ...report, check: null })}\n`);
        throw error;
      })
      .finally(() => shown.done());
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ ...report, check: checked })}\n`
        : `\n${checkText(checked, connection.label, coloursFor())}`,
    );
    if (checked.status !== 'agrees') process.exitCode = 1;
  } finally {
    await connection.close().catch(() => {});
  }
}

/** Migrates, and says what was done before it failed, if it fails. */
async function migrateOrReport(connection: Connection, flags: Flags, options: MigrateOptions): Promise<MigrateReport> {
  const { MigrateFailure, migrate } = await import('./migrate.ts');
  try {
    return await interruptible((signal) => migrate(connection, { ...flags, ...options, signal }));
  } catch (error) {
    if (error instanceof MigrateFailure) {
      const { report } = error;
      if (flags.json) process.stdout.write(`${JSON.stringify({ ...report, check: null })}\n`);
      else if (report.steps.length > 0) process.stdout.write(reportText(report, 'stopped'));
    }
    throw error;
  }
}

/** What is said while a run waits. */
export function waitText({ for: phase, object, tries, waited, pause, blockers }: Wait): string {
  const what = phase === 'turn' ? 'another deploy is at work' : `${object} got no lock (try ${tries})`;
  const who = blockers.map((blocker) => `\n  in the way: ${blockerText(blocker)}`).join('');
  const next = pause > 0 ? `; next try in ${durationText(pause)}` : '';
  return `${what}; waited ${durationText(waited)} so far${next}${who}`;
}

function reportText(
  { database, state, steps, last, interrupted }: MigrateReport,
  end: string = interrupted ? 'interrupted' : 'up to date',
): string {
  const lines = [
    stepsTable(steps),
    `${database}: ${state === null ? '' : `was ${state}, `}is ${end} at ${last ?? 'none'}.`,
  ];
  return `${lines.filter((line) => line !== '').join('\n\n')}\n`;
}

/** The steps of a run, with what each did to its migration. */
export function stepsTable(steps: readonly (Omit<MigrateStep, 'action'> & { readonly action: string })[]): string {
  return table(
    ['migration', 'what', 'took', 'waited', 'tries'],
    steps.map(({ migration, action, milliseconds, waited, tries }) => [
      migration,
      action,
      durationText(milliseconds),
      waited > 0 ? durationText(waited) : '',
      tries,
    ]),
  );
}

function planText({ database, state, migrations, deploys }: MigratePlan): string {
  const colours = coloursFor(process.stdout);
  const parts = migrations.map(({ migration, action, statements, inTheWay }) =>
    [
      colours.bold(migration),
      action === 'recorded'
        ? 'Its tables are here already: it is recorded and not run.'
        : table(
            ['statement', 'lock', 'on'],
            statements.flatMap(({ sql, locks }) => {
              const shown = oneLine(sql);
              if (locks === null) return [[shown, 'unknown without @electric-sql/pglite', '']];
              if (locks.length === 0) return [[shown, '', '']];
              return locks.map(({ relation, mode }, index) => [index === 0 ? shown : '', mode, relation]);
            }),
          ),
      ...inTheWay.map((blocker) => colours.yellow(`In the way now: ${blockerText(blocker)}`)),
      '',
    ].join('\n'),
  );
  return [
    ...parts,
    ...deploys.map((deploy) => `Another deploy is at work: ${blockerText(deploy)}\n`),
    `${database}: ${state}; ${migrations.length} to do. Nothing was changed.`,
    migrations.length > 0 ? 'Next: canonical-models migrate\n' : '',
  ].join('\n');
}

function oneLine(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > 72 ? `${line.slice(0, 71)}…` : line;
}
