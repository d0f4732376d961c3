import { Command, InvalidArgumentError } from 'commander';
import { InvalidInput } from '../errors.ts';
import { assertPeers } from '../peers.ts';
import { connect, driverOf } from '../tools/database/connect.ts';
import type { EncryptTokensReport } from '../tools/encrypt-tokens/encrypt-tokens.ts';
import { Interruption, printAnswer, StoppedCommand } from './answer.ts';
import { interruptible } from './interruption.ts';
import { fitToScreen, progress, table } from './terminal.ts';

interface Flags {
  readonly url?: string;
  readonly batchSize?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `canonical-models encrypt-tokens`: encrypts the tokens of OAuth accounts that are plain or under an older key. */
export function encryptTokensCommand(): Command {
  return new Command('encrypt-tokens')
    .description('encrypt OAuth tokens that are plain or under an older key')
    .option('--url <url>', 'postgres://… or pglite:<folder> (default: DATABASE_URL)')
    .option('--batch-size <accounts>', 'how many accounts a transaction changes (default: 500)', batchSizeFrom)
    .option('--dry-run', 'read every token, write nothing, and say how many there are')
    .option('--yes', 'confirm that no service reads tokens through identity.social_accounts')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
A service on the old table name can't read encrypted tokens, so this asks for --yes. The environment
has the keys: CANONICAL_MODELS_ENCRYPTION_KEYS (k1:<32 bytes in base64>,k2:…), and the current one's
id: CANONICAL_MODELS_ENCRYPTION_KEY_ID (k2). The next run continues one that ended early.

Example:
  canonical-models encrypt-tokens --url postgres://deploy@db.example/catering --yes

Exit codes: 0 done; 1 tokens that can't be read or accounts in use are left; 2 wrong usage or
environment; 130 interrupted, between two batches.`,
    )
    .action(run);
}

async function run({ url, batchSize, dryRun, yes, json }: Flags): Promise<void> {
  if (!dryRun && !yes) throw withoutYes();
  const database = url ?? process.env['DATABASE_URL'];
  assertPeers('drizzle-orm', driverOf(database));
  await takeKeys();
  const connection = await connect(database, { create: false });
  const shown = progress();
  try {
    const { encryptTokens } = await import('../tools/encrypt-tokens/encrypt-tokens.ts');
    const report = await interruptible((signal) =>
      encryptTokens(connection, {
        ...(batchSize !== undefined && { batchSize }),
        ...(dryRun && { dryRun }),
        signal,
        onStep: ({ done, of }) => shown.update(`${done} of ${of} accounts`),
      }),
    ).finally(() => shown.done());
    if (report.interrupted) {
      if (!json) printAnswer(reportText(report));
      throw new StoppedCommand(new Interruption(report.database), report);
    }
    printAnswer(json ? `${JSON.stringify(report)}\n` : reportText(report));
    if (report.unreadable > 0 || report.left > 0) process.exitCode = 1;
  } finally {
    await connection.close().catch(() => {});
  }
}

/** Gives this process the keys of its environment. */
async function takeKeys(): Promise<void> {
  const [{ readEncryptionKeysFromEnvironment }, { setEncryptionKeys }] = await Promise.all([
    import('../identity/oauth/keys-from-environment.ts'),
    import('../identity/encryption-keys.ts'),
  ]);
  setEncryptionKeys(readEncryptionKeysFromEnvironment());
}

function withoutYes(): InvalidInput {
  return new InvalidInput({
    object: 'encrypt-tokens',
    code: 'wrong-usage',
    found: 'no --yes',
    expected:
      'that no service reads tokens through the old table name: one on identity.social_accounts can’t read encrypted ones',
    next: 'see who uses it: canonical-models usage --entry identity.social_accounts; then run the command again with --yes',
  });
}

function batchSizeFrom(text: string): number {
  const size = Number(text);
  if (/^\d+$/.test(text) && size >= 1 && size <= 10_000) return size;
  throw new InvalidArgumentError('Expected a whole number from 1 to 10000.');
}

function reportText(report: EncryptTokensReport): string {
  const { database, dryRun, key, accounts, encrypted, reencrypted, unreadable, unreadableTokens, left } = report;
  const tokens = table(
    ['account', 'column', 'not readable'],
    unreadableTokens.map(({ account, column, reason }) => [account, column, reason]),
  );
  const more = unreadable > unreadableTokens.length ? `\n… and ${unreadable - unreadableTokens.length} more` : '';
  const lines = [
    ...(tokens === '' ? [] : [`${tokens}${more}`, '']),
    `${database}: ${accounts} accounts ${dryRun ? 'to change' : 'changed'}, under the key ${key}: ${encrypted} plain tokens, ${reencrypted} under other keys.`,
    ...(unreadable > 0 ? [`${unreadable} tokens can't be read and stay as they are.`] : []),
    ...(left > 0 ? [`${left} accounts are left. Next: run the command again`] : []),
    ...(dryRun ? ['Nothing was changed.'] : []),
  ];
  return `${fitToScreen(lines.join('\n'), process.stdout)}\n`;
}
