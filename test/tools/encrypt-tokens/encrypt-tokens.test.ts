import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { setEncryptionKeys } from '../../../src/identity/encryption-keys.ts';
import { OAuthAccount } from '../../../src/identity/oauth-account.ts';
import { connect } from '../../../src/tools/database/connect.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { type EncryptTokensReport, encryptTokens } from '../../../src/tools/encrypt-tokens/encrypt-tokens.ts';
import {
  connectionTo,
  eachOfFewEngines,
  eachOfFewMajors,
  openDatabase,
  openServerDatabase,
  type ServerDatabase,
  type TestDatabase,
  withConnection,
  withDatabase,
} from '../../support/databases.ts';
import { hostedCommand } from '../../support/kit.ts';

const k1 = randomBytes(32);
const k2 = randomBytes(32);
beforeEach(() => setEncryptionKeys({ current: 'k1', keys: { k1 } }));

const environment = {
  CANONICAL_MODELS_ENCRYPTION_KEYS: `k1:${k1.toString('base64')}`,
  CANONICAL_MODELS_ENCRYPTION_KEY_ID: 'k1',
};

type Tokens = readonly [id: string, access: string | null, refresh: string | null];

async function storedTokens({ query }: Pick<TestDatabase, 'query'>): Promise<Tokens[]> {
  const { rows } = await query('SELECT id::text, access_token, refresh_token FROM identity.oauth_accounts ORDER BY id');
  return rows.map((row) => Object.values(row) as unknown as Tokens);
}

const keepTokens = ({ exec }: TestDatabase) => exec('CREATE TABLE before AS TABLE identity.oauth_accounts');
const restoreTokens = ({ exec }: TestDatabase) =>
  exec(`UPDATE identity.oauth_accounts AS now
    SET access_token = before.access_token, refresh_token = before.refresh_token FROM before WHERE before.id = now.id`);

/** What a service reads. */
async function readTokens(database: Pick<TestDatabase, 'query'>): Promise<Tokens[]> {
  return (await storedTokens(database)).map(([id, access, refresh]) => [
    id,
    access === null ? null : String(OAuthAccount.accessToken.mapFromDriverValue(access)),
    refresh === null ? null : String(OAuthAccount.refreshToken.mapFromDriverValue(refresh)),
  ]);
}

/** The ids of the keys that tokens are under; `plain` where they are under none. */
const keysOf = (tokens: readonly Tokens[]) =>
  new Set(
    tokens.flatMap(([, ...pair]) =>
      pair.flatMap((token) => (token === null ? [] : [/^§encrypted:v1:([^:]+):/.exec(token)?.[1] ?? 'plain'])),
    ),
  );

/** The legacy rows, and what they make of a report. */
async function legacyCounts({ query }: TestDatabase) {
  const { rows } = await query(
    `SELECT count(*) FILTER (WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL)::int AS accounts,
      (count(access_token) + count(refresh_token))::int AS encrypted FROM identity.oauth_accounts`,
  );
  return rows[0] as { accounts: number; encrypted: number };
}

eachOfFewEngines((engine) => {
  let database: TestDatabase;
  let before: Tokens[];
  beforeAll(async () => {
    database = await openDatabase(engine as 18, 'migrated');
    before = await storedTokens(database);
    await keepTokens(database);
  });
  beforeEach(() => restoreTokens(database));
  afterAll(() => database.close());

  test('a dry run counts and writes nothing; a run encrypts each token once, and another one changes nothing', async () => {
    const connection = connectionTo(database);
    const counts = await legacyCounts(database);
    expect(counts.encrypted).toBeGreaterThan(counts.accounts);
    const nothing = { reencrypted: 0, unreadable: 0, unreadableTokens: [], left: 0, interrupted: false };
    const dry = await encryptTokens(connection, { dryRun: true, batchSize: 7 });
    expect(dry).toEqual({ version: 1, database: 'the test database', dryRun: true, key: 'k1', ...counts, ...nothing });
    expect(await storedTokens(database)).toEqual(before);

    const steps: { done: number; of: number }[] = [];
    const report = await encryptTokens(connection, { batchSize: 7, onStep: (step) => steps.push(step) });
    expect(report).toEqual({ ...dry, dryRun: false });
    expect(steps.length).toBe(Math.floor(counts.accounts / 7) + 1);
    expect(steps.at(-1)).toEqual({ done: counts.accounts, of: counts.accounts });
    expect(await readTokens(database)).toEqual(before);
    const after = await storedTokens(database);
    expect(keysOf(after)).toEqual(new Set(['k1']));

    expect(await encryptTokens(connection)).toMatchObject({ accounts: 0, encrypted: 0, ...nothing });
    expect(await storedTokens(database)).toEqual(after);
  });

  test('a run under a new key re-encrypts the old values, and leaves those that it cannot read', async () => {
    const connection = connectionTo(database);
    setEncryptionKeys({ current: 'k1', keys: { k1 } });
    await encryptTokens(connection);
    const [first, second] = before as [Tokens, Tokens];
    const broken = String((await storedTokens(database))[1]?.[1]).slice(0, -3);
    await database.query('UPDATE identity.oauth_accounts SET access_token = $2 WHERE id = $1', [second[0], broken]);
    await database.query(`UPDATE identity.oauth_accounts SET refresh_token = 'plain' WHERE id = $1`, [first[0]]);

    setEncryptionKeys({ current: 'k2', keys: { k1, k2 } });
    const report = await encryptTokens(connection, { batchSize: 1_000 });
    const { encrypted } = await legacyCounts(database);
    expect(report).toMatchObject({ key: 'k2', encrypted: 1, reencrypted: encrypted - 2, unreadable: 1, left: 0 });
    expect(report.unreadableTokens).toEqual([
      { account: second[0], column: 'identity.oauth_accounts.access_token', reason: 'malformed' },
    ]);
    const stored = await storedTokens(database);
    expect(stored[1]?.[1]).toBe(broken);
    expect(keysOf([...stored.slice(0, 1), ...stored.slice(2)])).toEqual(new Set(['k2']));
    await database.query('UPDATE identity.oauth_accounts SET access_token = $2 WHERE id = $1', [second[0], second[1]]);
    await encryptTokens(connection);
    const expected = before.map((row) => (row === first ? [row[0], row[1], 'plain'] : row));
    expect(await readTokens(database)).toEqual(expected);
  });

  test('it can be stopped between two batches', async () => {
    setEncryptionKeys({ current: 'k2', keys: { k1, k2 } });
    await encryptTokens(connectionTo(database));
    setEncryptionKeys({ current: 'k3', keys: { k1, k2, k3: randomBytes(32) } });
    const interruption = new AbortController();
    const report = await encryptTokens(connectionTo(database), {
      batchSize: 5,
      signal: interruption.signal,
      onStep: () => interruption.abort(),
    });
    const { accounts } = await legacyCounts(database);
    expect(report).toMatchObject({ accounts: 5, interrupted: true, left: accounts - 5 });
    expect(keysOf(await storedTokens(database))).toEqual(new Set(['k2', 'k3']));
  });
});

eachOfFewMajors((major) => {
  let database: ServerDatabase;
  let before: Tokens[];
  beforeAll(async () => {
    database = await openServerDatabase(major, 'migrated');
    before = await storedTokens(database);
    await keepTokens(database);
  });
  beforeEach(() => restoreTokens(database));
  afterAll(() => database.close());

  test('if it is killed before or after any message, the next run continues, and no token is lost', async () => {
    const messages = await withConnection(database.url, async (connection) => {
      let count = 0;
      const counted = <T>(run: () => Promise<T>) => {
        count += 1;
        return run();
      };
      await encryptTokens(
        {
          ...connection,
          query: (sql, parameters) => counted(() => connection.query(sql, parameters)),
          exec: (sql) => counted(() => connection.exec(sql)),
        },
        { batchSize: 12 },
      );
      return count;
    });
    expect(messages).toBeGreaterThan(10);
    let halfDone = 0;
    for (let last = 0; last < messages; last++) {
      await restoreTokens(database);
      await runUntil(last);
      expect(await readTokens(database)).toEqual(before);
      if (keysOf(await storedTokens(database)).size === 2) halfDone += 1;
      const report = await encryptTokens(connectionTo(database), { batchSize: 12 });
      expect(report).toMatchObject({ unreadable: 0, left: 0 });
      expect(keysOf(await storedTokens(database))).toEqual(new Set(['k1']));
      expect(await readTokens(database)).toEqual(before);
    }
    expect(halfDone).toBeGreaterThan(0);
  });

  /** Runs until that many messages are answered; the next one is sent, and the connection cut, as a kill cuts it. */
  async function runUntil(last: number): Promise<void> {
    const client = new pg.Client(database.url);
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    let count = 0;
    const send = async (sql: string, parameters?: readonly unknown[]) => {
      const answer = client.query(sql, parameters && [...parameters]);
      answer.catch(() => {});
      if (count++ < last) return answer;
      await new Promise((resolve) => setImmediate(resolve));
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      return answer;
    };
    const connection = { ...connectionTo(database), query: send, exec: async (sql: string) => void (await send(sql)) };
    await expect(encryptTokens(connection, { batchSize: 12 })).rejects.toMatchObject({ name: 'NotSetUp' });
    await expect
      .poll(async () => (await database.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [rows[0].pid])).rows, {
        interval: 2,
      })
      .toEqual([]);
  }

  test('accounts that others have locked are skipped, and done once they are free; concurrent writes stay', async () => {
    const [id] = before[0] as Tokens;
    await withConnection(database.url, async (other) => {
      await other.exec('BEGIN');
      await other.query(`UPDATE identity.oauth_accounts SET access_token = 'written meanwhile' WHERE id = $1`, [id]);
      const impatient = await encryptTokens(connectionTo(database), { maxWait: 0 });
      expect(impatient).toMatchObject({ left: 1, unreadable: 0 });
      expect(impatient.accounts).toBeGreaterThan(20);

      const patient = encryptTokens(connectionTo(database), { maxWait: 20_000 });
      await other.exec('COMMIT');
      expect(await patient).toMatchObject({ accounts: 1, left: 0 });
    });
    const [first, ...others] = await readTokens(database);
    expect(first?.[1]).toBe('written meanwhile');
    expect(others).toEqual(before.slice(1));
    expect(keysOf(await storedTokens(database))).toEqual(new Set(['k1']));
  });

  test('a service’s write between the read and the write of a batch is not lost', () =>
    withConnection(database.url, async (service) => {
      const [id] = before[0] as Tokens;
      let written: Promise<unknown> | undefined;
      const query: Query = async (sql, parameters) => {
        const answer = await database.query(sql, parameters);
        if (!written && answer.rows.some((row) => row['id'] === id)) {
          const change = `UPDATE identity.social_accounts SET access_token = 'written meanwhile' WHERE id = $1`;
          written = service.query(change, [id]);
          await Promise.race([written, sleep(200)]);
        }
        return answer;
      };
      await encryptTokens({ ...connectionTo(database), query }, { batchSize: 3, maxWait: 0 });
      await written;
      await encryptTokens(connectionTo(database));
      const [first, ...others] = await readTokens(database);
      expect(first?.[1]).toBe('written meanwhile');
      expect(others).toEqual(before.slice(1));
      expect(keysOf(await storedTokens(database))).toEqual(new Set(['k1']));
    }));

  test('a role from which row-level security hides accounts is refused, instead of finding none', async () => {
    const role = `guarded_${database.name}`;
    await database.exec(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA identity TO ${role};
      GRANT SELECT, UPDATE ON identity.oauth_accounts TO ${role};
      ALTER TABLE identity.oauth_accounts ENABLE ROW LEVEL SECURITY; SET ROLE ${role}`);
    try {
      await expect(encryptTokens(connectionTo(database))).rejects.toMatchObject({
        name: 'NotSetUp',
        object: 'identity.oauth_accounts',
      });
    } finally {
      await database.exec(`RESET ROLE; ALTER TABLE identity.oauth_accounts DISABLE ROW LEVEL SECURITY;
        DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  describe('the command', () => {
    const run = (parameters: readonly string[], env: Readonly<Record<string, string>> = environment) =>
      hostedCommand(['encrypt-tokens', '--url', database.url, ...parameters], env);

    test('asks for --yes, and says why; a dry run needs none', async () => {
      const refused = await run([]);
      expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
      expect(refused.stderr).toMatch(/found no --yes.*identity\.social_accounts/);
      const dry = await run(['--dry-run', '--json']);
      expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(dry.stdout)).toMatchObject({ version: 1, dryRun: true, left: 0 });
      expect(await storedTokens(database)).toEqual(before);
    });

    test('encrypts, and says how much, without a token or a key', async () => {
      const { accounts, encrypted } = await legacyCounts(database);
      const done = await run(['--yes', '--batch-size', '9']);
      expect(done).toMatchObject({ exitCode: 0, stderr: '' });
      expect(done.stdout).toContain(
        `${accounts} accounts changed, under the key k1: ${encrypted} plain tokens, 0 under other keys.`,
      );
      expect(await readTokens(database)).toEqual(before);
      expect(keysOf(await storedTokens(database))).toEqual(new Set(['k1']));

      const rotated = {
        CANONICAL_MODELS_ENCRYPTION_KEYS: `k2:${k2.toString('base64')}`,
        CANONICAL_MODELS_ENCRYPTION_KEY_ID: 'k2',
      };
      const unreadable = await run(['--yes', '--json'], rotated);
      expect(unreadable).toMatchObject({ exitCode: 1, stderr: '' });
      const report = JSON.parse(unreadable.stdout) as EncryptTokensReport;
      expect(report).toMatchObject({ accounts: 0, unreadable: encrypted, left: 0 });
      expect(report.unreadableTokens).toHaveLength(20);
      const text = await run(['--yes'], rotated);
      expect(text.stdout).toContain(`… and ${encrypted - 20} more`);
      expect(text.stdout).toContain(`${encrypted} tokens can't be read and stay as they are.`);
      const [, stored = ''] = (await storedTokens(database)).find(([, token]) => token !== null) ?? [];
      for (const printed of [done.stdout, unreadable.stdout, text.stdout]) {
        for (const secret of [String(stored).slice(30, 50), k1.toString('base64'), k2.toString('base64')]) {
          expect(printed).not.toContain(secret);
        }
      }
    });

    test.each<[string, string[], Record<string, string>, string]>([
      ['no keys', ['--yes'], {}, 'CANONICAL_MODELS_ENCRYPTION_KEYS: found nothing in the environment'],
      ['a batch of none', ['--yes', '--batch-size', '0'], environment, 'whole number from 1 to 10000'],
      ['a key on the command line', ['--yes', '--key', 'x'], environment, 'unknown option'],
    ])('wrong usage, %s: exit 2', async (_, parameters, env, message) => {
      const result = await run(parameters, env);
      expect(result).toMatchObject({ exitCode: 2, stdout: '' });
      expect(result.stderr).toContain(message);
    });
  });

  test('a database that was not migrated: exit 2, with the next step', () =>
    withDatabase(major, 'legacy', async (legacy) => {
      await expect(encryptTokens(connectionTo(legacy))).rejects.toMatchObject({
        name: 'NotSetUp',
        found: 'no such table',
        next: 'canonical-models migrate',
      });
    }));

  test('without keys, or with an invalid batch size: refused before anything is queried', async () => {
    const connection = { ...(await connect(database.url)), query: () => expect.fail('asked') };
    for (const batchSize of [0, 1.5, 10_001, Number.NaN]) {
      await expect(encryptTokens(connection, { batchSize })).rejects.toMatchObject({
        object: 'batchSize',
        name: 'InvalidInput',
      });
    }
    setEncryptionKeys(undefined);
    await expect(encryptTokens(connection)).rejects.toMatchObject({ object: 'the encryption keys', code: 'no-keys' });
    await connection.close();
  });
});
