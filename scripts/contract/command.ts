import { Command } from 'commander';
import { printAnswer } from '../../src/cli/answer.ts';
import { coloursFor, progress } from '../../src/cli/terminal.ts';
import { type UsageFlags, usageOptions, withUsageOptions } from '../../src/cli/usage.ts';
import { assertPeers } from '../../src/peers.ts';
import { connect, driverOf, labelOf } from '../../src/tools/database/connect.ts';

interface Flags extends UsageFlags {
  readonly release?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly acceptUnseen?: boolean;
}

/** `npm run db:contract`: writes the migrations that drop the views under old names. */
export function contractCommand(): Command {
  return withUsageOptions(
    new Command('npm run db:contract --').description('write the migrations that drop old names that are due'),
  )
    .option('--release <version>', "the version that is released (package.json's)")
    .option('--out <folder>', 'the folder of the migrations (drizzle)')
    .option('--dry-run', 'print the migrations, write nothing')
    .option('--accept-unseen', 'write even if some uses may be out of sight')
    .addHelpText(
      'after',
      `
Refuses while canonical-models usage finds any use. Runs no migration and edits no other file.

Example:
  npm run db:contract -- --release 2.0.0 --url postgres://deploy@db.example/catering

Exit codes: 0 written, or nothing to write; 1 refused; 2 wrong usage or environment.`,
    )
    .action(async (flags: Flags) => {
      const url = flags.url ?? process.env['DATABASE_URL'] ?? '';
      assertPeers('drizzle-orm', 'drizzle-kit', driverOf(url), 'libpg-query', flags.src && 'oxc-parser');
      const [{ contract }, { contractText }] = await Promise.all([import('./contract.ts'), import('./report.ts')]);
      const shown = progress();
      const report = await contract({
        ...(flags.release !== undefined && { release: flags.release }),
        ...(flags.entry && { entries: flags.entry }),
        ...(flags.out !== undefined && { out: flags.out }),
        ...(flags.dryRun && { dryRun: true }),
        ...(flags.acceptUnseen && { acceptUnseen: true }),
        onStep: (entry) => shown.update(`making the migration of ${entry}`),
        usageOf: async (entries) => {
          const connection = await connect(url, { create: false });
          try {
            const { usage } = await import('../../src/tools/usage/usage.ts');
            // Not interruptible: an interrupted look does not prove that a name may go.
            return await usage({
              query: connection.query,
              ...usageOptions(flags),
              entries,
              onProgress: (text) => shown.update(text),
            });
          } finally {
            await connection.close().catch(() => {});
          }
        },
      }).finally(() => shown.done());
      printAnswer(
        flags.json ? `${JSON.stringify(report, null, 2)}\n` : contractText(report, labelOf(url), coloursFor()),
      );
      if (report.status === 'refused') process.exitCode = 1;
    });
}
