import { Command } from 'commander';
import { connect, driverOf } from '../tools/database/connect.ts';
import { assertPeers } from '../tools/peers.ts';
import type { StatusReport } from '../tools/status/status.ts';
import { printAnswer } from './answer.ts';
import { durationText } from './duration.ts';
import { coloursFor, table } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly folder?: string;
  readonly json?: boolean;
}

/** `canonical-models status`: where every migration, every rename and every old path stands. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show where every migration, rename and old path stands')
    .option('--url <url>', 'postgres://… or pglite:<folder> (DATABASE_URL where not given)')
    .option('--folder <folder>', "a copy of the package's migrations")
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Reads only.

Example:
  canonical-models status --url postgres://deploy@db.example/catering

Exit codes: 0 shown; 1 the record does not fit the migrations; 2 wrong usage or environment.`,
    )
    .action(async ({ url, folder, json }: Flags) => {
      const database = url ?? process.env['DATABASE_URL'];
      assertPeers('drizzle-orm', driverOf(database));
      const connection = await connect(database, { create: false });
      try {
        const { status } = await import('../tools/status/status.ts');
        const report = await status(connection, folder === undefined ? {} : { folder });
        printAnswer(json ? `${JSON.stringify(report)}\n` : statusText(report));
      } finally {
        await connection.close().catch(() => {});
      }
    });
}

function statusText({ database, migrations, renames, oldPaths }: StatusReport): string {
  const colours = coloursFor(process.stdout);
  const stays = (version: string | null) => (version === null ? 'stays' : `goes in ${version}`);
  const pending = migrations.filter(({ state }) => state === 'pending').length;
  return [
    table(
      ['migration', 'state', 'when', 'took', 'by'],
      migrations.map(({ migration, state, at, milliseconds, by, role }) => [
        migration,
        state === 'pending' ? colours.yellow(state) : state,
        at === null ? '' : at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'),
        milliseconds === null ? '' : durationText(milliseconds),
        role ?? by ?? (state === 'pending' ? '' : 'unknown'),
      ]),
    ),
    table(
      ['old table', 'canonical table', 'state', 'old name'],
      renames.map(({ from, to, state, removedIn }) => [from, to, state, stays(removedIn)]),
    ),
    table(
      ['old import', 'it'],
      oldPaths.map(({ path, removedIn }) => [path, stays(removedIn)]),
    ),
    `${database}: ${pending === 0 ? 'up to date' : `${pending} pending`}.${pending === 0 ? '' : '\nNext: canonical-models migrate'}\n`,
  ].join('\n\n');
}
