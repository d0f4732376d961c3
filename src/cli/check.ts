import { Command } from 'commander';
import { assertPeers } from '../peers.ts';
import { connect, driverOf } from '../tools/database/connect.ts';
import { acceptOption, readAccepted } from './accept-option.ts';
import { printAnswer } from './answer.ts';
import { coloursFor, progress } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly accept?: string;
  readonly drizzleKit: boolean;
  readonly json?: boolean;
}

/** `canonical-models check`: says whether a database agrees with the models, and what differs. */
export function checkCommand(): Command {
  return new Command('check')
    .description('say whether a database agrees with the models, and what would fix it')
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .addOption(acceptOption())
    .option('--no-drizzle-kit', "leave out drizzle-kit's own diff")
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Reads only. Lists what differs, with the SQL that would fix it; rows whose reference leads to no
row; views under old names; retired tables with their rows; and objects that the package does not
know.

Example:
  canonical-models check --url postgres://deploy@db.example/catering

Exit codes: 0 it agrees; 1 it differs, or migrations are pending; 2 wrong usage or environment.`,
    )
    .action(async ({ url, accept: file, drizzleKit, json }: Flags) => {
      const database = url ?? process.env['DATABASE_URL'];
      assertPeers('drizzle-orm', driverOf(database));
      const accept = await readAccepted(file);
      const loading = import('../tools/check/check.ts');
      // Awaited after the connection. A failure before that is not lost.
      loading.catch(() => {});
      const connection = await connect(database, { create: false });
      const shown = progress();
      try {
        const { check } = await loading;
        const report = await check(connection, { accept, drizzleKit, onStep: (step) => shown.update(step) });
        shown.done();
        const { reportText } = await import('./check-text.ts');
        printAnswer(json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, connection.label, coloursFor()));
        if (report.status !== 'agrees') process.exitCode = 1;
      } finally {
        shown.done();
        await connection.close().catch(() => {});
      }
    });
}
