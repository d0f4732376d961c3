import { Command } from 'commander';
import { assertPeers } from '../peers.ts';
import { connect, driverOf } from '../tools/database/connect.ts';
import { entryText } from '../tools/database/entry-by-user-id.ts';
import { renameStates } from '../tools/database-state.ts';
import type { StatusReport } from '../tools/status/status.ts';
import { printAnswer } from './answer.ts';
import { durationText } from './duration.ts';
import { removalText } from './removal-text.ts';
import { coloursFor, fitToScreen, table, wantsRows } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly folder?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** `canonical-models status`: where every migration, every rename and every old path stands. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show where every migration, rename and old path stands')
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .option('--folder <folder>', "a copy of the package's migrations")
    .option('--verbose', 'list each migration, rename and old path; off a terminal they are always listed')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Reads only.

Example:
  canonical-models status --url postgres://deploy@db.example/catering

Exit codes: 0 shown; 1 the record does not fit the migrations; 2 wrong usage or environment.`,
    )
    .action(async (flags: Flags) => {
      const { url, folder, json } = flags;
      const database = url ?? process.env['DATABASE_URL'];
      assertPeers('drizzle-orm', driverOf(database));
      const connection = await connect(database, { create: false });
      try {
        const { status } = await import('../tools/status/status.ts');
        const report = await status(connection, folder === undefined ? {} : { folder });
        printAnswer(json ? `${JSON.stringify(report)}\n` : statusText(report, wantsRows(flags)));
      } finally {
        await connection.close().catch(() => {});
      }
    });
}

/** How far the database is, and what to do next. With `rows`, every migration, rename and old path behind it. */
function statusText(report: StatusReport, rows: boolean): string {
  const { database, migrations, renames, oldPaths, entryByUserId } = report;
  const { bold, green, red, dim } = coloursFor(process.stdout);
  const pending = migrations.filter(({ state }) => state === 'pending');
  const done = migrations.filter(({ state }) => state !== 'pending');
  const reached = done.length === 0 ? 'no migration yet' : 'partly migrated';
  const outcome = pending.length === 0 ? green('up to date') : bold(`${reached}, ${pending.length} pending`);
  const [first] = pending;
  const last = done.at(-1);
  const ofRenames = renameStates.flatMap((state) => {
    const count = renames.filter((rename) => rename.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const unclear = renames.filter(({ state }) => state === 'unclear').map(({ from, to }) => `${from} or ${to}`);
  const removed = oldPaths.filter(({ removedIn }) => removedIn !== null).length;
  const lines = [
    `${bold(database)}: ${outcome}.`,
    `  migrations   ${done.length} of ${migrations.length}`,
    ...(last ? [`  last         ${last.migration}${last.at === null ? '' : `, ${timeText(last.at)}`}`] : []),
    ...(first
      ? [`  pending      ${first.migration}${pending.length > 1 ? ` and ${pending.length - 1} later` : ''}`]
      : []),
    `  old tables   ${ofRenames.join(', ')}`,
    ...(unclear.length > 0 ? [`  unclear      ${red(`something else is ${unclear.join('; ')}`)}`] : []),
    `  old imports  ${oldPaths.length}, ${removed} of them removed in a later version`,
    `  stations     entered ${entryText(entryByUserId)}`,
    ...(rows ? ['', rowsText(report)] : [dim('--verbose lists each migration, table and import.')]),
  ];
  const next = pending.length === 0 ? '' : '\nNext: canonical-models migrate';
  return `${fitToScreen(lines.join('\n'), process.stdout)}${next}\n`;
}

function rowsText({ migrations, renames, oldPaths }: StatusReport): string {
  const { bold } = coloursFor(process.stdout);
  return [
    table(
      ['migration', 'state', 'when', 'took', 'by'],
      migrations.map(({ migration, state, at, milliseconds, by, role }) => [
        migration,
        state === 'pending' ? bold(state) : state,
        at === null ? '' : timeText(at),
        milliseconds === null ? '' : durationText(milliseconds),
        role ?? by ?? (state === 'pending' ? '' : 'unknown'),
      ]),
    ),
    table(
      ['old table', 'canonical table', 'state', 'old name'],
      renames.map(({ from, to, state, removedIn }) => [from, to, state, removalText(removedIn)]),
    ),
    table(
      ['old import', 'it'],
      oldPaths.map(({ path, removedIn }) => [path, removalText(removedIn)]),
    ),
    '',
  ].join('\n\n');
}

function timeText(at: string): string {
  return at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}
