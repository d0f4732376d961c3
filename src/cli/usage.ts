import { Command, InvalidArgumentError } from 'commander';
import { assertPeers } from '../peers.ts';
import { connect, driverOf } from '../tools/database/connect.ts';
import { printAnswer } from './answer.ts';
import { interruptible } from './interruption.ts';
import { coloursFor, progress } from './terminal.ts';

/** The options that `usage` and `contract` share. */
export interface UsageFlags {
  readonly url?: string;
  readonly entry?: string[];
  readonly days?: number;
  readonly watch?: number;
  readonly src?: string[];
  readonly legacyRoot?: string[];
  readonly json?: boolean;
}

/** Adds the options that say where to look for old names. */
export function withUsageOptions(command: Command): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  return command
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .option('--entry <name>', 'an old table name, such as public.messages (repeatable)', collect)
    .option('--days <days>', 'for how long an old name must have been unused (default: 7)', numberFrom(0, 3650))
    .option('--watch <seconds>', 'also watch what sessions run, by application', numberFrom(1, 86_400))
    .option('--src <path>', 'also look for old imports under this path (repeatable)', collect)
    .option('--legacy-root <folder>', 'with --src: as for codemod (repeatable)', collect)
    .option('--json', 'print the report as JSON');
}

/** `canonical-models usage`: who still uses old names. */
export function usageCommand(): Command {
  return withUsageOptions(new Command('usage').description('say who still uses old names, and whether they can go'))
    .option('--remember', 'remember the counters: later runs count from here')
    .option('--point <file>', 'keep the remembered counters in this file: for a replica')
    .addHelpText(
      'after',
      `
Looks at statements (pg_stat_statements), objects, sessions and imports. Only --remember writes; on
a replica, which takes no writes, give both runs --point <file>.

Example:
  canonical-models usage --remember              once, after the renames
  canonical-models usage --watch 30 --src src    a week later

Exit codes: 0 the old names can go; 1 in use, or unknown; 2 wrong usage or environment.`,
    )
    .action(async (flags: UsageFlags & { readonly remember?: boolean; readonly point?: string }) => {
      const url = flags.url ?? process.env['DATABASE_URL'];
      assertPeers('drizzle-orm', driverOf(url), 'libpg-query', flags.src && 'oxc-parser');
      const { entriesNamed, rememberUsage, listSharedCounters, usage } = await import('../tools/usage/usage.ts');
      entriesNamed(flags.entry);
      const connection = await connect(url, { create: false });
      const point = flags.point === undefined ? {} : { point: flags.point };
      try {
        if (flags.remember) {
          const at = await rememberUsage(connection.query, point);
          const shared = await listSharedCounters(connection.query, point);
          const { rememberedText } = await import('./usage-text.ts');
          printAnswer(
            flags.json
              ? `${JSON.stringify({ version: 1, remembered: at, shared })}\n`
              : rememberedText(connection.label, shared),
          );
          return;
        }
        const shown = progress();
        const report = await interruptible((signal) =>
          usage({
            query: connection.query,
            ...usageOptions(flags),
            ...point,
            signal,
            onProgress: (text) => shown.update(text),
          }),
        ).finally(() => shown.done());
        const { usageText } = await import('./usage-text.ts');
        printAnswer(
          flags.json ? `${JSON.stringify(report, null, 2)}\n` : usageText(report, connection.label, coloursFor()),
        );
        if (report.verdict !== 'safe') process.exitCode = 1;
      } finally {
        await connection.close().catch(() => {});
      }
    });
}

/** What the flags say, as options of `usage`. */
export function usageOptions({ entry, days, watch, src, legacyRoot }: UsageFlags) {
  return {
    ...(entry && { entries: entry }),
    ...(src && { src }),
    ...(legacyRoot && { legacyRoots: legacyRoot }),
    ...(days !== undefined && { days }),
    ...(watch !== undefined && { watch }),
  };
}

function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== '' && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };
}
