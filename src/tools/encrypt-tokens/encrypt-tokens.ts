import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInput, NotSetUp, type NotSetUpCode } from '../../errors.ts';
import { encryptedPrefix, isEncrypted } from '../../identity/encrypted-text.ts';
import { keyRingInUse } from '../../identity/encryption-keys.ts';
import { OAuthAccount } from '../../identity/oauth-account.ts';
import { qualifiedName } from '../../registry/models.ts';
import { type Connection, withTaggedErrors } from '../database/connect.ts';
import { databaseFailure } from '../database/database-failure.ts';
import { settleStatement } from '../database/settings.ts';

export interface EncryptTokensOptions {
  /** How many accounts one transaction changes, from 1 to 10,000. @default 500 */
  readonly batchSize?: number;
  /** Only reports what would be done. Every value is read, nothing is written and no row is locked. @default false */
  readonly dryRun?: boolean;
  /** How long to keep retrying accounts that others have locked, in milliseconds. @default 30_000 */
  readonly maxWait?: number;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onStep?: (step: EncryptTokensStep) => void;
}

/** How far a run is, in accounts. */
export interface EncryptTokensStep {
  readonly done: number;
  /** How many were left to do when the run began. */
  readonly of: number;
}

/** A token that could not be decrypted, and was left as it is. */
export interface UnreadableToken {
  /** The id of the account. */
  readonly account: string;
  /** As in `identity.oauth_accounts.access_token`. */
  readonly column: string;
  /** Why, with the codes of `encryptedText`: `unknown-key`, `malformed` or `not-authentic`. */
  readonly reason: NotSetUpCode;
}

/** What a run did; with `dryRun`, what it would do. It contains no token and no key. */
export interface EncryptTokensReport {
  readonly version: 1;
  /** Where the connection leads, without the password. */
  readonly database: string;
  readonly dryRun: boolean;
  /** The id of the current key. */
  readonly key: string;
  /** The accounts that were changed. */
  readonly accounts: number;
  /** The tokens that were plain. */
  readonly encrypted: number;
  /** The tokens that were encrypted with an older key. */
  readonly reencrypted: number;
  /** The tokens that could not be decrypted, and were left as they are. */
  readonly unreadable: number;
  /** The first 20 of these tokens. */
  readonly unreadableTokens: readonly UnreadableToken[];
  /** The accounts that are left, because others had them locked or wrote plain tokens meanwhile. Another run does them. */
  readonly left: number;
  /** Whether `signal` stopped it. */
  readonly interrupted: boolean;
}

const table = qualifiedName(OAuthAccount);
const columns = [OAuthAccount.accessToken, OAuthAccount.refreshToken] as const;
const shownTokens = 20;
/** How long to wait before retrying locked accounts, in milliseconds. */
const pause = 500;

/** Selects accounts with a token that is not under the current key, whose prefix is the first parameter. */
const isToDo = columns.map(({ name }) => `NOT starts_with(${name}, $1)`).join(' OR ');

/**
 * Encrypts the tokens of OAuth accounts that are plain or under an older key, with the current one. Services keep running meanwhile.
 *
 * It takes accounts in the order of their ids, one transaction per batch. Rows that others have locked are skipped, and come last. If a
 * run ends early, even if it is killed, the next one continues; if nothing is left, a run changes nothing.
 *
 * A service on the old table name `identity.social_accounts` reads values as they are stored, so it can't use encrypted tokens.
 *
 * @param connection One session, outside a transaction, of the owner of the table. It uses the keys of `setEncryptionKeys`.
 * @throws {NotSetUp} if there are no keys (`no-keys`), the table does not exist, or PostgreSQL refuses.
 * @throws {InvalidInput} if the batch size is out of range.
 *
 * @example
 * import { connect, encryptTokens } from 'canonical-models/encrypt-tokens';
 * import { readEncryptionKeysFromEnvironment, setEncryptionKeys } from 'canonical-models/identity/oauth';
 *
 * setEncryptionKeys(readEncryptionKeysFromEnvironment());
 * const connection = await connect(process.env.DATABASE_URL);
 * const report = await encryptTokens(connection).finally(() => connection.close());
 */
export async function encryptTokens(
  connection: Connection,
  options: EncryptTokensOptions = {},
): Promise<EncryptTokensReport> {
  const { batchSize = 500, dryRun = false, maxWait = 30_000, signal, onStep } = options;
  const ring = keyRingInUse();
  if (!ring) throw withoutKeys();
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) throw batchSizeInvalid(batchSize);
  const run = new Run(withTaggedErrors(connection), encryptedPrefix(ring.current), batchSize, dryRun);
  try {
    const of = await run.countToDo();
    const report = (left: number, interrupted: boolean): EncryptTokensReport => ({
      version: 1,
      database: connection.label,
      dryRun,
      key: ring.current,
      ...run.totals,
      unreadable: run.unreadable.length,
      unreadableTokens: run.unreadable.slice(0, shownTokens),
      left,
      interrupted,
    });
    let waited = 0;
    for (;;) {
      run.beginPass();
      do {
        if (signal?.aborted) return report(dryRun ? 0 : await run.countLeft(), true);
        await run.convertBatch();
        onStep?.({ done: run.totals.accounts, of });
      } while (!run.passIsOver);
      const left = dryRun ? 0 : await run.countLeft();
      if (left === 0 || waited >= maxWait) return report(left, false);
      await sleep(pause);
      waited += pause;
    }
  } catch (error) {
    throw databaseFailure(error, {
      object: table,
      expected: 'tokens that can be read and written, by the owner of the table',
      expectedWhenLost: 'a connection; what was encrypted stays so, and another run does the rest',
    });
  }
}

/** An account as it is stored. */
interface StoredAccount {
  readonly id: string;
  readonly tokens: readonly (string | null)[];
}

class Run {
  readonly totals = { accounts: 0, encrypted: 0, reencrypted: 0 };
  /** The tokens of this pass that could not be decrypted. */
  unreadable: UnreadableToken[] = [];
  passIsOver = false;
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #batchSize: number;
  readonly #dryRun: boolean;
  /** The last id of the last batch. */
  #after: string | null = null;

  constructor(connection: Connection, prefix: string, batchSize: number, dryRun: boolean) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#batchSize = batchSize;
    this.#dryRun = dryRun;
  }

  beginPass(): void {
    this.#after = null;
    this.unreadable = [];
    this.passIsOver = false;
  }

  /** How many accounts have a token that is not under the current key. */
  async countToDo(): Promise<number> {
    const { query } = this.#connection;
    const { rows: found } = await query('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
    if (found[0]?.['found'] !== true) throw withoutTable();
    return this.#transaction(async () => {
      const { rows } = await query(`SELECT count(*)::int AS count FROM ${table} WHERE ${isToDo}`, [this.#prefix]);
      return Number(rows[0]?.['count']);
    });
  }

  /** How many of them this pass has not seen. */
  async countLeft(): Promise<number> {
    const seen = new Set(this.unreadable.map(({ account }) => account)).size;
    return Math.max(0, (await this.countToDo()) - seen);
  }

  async convertBatch(): Promise<void> {
    await this.#transaction(async () => {
      const accounts = await this.#nextAccounts();
      this.#after = accounts.at(-1)?.id ?? this.#after;
      this.passIsOver = accounts.length < this.#batchSize;
      const totals = { ...this.totals };
      const converted = accounts.flatMap((account): StoredAccount[] => {
        const tokens = account.tokens.map((token, index) => this.#converted(account.id, index, token, totals));
        const changed = tokens.some((token, index) => token !== account.tokens[index]);
        return changed ? [{ id: account.id, tokens }] : [];
      });
      totals.accounts += converted.length;
      if (!this.#dryRun && converted.length > 0) await this.#write(converted);
      return totals;
    }).then((totals) => Object.assign(this.totals, totals));
  }

  async #nextAccounts(): Promise<StoredAccount[]> {
    const { rows } = await this.#connection.query(
      `SELECT id::text AS id, ${columns.map(({ name }) => name).join(', ')} FROM ${table}
      WHERE (${isToDo}) AND ($2::uuid IS NULL OR id > $2::uuid)
      ORDER BY ${table}.id LIMIT $3 ${this.#dryRun ? '' : 'FOR NO KEY UPDATE SKIP LOCKED'}`,
      [this.#prefix, this.#after, this.#batchSize],
    );
    return rows.map((row) => ({
      id: String(row['id']),
      tokens: columns.map(({ name }) => row[name] as string | null),
    }));
  }

  /** Returns a token under the current key; unchanged if it is already, or can't be read. */
  #converted(account: string, index: number, stored: string | null, totals: typeof this.totals): string | null {
    const column = columns[index];
    if (stored === null || !column || stored.startsWith(this.#prefix)) return stored;
    try {
      const text = column.mapFromDriverValue(stored) as string;
      const converted = column.mapToDriverValue(text) as string;
      totals[isEncrypted(stored) ? 'reencrypted' : 'encrypted'] += 1;
      return converted;
    } catch (error) {
      if (!(error instanceof NotSetUp)) throw error;
      this.unreadable.push({ account, column: `${table}.${column.name}`, reason: error.code });
      return stored;
    }
  }

  async #write(accounts: readonly StoredAccount[]): Promise<void> {
    const set = columns.map(({ name }) => `${name} = converted.${name}`).join(', ');
    const names = ['id', ...columns.map(({ name }) => name)].join(', ');
    await this.#connection.query(
      `UPDATE ${table} AS account SET ${set}
      FROM unnest($1::uuid[]${columns.map((_, index) => `, $${index + 2}::text[]`).join('')}) AS converted (${names})
      WHERE account.id = converted.id`,
      [accounts.map(({ id }) => id), ...columns.map((_, index) => accounts.map(({ tokens }) => tokens[index]))],
    );
  }

  async #transaction<T>(body: () => Promise<T>): Promise<T> {
    const { query, exec } = this.#connection;
    await exec(
      [
        `BEGIN ISOLATION LEVEL READ COMMITTED ${this.#dryRun ? 'READ ONLY' : 'READ WRITE'} NOT DEFERRABLE`,
        settleStatement(),
        // A role from which row-level security hides accounts is refused, instead of missing them silently.
        'SET LOCAL row_security = off',
        `SET LOCAL idle_in_transaction_session_timeout = '60s'`,
      ].join('; '),
    );
    try {
      const result = await body();
      await query('COMMIT');
      return result;
    } catch (error) {
      await query('ROLLBACK').catch(() => {});
      throw error;
    }
  }
}

function withoutKeys(): NotSetUp {
  return new NotSetUp({
    code: 'no-keys',
    object: 'the encryption keys',
    found: 'none',
    expected: 'keys before tokens are encrypted',
    next: 'call setEncryptionKeys of canonical-models/identity/oauth first',
  });
}

function withoutTable(): NotSetUp {
  return new NotSetUp({
    object: table,
    found: 'no such table',
    expected: 'a database with the canonical names',
    next: 'canonical-models migrate',
  });
}

function batchSizeInvalid(batchSize: number): InvalidInput {
  return new InvalidInput({
    object: 'batchSize',
    found: String(batchSize),
    expected: 'a whole number from 1 to 10000',
    next: 'give another batch size',
  });
}
