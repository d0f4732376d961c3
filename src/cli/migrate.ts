import { Command, Option } from 'commander';
import { InvalidInput } from '../errors.ts';
import { type Connection, connect, driverOf } from '../tools/database/connect.ts';
import type { PlannedStatement } from '../tools/migrate/locks.ts';
import type { MigrateOptions, MigrateReport, MigrateStep } from '../tools/migrate/migrate.ts';
import type { MigratePlan } from '../tools/migrate/plan.ts';
import { blockerText } from '../tools/migrations/blockers.ts';
import type { Wait } from '../tools/migrations/patience.ts';
import { assertPeers } from '../tools/peers.ts';
import { Interruption, printAnswer, StoppedCommand } from './answer.ts';
import { durationText } from './duration.ts';
import { interruptible } from './interruption.ts';
import { lockTimeoutOption, maxWaitOption } from './patience-options.ts';
import { coloursFor, fitToScreen, progress, table } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly dryRun?: boolean;
  readonly sql?: boolean;
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
    .addOption(new Option('--sql', 'with --dry-run: print what would run as a script for psql').conflicts('json'))
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
  const connection = await connect(url, { create: flags.dryRun !== true });
  try {
    if (flags.dryRun) {
      const { ended, planMigrations, renderScript } = await import('../tools/migrate/plan.ts');
      const plan = await planMigrations(connection, { ...flags, locks: !flags.sql });
      if (flags.json) printAnswer(`${JSON.stringify(plan)}\n`);
      else if (flags.sql) printAnswer(renderScript(plan, flags));
      else printAnswer(planText(plan, process.stdout.isTTY ? statementsTable : (all) => statementsText(all, ended)));
      return;
    }
    const report = await migrateOrReport(connection, flags, {
      ...(!url?.startsWith('pglite:') && { observe: () => connect(url) }),
      onStep: ({ migration, number, of }) => process.stderr.write(`${number} of ${of}: ${migration}\n`),
      onWait: (wait) => process.stderr.write(fitToScreen(`${waitText(wait)}\n`, process.stderr)),
    });
    if (report.interrupted) {
      if (!flags.json) printAnswer(reportText(report));
      throw new StoppedCommand(new Interruption(report.stoppedAt ?? report.database), { ...report, check: null });
    }
    if (!flags.check) {
      printAnswer(flags.json ? `${JSON.stringify({ ...report, check: null })}\n` : reportText(report));
      return;
    }
    if (!flags.json) process.stdout.write(reportText(report));
    const [{ check }, { reportText: checkText }] = await Promise.all([
      import('../tools/check/check.ts'),
      import('./check-text.ts'),
    ]);
    const shown = progress();
    const checked = await check(connection, { onStep: (step) => shown.update(step) })
      .catch((error) => {
        // What was migrated is said, also where it could not be checked.
        throw new StoppedCommand(error, { ...report, check: null });
      })
      .finally(() => shown.done());
    printAnswer(
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
  const { MigrateFailure, migrate } = await import('../tools/migrate/migrate.ts');
  try {
    return await interruptible((signal) => migrate(connection, { ...flags, ...options, signal }));
  } catch (error) {
    if (!(error instanceof MigrateFailure)) throw error;
    const { report } = error;
    if (!flags.json && report.steps.length > 0) process.stdout.write(reportText(report));
    throw new StoppedCommand(error, { ...report, check: null });
  }
}

/** What is said while a run waits. */
export function waitText({ for: phase, object, tries, waited, pause, blockers }: Wait): string {
  const what = phase === 'turn' ? 'another deploy is at work' : `${object} got no lock (try ${tries})`;
  const who = blockers.map((blocker) => `\n  in the way: ${blockerText(blocker)}`).join('');
  const next = pause > 0 ? `; next try in ${durationText(pause)}` : '';
  return `${what}; waited ${durationText(waited)} so far${next}${who}`;
}

function reportText({ database, state, steps, last, stoppedAt, interrupted }: MigrateReport): string {
  const end = interrupted ? 'interrupted' : 'stopped';
  const outcome =
    stoppedAt === null && !interrupted
      ? `up to date at ${last ?? 'none'}`
      : `${end} before ${stoppedAt ?? 'the first migration'}`;
  const lines = [stepsTable(steps), `${database}: ${state === null ? '' : `was ${state}, `}is ${outcome}.`];
  return `${fitToScreen(lines.filter((line) => line !== '').join('\n\n'), process.stdout)}\n`;
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

function planText(
  { database, state, migrations, deploys }: MigratePlan,
  shown: (statements: readonly PlannedStatement[]) => string,
): string {
  const colours = coloursFor(process.stdout);
  const parts = migrations.map(({ migration, action, statements, inTheWay }) =>
    [
      colours.bold(migration),
      action === 'recorded' ? 'Its tables are here already: it is recorded and not run.' : shown(statements),
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

const unknownLock = 'unknown without @electric-sql/pglite';

/** On a terminal: the begin of each statement, beside its locks. */
function statementsTable(statements: readonly PlannedStatement[]): string {
  return table(
    ['statement', 'lock', 'on'],
    statements.flatMap(({ sql, locks }) => {
      const shown = oneLine(sql);
      if (locks === null) return [[shown, unknownLock, '']];
      if (locks.length === 0) return [[shown, '', '']];
      return locks.map(({ relation, mode }, index) => [index === 0 ? shown : '', mode, relation]);
    }),
  );
}

/** Off a terminal: each statement whole, under its locks. */
function statementsText(statements: readonly PlannedStatement[], ended: (statement: string) => string): string {
  return statements
    .map(({ sql, locks }) => {
      const lines = locks?.map(({ relation, mode }) => `-- ${mode} on ${relation}`) ?? [`-- lock: ${unknownLock}`];
      return [...lines, ended(sql)].join('\n');
    })
    .join('\n\n');
}

function oneLine(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > 72 ? `${line.slice(0, 71)}…` : line;
}
