import { Command } from 'commander';
import { assertPeers } from '../peers.ts';
import type { BaselineReport } from '../tools/baseline/baseline.ts';
import { connect, driverOf } from '../tools/database/connect.ts';
import type { DeviationReport } from '../tools/deviations/report.ts';
import { acceptOption, readAccepted } from './accept-option.ts';
import { printAnswer } from './answer.ts';
import { deviationCounts, deviationSections, unusedText } from './deviations-text.ts';
import { obstaclesText } from './migrate-text.ts';
import { coloursFor, fitToScreen } from './terminal.ts';

/** `canonical-models baseline`: records the baseline on a database that had the legacy tables before this package. */
export function baselineCommand(): Command {
  return new Command('baseline')
    .description('record the baseline on a legacy database, so that drizzle-kit migrate goes on from there')
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .addOption(acceptOption())
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Compares the tables with the baseline, then records it as applied. What does not matter, such as an
extra column that is nullable, is noted. If anything else differs, it says what and writes nothing;
nor does it if something is in the way of the migrations that follow.

Example:
  canonical-models baseline --url postgres://deploy@db.example/catering

Exit codes: 0 recorded, already recorded or empty; 1 the database differs, something is in the
way, or another deploy is at work; 2 wrong usage or environment.`,
    )
    .action(async ({ url, accept: file, json }: { url?: string; accept?: string; json?: boolean }) => {
      const database = url ?? process.env['DATABASE_URL'];
      assertPeers('drizzle-orm', driverOf(database));
      const accept = await readAccepted(file);
      const connection = await connect(database, { create: false });
      try {
        const { baseline } = await import('../tools/baseline/baseline.ts');
        const report = await baseline(connection.query, { accept });
        printAnswer(json ? `${JSON.stringify({ version: 1, ...report })}\n` : described(report, connection.label));
        if (report.status === 'differs' || report.status === 'obstructed') process.exitCode = 1;
      } finally {
        await connection.close().catch(() => {});
      }
    });
}

function described(report: BaselineReport, label: string): string {
  const { migration } = report;
  switch (report.status) {
    case 'recorded':
      return answer(
        `${label}: ${report.tables} tables are those of the baseline; ${migration} is recorded as applied.`,
        report,
        'Next: canonical-models migrate',
      );
    case 'already-recorded':
      return fitted(`${label}: the baseline is already recorded. Nothing to do.\n`);
    case 'empty':
      return fitted(`${label}: it has none of the tables. Nothing to record.\nNext: canonical-models migrate\n`);
    case 'differs':
      return answer(
        `${label}: the tables are not those of the baseline. Nothing was written.`,
        report,
        [
          ...(report.obstacles.length === 0
            ? []
            : [
                fitted(
                  `Also in the way, of the migrations after the baseline: ${report.obstacles.length}\n\n${obstaclesText(report.obstacles)}\n`,
                ),
              ]),
          fitted('What stays different on purpose goes into canonical-models.json, with a reason.'),
          'Next: canonical-models adopt',
        ].join('\n'),
      );
    case 'obstructed':
      return fitted(
        [
          `${label}: the tables are those of the baseline, but the migrations after it could not run. Nothing was written.`,
          '',
          obstaclesText(report.obstacles),
          '',
          'Next: do what is said for each of them, then run the command again.',
          '',
        ].join('\n'),
      );
  }
}

function answer(verdict: string, { deviations, unused }: DeviationReport, next: string): string {
  const colours = coloursFor();
  const parts = [
    fitted(verdict),
    deviationCounts(deviations, colours),
    ...deviationSections(deviations, colours),
    unusedText(unused, colours),
  ];
  const text = parts.filter((part) => part !== '').join('\n\n');
  return `${text}${deviations.length + unused.length === 0 ? '\n' : '\n\n'}${next}\n`;
}

function fitted(text: string): string {
  return fitToScreen(text, process.stdout);
}
