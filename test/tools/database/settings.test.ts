import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setEncryptionKeys } from '../../../src/identity/encryption-keys.ts';
import { baseline } from '../../../src/tools/baseline/baseline.ts';
import { check } from '../../../src/tools/check/check.ts';
import { type Connection, connect } from '../../../src/tools/database/connect.ts';
import { describeDatabase } from '../../../src/tools/database/describe.ts';
import { encryptTokens } from '../../../src/tools/encrypt-tokens/encrypt-tokens.ts';
import { migrate } from '../../../src/tools/migrate/migrate.ts';
import { planMigrations } from '../../../src/tools/migrate/plan.ts';
import { revert } from '../../../src/tools/revert/revert.ts';
import { status } from '../../../src/tools/status/status.ts';
import { rememberUsage, usage } from '../../../src/tools/usage/usage.ts';
import { eachOfFewMajors, type ServerDatabase, thorough, withDatabase } from '../../support/databases.ts';
import { oddSettingsOf, setOdd } from '../../support/odd-settings.ts';
import type { Major } from '../../support/servers.ts';

type Step = readonly [command: string, run: (connection: Connection) => Promise<unknown>];

/** Each command once, from the legacy database to the end and back. */
const steps: readonly Step[] = [
  ['status', status],
  ['migrate --dry-run', (connection) => planMigrations(connection, { locks: thorough })],
  ['baseline', ({ query }) => baseline(query)],
  ['migrate', migrate],
  ['check', (connection) => check(connection)],
  ['the description', ({ query }) => describeDatabase(query, { owners: true, grants: true, comments: true })],
  ['status, later', status],
  ['usage --remember', ({ query }) => rememberUsage(query)],
  ['usage', ({ query }) => usage({ query, days: 0, watch: 0.2 })],
  ['encrypt-tokens --dry-run', (connection) => encryptTokens(connection, { dryRun: true })],
  ['encrypt-tokens', (connection) => encryptTokens(connection)],
  ['revert', (connection) => revert(connection, { to: 'baseline' })],
  ['check, later', (connection) => check(connection, { drizzleKit: false })],
];

/** What a command answers, but for what differs from run to run: times, durations, names and counters of databases. */
function comparable(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value) => {
    if (['milliseconds', 'waited', 'tries', 'database', 'queryId', 'looks', 'seconds', 'read'].includes(key)) return 0;
    if (typeof value !== 'string') return value;
    return value
      .replace(/\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)?/g, '<time>')
      .replace(/\d+ (statements?|minutes)\b/g, '<n> $1');
  });
}

/** Runs every command on a legacy database on which `settings` are set. */
async function answers(
  major: Major,
  settings: readonly (readonly [string, string])[],
  watched: (connection: Connection) => Connection = (connection) => connection,
): Promise<ReadonlyMap<string, unknown>> {
  return withDatabase(major, 'legacy', async (database: ServerDatabase) => {
    await database.exec('CREATE EXTENSION pg_stat_statements');
    for (const [index, setting] of settings.entries()) {
      await setOdd(database, setting, index % 2 === 0 ? undefined : 'postgres');
    }
    const found = new Map<string, unknown>();
    for (const [command, run] of steps) {
      const connection = await connect(database.url);
      try {
        // A description is of the library: its caller has the transaction.
        found.set(command, comparable(await run(command === 'the description' ? connection : watched(connection))));
      } catch (error) {
        found.set(command, String(error));
      } finally {
        await connection.close();
      }
    }
    return found;
  });
}

const expected = new Map<Major, Promise<ReadonlyMap<string, unknown>>>();
function expectedOf(major: Major): Promise<ReadonlyMap<string, unknown>> {
  const known =
    expected.get(major) ??
    answers(major, []).then((found) => {
      for (const [command, answer] of found)
        expect(answer, command).not.toBeTypeOf(command.startsWith('usage --') ? 'number' : 'string');
      return found;
    });
  expected.set(major, known);
  return known;
}

beforeAll(() => {
  const k1 = randomBytes(32);
  setEncryptionKeys({ current: 'k1', keys: { k1 } });
});
afterAll(() => setEncryptionKeys(undefined));

eachOfFewMajors((major) => {
  test('what is set on the database or the role, all at once, changes no answer of a command, and no limit holds', async () => {
    const bound: string[] = [];
    const found = await answers(major, oddSettingsOf(major), (connection) => withLimitsWatched(connection, bound));
    for (const [command, answer] of await expectedOf(major)) {
      expect.soft(found.get(command), command).toEqual(answer);
    }
    expect(bound).toEqual([]);
  }, 120_000);

  test('a description outside of a transaction is the same, too, and leaves the settings alone', () =>
    withDatabase(major, 'migrated', async (database) => {
      const all = { owners: true, grants: true, comments: true };
      const before = await describeDatabase(database.query, all);
      for (const [name, value] of oddSettingsOf(major)) {
        if (name !== 'client_encoding') await database.query('SELECT set_config($1, $2, false)', [name, value]);
      }
      expect(await describeDatabase(database.query, all)).toEqual(before);
      const { rows } = await database.query(`SELECT current_setting('quote_all_identifiers') AS quotes`);
      expect(rows).toEqual([{ quotes: 'on' }]);
    }));
});

if (thorough) {
  eachOfFewMajors((major) => {
    test.each(oddSettingsOf(major))(
      '%s = %s on the database or the role changes no answer',
      async (...setting) => {
        const found = await answers(major, [setting]);
        for (const [command, answer] of await expectedOf(major)) {
          expect.soft(found.get(command), command).toEqual(answer);
        }
      },
      120_000,
    );
  });
}

/** Statements that may run outside of a transaction: they read a row or two of the catalogs and of our record, and open or close. */
const brief =
  /^\s*(BEGIN|COMMIT|ROLLBACK|SELECT count\(set_config|WITH own AS|SELECT FROM pg_catalog\.pg_class|SELECT name, hash|SELECT to_regclass|SELECT \(SELECT quote_ident)/;

/** The connection, which notes each statement that begins under a limit of the database or the role. */
function withLimitsWatched(connection: Connection, bound: string[]): Connection {
  const look = async (sql: string): Promise<void> => {
    if (brief.test(sql)) return;
    const { rows } = await connection.query(
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('statement_timeout', 'transaction_timeout', 'lock_timeout') AND setting IN ('59000', '58000', '56000')`,
    );
    for (const { name } of rows) bound.push(`${name}: ${sql.slice(0, 200)}`);
  };
  return {
    ...connection,
    async query(sql, parameters) {
      await look(sql);
      return connection.query(sql, parameters);
    },
    async exec(sql) {
      await look(sql);
      await connection.exec(sql);
    },
  };
}
