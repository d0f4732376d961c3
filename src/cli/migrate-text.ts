import { counted } from '../tools/counted.ts';
import type { PlannedStatement } from '../tools/migrate/locks.ts';
import type { MigrateReport, MigrateStep } from '../tools/migrate/migrate.ts';
import type { MigratePlan } from '../tools/migrate/plan.ts';
import { blockerText } from '../tools/migrations/blockers.ts';
import { firedTriggerNotes } from '../tools/migrations/fired-triggers.ts';
import { type Obstacle, obstacleText } from '../tools/migrations/obstacle.ts';
import { renameNotes } from '../tools/migrations/outside-readers.ts';
import { durationText } from './duration.ts';
import { coloursFor, fitToScreen, table } from './terminal.ts';

/** A run as its caller saw it. */
export interface SeenRun {
  /** How long it took in all, in milliseconds. */
  readonly milliseconds: number;
  /** How many migrations are left to apply, of how many; `undefined` if the run ended before it knew. */
  readonly left?: { readonly count: number; readonly of: number };
}

/** What a run did, how long it took and what is left. With `rows`, each migration behind it. */
export function summaryText(report: MigrateReport, { milliseconds, left }: SeenRun, rows: boolean): string {
  const { database, state, steps, last, stoppedAt, interrupted } = report;
  const { bold, green, red } = coloursFor(process.stdout);
  const isDone = stoppedAt === null && !interrupted;
  const outcome = isDone
    ? green('up to date')
    : red(`${interrupted ? 'interrupted' : 'stopped'} before ${stoppedAt ?? 'the first migration'}`);
  const waited = steps.reduce((sum, step) => sum + step.waited, 0);
  const waiting = waited > 0 ? `, ${durationText(waited)} of it waiting for locks` : '';
  const leftOver = isDone ? 'nothing' : left && `${left.count} of ${counted(left.of, 'migration')}`;
  const lines = [
    `${bold(database)}: ${state === null ? '' : `was ${state}, `}is ${outcome}.`,
    `  done  ${doneText(steps)}, in ${durationText(milliseconds)}${waiting}`,
    ...(isDone && last !== null ? [`  last  ${last}`] : []),
    ...(leftOver === undefined ? [] : [`  left  ${leftOver}`]),
    ...(rows && steps.length > 0 ? ['', stepsTable(steps)] : []),
  ];
  return `${fitToScreen(lines.join('\n'), process.stdout)}\n`;
}

function doneText(steps: readonly MigrateStep[]): string {
  const actions = ['recorded', 'applied'] as const;
  const counts = actions.map((action) => ({ action, count: steps.filter((step) => step.action === action).length }));
  const [first, ...more] = counts.filter(({ count }) => count > 0);
  if (!first) return 'nothing';
  return [
    `${counted(first.count, 'migration')} ${first.action}`,
    ...more.map(({ action, count }) => `${count} ${action}`),
  ].join(', ');
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

/** What a run would do. On a terminal the begin of each statement, off a terminal each statement whole. */
export function planText(
  { database, state, migrations, deploys, outside, obstacles, eventTriggers, triggers }: MigratePlan,
  ended: (statement: string) => string,
): string {
  const { bold, red } = coloursFor(process.stdout);
  const shown = process.stdout.isTTY
    ? statementsTable
    : (all: readonly PlannedStatement[]) => statementsText(all, ended);
  const fitted = (text: string) => fitToScreen(text, process.stdout);
  const parts = migrations.map(({ migration, action, statements, inTheWay }) =>
    [
      bold(migration),
      action === 'recorded' ? 'Its tables are here already: it is recorded and not run.' : shown(statements),
      ...inTheWay.map((blocker) => fitted(red(`In the way now: ${blockerText(blocker)}`))),
      '',
    ].join('\n'),
  );
  return [
    ...parts,
    ...deploys.map((deploy) => fitted(`Another deploy is at work: ${blockerText(deploy)}\n`)),
    ...[...renameNotes(outside), ...firedTriggerNotes(triggers)].map((text) => fitted(`Note: ${text}\n`)),
    ...(migrations.length > 0 ? eventTriggers : []).map((trigger) =>
      fitted(
        `Event trigger ${trigger.name} calls ${trigger.function} with these statements (${trigger.event}): if it refuses one, the run stops there.\n`,
      ),
    ),
    ...(obstacles.length > 0
      ? [red(`In the way of these migrations: ${obstacles.length}`), fitted(`${obstaclesText(obstacles)}\n`)]
      : []),
    fitted(`${database}: ${state}; ${migrations.length} to do. Nothing was changed.`),
    obstacles.length > 0
      ? 'Next: do what is said for each thing in the way, then run the command again\n'
      : migrations.length > 0
        ? 'Next: canonical-models migrate\n'
        : '',
  ].join('\n');
}

/** Everything that is in the way, each with what to do about it. */
export function obstaclesText(obstacles: readonly Obstacle[]): string {
  return obstacles.map(obstacleText).join('\n');
}

const unknownLock = 'unknown without @electric-sql/pglite';

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

/** Each statement under its locks. */
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
