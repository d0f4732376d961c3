import { Command } from 'commander';
import type { BaselineReport } from '../tools/baseline/baseline.ts';
import { connect, driverOf } from '../tools/database/connect.ts';
import { assertPeers } from '../tools/peers.ts';
import { printAnswer } from './answer.ts';
import { obstaclesText } from './migrate-text.ts';
import { fitToScreen, table } from './terminal.ts';

/** `canonical-models baseline`: records the baseline on a database that had the legacy tables before this package. */
export function baselineCommand(): Command {
  return new Command('baseline')
    .description('record the baseline on a legacy database, so that drizzle-kit migrate goes on from there')
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Checks that the tables are those of the baseline, then records it as applied. If they differ, it
says how and writes nothing; nor does it if something is in the way of the migrations that follow.

Example:
  canonical-models baseline --url postgres://deploy@db.example/catering

Exit codes: 0 recorded, already recorded or empty; 1 the database differs, something is in the
way, or another deploy is at work; 2 wrong usage or environment.`,
    )
    .action(async ({ url, json }: { url?: string; json?: boolean }) => {
      const database = url ?? process.env['DATABASE_URL'];
      assertPeers('drizzle-orm', driverOf(database));
      const connection = await connect(database, { create: false });
      try {
        const { baseline } = await import('../tools/baseline/baseline.ts');
        const report = await baseline(connection.query);
        printAnswer(
          json
            ? `${JSON.stringify({ version: 1, ...report })}\n`
            : fitToScreen(described(report, connection.label), process.stdout),
        );
        if (report.status === 'differs' || report.status === 'obstructed') process.exitCode = 1;
      } finally {
        await connection.close().catch(() => {});
      }
    });
}

function described(report: BaselineReport, label: string): string {
  switch (report.status) {
    case 'recorded':
      return `${label}: ${report.tables} tables match; ${report.migration} is recorded as applied.\nNext: canonical-models migrate\n`;
    case 'already-recorded':
      return `${label}: the baseline is already recorded. Nothing to do.\n`;
    case 'empty':
      return `${label}: it has none of the tables. Nothing to record.\nNext: canonical-models migrate\n`;
    case 'differs':
      return [
        `${label}: the tables are not those of the baseline. Nothing was written.`,
        '',
        table(
          ['object', 'expected', 'found'],
          report.differences.map(({ object, expected, found }) => [object, expected ?? 'nothing', found ?? 'nothing']),
        ),
        '',
        'Next: fix the differences, then run the command again.',
        '',
      ].join('\n');
    case 'obstructed':
      return [
        `${label}: the tables are those of the baseline, but the migrations after it could not run. Nothing was written.`,
        '',
        obstaclesText(report.obstacles),
        '',
        'Next: do what is said for each of them, then run the command again.',
        '',
      ].join('\n');
  }
}
