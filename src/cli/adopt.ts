import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { InvalidInput } from '../errors.ts';
import { assertPeers } from '../peers.ts';
import type { AdoptReport } from '../tools/adopt/report.ts';
import { counted } from '../tools/counted.ts';
import { connect, driverOf } from '../tools/database/connect.ts';
import { acceptOption, readAccepted } from './accept-option.ts';
import { printAnswer } from './answer.ts';
import { fitToScreen, progress } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly table?: readonly string[];
  readonly accept?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `canonical-models adopt`: writes the SQL that makes a legacy database the one that `baseline` takes. */
export function adoptCommand(): Command {
  return new Command('adopt')
    .description('write the SQL that makes a legacy database acceptable to baseline; it runs nothing')
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .option('--table <table...>', 'which table is meant, if several fit one name')
    .addOption(acceptOption())
    .option('--out <file>', 'write the script to a file')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Reads only. The script has three sections, and says for each statement why, what it locks and for
how long: what runs while all clients go on; what is to be decided, commented out; and moves that
clients may notice. It counts the rows that are in the way, so it may read whole tables.

Example:
  canonical-models adopt --out adopt.sql
  canonical-models adopt --table lead.social_threads | less

Exit codes: 0 nothing is left to decide; 1 something is; 2 wrong usage or environment.`,
    )
    .action(async ({ url, table, accept: file, out, json }: Flags) => {
      const database = url ?? process.env['DATABASE_URL'];
      assertPeers('drizzle-orm', driverOf(database));
      const accept = await readAccepted(file);
      const connection = await connect(database, { create: false });
      const shown = progress();
      try {
        shown.update('reading the catalogs, and counting rows in the way …');
        const [{ adopt }, { describeNothingToDo, renderAdoptScript }] = await Promise.all([
          import('../tools/adopt/adopt.ts'),
          import('../tools/adopt/script.ts'),
        ]);
        const report = await adopt(connection, { tables: table ?? [], accept });
        shown.done();
        const script = renderAdoptScript(report);
        if (out !== undefined) await writeScript(out, script);
        if (json) printAnswer(`${JSON.stringify(report, null, 2)}\n`);
        else printAnswer(out === undefined ? script : written(report, describeNothingToDo(report), out));
        if (report.status === 'undecided') process.exitCode = 1;
      } finally {
        shown.done();
        await connection.close().catch(() => {});
      }
    });
}

/** What there is to say about a script that stands in a file. */
function written(
  { database, status, online, moves, decide }: AdoptReport,
  settled: { readonly verdict: string; readonly next: string } | undefined,
  out: string,
): string {
  const run = `psql -v ON_ERROR_STOP=1 -f ${out}`;
  const { verdict, next } = settled ?? {
    verdict: `${database}: ${counted(online.length, 'step')} online, ${counted(moves.length, 'move')}, ${decide.length} to decide. Nothing was run.`,
    next: status === 'undecided' ? `decide about the second part of ${out}, then ${run}` : run,
  };
  return fitToScreen(`${verdict}\nNext: ${next}\n`, process.stdout);
}

async function writeScript(file: string, script: string): Promise<void> {
  try {
    await writeFile(file, script);
  } catch (cause) {
    throw new InvalidInput({
      object: '--out',
      found: `${file}, which can't be written (${(cause as { code?: string }).code})`,
      expected: 'a file in a folder that is there',
      next: 'give another file',
      cause,
    });
  }
}
